//! What became of the deliveries to a destination: use cases for whoever shows it.

use super::reasons::Withheld;
use super::record::{DeliveryState, Ground, Record, SentField};
use super::standing::{Counts, decode, name};
use crate::app::App;
use crate::audience::NoticeKind;
use crate::pipeline::outbox_log;
use amana_core::Moment;
use amana_core::catalog::Number;
use amana_core::identity::FragmentId;
use amana_store::space::key;
use amana_store::{KeyRange, Space, StoreError};
use std::collections::BTreeMap;
use uuid::Uuid;

/// How many deliveries are shown at once.
pub const DELIVERIES_PAGE_MAX: usize = 1_000;

/// Why nothing can be said.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryQueryError {
    /// No destination of that code was ever declared.
    #[error("no destination is called {0:?}")]
    UnknownDestination(String),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What became of everything selected for a destination: `selected = delivered + Σ withheld + failed + waiting`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Messages that were to be sent.
    pub selected: u64,
    /// Confirmed by the recipient.
    pub delivered: u64,
    /// Withheld, by reason.
    pub withheld: BTreeMap<Withheld, u64>,
    /// Given up.
    pub failed: u64,
    /// Not looked at yet, being sent, with an unknown outcome, or to be tried again.
    pub waiting: u64,
}

impl Totals {
    /// Whether nothing is lost and nothing is counted twice.
    #[must_use]
    pub fn balance(&self) -> bool {
        let withheld: u64 = self.withheld.values().sum();
        self.selected == self.delivered + withheld + self.failed + self.waiting
    }
}

/// A delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryView {
    /// Its number among those of the destination.
    pub sequence: u64,
    /// `waiting`, `unknown`, `sending`, `delivered`, `withheld` or `failed`.
    pub state: &'static str,
    /// The code of why it stands there.
    pub reason: Option<&'static str>,
    /// How often it was about to be sent.
    pub attempts: u32,
    /// The last status that the recipient answered.
    pub last_status: Option<u16>,
    /// The profile it is about.
    pub profile_id: FragmentId,
    /// The id by which the recipient was told of it, if it was.
    pub recipient_profile_id: Option<Uuid>,
    /// The audience's code.
    pub audience: String,
    /// What it says of the profile.
    pub kind: NoticeKind,
    /// When the move was found.
    pub selected_at: Moment,
    /// Since when it stands where it stands.
    pub at: Moment,
    /// When it is tried again.
    pub next_attempt_at: Option<Moment>,
    /// Whether the recipient received it or may have.
    pub disclosed: bool,
    /// The fields that were sent or may have been.
    pub fields: Vec<SentField>,
    /// What the last decision rested on.
    pub ground: Option<Ground>,
}

/// The totals of a destination, also of one that is declared no longer.
///
/// # Errors
/// When there never was one of that code, or the store cannot be read.
pub async fn totals(app: &App, destination: &str) -> Result<Totals, DeliveryQueryError> {
    let number = number(app, destination)?;
    let row = app.store().get(Space::Tally, key::tally(&name(number))).await?;
    let counts: Counts = decode(row.as_ref())?;
    // Asked after the counters, so that it is never behind them.
    let selected = app.store().head(&outbox_log(number)).await?.0;
    Ok(Totals {
        selected,
        delivered: counts.delivered,
        withheld: counts.withheld,
        failed: counts.failed,
        waiting: counts.open + selected.saturating_sub(counts.taken),
    })
}

/// Deliveries to a destination after the one of that number, in their order. Those that were not looked at yet have
/// no number here; [`totals`] counts them.
///
/// # Errors
/// When there never was a destination of that code, or the store cannot be read.
pub async fn deliveries(
    app: &App,
    destination: &str,
    after: Option<u64>,
    limit: usize,
) -> Result<Vec<DeliveryView>, DeliveryQueryError> {
    let number = number(app, destination)?;
    let from = after.map_or(0, |after| after.saturating_add(1));
    // The last number is never given: what the destination was told lies there.
    let range = KeyRange::between(key::delivery(number, from), key::delivery(number, u64::MAX));
    let rows = app.store().scan(Space::Delivery, range, limit.clamp(1, DELIVERIES_PAGE_MAX)).await?;
    let current = app.current();
    let mut views = Vec::with_capacity(rows.len());
    for (key, row) in rows {
        let Some((_, sequence)) = key::destination_and_sequence(&key) else { continue };
        let record: Record = Record::read(app.root(), &key, &row.value)?;
        let mut names = current.numbers.audiences.iter();
        let audience = names.find(|(_, number)| **number == record.audience).map(|(code, _)| code.clone());
        let called = record.called.id(app.root(), destination, record.profile);
        views.push(view(sequence, record, called, audience.unwrap_or_default()));
    }
    Ok(views)
}

fn view(sequence: u64, record: Record, called: Option<Uuid>, audience: String) -> DeliveryView {
    let (state, reason) = record.state.codes();
    let next_attempt_at = match record.state {
        DeliveryState::Waiting { due, .. } => Some(due),
        _ => None,
    };
    DeliveryView {
        sequence,
        state,
        reason,
        attempts: record.attempts,
        last_status: record.last_status,
        profile_id: record.profile,
        recipient_profile_id: called,
        audience,
        kind: record.kind,
        selected_at: record.selected_at,
        at: record.at,
        next_attempt_at,
        disclosed: record.disclosed,
        fields: record.fields,
        ground: record.ground,
    }
}

fn number(app: &App, destination: &str) -> Result<Number, DeliveryQueryError> {
    let found = app.current().numbers.destinations.get(destination).copied();
    found.ok_or_else(|| DeliveryQueryError::UnknownDestination(destination.to_owned()))
}
