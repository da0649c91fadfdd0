//! The worker of one destination: takes rows of its log in order, decides, commits the intent, sends, commits the
//! outcome.

use super::CONCURRENCY_DEFAULT;
use super::books::{BookError, Books};
use super::content::Marker;
use super::deliveries::{DeliveryOptions, Signals};
use super::line::OPEN_ROWS_MAX;
use super::message::Ids;
use super::outcome::Answer;
use super::owed::Debts;
use super::send::Sender;
use crate::app::App;
use crate::govern::Current;
use crate::pipeline::{OutboxRow, outbox_log};
use crate::profile::{Classes, KeepError};
use amana_core::catalog::{DestinationRule, Number, Webhook};
use amana_store::{LogName, Position, StoreError};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{Id, JoinError, JoinSet};

/// So many rows of the log are let go of at once: it costs a turn of the store's writer.
const TRIM_ROWS: u64 = 256;
/// The pause after the store has refused.
const RECOVERY_PAUSE: Duration = Duration::from_secs(1);

/// Why a worker has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The installation stops.
    Stopped,
    /// Another process delivers to the same destination.
    Fenced,
}

/// Why a step could not be done.
#[derive(Debug, thiserror::Error)]
pub(super) enum WorkError {
    #[error(transparent)]
    Book(#[from] BookError),
    #[error(transparent)]
    Keep(#[from] KeepError),
    #[error("row {0} of the outbox cannot be read")]
    Row(u64),
}

impl From<StoreError> for WorkError {
    fn from(error: StoreError) -> Self {
        Self::Book(error.into())
    }
}

/// A destination as it is declared at the moment.
pub(super) struct Target<'a> {
    pub(super) current: &'a Current,
    pub(super) rule: &'a DestinationRule,
    pub(super) webhook: &'a Webhook,
}

impl<'a> Target<'a> {
    fn find(current: &'a Current, number: Number) -> Option<Self> {
        let rule = current.policy.destinations.iter().find(|rule| rule.number == number)?;
        let declared = current.policy.catalog.destinations.iter().find(|declared| declared.code == rule.code)?;
        Some(Self { current, rule, webhook: declared.webhook.as_ref()? })
    }

    pub(super) fn concurrency(&self) -> usize {
        usize::from(self.webhook.concurrency.unwrap_or(CONCURRENCY_DEFAULT)).max(1)
    }
}

/// The worker of one destination.
pub(super) struct Worker {
    pub(super) app: App,
    pub(super) options: Arc<DeliveryOptions>,
    signals: Signals,
    pub(super) number: Number,
    pub(super) log: LogName,
    pub(super) ids: Ids,
    pub(super) marker: Marker,
    pub(super) classes: Classes,
    /// Rows that were read and not taken yet.
    pub(super) ahead: VecDeque<OutboxRow>,
    /// What is being sent, and which delivery it is.
    pub(super) flights: JoinSet<Answer>,
    seats: HashMap<Id, u64>,
    /// Answers that are not in the books yet.
    landed: Vec<(u64, Answer)>,
    pub(super) sender: Option<(Webhook, Sender)>,
    /// Rows of the log before this one were let go of.
    trimmed: u64,
    /// Nothing can be signed or secured now, so no more rows are taken than show why.
    pub(super) held: bool,
    /// How far it has looked for whom the destination is owed something.
    pub(super) debts: Debts,
}

impl Worker {
    /// A worker for the destination of a number.
    pub(super) fn new(app: App, options: Arc<DeliveryOptions>, signals: Signals, number: Number) -> Self {
        Self {
            log: outbox_log(number),
            ids: Ids::of(app.root()),
            marker: Marker::of(app.root()),
            classes: Classes::default(),
            ahead: VecDeque::new(),
            flights: JoinSet::new(),
            seats: HashMap::new(),
            landed: Vec::new(),
            sender: None,
            trimmed: 0,
            held: false,
            debts: Debts::default(),
            app,
            options,
            signals,
            number,
        }
    }

    /// Works until there is a reason to end. After an error everything is read anew, since then nothing in memory can
    /// be trusted: what was being sent counts as disclosed, and is sent again under the same name.
    pub(super) async fn run(mut self) -> Ended {
        loop {
            match self.work().await {
                Ok(ended) => return ended,
                Err(WorkError::Book(error @ BookError::Fenced)) => {
                    tracing::error!(destination = self.number, %error, "deliveries stopped");
                    self.flights.shutdown().await;
                    return Ended::Fenced;
                }
                Err(error) => tracing::error!(destination = self.number, %error, "deliveries begin anew"),
            }
            self.flights.shutdown().await;
            self.seats.clear();
            self.landed.clear();
            self.ahead.clear();
            tokio::select! {
                () = tokio::time::sleep(RECOVERY_PAUSE) => {}
                _ = self.signals.stop.changed() => {}
            }
            if self.signals.stopping() {
                return Ended::Stopped;
            }
        }
    }

