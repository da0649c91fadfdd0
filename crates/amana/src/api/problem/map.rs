//! Which error of which room is which problem: the only place where domain errors meet HTTP.
//!
//! | error | from |
//! |---|---|
//! | [`FindError`], [`ReadRefused`], [`PermissionsRefused`], [`ActRefused`], [`BatchRefused`], [`SlotUnclear`] | people |
//! | [`IdentityRefused`] | who is one person |
//! | [`AudienceRefused`] | audiences |
//! | [`CatalogRefused`] | catalogue and destinations |
//! | [`DeliveryQueryError`] | deliveries |
//! | [`KeepError`], [`StoreError`] | everywhere |
//!
//! What only operators can mend is logged here, and the answer says no more than that it is so.

use super::{Code, FieldError, Problem};
use crate::audience::AudienceRefused;
use crate::deliver::DeliveryQueryError;
use crate::govern::{CatalogRefused, PredicateWords};
use crate::identity::IdentityRefused;
use crate::journal::Closed;
use crate::profile::permissions::PermissionsRefused;
use crate::profile::read::ReadRefused;
use crate::profile::record::{ActRefused, BatchRefused};
use crate::profile::{FindError, KeepError, SlotUnclear};
use amana_core::catalog::Problem as Found;
use amana_lake::PredicateError;
use amana_store::StoreError;
use axum::http::{HeaderValue, header};

/// How long somebody is asked to wait when too much is waiting.
const RETRY_AFTER_SECONDS: &str = "5";

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store refused a request");
        match error {
            StoreError::DiskFull { .. } => Self::of(Code::DiskFull),
            _ => Self::of(Code::StoreUnavailable),
        }
    }
}

impl From<KeepError> for Problem {
    fn from(error: KeepError) -> Self {
        match error {
            KeepError::Store(error) => error.into(),
            damaged @ (KeepError::Damaged { .. } | KeepError::Superseded) => {
                tracing::error!(error = %damaged, "a person's state cannot be opened");
                Self::of(Code::Internal)
            }
        }
    }
}

impl From<FindError> for Problem {
    fn from(error: FindError) -> Self {
        match error {
            FindError::KindUnknown { kinds, .. } => {
                let expected = format!("one of {}", kinds.join(", "));
                let wrong = FieldError {
                    existing: kinds,
                    ..FieldError::new("kind", "unknown_word", "no identifier kind of that code is declared", expected)
                };
                Self::of(Code::IdentifierKindUnknown).with(vec![wrong])
            }
            FindError::ScopeUnknown { scopes, .. } => {
                let expected = format!("one of {}", scopes.join(", "));
                let message = "no source has this identity scope, which is `default` where none is named";
                let detail = format!("scope: {message}; expected {expected}");
                let wrong =
                    FieldError { existing: scopes, ..FieldError::new("scope", "unknown_word", message, expected) };
                Self::new(Code::IdentityScopeUnknown, detail).with(vec![wrong])
            }
            FindError::Unusable(why) => Self::new(Code::IdentifierUnusable, format!("the value is {why}")),
            FindError::Keep(error) => error.into(),
        }
    }
}

impl From<SlotUnclear> for Problem {
    fn from(error: SlotUnclear) -> Self {
        match error {
            SlotUnclear::Unknown => Self::of(Code::NoSuchPurpose),
            SlotUnclear::BrandNeeded { brands } => {
                let expected = format!("one of {}", brands.join(", "));
                let missing = FieldError {
                    existing: brands,
                    ..FieldError::new("brand", "missing_field", "the brand is not named", expected)
                };
                Self::of(Code::BrandNeeded).with(vec![missing])
            }
        }
    }
}

impl From<ReadRefused> for Problem {
    fn from(error: ReadRefused) -> Self {
        match error {
            ReadRefused::Find(error) => error.into(),
            ReadRefused::Slot(error) => error.into(),
            ReadRefused::Denied { reason, verdict } => Self::denied(reason, verdict),
            ReadRefused::NotAvailable => Self::of(Code::ProfileNotAvailable),
        }
    }
}

