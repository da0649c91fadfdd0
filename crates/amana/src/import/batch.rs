//! The reading side: rows of a file become batches of events or acts, on a thread of its own.

use super::acts::Deciding;
use super::file::{FileBroken, Rows};
use super::limits::{BATCH_BYTES, BATCH_ROWS, PIECE_ROWS_MAX};
use super::map::ImportMap;
use super::record::Lost;
use super::reject::{Reject, Wrong};
use super::row::{Mapped, Names, Row, mapped};
use crate::govern::Current;
use crate::journal::Decided;
use amana_core::catalog::SourceRule;
use amana_core::{Event, Moment};
use std::collections::BTreeSet;
use tokio::sync::mpsc;

/// What the rows of a file are read with.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) map: &'a ImportMap,
    pub(super) current: &'a Current,
    pub(super) source: &'a SourceRule,
    pub(super) names: Names<'a>,
    pub(super) received_at: Moment,
    /// The number of the first row.
    pub(super) from: u64,
    /// Whether it is a piece, which has a limit of rows.
    pub(super) is_piece: bool,
    /// Rows before this one are done with.
    pub(super) done: u64,
    /// Of those, rows that were refused and may be tried again.
    pub(super) refused: &'a BTreeSet<u64>,
    /// Rows of which nobody knows whether they are durable.
    pub(super) lost: &'a Lost,
}

/// Some rows, one after the other.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The number of the row after the last.
    pub(super) end: u64,
    /// What becomes durable.
    pub(super) events: Vec<Event>,
    /// What becomes durable.
    pub(super) decisions: Vec<Decided>,
    /// What was wrong.
    pub(super) rejects: Vec<Reject>,
    /// Rows to become durable.
    pub(super) accepted: u64,
    /// Rows that say nothing, of those that are not done with yet.
    pub(super) silent: u64,
    /// Rows that were rejected, of those that are not done with yet.
    pub(super) rejected: u64,
    /// Rows that were done with before, without those that are rejected again or taken after all.
    pub(super) already: u64,
    /// Rejected rows that may be tried again another time.
    pub(super) refused: Vec<u64>,
    /// Rows that were refused before and are taken now.
    pub(super) taken: Vec<u64>,
    /// Rows that were refused before, and of which nobody knows any more whether they were taken since.
    pub(super) given_up: Vec<u64>,
    bytes: usize,
    rows: u64,
}

/// The number of no row.
const NO_ROW: u64 = u64::MAX;

impl Batch {
    /// Tells that the file was read to its end.
    pub(super) fn end_of_file() -> Self {
        Self { end: NO_ROW, ..Self::default() }
    }

    pub(super) fn is_end_of_file(&self) -> bool {
        self.end == NO_ROW
    }

    fn accept(&mut self, row: u64, was_refused: bool) {
        self.accepted += 1;
        if was_refused {
            self.taken.push(row);
        }
    }
}

