//! Sending a file to a server in pieces: what the command line does.
//!
//! The file is read where it lies, and only the columns that the map names leave the machine. Each piece is answered
//! when it is durable; whoever was stopped starts again and goes on behind the last one.

mod local;
mod pieces;
mod server;

pub use local::{LocalFile, Preview, preview};
pub use server::SendError;

use self::pieces::Piece;
use self::server::{Reached, Server, TRIES_MAX};
use super::reject::Reject;
use super::run::Outcome;
use std::path::PathBuf;
use std::sync::Arc;

/// Where a file is sent to.
#[derive(Clone, Debug)]
pub enum Destination {
    /// A server, by its address.
    Url(String),
    /// The process that serves a folder, by the socket in it.
    Socket(PathBuf),
}

/// A file to be sent.
pub struct Sending<'a> {
    /// The file, with its map.
    pub file: Arc<LocalFile>,
    /// Where to.
    pub to: &'a Destination,
    /// The write key of the source.
    pub write_key: &'a str,
    /// Whether rows that are done with are sent again too, to hear again which were rejected.
    pub all_rejects: bool,
}

/// How far a file was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Of so much, in bytes or rows.
    pub total: u64,
    /// So much is done.
    pub done: u64,
    /// Rows that were answered.
    pub rows: u64,
}

/// What has become of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Names the import.
    pub import_id: String,
    /// Rows that were sent or were done with before.
    pub rows: u64,
    /// Rows that became durable now.
    pub accepted: u64,
    /// Rows that were rejected, now or before.
    pub rejected: u64,
    /// Rows that say nothing.
    pub silent: u64,
    /// Rows that were done with before.
    pub already: u64,
}

impl Sending<'_> {
    /// Sends the file.
    ///
    /// # Errors
    /// When the file cannot be read, or the server refuses or cannot be reached. What was answered before stays.
    pub async fn send(
        &self,
        mut progress: impl FnMut(Sent),
        mut rejected: impl FnMut(&[Reject]) -> Result<(), SendError>,
    ) -> Result<Summary, SendError> {
        let file = self.file.clone();
        let sha256 = tokio::task::spawn_blocking(move || file.sha256()).await.map_err(|_| SendError::Stopped)??;
        let server = Server::new(self.to, self.write_key, &self.file, &sha256)?;
        server.put_map(&self.file.map_text).await?;
        let before = server.progress().await?;
        // Rows that another catalogue refused are tried again; then everything is sent once more, and skipped there.
        let start = if self.all_rejects { 0 } else { before.from };
        let mut summary = Summary { import_id: before.import_id, rows: start, already: start, ..Summary::default() };
        if start > 0 {
            (summary.rejected, summary.already) = (before.rejected, start - before.rejected.min(start));
        }
        let mut pieces = pieces::read_apart(self.file.clone(), start);
        while let Some(piece) = pieces.recv().await {
            let piece = piece?;
            let rejects = send_piece(&server, piece, &mut summary, &mut progress).await?;
            rejected(&rejects)?;
        }
        // What was kept for this import alone is of no use any more.
        server.delete_map().await?;
        Ok(summary)
    }
}

/// Sends one piece until all of it was taken.
async fn send_piece(
    server: &Server,
    piece: Piece,
    summary: &mut Summary,
    progress: &mut impl FnMut(Sent),
) -> Result<Vec<Reject>, SendError> {
    let (mut accepted, mut tries) = (0, 0);
    loop {
        let (outcome, reached) = server.post(&piece).await?;
        accepted += outcome.accepted;
        tries = if reached == Reached::Nothing { tries + 1 } else { 0 };
        if tries == TRIES_MAX {
            return Err(SendError::Running);
        }
        if reached == Reached::End {
            // What was taken by a try before is not what was there before this run.
            let outcome =
                Outcome { accepted, already: (outcome.already + outcome.accepted).saturating_sub(accepted), ..outcome };
            summary.add(&outcome);
            progress(Sent { rows: summary.rows, ..piece.sent });
            return Ok(piece.in_its_file(outcome.rejects));
        }
    }
}

impl Summary {
    fn add(&mut self, outcome: &Outcome) {
        self.rows += outcome.rows;
        self.accepted += outcome.accepted;
        self.rejected += outcome.rejected;
        self.silent += outcome.silent;
        self.already += outcome.already;
    }
}
