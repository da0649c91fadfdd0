//! House rules that no compiler knows: small files, and no test put aside.

use std::fs;
use std::path::{Path, PathBuf};

use crate::house::House;

const LINES_MAX: usize = 600;
/// Files that people write and read as code.
const KINDS: &[&str] = &["rs", "mjs", "js", "py", "sh", "sql", "html", "css"];
/// Made by tools, or belonging to them.
const NOT_OURS: &[&str] = &["target", "node_modules", "data", "vendor"];
/// Put together here, so that this file does not break its own rule.
const PUT_ASIDE: &str = concat!("#[", "ignore");

pub(crate) fn check(house: &House) -> Result<String, String> {
    let files = files_below(&house.root)?;
    let mut problems = Vec::new();
    for file in &files {
        let text =
            fs::read_to_string(file).map_err(|error| format!("{} could not be read: {error}", file.display()))?;
        problems.extend(problems_in(&house.shown(file), &text));
    }
    if problems.is_empty() { Ok(format!("{} files", files.len())) } else { Err(problems.join("\n")) }
}

fn problems_in(shown: &str, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let lines = text.lines().count();
    if lines > LINES_MAX {
        problems.push(format!("{shown}: {lines} lines, at most {LINES_MAX}: give its concepts a file each"));
    }
    for (position, line) in text.lines().enumerate() {
        if line.trim_start().starts_with(PUT_ASIDE) {
            problems.push(format!("{shown}:{}: a test is put aside: mend it, or delete it and say why", position + 1));
        }
    }
    problems
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{} could not be listed: {error}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if name.starts_with('.') || NOT_OURS.contains(&name.as_str()) && !is_source_folder(folder) {
            continue;
        }
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else if path.extension().and_then(|end| end.to_str()).is_some_and(|end| KINDS.contains(&end)) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Below `src`, a module may be called `data` or `target`.
fn is_source_folder(folder: &Path) -> bool {
    folder.components().any(|part| part.as_os_str() == "src")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_and_a_test_put_aside_are_told_with_their_place() {
        assert!(problems_in("a.rs", &"x\n".repeat(LINES_MAX)).is_empty());
        assert_eq!(problems_in("a.rs", &"x\n".repeat(LINES_MAX + 1)).len(), 1);
        let put_aside = format!("fn a() {{}}\n    {PUT_ASIDE} = \"slow\"]\n");
        assert!(problems_in("a.rs", &put_aside)[0].starts_with("a.rs:2:"));
    }
}
