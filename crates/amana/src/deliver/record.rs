//! A delivery as it is stored: what became of it, and never what was sent.
//!
//! `format u8 | sealed postcard` under [`key::delivery`], sealed with the system key: it names a profile.

use super::reasons::{Failure, Why, Withheld};
use super::recipient_id::Called;
use crate::audience::NoticeKind;
use crate::dice::Dice;
use crate::pipeline::OutboxRow;
use amana_core::catalog::{Number, Policy, SlotRule};
use amana_core::identity::FragmentId;
use amana_core::permission::{Standing, State};
use amana_core::{Moment, Slot};
use amana_store::seal::{Root, associated_data, open, seal};
use amana_store::space::key;
use amana_store::{Batch, Key, Space, StoreError};
use serde::{Deserialize, Serialize};

const FORMAT: u8 = 2;
/// What format 1 lacks at its end: that people were called by the ids of their profiles.
const SINCE_FORMAT_1: [u8; 1] = [0];

/// A delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// The profile it is about.
    pub(super) profile: FragmentId,
    /// The audience's number.
    pub(super) audience: Number,
    /// What it says of the profile.
    pub(super) kind: NoticeKind,
    /// When the move was found.
    pub(super) selected_at: Moment,
    /// Where it stands.
    pub(super) state: DeliveryState,
    /// Since when.
    pub(super) at: Moment,
    /// How many intents were committed.
    pub(super) attempts: u32,
    /// The last status the recipient answered.
    pub(super) last_status: Option<u16>,
    /// Whether the recipient has received it or may have, whatever became of it later.
    pub(super) disclosed: bool,
    /// Fields that left, or are about to.
    pub(super) fields: Vec<SentField>,
    /// What the last decision rested on.
    pub(super) ground: Option<Ground>,
    /// How the last message said whom it is about.
    pub(super) called: Called,
}

/// Where a delivery stands. The order is stored: new states come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum DeliveryState {
    /// To be looked at again when due.
    Waiting {
        /// When.
        due: Moment,
        /// Why not now.
        why: Why,
    },
    /// The intent is committed: from here on the bytes may have left.
    Sending,
    /// The recipient has confirmed it.
    Delivered,
    /// Nothing is sent, or nothing more.
    Withheld(Withheld),
    /// Given up.
    Failed(Failure),
}

/// A field of a message, without its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SentField {
    /// Its name in the message.
    pub name: String,
    /// Code of its data category.
    pub category: String,
}

/// What a decision rested on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ground {
    /// The slot.
    pub slot: Slot,
    /// The version of the purpose as declared then.
    pub purpose_version: u32,
    /// The version of the catalogue that was asked.
    pub catalog_version: u64,
    /// The state of the permission.
    pub state: State,
    /// Since when.
    pub since: Option<Moment>,
}

impl Ground {
    /// What a verdict rests on.
    pub(super) fn of(policy: &Policy, rule: &SlotRule, standing: Standing) -> Self {
        let declared = policy.catalog.purposes.iter().find(|purpose| purpose.code == rule.purpose && !rule.retired);
        Self {
            slot: rule.slot,
            purpose_version: declared.map_or(rule.since_version, |purpose| purpose.version),
            catalog_version: policy.version,
            state: standing.state,
            since: standing.since,
        }
    }
}

impl DeliveryState {
    /// Whether nothing more will become of it.
    pub(super) fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Withheld(_) | Self::Failed(_))
    }

    /// Its code, and that of the reason.
    pub(super) fn codes(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Waiting { why: why @ Why::OutcomeUnknown, .. } => ("unknown", Some(why.code())),
            Self::Waiting { why, .. } => ("waiting", Some(why.code())),
            Self::Sending => ("sending", None),
            Self::Delivered => ("delivered", None),
            Self::Withheld(reason) => ("withheld", Some(reason.code())),
            Self::Failed(failure) => ("failed", Some(failure.code())),
        }
    }
}

impl Record {
    /// A row of the outbox that was taken and waits for its turn.
    pub(super) fn new(row: &OutboxRow, now: Moment) -> Self {
        Self {
            profile: row.profile,
            audience: row.audience,
            kind: row.kind,
            selected_at: row.at,
            state: DeliveryState::Waiting { due: now, why: Why::Turn },
            at: now,
            attempts: 0,
            last_status: None,
            disclosed: false,
            fields: Vec::new(),
            ground: None,
            called: Called::default(),
        }
    }

    /// The next attempt is about to be made with these fields. What an earlier attempt may have disclosed stays on
    /// record beside them.
    pub(super) fn intend(&mut self, fields: Vec<SentField>, ground: Ground, now: Moment) {
        let before = std::mem::replace(&mut self.fields, fields);
        if self.disclosed {
            self.fields.extend(before);
            self.fields.sort_unstable();
            self.fields.dedup();
        }
        self.ground = Some(ground);
        self.attempts = self.attempts.saturating_add(1);
        self.enter(DeliveryState::Sending, now);
    }

