//! What staff decide about what was set aside: to have it worked on again, or to delete it. Both stand in the journal, and the
//! pipeline does them in the commit that passes them, so being stopped in between neither loses anything nor does anything
//! twice.

use super::set_aside::SetAside;
use crate::app::App;
use crate::journal::{Again, AgainRecord, Closed, DeletedAside, Entry};
use crate::profile::record::IN_FORCE_WAIT_MAX;
use amana_store::seal::{Root, open, seal};
use amana_store::{Batch, Dice, LogName, Position, StoreError};
use serde::{Deserialize, Serialize};

/// How many records are sent again at a time.
const RESENT_RECORDS_MAX: usize = 10_000;
/// What is set aside while the rest is sent again is sent again, too: so often at most.
const ROUNDS_MAX: usize = 3;
/// How long the reason of a deletion may be.
pub const DELETION_NOTE_BYTES_MAX: usize = 1_000;
/// A deletion opens nowhere but in its log.
const ASSOCIATED: &[u8] = b"set aside: deletions";
const READ_BYTES: usize = 1 << 20;

/// A record that is set aside, without what it says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AsideLine {
    /// Where it stands in the log of what was set aside.
    pub place: u64,
    /// Where it stood in the journal, and how many events it is; none for what cannot be opened.
    pub holds: Option<(u64, usize)>,
    /// Why it is there.
    pub reason: String,
    /// How often it was worked on again in vain.
    pub tries: u32,
}

impl std::fmt::Display for AsideLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some((position, events)) = self.holds else {
            return write!(f, "a record that cannot be opened: it is damaged, or the root file is not the one");
        };
        write!(f, "record {position} of the journal: {events} events ({})", self.reason)?;
        if self.tries > 0 {
            write!(f, ", sent again {} times", self.tries)?;
        }
        Ok(())
    }
}

/// What became of what was sent again.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Resent {
    /// How many records are to be worked on again.
    pub records: usize,
    /// How many events and acts they are.
    pub events: usize,
    /// Whether they were: else they are as soon as somebody serves, or what came before is worked off.
    pub done: bool,
    /// How many records are set aside now.
    pub left: u64,
}

/// What is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// How many records.
    pub records: u64,
    /// How many events and acts they are, so far as they can be opened.
    pub events: usize,
    /// Whether they were: else they are as soon as somebody serves, or what came before is worked off.
    pub done: bool,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum AsideError {
    /// The journal takes nothing now.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The reason is missing or too long.
    #[error("say why in 1 to {DELETION_NOTE_BYTES_MAX} bytes")]
    Note,
}

/// What is set aside, oldest first, without what it says.
///
/// # Errors
/// When the store cannot be read.
pub async fn aside_lines(app: &App) -> Result<Vec<AsideLine>, StoreError> {
    let mut lines = Vec::new();
    let look = |place, aside: Option<SetAside>| {
        lines.push(AsideLine {
            place,
            holds: aside.as_ref().map(|aside| (aside.position, aside.entry.events())),
            reason: aside.as_ref().map(|aside| aside.reason.words().to_owned()).unwrap_or_default(),
            tries: aside.as_ref().map_or(0, |aside| aside.tries),
        });
        Ok(())
    };
    SetAside::each(app.store(), app.root(), look).await?;
    Ok(lines)
}

/// Has what was set aside worked on again, in its order, behind everything that came until now. What still cannot be is
/// set aside again, behind what is left. `serves`: whether somebody works on it, whom to wait for.
///
/// # Errors
/// When the journal takes nothing now; nothing has changed then.
pub async fn resend_aside(app: &App, serves: bool) -> Result<Resent, AsideError> {
    let mut resent = Resent { done: serves, ..Resent::default() };
    for round in 0..ROUNDS_MAX {
        let lines = aside_lines(app).await?;
        // What came while the rest was sent again: what was already tried is not tried over and over.
        if round > 0 && lines.iter().all(|line| line.tries > 0 || line.holds.is_none()) {
            break;
        }
        let line = |line: &AsideLine| AgainRecord {
            place: line.place,
            events: line.holds.map_or(1, |(_, count)| count.max(1)),
        };
        let records: Vec<AgainRecord> = lines.iter().take(RESENT_RECORDS_MAX).map(line).collect();
        if records.is_empty() {
            break;
        }
        resent.records += records.len();
        resent.events += records.iter().map(|record| record.events).sum::<usize>();
        let position = app.journal().write(&Entry::Again(Again { records }), &mut app.dice()).await?;
        if !serves {
            break;
        }
        let worked = tokio::time::timeout(IN_FORCE_WAIT_MAX, app.journal().committed(position)).await;
        if worked.is_err() {
            resent.done = false;
            break;
        }
    }
    resent.left = SetAside::count(app.store()).await?;
    Ok(resent)
}

/// Deletes what is set aside: it was acknowledged, and is never worked on. That it was, when and why is kept. `serves`:
/// whether somebody works on it, whom to wait for.
///
/// # Errors
/// When no reason is given, or the journal takes nothing now; nothing has changed then.
pub async fn delete_aside(app: &App, note: &str, serves: bool) -> Result<Deleted, AsideError> {
    let note = note.trim();
    if note.is_empty() || note.len() > DELETION_NOTE_BYTES_MAX {
        return Err(AsideError::Note);
    }
    let lines = aside_lines(app).await?;
    let Some(last) = lines.last() else { return Ok(Deleted { done: true, ..Deleted::default() }) };
    let events = lines.iter().filter_map(|line| line.holds).map(|(_, events)| events).sum();
    let (until, records, at) = (last.place + 1, lines.len() as u64, app.now());
    let deleted = DeletedAside { until, records, events, at, note: note.to_owned() };
    let position = app.journal().write(&Entry::Deleted(Box::new(deleted)), &mut app.dice()).await?;
    let worked = async { tokio::time::timeout(IN_FORCE_WAIT_MAX, app.journal().committed(position)).await.is_ok() };
    Ok(Deleted { records, events, done: serves && worked.await })
}

/// Adds to a batch that something was deleted.
pub(super) fn note_deletion(deleted: &DeletedAside, root: &Root, batch: &mut Batch, dice: &mut dyn Dice) {
    let plain = serde_json::to_vec(deleted).expect("texts and numbers are JSON");
    batch.append(&deletions_log(), seal(root.system_key().as_bytes(), ASSOCIATED, &plain, dice));
}

/// All deletions, oldest first.
///
/// # Errors
/// When the store cannot be read or one cannot be opened.
pub async fn deletions(app: &App) -> Result<Vec<DeletedAside>, StoreError> {
    let (log, mut found) = (deletions_log(), Vec::new());
    let mut from = app.store().tail(&log).await?;
    loop {
        let records = app.store().read(&log, from, READ_BYTES).await?;
        let Some((last, _)) = records.last() else { return Ok(found) };
        from = Position(last.0 + 1);
        for (_, record) in &records {
            let damaged = || StoreError::Invalid("a note of what was deleted cannot be opened".into());
            let plain = open(app.root().system_key().as_bytes(), ASSOCIATED, record).map_err(|_| damaged())?;
            found.push(serde_json::from_slice(&plain).map_err(|_| damaged())?);
        }
    }
}

fn deletions_log() -> LogName {
    LogName::new("aside/deleted").expect("the name is lower-case letters and a slash")
}
