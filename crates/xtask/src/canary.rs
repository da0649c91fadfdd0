//! Planted canaries: marks that tests put where personal data stands. None may be found again in a log or in the tests' output.

use std::fs;
use std::path::{Path, PathBuf};

use crate::house::House;

/// A mark is this, followed by [`DIGITS`] hexadecimal digits.
const MARK: &[u8] = b"canary-";
const DIGITS: usize = 8;

/// Searches the kept output and all logs of the servers. It tells places only, never what stands there.
///
/// With `logs_expected`, a run that left no logs fails: then the search proves nothing.
pub(crate) fn search(house: &House, logs_expected: bool) -> Result<String, String> {
    let logs = files_below(&house.test_logs())?;
    let searched = read_all(&logs)?;
    let log_bytes: usize = searched.iter().map(Vec::len).sum();
    if logs_expected && log_bytes == 0 {
        let folder = house.shown(&house.test_logs());
        return Err(format!(
            "no server log was written to {folder}, so the search proves nothing: see AMANA_TEST_LOGS"
        ));
    }
    let mut printed = files_below(&house.nextest_reports())?;
    printed.push(house.test_output());
    let paths = logs.iter().chain(&printed);
    let contents = searched.into_iter().chain(read_all(&printed)?);
    let found: Vec<_> = paths
        .zip(contents)
        .flat_map(|(path, content)| {
            let shown = house.shown(path);
            lines_with_canary(&content).map(move |line| format!("{shown}:{line}: a planted canary")).collect::<Vec<_>>()
        })
        .collect();
    if found.is_empty() { Ok(format!("{} logs, {} KB", logs.len(), log_bytes / 1024)) } else { Err(found.join("\n")) }
}

fn lines_with_canary(content: &[u8]) -> impl Iterator<Item = usize> {
    content.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| has_canary(line)).map(|(line, _)| line + 1)
}

/// In any case of letters: what is normalised on its way is found as well.
fn has_canary(line: &[u8]) -> bool {
    line.windows(MARK.len() + DIGITS).any(|window| {
        let (mark, digits) = window.split_at(MARK.len());
        mark.eq_ignore_ascii_case(MARK) && digits.iter().all(u8::is_ascii_hexdigit)
    })
}

/// All files of a folder and its folders; none where there is no such folder.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>, String> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).map_err(|error| format!("{} could not be listed: {error}", folder.display()))?;
    let mut files = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read_all(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>, String> {
    paths
        .iter()
        .map(|path| fs::read(path).map_err(|error| format!("{} could not be read: {error}", path.display())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Put together here, so that the mark stands in no file of ours and in no output.
    fn planted(digits: &str) -> Vec<u8> {
        [b"2026 INFO trait=", MARK, digits.as_bytes(), b"\n"].concat()
    }

    #[test]
    fn a_canary_is_found_with_its_line_in_any_case() {
        let log = [b"fine\n".to_vec(), planted("00c0ffee"), planted("00C0FFEE").to_ascii_uppercase()].concat();
        assert_eq!(lines_with_canary(&log).collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn the_word_alone_is_no_canary() {
        assert!(!has_canary(&planted("release")));
        assert!(!has_canary(&planted("00c0ffe")));
    }
}