impl From<PermissionsRefused> for Problem {
    fn from(error: PermissionsRefused) -> Self {
        match error {
            PermissionsRefused::Find(error) => error.into(),
            PermissionsRefused::InFuture { field } => {
                let message = "the instant has not come yet";
                let expected = "an instant up to now; nobody knows what people will decide";
                let detail = format!("{field}: {message}; expected {expected}");
                Self::new(Code::BadQuery, detail).with(vec![FieldError::new(field, "out_of_range", message, expected)])
            }
            PermissionsRefused::TooLong { acts_max } => {
                Self::new(Code::HistoryTooLong, format!("the person has more than {acts_max} acts"))
            }
        }
    }
}

impl From<BatchRefused> for Problem {
    fn from(error: BatchRefused) -> Self {
        match error {
            BatchRefused::TooLarge { bytes_max } => Self::new(
                Code::BodyTooLarge,
                format!(
                    "each preference of each act keeps the evidence of its act, and together they come to more than \
                     {bytes_max} bytes: send fewer acts at once; nothing was recorded"
                ),
            ),
            BatchRefused::Closed(error) => error.into(),
        }
    }
}

impl From<Closed> for Problem {
    fn from(error: Closed) -> Self {
        match error {
            Closed::Behind { .. } => later(Self::of(Code::TooFarBehind)),
            Closed::Store(error) => error.into(),
        }
    }
}

impl From<ActRefused> for Problem {
    fn from(error: ActRefused) -> Self {
        match error {
            ActRefused::Find(error) => error.into(),
            ActRefused::Slot(error) => error.into(),
            ActRefused::Closed(error) => error.into(),
            ActRefused::InFuture => Self::of(Code::InvalidFields).with(vec![FieldError::new(
                "at",
                "out_of_range",
                "it was done at an instant that has not come yet",
                "an instant up to now; left out: now",
            )]),
            ActRefused::Impossible { field, why, expected, possible } => {
                let detail = format!("{why}; expected {expected}");
                let wrong = FieldError {
                    existing: possible,
                    ..FieldError::new(field, Code::ActImpossible.as_str(), why, expected)
                };
                Self::new(Code::ActImpossible, detail).with(vec![wrong])
            }
            ActRefused::Earlier { field, why, expected } => {
                let detail = format!("{field}: {why}; expected {expected}");
                Self::new(Code::InvalidFields, detail).with(vec![FieldError::new(field, "unknown_word", why, expected)])
            }
            ActRefused::Wrong { field, message, expected, existing } => {
                let detail = format!("{field}: {message}; expected {expected}");
                let wrong = FieldError { existing, ..FieldError::new(field, "unknown_word", message, expected) };
                Self::new(Code::InvalidFields, detail).with(vec![wrong])
            }
            ActRefused::Missing { field, expected } => {
                let message = format!("`{field}` is missing");
                Self::of(Code::InvalidFields).with(vec![FieldError::new(field, "missing_field", message, expected)])
            }
            ActRefused::NameUsed { id } => {
                let detail =
                    format!("another act of this person was recorded as {id}; send this one under another name");
                Self::new(Code::ActIdUsed, detail)
            }
            ActRefused::NotYetInForce { id } => {
                let detail = format!("act {id} is durable and takes effect soon; it need not be sent again");
                later(Self::new(Code::NotYetInForce, detail))
            }
        }
    }
}

/// Whom a decision about who is one person names, by the fields of its body.
pub(in crate::api) struct NamedFields<'a> {
    /// The fields of the identifiers that are looked for, in their order.
    pub(in crate::api) identifiers: Vec<String>,
    /// The field that lists those who are named beside a person.
    pub(in crate::api) others: &'a str,
}

