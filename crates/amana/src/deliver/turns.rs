//! Whose turn it is: the part of a worker that takes rows of the log and decides about them.

use super::books::Books;
use super::decide::{Decision, Desk};
use super::facts::Facts;
use super::line::OPEN_ROWS_MAX;
use super::message::{Message, origin};
use super::reasons::{Why, Withheld};
use super::record::{DeliveryState, Ground, Record};
use super::send::Sender;
use super::sign::Signer;
use super::worker::{Target, WorkError, Worker};
use crate::audience::NoticeKind;
use amana_core::Moment;
use amana_core::catalog::Webhook;
use amana_store::Position;

/// How many rows are decided between two commits.
pub(super) const STEP_ROWS_MAX: usize = 256;
/// How many bytes of the log are read at once: some hundred rows.
const READ_BYTES: usize = 16 << 10;
/// When deliveries that could not be signed or secured are looked at again.
const HOLD_MILLIS: i64 = 30_000;

impl Worker {
    /// Decides about as many deliveries as can be sent now, and notes the intent of those that are.
    pub(super) async fn decide(
        &mut self,
        books: &mut Books,
        target: &Target<'_>,
    ) -> Result<Vec<(u64, Message)>, WorkError> {
        let room = target.concurrency().saturating_sub(self.flights.len());
        let mut messages = Vec::new();
        if room == 0 || !self.has_work(books).await? {
            return Ok(messages);
        }
        let signer = match self.prepare(target.webhook) {
            Ok(signer) => signer,
            Err(why) => {
                self.hold(books, room, why);
                return Ok(messages);
            }
        };
        self.held = false;
        let mut decided = 0;
        while messages.len() < room && decided < STEP_ROWS_MAX {
            let now = self.app.now();
            let chosen = self.choose(books, room - messages.len(), now).await?;
            if chosen.is_empty() {
                break;
            }
            decided += chosen.len();
            let about: Vec<_> = chosen
                .iter()
                .filter_map(|sequence| books.line().get(*sequence))
                .map(|record| (record.profile, record.audience))
                .collect();
            // Read after the rows: in an older state the profiles that they are about may not be there yet.
            let facts = Facts::now(&self.app, self.number, &about, &mut self.classes).await?;
            let (current, destination) = (target.current, target.rule);
            let (root, marker) = (self.app.root(), &self.marker);
            let desk = Desk { current, destination, facts: &facts, classes: &self.classes, root, marker, now };
            messages.extend(chosen.into_iter().filter_map(|sequence| self.settle(books, &desk, &signer, sequence)));
        }
        Ok(messages)
    }

    /// Notes what is decided about a delivery; gives the message if it is to be sent.
    fn settle(&self, books: &mut Books, desk: &Desk<'_>, signer: &Signer, sequence: u64) -> Option<(u64, Message)> {
        let record = books.line().get(sequence)?;
        let draft = match desk.decide(sequence, record) {
            Decision::Withhold(reason, ground) => {
                self.withhold(books, desk, sequence, (reason, ground));
                return None;
            }
            // Whoever waits already goes on waiting.
            Decision::Wait(Why::PersonUnreadable)
                if !record.waits_for(Why::PersonUnreadable)
                    && books.line().unreadable() >= self.options.unreadable_rows_max =>
            {
                self.withhold(books, desk, sequence, (Withheld::PersonUnreadable, None));
                return None;
            }
            Decision::Wait(why) => {
                put_off(books.change(sequence)?, why, desk.now);
                return None;
            }
            Decision::Send(draft) => draft,
        };
        let record = books.change(sequence)?;
        let id = self.ids.name(self.number, sequence);
        let Some(message) = Message::new(id, draft.body, origin(&desk.current.policy.catalog), signer, desk.now) else {
            let due = desk.now.plus_millis(HOLD_MILLIS);
            record.enter(DeliveryState::Waiting { due, why: Why::SecretMalformed }, desk.now);
            return None;
        };
        // Who is told of no longer has left, whatever was to be said of them.
        if draft.kind == NoticeKind::Exited {
            record.kind = NoticeKind::Exited;
        }
        record.called = draft.told.called;
        record.intend(draft.fields, draft.ground, desk.now);
        let before = desk.facts.told(record.profile, record.audience);
        books.tell(sequence, before, draft.told);
        Some((sequence, message))
    }

