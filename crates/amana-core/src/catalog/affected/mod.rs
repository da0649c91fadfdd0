//! Whom and what a change of the catalogue affects, so that whoever says yes knows how many people stand behind a line.
//!
//! Pure: it says *what* is affected, and is told how many that are by whoever keeps count.

mod data;
mod notices;
mod slots;
mod sources;
mod words;

use super::plan::{SlotChange, SlotChangeKind, slot_changes};
use super::{Audience, Catalog, Number, Numbers};
use crate::{Moment, Slot, SlotSet};
use serde::Serialize;

/// What a change affects, and how much of it there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// The slot, audience or source.
    pub what: AffectedWhat,
    /// What happens to it.
    pub effect: Effect,
    /// In what: for what becomes narrower the fields of its purpose, for what is blocked or no longer the registers,
    /// for data that is hidden, taken, of another type or counted otherwise its names, for what is told of no more the
    /// notices and sources, for a source the purposes or the new scope.
    pub fields: Vec<String>,
    /// How many there are. `None` while they are counted: the last change has not reached everybody yet.
    pub counts: Option<AffectedCounts>,
}

/// What is affected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AffectedWhat {
    /// A slot.
    Slot {
        /// Its number.
        slot: Slot,
        /// The purpose's code.
        purpose: String,
        /// The brand, or all.
        brand: Option<String>,
        /// The slots that keep data beside it and go on: what none of them keeps is kept for nothing else.
        others: SlotSet,
    },
    /// An audience.
    Audience {
        /// Its code.
        code: String,
        /// Its number.
        number: Number,
    },
    /// A source.
    Source {
        /// Its code.
        code: String,
        /// Its number.
        number: Number,
        /// The slots at stake.
        slots: SlotSet,
    },
}

/// What happens to what is affected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The purpose is pursued no longer: nobody is processed for it any more.
    Closes,
    /// A wider version takes its place: nobody is processed until the new one may.
    Replaced,
    /// The purpose may do less with fewer people, or for a shorter time.
    Narrows,
    /// A register that it depends on is not in force: its use stops for everybody, and nothing is destroyed.
    Blocked,
    /// The registers that it depends on are in force again: it goes on with everybody it went on with before.
    Unblocked,
    /// A register that it depends on lapses from now on, or lapses sooner.
    Lapses,
    /// Data that it saw is of a category that it may not use: it is hidden at once.
    Hides,
    /// Data that it did not see is of a category that it may use: it is kept for it from now on.
    Takes,
    /// Values that it sees were kept in another type than is declared now. They are shown and sent as they were kept, and
    /// no audience finds anybody by them, until they are told anew or outlive their `keep`.
    Retypes,
    /// A metric that it sees has another function: what was counted before is left out, so that there is no figure of
    /// whom something was counted until the next such event, and then one from there on.
    Restarts,
    /// A metric that it sees looks at another event or field: what was counted before stays in the figure, for as long as
    /// it is kept.
    Mixes,
    /// Where people were told of the purpose they are told no more: who comes from now on is not informed there.
    Untold,
    /// The audience is asked anew, or its members are told to others.
    Changes,
    /// It is no longer declared: everybody leaves the audience, nothing comes through the source any more.
    Removed,
    /// The purpose that the audience serves closes or is replaced: everybody leaves.
    Emptied,
    /// The source collects for fewer purposes.
    CollectsLess,
    /// The source collects for more purposes.
    CollectsMore,
    /// The source was trusted and is not any more: who somebody is it only claims from now on. What it proved before stays
    /// proven.
    Distrusted,
    /// The source is trusted from now on: who somebody is it proves. What it only claimed before stays claimed.
    Trusted,
    /// The source is declared to run on devices that many people use: they are nobody's from their next event on.
    SharesDevices,
    /// The source is declared no more to run on devices that many people use: whoever signs in on one next is taken for
    /// whom all is of that was done on it and that nobody signed in for.
    JoinsDevices,
    /// The source's identifiers belong to another scope: whoever comes from now on meets nobody who came before.
    Rescoped,
}

/// How many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AffectedCounts {
    /// Of a slot the people who are processed for it now, or would be if every register were in force; of an audience its
    /// members.
    pub people: u64,
    /// Of a slot: what single identifiers of people hold for one and the same purposes, and this slot among them.
    pub holdings: u64,
    /// Of these: those that no purpose keeps that goes on.
    pub holdings_only: u64,
    /// Of a source: the identifiers of people under which something was kept that came through it.
    pub identifiers: u64,
    /// Of these: those that hold something for any of the slots at stake.
    pub identifiers_holding: u64,
}

/// What a change of the catalogue affects, not counted yet: slots by number, then sources and audiences in the order of
/// the file.
#[must_use]
pub fn affected(base: &Catalog, next: &Catalog, before: &Numbers, after: &Numbers, now: Moment) -> Vec<Affected> {
    let mut found = slots::affected((base, before), (next, after), now);
    found.extend(sources::affected(base, next, before));
    found.extend(audiences(base, next, before, after));
    found
}

fn audiences<'a>(
    base: &'a Catalog,
    next: &'a Catalog,
    before: &'a Numbers,
    after: &'a Numbers,
) -> impl Iterator<Item = Affected> + 'a {
    let mut closing = slot_changes(before, after);
    closing.retain(|change| change.kind == SlotChangeKind::Closes);
    base.audiences.iter().filter_map(move |audience| {
        let serves = |slot: &SlotChange| slot.purpose == audience.purpose && slot.brand == audience.brand;
        let same = |known: &Audience| known.purpose == audience.purpose && known.brand == audience.brand;
        let effect = match next.audiences.iter().find(|known| known.code == audience.code) {
            None => Effect::Removed,
            Some(known) if same(known) && closing.iter().any(serves) => Effect::Emptied,
            // Another name alone concerns nobody.
            Some(known) if *known != Audience { name: known.name.clone(), ..audience.clone() } => Effect::Changes,
            Some(_) => return None,
        };
        let number = *before.audiences.get(&audience.code)?;
        let what = AffectedWhat::Audience { code: audience.code.clone(), number };
        Some(Affected { what, effect, fields: Vec::new(), counts: None })
    })
}

impl Affected {
    /// Whether it is about this slot.
    #[must_use]
    pub fn is_of(&self, number: usize) -> bool {
        matches!(self.what, AffectedWhat::Slot { slot, .. } if usize::from(slot.0) == number)
    }
}