/// Why such a decision is refused, with the fields of its body.
pub(in crate::api) fn identity(error: IdentityRefused, fields: &NamedFields<'_>) -> Problem {
    let of_other = |place: usize, why: &str, expected: String| {
        let field = format!("{}[{place}]", fields.others);
        impossible(&field, why, expected)
    };
    match error {
        IdentityRefused::Find(error) => {
            let place = match &error {
                FindError::KindUnknown { place, .. } | FindError::ScopeUnknown { place, .. } => Some(*place),
                _ => None,
            };
            let below = place.and_then(|place| fields.identifiers.get(place));
            below.into_iter().fold(error.into(), |problem: Problem, below| problem.of_identifier(below))
        }
        IdentityRefused::Closed(error) => error.into(),
        IdentityRefused::Unknown { other: None } => Problem::of(Code::ProfileNotAvailable),
        IdentityRefused::Unknown { other: Some(place) } => {
            of_other(place, "nobody is known by it", "somebody who is known".to_owned())
        }
        IdentityRefused::Impossible { other, why, expected } => of_other(other, why, expected),
        IdentityRefused::Ban { why, expected } => impossible("identifier", why, expected.to_owned()),
        IdentityRefused::Overtaken => Problem::of(Code::IdentityChanged),
        IdentityRefused::NotYetInForce { id } => {
            let detail = format!("act {id} is durable and takes effect soon; it need not be sent again");
            later(Problem::new(Code::NotYetInForce, detail))
        }
    }
}

fn impossible(field: &str, why: &str, expected: String) -> Problem {
    let detail = format!("{field}: {why}; expected {expected}");
    let wrong = FieldError::new(field, Code::IdentityImpossible.as_str(), why, expected);
    Problem::new(Code::IdentityImpossible, detail).with(vec![wrong])
}

impl From<AudienceRefused> for Problem {
    fn from(error: AudienceRefused) -> Self {
        match error {
            AudienceRefused::Predicate(error) => predicate(&error),
            AudienceRefused::Unknown => Self::of(Code::AudienceUnknown),
            AudienceRefused::Catalog(error) => error.into(),
        }
    }
}

impl From<CatalogRefused> for Problem {
    fn from(error: CatalogRefused) -> Self {
        match error {
            CatalogRefused::Problems(problems) => catalog(problems),
            CatalogRefused::Outdated { base, current } => {
                let detail = format!("version {base} was named, and version {current} is in force: plan again");
                Self::new(Code::CatalogOutdated, detail)
            }
            CatalogRefused::Store(error) => error.into(),
        }
    }
}

impl From<DeliveryQueryError> for Problem {
    fn from(error: DeliveryQueryError) -> Self {
        match error {
            DeliveryQueryError::UnknownDestination(_) => Self::of(Code::DestinationUnknown),
            DeliveryQueryError::Store(error) => error.into(),
        }
    }
}

/// A catalogue that is wrong, problem by problem.
pub(in crate::api) fn catalog(problems: Vec<Found>) -> Problem {
    let detail = match problems.as_slice() {
        [one] => format!("one thing is wrong: {}", one.message),
        several => format!("{} things are wrong", several.len()),
    };
    Problem::new(Code::CatalogInvalid, detail).with(problems.into_iter().map(found).collect())
}

fn found(problem: Found) -> FieldError {
    FieldError {
        line: problem.line.map(|line| line as u64),
        column: problem.column.map(|column| column as u64),
        ..FieldError::new(
            &problem.path.to_string(),
            &crate::profile::spelling::word(&problem.code),
            problem.message,
            problem.expected,
        )
    }
}

fn predicate(error: &PredicateError) -> Problem {
    let words = PredicateWords::of(error);
    let detail = format!("line {}, column {}: {}", error.line, error.column, words.message);
    let wrong = FieldError {
        line: Some(error.line),
        column: Some(error.column),
        existing: error.existing.clone(),
        category: words.category,
        ..FieldError::new("where", error.code.name(), words.message, words.expected)
    };
    Problem::new(Code::PredicateInvalid, detail).with(vec![wrong])
}

fn later(problem: Problem) -> Problem {
    problem.with_header(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS))
}
