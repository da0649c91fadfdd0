//! A destination's contract, filled: each field asks `permit` for its category and reads what was kept for the slot.

use super::record::SentField;
use crate::hash::sha256_hex;
use crate::profile::Whole;
use amana_core::Value;
use amana_core::catalog::{CategorySet, ContractRule, FieldOrigin, IdentifierRule, Policy, category_covers};
use amana_core::identity::{FragmentId, normalise};
use amana_core::permit::{Context, Question, permit};
use amana_core::profile::{Piece, Reading, Sight};
use serde_json::{Map, Value as Json};
use std::cmp::Reverse;
use std::collections::HashSet;

/// The fields of a contract that may be sent and are known, with their names and categories for the record. What is
/// hidden is left out like what is absent: that something is known of somebody is a datum, too.
pub(super) fn fill(
    contract: &[ContractRule],
    question: &Question<'_>,
    whole: &Whole,
    reading: &Reading<'_>,
) -> (Map<String, Json>, Vec<SentField>) {
    let policy = question.policy;
    let permitted: Vec<&ContractRule> = contract.iter().filter(|field| is_permitted(field, question)).collect();
    let voice = Voice::of(&permitted, policy, whole, reading);
    let (mut fields, mut sent) = (Map::new(), Vec::new());
    for field in permitted {
        let heard = Reading { pieces: voice.about(says_who(field, policy), reading), ..*reading };
        let Sight::Value(value, _) = read(field, policy, &heard) else { continue };
        let value = if field.hashed { hashed(field, &value, policy).map(Json::String) } else { Some(value.to_json()) };
        let Some(value) = value else { continue };
        fields.insert(field.name.clone(), value);
        let category = policy.categories.code(field.category).to_owned();
        sent.push(SentField { name: field.name.clone(), category });
    }
    (fields, sent)
}

fn is_permitted(field: &ContractRule, question: &Question<'_>) -> bool {
    let mut categories = CategorySet::default();
    categories.insert(field.category);
    let context = Context { categories, ..question.context };
    permit(&Question { context, ..*question }).allow
}

/// What a field says of somebody besides what they did.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SaysWho {
    /// A name or an address.
    Contact,
    /// What tells them from others.
    Identity,
    /// Neither.
    No,
}

fn says_who(field: &ContractRule, policy: &Policy) -> SaysWho {
    let of = |above| category_covers(above, policy.categories.code(field.category));
    match field.origin {
        // A figure is of many events and nobody's word.
        FieldOrigin::Metric => SaysWho::No,
        _ if of("contact") => SaysWho::Contact,
        _ if of("identity") => SaysWho::Identity,
        _ => SaysWho::No,
    }
}

/// Whose word a message takes for who somebody is and how they are reached: what is proven, and beside it one claim at
/// most, or a message would put the name that one stranger gave beside the address that another one typed.
///
/// Nobody is contacted because of a claim (DESIGN §6): of somebody whom systems know, a name or address that is only claimed
/// to be theirs is left out altogether, or anybody with a public key could put words into a message to them, or have it
/// sent elsewhere.
enum Voice<'a> {
    /// There is but one group of fragments, and whatever is known is its own.
    All,
    /// What may tell names and addresses, and what may tell who it is.
    Parted { contact: Vec<Piece<'a>>, identity: Vec<Piece<'a>> },
}

