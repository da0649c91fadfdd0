//! How somebody wants to be written to: topics, channels, how often, when not, in which language.
//!
//! A preference is not a permission: it can stop a message and never allow one. [`Preferences`] are what a person's
//! acts leave behind, part by part the last one said, so that merging verified fragments is joining them and splitting
//! gives each its own back. [`Wishes`] are what is to be honoured now, over all parts of a person.

mod change;
mod contact;
mod measure;
mod quiet;
mod register;
mod wishes;

pub use change::{CHANNELS_MAX, Change, QUIET_MAX, Unfit};
pub use contact::{ContactFacts, may_contact};
pub use measure::{AtMost, CONTACTS_MAX, Period};
pub use quiet::{Day, Quiet, Stretch, quiet_until};
pub use register::Register;
pub use wishes::{Wishes, combine};

use crate::Moment;
use crate::permission::{Act, ActKind, Channel, Content};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Whether somebody wants to hear about a topic. Ordered so that of two said at once the no counts, and anything before
/// nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Yes.
    Wanted,
    /// No.
    Refused,
    /// Nothing any more: what was said before is taken back.
    Unsaid,
}

impl Wish {
    /// How much it stops.
    const fn rank(self) -> u8 {
        match self {
            Self::Unsaid => 0,
            Self::Wanted => 1,
            Self::Refused => 2,
        }
    }
}

impl Ord for Wish {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Wish {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// What somebody's acts left behind: for each part what was said last. A join-semilattice under [`Preferences::join`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// By topic.
    pub topics: BTreeMap<String, Register<Wish>>,
    /// The channels they want to be reached by, the dearest first; none: whichever.
    pub channels: Option<Register<Option<Vec<Channel>>>>,
    /// How often at most; none: no limit.
    pub at_most: Option<Register<Option<AtMost>>>,
    /// When not.
    pub quiet: Option<Register<Vec<Quiet>>>,
    /// IANA name of the time zone they live in; none: not said.
    pub time_zone: Option<Register<Option<String>>>,
    /// BCP 47 tag of the language they read; none: not said.
    pub language: Option<Register<Option<String>>>,
}

impl Preferences {
    /// Takes an act into account. Says whether anything changed: an act that is about no preference changes nothing.
    pub fn add(&mut self, act: &Act) -> bool {
        match (&act.content, act.kind) {
            (Some(Content::Preference(change)), ActKind::Prefer) => self.change(change, act.at, act.received),
            _ => false,
        }
    }

    /// Takes a change into account that was said and learned at these instants. Says whether anything changed.
    pub fn change(&mut self, change: &Change, at: Moment, received: Moment) -> bool {
        match change.clone() {
            Change::Topic { topic, wish } => {
                register::set_in(&mut self.topics, topic, Register { at, received, value: wish })
            }
            Change::Channels(value) => register::set(&mut self.channels, Register { at, received, value }),
            Change::AtMost(value) => register::set(&mut self.at_most, Register { at, received, value }),
            Change::Quiet(value) => register::set(&mut self.quiet, Register { at, received, value }),
            Change::TimeZone(value) => register::set(&mut self.time_zone, Register { at, received, value }),
            Change::Language(value) => register::set(&mut self.language, Register { at, received, value }),
        }
    }

    /// Takes everything of `other` into account: of the same person, by proof.
    pub fn join(&mut self, other: &Self) {
        for (topic, wish) in &other.topics {
            register::set_in(&mut self.topics, topic.clone(), *wish);
        }
        register::join(&mut self.channels, &other.channels);
        register::join(&mut self.at_most, &other.at_most);
        register::join(&mut self.quiet, &other.quiet);
        register::join(&mut self.time_zone, &other.time_zone);
        register::join(&mut self.language, &other.language);
    }

    /// The preferences of what was said by an instant, as it was known at another. Both are included.
    #[must_use]
    pub fn at<'a>(acts: impl IntoIterator<Item = &'a Act>, as_of: Moment, known_at: Moment) -> Self {
        let mut preferences = Self::default();
        for act in acts.into_iter().filter(|act| act.at <= as_of && act.received <= known_at) {
            preferences.add(act);
        }
        preferences
    }
}
