//! One change of one part of somebody's preferences, and whether it can be one.

use super::quiet::HOURS;
use super::{AtMost, CONTACTS_MAX, Quiet, Wish};
use crate::catalog::{Catalog, check};
use crate::permission::Channel;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many channels there are to put in order.
pub const CHANNELS_MAX: usize = 5;
/// How many stretches of quiet time somebody may name.
pub const QUIET_MAX: usize = 21;

/// One change of one part. A part that is set to nothing is as if nothing had ever been said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Whether they want to hear about a topic.
    Topic {
        /// Its code.
        topic: String,
        /// Yes, no, or nothing any more.
        wish: Wish,
    },
    /// The channels they want to be reached by, the dearest first; others are not used.
    Channels(Option<Vec<Channel>>),
    /// How often at most.
    AtMost(Option<AtMost>),
    /// When not.
    Quiet(Vec<Quiet>),
    /// IANA name of the time zone they live in.
    TimeZone(Option<String>),
    /// BCP 47 tag of the language they read.
    Language(Option<String>),
}

/// Why a change is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Nobody declares the topic.
    #[error("there is no topic {0:?}: expected the code of an entry of `topics` of the catalogue")]
    Topic(String),
    /// A list with the same channel twice, or with none.
    #[error("expected each channel once, and at least one; leave the list out to be reached by any")]
    Channels,
    /// A count or period out of range.
    #[error("expected a count from 1 to {CONTACTS_MAX} and a period from PT1H to P1Y")]
    AtMost,
    /// Hours, days or a number of stretches out of range.
    #[error("expected at most {QUIET_MAX} stretches, each with a day and two different hours from 0 to 24")]
    Quiet,
    /// Not a time zone.
    #[error("{0:?} is not a time zone: expected a name of the IANA database, such as \"Europe/Berlin\"")]
    TimeZone(String),
    /// Not a language.
    #[error("{0:?} is not a language: expected a BCP 47 tag, such as \"en\" or \"pt-BR\"")]
    Language(String),
}

impl Change {
    /// Whether it can be recorded: what it names is declared or known, and what it counts is in range.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self, catalog: &Catalog) -> Result<(), Unfit> {
        let or = |fits: bool, unfit: Unfit| if fits { Ok(()) } else { Err(unfit) };
        match self {
            Self::Topic { topic, .. } => {
                or(catalog.topics.iter().any(|declared| declared.code == *topic), Unfit::Topic(topic.clone()))
            }
            Self::Channels(Some(channels)) => {
                let distinct: BTreeSet<_> = channels.iter().collect();
                or(!channels.is_empty() && distinct.len() == channels.len(), Unfit::Channels)
            }
            Self::AtMost(Some(measure)) => {
                or((1..=CONTACTS_MAX).contains(&measure.count) && measure.period.is_fit(), Unfit::AtMost)
            }
            Self::Quiet(stretches) => {
                let fits = |quiet: &Quiet| {
                    !quiet.days.is_empty() && quiet.from != quiet.to && quiet.from < HOURS && quiet.to <= HOURS
                };
                or(stretches.len() <= QUIET_MAX && stretches.iter().all(fits), Unfit::Quiet)
            }
            Self::TimeZone(Some(name)) => or(check::is_time_zone(name), Unfit::TimeZone(name.clone())),
            Self::Language(Some(tag)) => or(check::is_language(tag), Unfit::Language(tag.clone())),
            Self::Channels(None) | Self::AtMost(None) | Self::TimeZone(None) | Self::Language(None) => Ok(()),
        }
    }
}
