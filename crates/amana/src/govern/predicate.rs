//! What is wrong with a predicate, in words for those who choose audiences.
//!
//! The engine knows why a column is withheld only as a category with a remark; people are told what that means for
//! them, for what says who somebody is can be asked for no purpose, and another purpose would not help.

use amana_lake::{PredicateError, PredicateErrorCode};

/// The remark of a column that says who somebody is.
const SAYS_WHO: &str = "which says who somebody is";

/// A mistake in a predicate, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PredicateWords {
    /// What is wrong.
    pub message: String,
    /// What was expected, or what to do.
    pub expected: String,
    /// The data category that is withheld.
    pub category: Option<String>,
}

impl PredicateWords {
    /// The words of a mistake.
    #[must_use]
    pub fn of(error: &PredicateError) -> Self {
        let plain = |expected: String| Self { message: error.message.clone(), expected, category: None };
        match &error.code {
            PredicateErrorCode::WithheldColumn { category } => withheld(error, category),
            PredicateErrorCode::UnknownColumn if error.existing.is_empty() => {
                plain("a column, of which this purpose sees none".into())
            }
            PredicateErrorCode::UnknownColumn => {
                plain(format!("one of the columns this purpose sees: {}", error.existing.join(", ")))
            }
            _ => plain("a SQL predicate over the columns this purpose sees, true or false for each person".into()),
        }
    }
}

fn withheld(error: &PredicateError, category: &str) -> PredicateWords {
    let column = error.message.split('`').nth(1).unwrap_or("this column");
    let (category, remark) = category.split_once(", ").unwrap_or((category, ""));
    let (message, expected) = match remark {
        "" => (
            format!("`{column}` is `{category}`, a kind of data that this purpose does not use."),
            "a column that the purpose may use, or an audience for a purpose that uses this kind of data",
        ),
        SAYS_WHO => (
            format!(
                "`{column}` says who somebody is (`{category}`). Audiences are chosen by what people do and are and \
                 never by who they are, whatever the purpose."
            ),
            "a column that names nobody, such as what somebody ordered; a destination may still receive this one, \
             where its `fields` name it",
        ),
        _ => (
            format!(
                "`{column}` is a special category of data (`{category}`, GDPR Art. 9), and the purpose records no \
                 condition for using it."
            ),
            "another column, or `special_condition` in the purpose, with where the condition is recorded",
        ),
    };
    PredicateWords { message, expected: expected.to_owned(), category: Some(category.to_owned()) }
}
