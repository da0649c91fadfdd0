//! How uses, channels, states and the like are spelt where people and programs read them.

use amana_core::permission::{ActKind, Channel, Method};
use amana_core::permit::{Disclosure, Use};
use serde::Serialize;

/// Uses without an object, as they are spelt.
const PLAIN: [(&str, Use<'static>); 8] = [
    ("collect", Use::Collect),
    ("link", Use::Link),
    ("store", Use::Store),
    ("segment", Use::Segment),
    ("analyse", Use::Analyse),
    ("profile", Use::Profile),
    ("decide", Use::Decide),
    ("notify", Use::Notify),
];

/// To whom data is disclosed, as it is spelt behind `disclose:`.
const DISCLOSURES: [(&str, Disclosure); 3] =
    [("subject", Disclosure::Subject), ("authority", Disclosure::Authority), ("legal_claim", Disclosure::LegalClaim)];

/// All channels.
pub const CHANNELS: [Channel; 5] = [Channel::Email, Channel::Sms, Channel::Push, Channel::Phone, Channel::Post];

/// Ways by which an act may reach us through the API.
pub const METHODS: [Method; 5] = [Method::Form, Method::Call, Method::Paper, Method::Api, Method::DoubleOptIn];

/// Acts that a person does.
pub const ACTS_OF_PEOPLE: [ActKind; 6] =
    [ActKind::Request, ActKind::Grant, ActKind::Refuse, ActKind::Withdraw, ActKind::Object, ActKind::Prefer];

/// Acts by which staff decide or record something about a person. Erasing is a process of its own and not among them.
pub const ACTS_OF_STAFF: [ActKind; 12] = [
    ActKind::Inform,
    ActKind::Start,
    ActKind::End,
    ActKind::Uphold,
    ActKind::Override,
    ActKind::Assert,
    ActKind::Invalidate,
    ActKind::Guardian,
    ActKind::Restrict,
    ActKind::Told,
    ActKind::Lift,
    ActKind::Correct,
];

/// The word of a closed set, as it is written everywhere.
#[must_use]
pub fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        // Only enumerations without content are spelt here, and these are written as words.
        _ => String::new(),
    }
}

/// The one of a closed set that is spelt so.
#[must_use]
pub fn spelt<T: Serialize + Copy>(all: &[T], text: &str) -> Option<T> {
    all.iter().copied().find(|value| word(value) == text)
}

/// Reads a use: `profile`, `contact:email`, `share:mailer`, `disclose:subject`.
#[must_use]
pub fn read_use(text: &str) -> Option<Use<'_>> {
    match text.split_once(':') {
        None => PLAIN.iter().find(|(name, _)| *name == text).map(|(_, usage)| *usage),
        Some(("contact", channel)) => spelt(&CHANNELS, channel).map(Use::Contact),
        Some(("share", recipient)) if !recipient.is_empty() => Some(Use::Share(recipient)),
        Some(("disclose", to)) => DISCLOSURES.iter().find(|(name, _)| *name == to).map(|(_, to)| Use::Disclose(*to)),
        Some(_) => None,
    }
}

/// Writes a use as [`read_use`] reads it.
#[must_use]
pub fn write_use(usage: Use<'_>) -> String {
    let plain = || PLAIN.iter().find(|(_, known)| *known == usage).map_or("", |(name, _)| name);
    match usage {
        Use::Contact(channel) => format!("contact:{}", word(&channel)),
        Use::Share(recipient) => format!("share:{recipient}"),
        Use::Disclose(to) => {
            let to = DISCLOSURES.iter().find(|(_, known)| *known == to).map_or("", |(name, _)| name);
            format!("disclose:{to}")
        }
        _ => plain().to_owned(),
    }
}

/// Uses as they can be written, for people.
pub const USES_IN_WORDS: &str = "one of collect, link, store, segment, analyse, profile, decide, notify, \
     contact:email|sms|push|phone|post, share:<destination>, disclose:subject|authority|legal_claim";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_use_is_read_as_it_is_written() {
        let contacts = CHANNELS.map(Use::Contact);
        let disclosures = DISCLOSURES.map(|(_, to)| Use::Disclose(to));
        let plain = PLAIN.map(|(_, usage)| usage);
        for usage in plain.into_iter().chain(contacts).chain(disclosures).chain([Use::Share("mailer")]) {
            assert_eq!(read_use(&write_use(usage)), Some(usage));
        }
        for wrong in ["", "sell", "contact", "contact:", "contact:fax", "share:", "disclose:press", "profile:all"] {
            assert_eq!(read_use(wrong), None, "{wrong}");
        }
    }
}