    /// Nothing is sent, for good. What earlier attempts may have disclosed stays on record.
    pub(super) fn withhold(&mut self, reason: Withheld, ground: Option<Ground>, now: Moment) {
        if !self.disclosed {
            self.fields.clear();
        }
        self.ground = ground;
        self.enter(DeliveryState::Withheld(reason), now);
    }

    /// Stands elsewhere from now on.
    pub(super) fn enter(&mut self, state: DeliveryState, now: Moment) {
        (self.state, self.at) = (state, now);
    }

    /// Whether it waits, and for this.
    pub(super) fn waits_for(&self, reason: Why) -> bool {
        matches!(self.state, DeliveryState::Waiting { why, .. } if why == reason)
    }

    /// Adds it to a batch.
    pub(super) fn save(&self, place: (Number, u64), root: &Root, batch: &mut Batch, dice: &mut Dice) {
        let key = key::delivery(place.0, place.1);
        let value = sealed(self, FORMAT, root, &key, dice);
        batch.put(Space::Delivery, key, value);
    }

    /// Reads it.
    pub(super) fn read(root: &Root, key: &[u8], value: &[u8]) -> Result<Self, StoreError> {
        let (format, mut plain) = unsealed(root, key, value, FORMAT)?;
        if format == 1 {
            plain.extend(SINCE_FORMAT_1);
        }
        postcard::from_bytes(&plain).map_err(|_| damaged())
    }
}

/// Seals what belongs to a key of [`Space::Delivery`].
pub(super) fn sealed(value: &impl Serialize, format: u8, root: &Root, key: &Key, dice: &mut Dice) -> Vec<u8> {
    let plain = postcard::to_allocvec(value).expect("rows are ids, numbers and codes");
    let mut bytes = vec![format];
    bytes.extend(seal(root.system_key().as_bytes(), &associated_data(Space::Delivery, key), &plain, dice));
    bytes
}

/// Opens what [`sealed`] made, and says in which format it is.
pub(super) fn unsealed(root: &Root, key: &[u8], value: &[u8], newest: u8) -> Result<(u8, Vec<u8>), StoreError> {
    let (format, sealed) = value.split_first().ok_or_else(damaged)?;
    if !(1..=newest).contains(format) {
        let message =
            format!("a delivery has format {format}, newer than this program: install the version that wrote it");
        return Err(StoreError::Invalid(message));
    }
    let associated = associated_data(Space::Delivery, key);
    let plain = open(root.system_key().as_bytes(), &associated, sealed).map_err(|_| damaged())?;
    Ok((*format, plain))
}

fn damaged() -> StoreError {
    StoreError::Invalid("a delivery cannot be opened: it is damaged, or of another root file".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use amana_core::permit::Reason;

    fn sample() -> Record {
        Record {
            profile: FragmentId(uuid::Uuid::from_bytes([7; 16])),
            audience: 3,
            kind: NoticeKind::Exited,
            selected_at: Moment(1_700_000_000_000),
            state: DeliveryState::Withheld(Withheld::Denied(Reason::ConsentWithdrawn)),
            at: Moment(1_700_000_000_001),
            attempts: 2,
            last_status: Some(503),
            disclosed: true,
            fields: vec![SentField { name: "address".into(), category: "contact.email".into() }],
            ground: Some(Ground {
                slot: Slot(4),
                purpose_version: 2,
                catalog_version: 9,
                state: State::Overridden,
                since: None,
            }),
            called: Called::Profile,
        }
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Rows are never rewritten, so format 1 must be read for ever: a change of it raises `FORMAT`.
    #[test]
    fn a_stored_row_of_format_1_is_read() {
        let stored = include_str!("record_format_1.hex").trim();
        let mut bytes: Vec<u8> =
            (0..stored.len()).step_by(2).map(|at| u8::from_str_radix(&stored[at..at + 2], 16).unwrap()).collect();
        bytes.extend(SINCE_FORMAT_1);
        assert_eq!(hex(&postcard::to_allocvec(&sample()).unwrap()), hex(&bytes));
        assert_eq!(postcard::from_bytes::<Record>(&bytes).unwrap(), sample());
    }

    #[test]
    fn what_may_have_been_disclosed_stays_on_record() {
        let field = |name: &str| SentField { name: name.into(), category: "contact.email".into() };
        let ground = sample().ground.unwrap();
        let mut record = Record { fields: Vec::new(), disclosed: false, ..sample() };
        record.intend(vec![field("one")], ground, Moment(1));
        record.intend(vec![field("two")], ground, Moment(2));
        assert_eq!(record.fields, [field("two")], "the first attempt never left");
        record.disclosed = true;
        record.intend(vec![field("one")], ground, Moment(3));
        assert_eq!(record.fields, [field("one"), field("two")]);
        record.withhold(Withheld::LeftAudience, None, Moment(4));
        assert_eq!(record.fields.len(), 2);
    }
}
