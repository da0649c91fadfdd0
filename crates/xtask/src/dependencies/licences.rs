//! Licences that go together with Apache-2.0, in which Amana is given away.

use crate::dependencies::tree;
use crate::house::House;

const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    // The certificate list of `webpki-roots`: data, not code.
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

pub(crate) fn check(house: &House) -> Result<String, String> {
    let packages = tree::all(house)?;
    let refused: Vec<_> = packages
        .iter()
        .filter(|package| !allowed(&package.licence))
        .map(|package| {
            let licence = if package.licence.is_empty() { "no licence" } else { &package.licence };
            format!(
                "{} {}: {licence} is not on the list in crates/xtask/src/dependencies/licences.rs",
                package.name, package.version
            )
        })
        .collect();
    if refused.is_empty() { Ok(format!("{} packages", packages.len())) } else { Err(refused.join("\n")) }
}

/// Whether an SPDX expression can be met with allowed licences alone. `AND` binds tighter than `OR`; the old `/` means `OR`.
/// An exception (`WITH`) only ever gives more freedom, so the licence before it decides.
fn allowed(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<_> = spaced.split_whitespace().collect();
    matches!(either(&words), Some((met, rest)) if met && rest.is_empty())
}

type Read<'w> = Option<(bool, &'w [&'w str])>;

fn either<'w>(words: &'w [&'w str]) -> Read<'w> {
    let (mut met, mut rest) = both(words)?;
    while let ["OR", after @ ..] = rest {
        let (next, after) = both(after)?;
        (met, rest) = (met | next, after);
    }
    Some((met, rest))
}

fn both<'w>(words: &'w [&'w str]) -> Read<'w> {
    let (mut met, mut rest) = one(words)?;
    while let ["AND", after @ ..] = rest {
        let (next, after) = one(after)?;
        (met, rest) = (met & next, after);
    }
    Some((met, rest))
}

fn one<'w>(words: &'w [&'w str]) -> Read<'w> {
    match words {
        ["(", inner @ ..] => match either(inner)? {
            (met, [")", rest @ ..]) => Some((met, rest)),
            _ => None,
        },
        [name, "WITH", _, rest @ ..] | [name, rest @ ..] => Some((ALLOWED.contains(name), rest)),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_met_by_one_and_a_sum_by_all() {
        assert!(allowed("MIT") && allowed("MIT/Apache-2.0") && allowed("GPL-2.0-only OR MIT"));
        assert!(allowed("(MIT OR GPL-3.0) AND Unicode-3.0") && allowed("Apache-2.0 WITH LLVM-exception OR GPL-3.0"));
        assert!(!allowed("MIT AND GPL-3.0") && !allowed("GPL-3.0") && !allowed("AGPL-3.0 OR SSPL-1.0"));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert!(!allowed("") && !allowed("(MIT") && !allowed("MIT MIT") && !allowed("OR MIT"));
    }
}
