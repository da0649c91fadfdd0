//! The name that somebody may have meant who wrote one that nobody declares.

/// The existing names, those most like `wanted` first.
#[must_use]
pub fn closest<'a>(wanted: &str, existing: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let ranked = existing.into_iter().map(|name| (distance(&wanted, &name.to_lowercase()), name));
    let mut ranked: Vec<(usize, &str)> = ranked.collect();
    ranked.sort_unstable();
    ranked.dedup();
    ranked.into_iter().map(|(_, name)| name).collect()
}

/// The existing name most like `wanted`, where one resembles it enough to be asked back.
#[must_use]
pub fn nearest<'a>(wanted: &str, existing: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let first = *closest(wanted, existing).first()?;
    (distance(&wanted.to_lowercase(), &first.to_lowercase()) <= 1 + wanted.chars().count() / 3).then_some(first)
}

/// How many letters are to be added, left out or exchanged to make one text of the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (place, letter) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], place + 1);
        for (column, wanted) in other.iter().enumerate() {
            let exchanged = diagonal + usize::from(letter != *wanted);
            diagonal = row[column + 1];
            row[column + 1] = exchanged.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_recognised_and_another_word_is_not() {
        let events = ["Order Completed", "Order Cancelled", "Signed Up"];
        assert_eq!(nearest("order complete", events), Some("Order Completed"));
        assert_eq!(nearest("Sigend Up", events), Some("Signed Up"));
        assert_eq!(nearest("Moved", events), None);
        assert_eq!(nearest("", []), None);
        assert_eq!(closest("sined up", events)[0], "Signed Up");
    }

    #[test]
    fn distances_count_letters() {
        for (one, other, expected) in [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("käse", "kase", 1)] {
            assert_eq!((distance(one, other), distance(other, one)), (expected, expected), "{one} {other}");
        }
    }
}
