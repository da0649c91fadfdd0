//! Names that nobody reads: told, with the ones that are read and the one that was probably meant.
//!
//! People put values where names belong (`{"jane@example.com": true}`), and an answer ends up in logs on the other
//! side. So a name is repeated only where it looks like one.

use crate::api::problem::FieldError;
use amana_core::catalog::{closest, nearest};

/// How many unknown names of one object are told.
const TOLD_MAX: usize = 20;
/// How long a name may be to be repeated.
const NAME_BYTES_MAX: usize = 48;
/// A name with so many digits is a number of somebody: a telephone number, a card, a date of birth.
const NAME_DIGITS_MAX: usize = 5;
/// Stands for what may be a value.
const VALUE: &str = "*";

/// An error for each name that was left over.
pub(super) fn errors<'a>(
    what: &str,
    prefix: &str,
    left: impl Iterator<Item = &'a str>,
    known: &[&'static str],
) -> Vec<FieldError> {
    left.take(TOLD_MAX).map(|name| error(what, prefix, shown(name), known)).collect()
}

fn error(what: &str, prefix: &str, name: &str, known: &[&'static str]) -> FieldError {
    let existing: Vec<String> = closest(name, known.iter().copied()).into_iter().map(str::to_owned).collect();
    let expected = match existing.as_slice() {
        [] => format!("no {what} here"),
        names => format!("one of {}", names.join(", ")),
    };
    let message = match nearest(name, known.iter().copied()).filter(|_| name != VALUE) {
        Some(meant) => format!("there is no such {what}; did you mean `{meant}`?"),
        None => format!("there is no such {what}"),
    };
    FieldError { existing, ..FieldError::new(&format!("{prefix}{name}"), "unknown_field", message, expected) }
}

/// A name as far as it may be repeated.
pub(super) fn shown(name: &str) -> &str {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let is_name = (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(fits) && digits <= NAME_DIGITS_MAX;
    if is_name { name } else { VALUE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_told_with_the_one_that_was_meant() {
        let error = error("parameter", "", "limt", &["after", "limit"]);
        assert_eq!((error.field.as_str(), error.code.as_str()), ("limt", "unknown_field"));
        assert!(error.message.contains("did you mean `limit`?"), "{}", error.message);
        assert_eq!(
            (error.expected.as_str(), error.existing),
            ("one of limit, after", vec!["limit".into(), "after".into()])
        );
        assert_eq!(super::error("parameter", "", "limit", &[]).expected, "no parameter here");
    }

    #[test]
    fn what_may_be_a_value_is_not_repeated() {
        for value in ["jane@example.com", "+49 171 1234567", "491711234567", "Jane Doe", "käthe", "", &*"x".repeat(49)]
        {
            assert_eq!(shown(value), VALUE, "{value}");
        }
        for name in ["limit", "text_sha256", "address.country", "If-Match"] {
            assert_eq!(shown(name), name);
        }
    }
}