impl<'a> Voice<'a> {
    fn of(permitted: &[&ContractRule], policy: &Policy, whole: &Whole, reading: &Reading<'a>) -> Self {
        if whole.is_claim() {
            return Self::Parted { contact: Vec::new(), identity: reading.pieces.to_vec() };
        }
        if whole.groups.len() <= 1 {
            return Self::All;
        }
        let core: HashSet<FragmentId> = whole.groups.iter().take(whole.core).flatten().copied().collect();
        let (known, claims): (Vec<Piece<'a>>, Vec<Piece<'a>>) =
            reading.pieces.iter().copied().partition(|piece| core.contains(&piece.fragment));
        let tells = |piece: &Piece<'_>| piece.holding.events > 0 || !piece.holding.traits.is_empty();
        let is_reachable = !whole.known && !known.iter().any(tells);
        let of_claims = |field: &&&ContractRule| match says_who(field, policy) {
            SaysWho::Contact => is_reachable,
            SaysWho::Identity => true,
            SaysWho::No => false,
        };
        let asked: Vec<&ContractRule> = permitted.iter().filter(of_claims).copied().collect();
        let newest = claims.iter().filter_map(|piece| {
            let own = Reading { pieces: std::slice::from_ref(piece), ..*reading };
            let told = asked.iter().filter_map(|field| match read(field, policy, &own) {
                Sight::Value(_, from) => from?.origin,
                _ => None,
            });
            // Of equally new ones the older fragment's.
            Some((told.max()?, Reverse(piece.fragment)))
        });
        let speaker = newest.max().and_then(|(_, Reverse(fragment))| whole.group_of(fragment));
        let spoken: HashSet<FragmentId> =
            speaker.and_then(|group| whole.groups.get(group)).into_iter().flatten().copied().collect();
        let one = claims.into_iter().filter(|piece| spoken.contains(&piece.fragment));
        let identity: Vec<Piece<'a>> = known.iter().copied().chain(one).collect();
        let contact = if is_reachable { identity.clone() } else { known };
        Self::Parted { contact, identity }
    }

    fn about<'v>(&'v self, says: SaysWho, reading: &Reading<'v>) -> &'v [Piece<'v>] {
        match (self, says) {
            (Self::Parted { contact, .. }, SaysWho::Contact) => contact,
            (Self::Parted { identity, .. }, SaysWho::Identity) => identity,
            _ => reading.pieces,
        }
    }
}

fn read(field: &ContractRule, policy: &Policy, reading: &Reading<'_>) -> Sight {
    match field.origin {
        FieldOrigin::Trait => match reading.trait_named(&field.from) {
            known @ Sight::Value(..) => known,
            unseen => match named_by(field, policy, reading) {
                Sight::Absent => unseen,
                named => named,
            },
        },
        FieldOrigin::Identifier => reading.identifier(&field.from),
        FieldOrigin::Metric => {
            let metric = policy.metrics.iter().find(|metric| metric.name == field.from);
            metric.map_or(Sight::Absent, |metric| reading.metric(metric))
        }
    }
}

/// The identifier that a trait would have been read as, of somebody of whom the purpose may see no such trait: whoever
/// confirmed an address is written to at it. What was put right stays so.
fn named_by(field: &ContractRule, policy: &Policy, reading: &Reading<'_>) -> Sight {
    let is_put_right = reading.pieces.iter().any(|piece| piece.holding.corrections.contains_key(&field.from));
    match identifier_of(field, policy).filter(|rule| !is_put_right && rule.category == field.category) {
        Some(rule) => reading.identifier(&rule.code),
        None => Sight::Absent,
    }
}

/// The SHA-256 of a value's normalised text. Whoever compares hashes needs one form: identifiers, and traits that
/// identifiers are read from, in the form of their kind; everything else trimmed and in lower case. `None` for a value
/// that is not of its kind's form, whose hash would mean nothing.
fn hashed(field: &ContractRule, value: &Value, policy: &Policy) -> Option<String> {
    let text = match value {
        Value::Text(text) | Value::Json(text) => text.clone(),
        Value::Time(moment) => moment.to_string(),
        other => other.to_json().to_string(),
    };
    let normalised = match identifier_of(field, policy) {
        Some(rule) => normalise(rule, &text, &policy.catalog.organisation.country).ok()?,
        None => text.trim().to_lowercase(),
    };
    Some(sha256_hex(normalised.as_bytes()))
}

fn identifier_of<'a>(field: &ContractRule, policy: &'a Policy) -> Option<&'a IdentifierRule> {
    let fed = |rule: &&IdentifierRule| rule.fields.contains(&field.from);
    match field.origin {
        FieldOrigin::Identifier => policy.identifier(&field.from),
        FieldOrigin::Trait => policy.identifiers.iter().find(fed),
        FieldOrigin::Metric => None,
    }
}
