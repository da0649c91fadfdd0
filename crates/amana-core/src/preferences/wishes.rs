//! What is to be honoured: the preferences of all parts of a person.

use super::{AtMost, Preferences, Register, Stretch, Wish};
use crate::permission::Channel;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What somebody wants, with nothing left to decide.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Wishes {
    /// By topic, those about which something is said.
    pub topics: BTreeMap<String, Wish>,
    /// The channels they may be reached by, the dearest first; none: whichever.
    pub channels: Option<Vec<Channel>>,
    /// How often at most.
    pub at_most: Option<AtMost>,
    /// When not.
    pub quiet: BTreeSet<Stretch>,
    /// IANA name of the time zone they live in.
    pub time_zone: Option<String>,
    /// BCP 47 tag of the language they read.
    pub language: Option<String>,
}

impl Wishes {
    /// What one part of a person wants.
    #[must_use]
    pub fn of(preferences: &Preferences) -> Self {
        let time_zone = said(preferences.time_zone.as_ref());
        // What was taken back is as if it had never been said, and stops nothing that another part says.
        let topics = preferences.topics.iter().filter(|(_, said)| said.value != Wish::Unsaid);
        let quiet = preferences.quiet.iter().flat_map(|quiet| quiet.value.iter().cloned());
        Self {
            topics: topics.map(|(topic, said)| (topic.clone(), said.value)).collect(),
            channels: said(preferences.channels.as_ref()),
            at_most: said(preferences.at_most.as_ref()),
            // Each part's hours go by its own clock: read by another they would be other hours.
            quiet: quiet.map(|quiet| Stretch { time_zone: time_zone.clone(), quiet }).collect(),
            time_zone,
            language: said(preferences.language.as_ref()),
        }
    }

    /// What keeps both, in the manner of this one: whatever either does not want is not wanted.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        for (topic, wish) in &other.topics {
            let known = self.topics.entry(topic.clone()).or_insert(*wish);
            *known = (*known).max(*wish);
        }
        self.channels = match (self.channels, &other.channels) {
            (Some(mine), Some(theirs)) => Some(mine.into_iter().filter(|each| theirs.contains(each)).collect()),
            (mine, theirs) => mine.or_else(|| theirs.clone()),
        };
        self.at_most = match (self.at_most, other.at_most) {
            (Some(mine), Some(theirs)) => Some(mine.and(theirs)),
            (mine, theirs) => mine.or(theirs),
        };
        self.quiet.extend(other.quiet.iter().cloned());
        self.time_zone = self.time_zone.or_else(|| other.time_zone.clone());
        self.language = self.language.or_else(|| other.language.clone());
        self
    }
}

fn said<T: Clone>(register: Option<&Register<Option<T>>>) -> Option<T> {
    register.and_then(|said| said.value.clone())
}

/// What is to be honoured for a person: what the proven part wants, and nothing that a part which is only claimed to be
/// theirs does not want. Never wider than any part; in what cannot be narrower (order, language) the proven part leads.
#[must_use]
pub fn combine<'a>(proven: Option<&Preferences>, claimed: impl IntoIterator<Item = &'a Preferences>) -> Wishes {
    // In an order of their own, so that the result does not depend on that of the parts.
    let claimed: BTreeSet<Wishes> = claimed.into_iter().map(Wishes::of).collect();
    let proven = proven.map(Wishes::of).unwrap_or_default();
    claimed.iter().fold(proven, Wishes::and)
}