impl Reading<'_> {
    /// Reads a file to its end, or until nobody listens any more.
    pub(super) fn run(&self, rows: Rows, batches: &mpsc::Sender<Result<Batch, FileBroken>>) {
        let mut batch = Batch { end: self.from, ..Batch::default() };
        for next in rows {
            let row = match next {
                Ok(row) => row,
                Err(broken) => {
                    // What stands before the place that cannot be read was read well.
                    let _ = batches.blocking_send(Ok(batch));
                    let _ = batches.blocking_send(Err(broken));
                    return;
                }
            };
            if self.is_piece && batch.end - self.from >= PIECE_ROWS_MAX {
                let why = format!("a piece has at most {PIECE_ROWS_MAX} rows");
                let _ = batches.blocking_send(Err(FileBroken::At { line: 0, why }));
                return;
            }
            self.add(&mut batch, row);
            if batch.rows >= BATCH_ROWS || batch.bytes >= BATCH_BYTES {
                let empty = Batch { end: batch.end, ..Batch::default() };
                if batches.blocking_send(Ok(std::mem::replace(&mut batch, empty))).is_err() {
                    return;
                }
            }
        }
        let _ = batches.blocking_send(Ok(batch));
    }

    fn add(&self, batch: &mut Batch, row: Result<Row, Reject>) {
        let number = batch.end;
        batch.end += 1;
        batch.rows += 1;
        let (is_new, was_refused) = (number >= self.done, self.refused.contains(&number));
        let row = row.map_err(|reject| Reject { row: number, ..reject }).map(|row| Row { number, ..row });
        let line = match &row {
            Ok(row) => row.line,
            Err(reject) => reject.line,
        };
        let what = row.map_err(Refused::ForGood).and_then(|row| self.row(&row, line));
        // What has a name of its own is known for as long as anything of it is kept.
        let is_lost = self.map.message_id.is_none() && self.lost.contains(number);
        let what = match what {
            // Whatever would become of it now: it may be durable.
            Ok(_) | Err(Refused::ForNow(_)) if is_lost => Err(Refused::ForGood(in_doubt().at(number, line))),
            what => what,
        };
        match what {
            // What was taken under another catalogue stays taken.
            Err(Refused::ForNow(_)) if !is_new && !was_refused => batch.already += 1,
            Err(Refused::ForNow(reject)) => {
                batch.rejected += u64::from(is_new);
                batch.refused.push(number);
                batch.rejects.push(reject);
            }
            Err(Refused::ForGood(reject)) => {
                batch.rejected += u64::from(is_new);
                if was_refused {
                    batch.given_up.push(number);
                }
                batch.rejects.push(reject);
            }
            Ok(_) if !is_new && !was_refused => batch.already += 1,
            Ok(Taken::Silent) => batch.silent += 1,
            Ok(Taken::Event(event, bytes)) => {
                batch.accept(number, was_refused);
                batch.bytes += bytes;
                batch.events.push(*event);
            }
            Ok(Taken::Acts(decisions)) => {
                batch.accept(number, was_refused);
                // Evidence has a limit for each part; what most acts have is far below.
                batch.bytes += 512 * decisions.len();
                batch.decisions.extend(decisions);
            }
        }
    }

    fn row(&self, row: &Row, line: u64) -> Result<Taken, Refused> {
        // File and map are what they are, whatever changes beside them.
        match mapped(self.map, row, self.names).map_err(|wrong| Refused::ForGood(wrong.at(row.number, line)))? {
            Mapped::Event(json) => {
                let bytes = crate::collect::json_bytes_at_most(&json) / 4;
                let read = crate::collect::read_item(json, self.received_at);
                let event = read.map_err(|refusal| {
                    let wrong = Wrong::new(column(self.map, refusal.field), refusal.code.as_str(), refusal.message);
                    Refused::ForNow(wrong.at(row.number, line))
                })?;
                Ok(Taken::Event(Box::new(event), bytes))
            }
            Mapped::Acts(drafts) if drafts.is_empty() => Ok(Taken::Silent),
            Mapped::Acts(drafts) => {
                let Self { current, source, map, names, received_at, .. } = *self;
                let deciding = Deciding { current, source, map, names, received_at };
                let decided = deciding.decided(row, drafts);
                decided.map(Taken::Acts).map_err(|wrong| Refused::ForNow(wrong.at(row.number, line)))
            }
        }
    }
}

/// A row that was not taken.
enum Refused {
    /// Neither file nor map can change, and both are named by the import.
    ForGood(Reject),
    /// The catalogue or the clock says so, and may say something else another time.
    ForNow(Reject),
}

/// What a row is.
enum Taken {
    Event(Box<Event>, usize),
    Acts(Vec<Decided>),
    Silent,
}

/// The column that a field of an event comes from, as far as it is one.
fn column(map: &ImportMap, field: &str) -> String {
    let identifier = |kind: &str| map.identifiers.iter().find(|(known, _)| known == kind).map(|(_, column)| column);
    let found = match field {
        "userId" => identifier("user_id").or_else(|| identifier("anonymous_id")),
        "anonymousId" => identifier("anonymous_id"),
        "timestamp" => map.timestamp.as_ref().map(|(column, _)| column),
        _ => None,
    };
    found.cloned().unwrap_or_else(|| field.to_owned())
}

fn in_doubt() -> Wrong {
    let why = "it was being written when the server was stopped, too long ago to know whether it is durable: \
        look whether it arrived, and import it in a file of its own if not";
    Wrong::new("", "in_doubt", why)
}