    async fn work(&mut self) -> Result<Ended, WorkError> {
        let mut books = Books::open(&self.app, self.number).await?;
        loop {
            let current = self.app.current();
            let target = Target::find(&current, self.number);
            if self.signals.stopping() {
                self.close(&mut books).await?;
                return Ok(Ended::Stopped);
            }
            let stepped = match &target {
                Some(target) => self.step(&mut books, target).await?,
                None => self.write_off(&mut books).await?,
            };
            if !stepped {
                let concurrency = target.as_ref().map_or(CONCURRENCY_DEFAULT.into(), Target::concurrency);
                self.wait(&books, concurrency).await?;
            }
        }
    }

    /// One commit: outcomes that came in, and intents of what is sent next. Says whether there was anything.
    async fn step(&mut self, books: &mut Books, target: &Target<'_>) -> Result<bool, WorkError> {
        self.land(books);
        self.pay().await?;
        let messages = self.decide(books, target).await?;
        if !books.has_changed() {
            return Ok(false);
        }
        books.commit(&target.rule.code).await?;
        if let Some((_, sender)) = &self.sender {
            for (sequence, message) in messages {
                let sender = sender.clone();
                let flight = self.flights.spawn(async move { sender.send(message).await });
                self.seats.insert(flight.id(), sequence);
            }
        }
        self.settled(books).await?;
        Ok(true)
    }

    /// Puts the answers that came in into the books.
    pub(super) fn land(&mut self, books: &mut Books) {
        while let Some(joined) = self.flights.try_join_next_with_id() {
            self.note(joined);
        }
        let (now, mut dice) = (self.app.now(), self.app.dice());
        for (sequence, answer) in self.landed.drain(..) {
            let Some(record) = books.change(sequence) else { continue };
            record.settle(&answer, dice.fraction(), now);
            books.landed(sequence);
        }
    }

    fn note(&mut self, joined: Result<(Id, Answer), JoinError>) {
        // A task that panicked may have sent everything before.
        let (id, answer) = joined.unwrap_or_else(|error| (error.id(), Answer::Unknown));
        if let Some(sequence) = self.seats.remove(&id) {
            self.landed.push((sequence, answer));
        }
    }

    /// Waits for an answer, a row, a due delivery or a signal.
    async fn wait(&mut self, books: &Books, concurrency: usize) -> Result<(), WorkError> {
        let idle = self.options.idle;
        let room = self.flights.len() < concurrency;
        let takes = room && self.ahead.is_empty() && !self.held && books.line().len() < OPEN_ROWS_MAX;
        let due = books.line().next_due().filter(|_| room);
        let due = due.map_or(idle, |due| {
            let millis = due.since_millis(self.app.now()).max(1).unsigned_abs();
            Duration::from_millis(millis).min(idle)
        });
        tokio::select! {
            Some(joined) = self.flights.join_next_with_id() => self.note(joined),
            found = self.app.store().wait(&self.log, Position(books.next()), idle), if takes => {
                found?;
            }
            () = tokio::time::sleep(due) => {}
            _ = self.signals.nudge.changed() => {}
            _ = self.signals.stop.changed() => {}
        }
        Ok(())
    }

    /// Waits for what is being sent and commits what it came to.
    async fn close(&mut self, books: &mut Books) -> Result<(), WorkError> {
        while let Some(joined) = self.flights.join_next_with_id().await {
            self.note(joined);
        }
        self.land(books);
        if books.has_changed() {
            books.commit(&self.code()).await?;
            self.settled(books).await?;
        }
        Ok(())
    }

    /// The destination's code, which it also has when it is declared no longer.
    pub(super) fn code(&self) -> String {
        let current = self.app.current();
        let mut codes = current.numbers.destinations.iter();
        codes.find(|(_, number)| **number == self.number).map(|(code, _)| code.clone()).unwrap_or_default()
    }

    /// After a commit: tells whoever waits for it, and lets go of rows of the log that were taken.
    pub(super) async fn settled(&mut self, books: &Books) -> Result<(), WorkError> {
        self.signals.progress.send_modify(|count| *count = count.wrapping_add(1));
        let taken = books.next();
        if taken.saturating_sub(self.trimmed) >= TRIM_ROWS {
            self.app.store().drop_before(&self.log, Position(taken)).await?;
            self.trimmed = taken;
        }
        Ok(())
    }
}
