//! Which existing name somebody may have meant.

use datafusion_common::utils::datafusion_strsim::levenshtein;

/// How many existing names an error lists.
const SUGGESTIONS_MAX: usize = 20;

/// The existing names, closest to `wanted` first.
pub(crate) fn closest<'a>(wanted: &str, existing: impl Iterator<Item = &'a str>) -> Vec<String> {
    let wanted = wanted.to_lowercase();
    let mut ranked: Vec<(usize, &str)> =
        existing.map(|name| (levenshtein(&wanted, &name.to_lowercase()), name)).collect();
    ranked.sort_unstable();
    ranked.into_iter().take(SUGGESTIONS_MAX).map(|(_, name)| name.to_owned()).collect()
}

/// A sentence that names the closest candidate, or nothing when none resembles what was written.
pub(crate) fn did_you_mean(wanted: &str, closest: &[String]) -> String {
    match closest.first() {
        Some(name) if levenshtein(&wanted.to_lowercase(), &name.to_lowercase()) <= 1 + wanted.len() / 3 => {
            format!(" Did you mean `{name}`?")
        }
        _ => String::new(),
    }
}
