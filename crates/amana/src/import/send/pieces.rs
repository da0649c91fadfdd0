//! A file in pieces: rows as JSON Lines, with what is needed to tell where each stood.

use super::super::reject::Reject;
use super::super::row::Row;
use super::{LocalFile, SendError, Sent};
use serde_json::Map;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Rows of a piece.
const PIECE_ROWS: usize = 5_000;
/// Bytes after which a piece ends.
const PIECE_BYTES: usize = 4 << 20;

/// Some rows of a file, one after the other.
#[derive(Debug, Default)]
pub(super) struct Piece {
    /// The number of the first row.
    pub(super) from: u64,
    /// The rows as JSON Lines.
    pub(super) body: Vec<u8>,
    /// How far the file is read behind it.
    pub(super) sent: Sent,
    lines: Vec<u64>,
    /// Rows that could not be read here. They are sent as what is no row, so that the numbers stay.
    unread: HashMap<u64, Reject>,
}

impl Piece {
    fn add(&mut self, row: Result<Row, Reject>, wanted: &BTreeSet<&str>) {
        match row {
            Ok(row) => {
                self.lines.push(row.line);
                let fields: Map<_, _> =
                    row.fields.into_iter().filter(|(name, _)| wanted.contains(name.as_str())).collect();
                // Columns are text and values JSON, which can always be written.
                serde_json::to_writer(&mut self.body, &fields).unwrap_or_default();
            }
            Err(reject) => {
                self.lines.push(reject.line);
                self.body.extend_from_slice(b"null");
                self.unread.insert(reject.row, reject);
            }
        }
        self.body.push(b'\n');
    }

    fn is_full(&self) -> bool {
        self.lines.len() >= PIECE_ROWS || self.body.len() >= PIECE_BYTES
    }

    /// Rejected rows as they stand in the file.
    pub(super) fn in_its_file(&self, rejects: Vec<Reject>) -> Vec<Reject> {
        let placed = |reject: Reject| {
            let place = usize::try_from(reject.row.saturating_sub(self.from)).unwrap_or(usize::MAX);
            let line = self.lines.get(place).copied().unwrap_or(reject.line);
            self.unread.get(&reject.row).cloned().unwrap_or(Reject { line, ..reject })
        };
        rejects.into_iter().map(placed).collect()
    }
}

/// Reads a file from a row on, on a thread of its own.
pub(super) fn read_apart(file: Arc<LocalFile>, start: u64) -> mpsc::Receiver<Result<Piece, SendError>> {
    let (tell, pieces) = mpsc::channel(2);
    tokio::task::spawn_blocking(move || {
        if let Err(error) = read(&file, start, &tell) {
            let _ = tell.blocking_send(Err(error));
        }
    });
    pieces
}

fn read(file: &LocalFile, start: u64, tell: &mpsc::Sender<Result<Piece, SendError>>) -> Result<(), SendError> {
    let wanted = file.map.columns();
    let rows = file.rows(false)?;
    let rows_told = rows.rows_told();
    let mut piece = Piece { from: start, ..Piece::default() };
    let mut number = 0;
    let sent = |number| Sent {
        total: rows_told.unwrap_or(file.bytes()),
        done: rows_told.map_or_else(|| file.bytes_read(), |_| number),
        rows: 0,
    };
    for next in rows {
        let row = match next {
            Ok(row) => row,
            Err(broken) => {
                piece.sent = sent(number);
                let _ = tell.blocking_send(Ok(piece));
                return Err(broken.into());
            }
        };
        number += 1;
        if number <= start {
            continue;
        }
        piece.add(row, &wanted);
        if piece.is_full() {
            piece.sent = sent(number);
            let next = Piece { from: number, ..Piece::default() };
            if tell.blocking_send(Ok(std::mem::replace(&mut piece, next))).is_err() {
                return Ok(());
            }
        }
    }
    if !piece.lines.is_empty() {
        piece.sent = sent(number);
        let _ = tell.blocking_send(Ok(piece));
    }
    Ok(())
}
