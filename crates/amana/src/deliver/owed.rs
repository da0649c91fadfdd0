//! What a destination is owed: it was to be told something of people of whom nobody could read what they decided, for so
//! long that the message was given up. Nothing but this would tell it later, for whoever compares what holds now with what
//! was announced finds nothing new: so when they can be read again, it is told what holds then, be it that they left.
//!
//! Rows lie behind those of what the destination was told, in the place of an audience that there never is.

use super::books::BookError;
use super::facts::Facts;
use super::turns::STEP_ROWS_MAX;
use super::worker::{WorkError, Worker};
use crate::audience::NoticeKind;
use crate::pipeline::OutboxRow;
use amana_core::Moment;
use amana_core::catalog::Number;
use amana_core::identity::FragmentId;
use amana_store::space::key;
use amana_store::{Batch, CommitError, Key, KeyRange, Space, StoreError};

/// For how long a delivery waits for somebody who cannot be read: 30 days.
pub const UNREADABLE_MILLIS_MAX: i64 = 30 * 86_400_000;
/// How many deliveries to one destination wait for people who cannot be read, those behind them included, so that there is
/// room for everybody else's. Beyond, one is given up at once; it is owed as if it had waited.
pub const UNREADABLE_ROWS_MAX: usize = 1_024;
/// How often is looked who can be read again.
const LOOK_MILLIS: i64 = 60_000;
const FORMAT: u8 = 1;

/// How far a worker has looked for whom it owes something.
#[derive(Debug)]
pub(super) struct Debts {
    /// When it looks again.
    due: Moment,
    /// Behind which row it goes on.
    after: Option<Key>,
}

impl Default for Debts {
    fn default() -> Self {
        Self { due: Moment(i64::MIN), after: None }
    }
}

fn place(destination: Number) -> Key {
    let mut key = key::delivery(destination, u64::MAX);
    key.extend_from_slice(&Number::MAX.to_be_bytes());
    key
}

/// Where it is stored that a destination is owed something of a profile's being in an audience or not.
pub(super) fn owed_key(destination: Number, (profile, audience): (FragmentId, Number)) -> Key {
    let mut key = place(destination);
    key.extend_from_slice(&audience.to_be_bytes());
    key.extend_from_slice(profile.0.as_bytes());
    key
}

/// Whom it is about.
fn about(destination: Number, key: &[u8]) -> Option<(FragmentId, Number)> {
    let rest = key.strip_prefix(place(destination).as_slice())?;
    let (audience, profile) = rest.split_first_chunk()?;
    Some((FragmentId(uuid::Uuid::from_slice(profile).ok()?), Number::from_be_bytes(*audience)))
}

/// Notes that something is owed.
pub(super) fn owe(key: Key, batch: &mut Batch) {
    batch.put(Space::Delivery, key, vec![FORMAT]);
}

impl Worker {
    /// Has a destination told of those who can be read again, at their turn like everybody else. Says whether there was
    /// anybody.
    pub(super) async fn pay(&mut self) -> Result<bool, WorkError> {
        let now = self.app.now();
        if now < self.debts.due {
            return Ok(false);
        }
        let whole = KeyRange::prefix(place(self.number));
        let range = self.debts.after.take().map_or(whole.clone(), |after| whole.after(&after));
        let rows = self.app.store().scan(Space::Delivery, range, STEP_ROWS_MAX).await?;
        match rows.last() {
            Some((last, _)) if rows.len() == STEP_ROWS_MAX => self.debts.after = Some(last.clone()),
            _ => self.debts.due = now.plus_millis(LOOK_MILLIS),
        }
        let owed: Vec<_> = rows.iter().filter_map(|(key, _)| about(self.number, key)).collect();
        if owed.is_empty() {
            return Ok(false);
        }
        let facts = Facts::now(&self.app, self.number, &owed, &mut self.classes).await?;
        let readable: Vec<_> = owed.into_iter().filter(|(profile, _)| facts.is_readable(*profile)).collect();
        if readable.is_empty() {
            return Ok(false);
        }
        let mut batch = Batch::new();
        for (profile, audience) in readable {
            let stays = facts.is_member(profile, audience);
            let kind = if stays { NoticeKind::Updated } else { NoticeKind::Exited };
            let row = OutboxRow { profile, audience, kind, at: now };
            batch.append(&self.log, postcard::to_allocvec(&row).expect("a row is ids, numbers and a moment"));
            batch.delete(Space::Delivery, owed_key(self.number, (profile, audience)));
        }
        self.app.store().commit(batch).await.map_err(|error| match error {
            CommitError::Store(error) => BookError::Store(error),
            CommitError::Conflict(_) => {
                BookError::Store(StoreError::Invalid("a commit without expectations met a conflict".into()))
            }
        })?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_whom_it_is_about_and_is_none_of_what_was_told() {
        let person = FragmentId(uuid::Uuid::from_bytes([7; 16]));
        let key = owed_key(3, (person, 5));
        assert_eq!(about(3, &key), Some((person, 5)));
        assert_eq!(about(4, &key), None);
        assert_eq!(about(3, &super::super::told::told_key(3, 5, person)), None);
        assert!(key::destination_and_sequence(&key).is_none(), "it is no delivery");
    }
}
