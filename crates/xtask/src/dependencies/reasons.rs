//! Each crate that a manifest of ours names has its line in `docs/dependencies.md`, and each line its crate.

use std::collections::BTreeSet;
use std::fs;

use crate::dependencies::tree;
use crate::house::House;

const PLACE: &str = "docs/dependencies.md";

pub(crate) fn check(house: &House) -> Result<String, String> {
    let named = tree::direct(house)?;
    let used: BTreeSet<_> =
        named.into_iter().filter(|(_, package)| !package.ours).map(|(_, package)| package.name).collect();
    let text = fs::read_to_string(house.root.join(PLACE))
        .map_err(|error| format!("{PLACE} could not be read ({error}): it needs a table `| crate | what for |`"))?;
    let explained = explained(&text);
    let unexplained = used.difference(&explained).map(|name| format!("{PLACE}: no line says what `{name}` is for"));
    let unused =
        explained.difference(&used).map(|name| format!("{PLACE}: `{name}` has a line, but no manifest names it"));
    let problems: Vec<_> = unexplained.chain(unused).collect();
    if problems.is_empty() { Ok(format!("{} crates", used.len())) } else { Err(problems.join("\n")) }
}

/// The crates in the first columns of all tables whose first column is headed `crate`. A cell may hold several, with commas.
fn explained(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut in_table = false;
    for line in text.lines() {
        let Some(row) = line.trim().strip_prefix('|') else {
            in_table = false;
            continue;
        };
        let mut cells = row.trim_end_matches('|').split('|').map(str::trim);
        let (first, reason) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        if first.eq_ignore_ascii_case("crate") {
            in_table = true;
        } else if in_table && !first.starts_with(['-', ':']) && !reason.is_empty() {
            names.extend(first.split(',').map(|name| name.trim().trim_matches('`').to_owned()));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rows_with_a_reason_in_tables_of_crates_count() {
        let text = "# D\n\n| crate | what for |\n|---|---|\n| `serde`, `serde_json` | JSON |\n| rand | |\n\n\
                    | package | what for |\n| --- | --- |\n| `analytics-node` | tests |\n";
        assert_eq!(explained(text), BTreeSet::from(["serde".to_owned(), "serde_json".to_owned()]));
    }
}