    /// Nothing is sent, for good; of whoever cannot be read it is owed.
    fn withhold(&self, books: &mut Books, desk: &Desk<'_>, sequence: u64, why: (Withheld, Option<Ground>)) {
        let Some(record) = books.change(sequence) else { return };
        let about = (record.profile, record.audience);
        record.withhold(why.0, why.1, desk.now);
        if why.0 == Withheld::PersonUnreadable {
            books.owe(sequence, about, desk.facts.told(about.0, about.1));
        }
    }

    /// Signer and sender for the webhook as it is declared now.
    fn prepare(&mut self, webhook: &Webhook) -> Result<Signer, Why> {
        let signer = Signer::read(&webhook.signing_secret, &self.options.secrets)?;
        if self.sender.as_ref().is_none_or(|(declared, _)| declared != webhook) {
            self.sender = None;
            self.sender = Some((webhook.clone(), Sender::new(webhook)?));
        }
        Ok(signer)
    }

    /// Makes what is due wait, and takes no more rows than show why.
    fn hold(&mut self, books: &mut Books, room: usize, why: Why) {
        let now = self.app.now();
        if !self.held {
            tracing::warn!(destination = self.number, reason = why.code(), "deliveries wait");
            self.held = true;
        }
        while books.line().len() < room {
            let Some(row) = self.ahead.pop_front() else { break };
            books.take(&row, now);
        }
        for sequence in books.line().due(now, OPEN_ROWS_MAX) {
            if let Some(record) = books.change(sequence) {
                put_off(record, why, now);
            }
        }
    }

    /// The deliveries that are next: those that are due, then new ones.
    async fn choose(&mut self, books: &mut Books, most: usize, now: Moment) -> Result<Vec<u64>, WorkError> {
        let mut chosen = books.line().due(now, most);
        for _ in chosen.len()..most {
            if books.line().len() >= OPEN_ROWS_MAX || !self.read_ahead(books).await? {
                break;
            }
            let Some(row) = self.ahead.pop_front() else { break };
            let sequence = books.take(&row, now);
            if books.line().is_first(sequence) {
                chosen.push(sequence);
            }
        }
        Ok(chosen)
    }

    async fn has_work(&mut self, books: &Books) -> Result<bool, WorkError> {
        let now = self.app.now();
        if books.line().next_due().is_some_and(|due| due <= now) {
            return Ok(true);
        }
        let takes = books.line().len() < OPEN_ROWS_MAX && !(self.held && books.line().len() > 0);
        Ok(takes && self.read_ahead(books).await?)
    }

    /// Reads rows of the log, unless some are read already. Says whether there are any.
    pub(super) async fn read_ahead(&mut self, books: &Books) -> Result<bool, WorkError> {
        if self.ahead.is_empty() {
            for (position, bytes) in self.app.store().read(&self.log, Position(books.next()), READ_BYTES).await? {
                let row = postcard::from_bytes(&bytes).map_err(|_| WorkError::Row(position.0))?;
                self.ahead.push_back(row);
            }
        }
        Ok(!self.ahead.is_empty())
    }
}

/// Has a delivery looked at again in a while.
fn put_off(record: &mut Record, why: Why, now: Moment) {
    // That it may have arrived weighs more than why it cannot be asked about now.
    let why = if record.waits_for(Why::OutcomeUnknown) { Why::OutcomeUnknown } else { why };
    let since = if record.waits_for(why) { record.at } else { now };
    record.enter(DeliveryState::Waiting { due: now.plus_millis(HOLD_MILLIS), why }, since);
}
