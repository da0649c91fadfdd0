//! Which error of which room is which problem: the only place where domain errors meet HTTP.
//!
//! | error | from |
//! |---|---|
//! | [`FindError`], [`ReadRefused`], [`ActRefused`], [`SlotUnclear`] | people |
//! | [`AudienceRefused`] | audiences |
//! | [`CatalogRefused`] | catalogue and destinations |
//! | [`DeliveryQueryError`] | deliveries |
//! | [`KeepError`], [`StoreError`] | everywhere |
//!
//! What only operators can mend is logged here, and the answer says no more than that it is so.

use super::{Code, FieldError, Problem};
use crate::audience::AudienceRefused;
use crate::deliver::DeliveryQueryError;
use crate::govern::CatalogRefused;
use crate::journal::Closed;
use crate::profile::read::ReadRefused;
use crate::profile::record::ActRefused;
use crate::profile::{FindError, KeepError, SlotUnclear};
use amana_core::catalog::Problem as Found;
use amana_lake::{PredicateError, PredicateErrorCode};
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
            damaged @ KeepError::Damaged { .. } => {
                tracing::error!(error = %damaged, "a person's state cannot be opened");
                Self::of(Code::Internal)
            }
        }
    }
}

impl From<FindError> for Problem {
    fn from(error: FindError) -> Self {
        match error {
            FindError::KindUnknown { kinds } => {
                let expected = format!("one of {}", kinds.join(", "));
                let wrong = FieldError {
                    existing: kinds,
                    ..FieldError::new("kind", "unknown_word", "no identifier kind of that code is declared", expected)
                };
                Self::of(Code::IdentifierKindUnknown).with(vec![wrong])
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
            ReadRefused::Denied(reason) => Self::denied(reason),
            ReadRefused::NotAvailable => Self::of(Code::ProfileNotAvailable),
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
            ActRefused::Impossible { field, why, expected } => {
                Self::new(Code::ActImpossible, why).with(vec![FieldError::new(field, "act_impossible", why, expected)])
            }
            ActRefused::Missing { field, expected } => {
                let message = format!("`{field}` is missing");
                Self::of(Code::InvalidFields).with(vec![FieldError::new(field, "missing_field", message, expected)])
            }
            ActRefused::NotYetInForce { id } => {
                let detail = format!("act {id} is durable and takes effect soon; it need not be sent again");
                later(Self::new(Code::NotYetInForce, detail))
            }
        }
    }
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
    let (expected, category) = match &error.code {
        PredicateErrorCode::WithheldColumn { category } => {
            ("a column this purpose may use; the category is withheld from it".to_owned(), Some(category.clone()))
        }
        PredicateErrorCode::UnknownColumn => (format!("one of {}", error.existing.join(", ")), None),
        _ => ("a SQL predicate over the columns this purpose sees, true or false for each person".to_owned(), None),
    };
    let detail = format!("line {}, column {}: {}", error.line, error.column, error.message);
    let wrong = FieldError {
        line: Some(error.line),
        column: Some(error.column),
        existing: error.existing.clone(),
        category,
        ..FieldError::new("where", error.code.name(), &error.message, expected)
    };
    Problem::new(Code::PredicateInvalid, detail).with(vec![wrong])
}

fn later(problem: Problem) -> Problem {
    problem.with_header(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS))
}
