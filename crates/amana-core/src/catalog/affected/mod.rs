//! Whom and what a change of the catalogue affects, so that whoever says yes knows how many people stand behind a line.
//!
//! Pure: it says *what* is affected, and is told how many that are by whoever keeps count.

mod data;
mod slots;
mod sources;

use super::plan::{SlotChange, SlotChangeKind, slot_changes};
use super::{Audience, Catalog, Number, Numbers};
use crate::{Moment, Slot, SlotSet};
use serde::Serialize;
use std::fmt;

/// What a change affects, and how much of it there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// The slot, audience or source.
    pub what: AffectedWhat,
    /// What happens to it.
    pub effect: Effect,
    /// In what: for what becomes narrower the fields of its purpose, for what is blocked or no longer the registers,
    /// for data that is hidden or taken its names, for a source the purposes or the new scope.
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

/// How many names are told in a line.
const NAMES_TOLD_MAX: usize = 8;

impl Affected {
    /// Its numbers in words.
    #[must_use]
    pub fn in_numbers(&self) -> String {
        let Some(counts) = self.counts else {
            return "still being counted: plan again when everybody was gone over".into();
        };
        match self.what {
            AffectedWhat::Audience { .. } => format!("{} belong to it now", Grouped(counts.people)),
            AffectedWhat::Source { .. } => {
                let (identifiers, holding) = (Grouped(counts.identifiers), Grouped(counts.identifiers_holding));
                format!("{identifiers} identifiers were seen through it, and {holding} of them hold something at stake")
            }
            AffectedWhat::Slot { .. } => self.effect.of_slot_in_numbers(counts),
        }
    }

    /// Whether it is about this slot.
    #[must_use]
    pub fn is_of(&self, number: usize) -> bool {
        matches!(self.what, AffectedWhat::Slot { slot, .. } if usize::from(slot.0) == number)
    }

    /// In what, in words: the first names, and how many more there are.
    fn names(&self) -> String {
        let told = self.fields.iter().take(NAMES_TOLD_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
        match self.fields.len().saturating_sub(NAMES_TOLD_MAX) {
            0 => told,
            more => format!("{told} and {more} more"),
        }
    }
}

impl fmt::Display for Affected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            AffectedWhat::Slot { slot, purpose, brand, .. } => {
                let brand = brand.as_deref().map(|brand| format!(" for {brand}")).unwrap_or_default();
                write!(formatter, "slot {} ({purpose}{brand}) {}", slot.0, self.effect.words())?;
            }
            AffectedWhat::Audience { code, .. } => write!(formatter, "audience {code} {}", self.effect.words())?,
            AffectedWhat::Source { code, .. } => write!(formatter, "source {code} {}", self.effect.words())?,
        }
        if !self.fields.is_empty() {
            write!(formatter, " ({})", self.names())?;
        }
        write!(formatter, ": {}", self.in_numbers())
    }
}

impl Effect {
    fn words(self) -> &'static str {
        match self {
            Self::Closes => "closes",
            Self::Replaced => "is replaced by a wider version",
            Self::Narrows => "becomes narrower",
            Self::Blocked => "is blocked, since a register is not in force",
            Self::Unblocked => "is blocked no longer",
            Self::Lapses => "will be blocked when a register lapses",
            Self::Hides => "sees no longer what is of another category",
            Self::Takes => "takes in what is of another category",
            Self::Changes => "changes",
            Self::Removed => "is removed",
            Self::Emptied => "loses everybody, since its purpose does",
            Self::CollectsLess => "collects for fewer purposes",
            Self::CollectsMore => "collects for further purposes",
            Self::Rescoped => "moves to another identity scope, where nobody is met who came before",
        }
    }

    fn of_slot_in_numbers(self, counts: AffectedCounts) -> String {
        let (people, holdings) = (Grouped(counts.people), Grouped(counts.holdings));
        match self {
            Self::Blocked => {
                format!("{people} people were processed for it; {holdings} holdings stay as they are")
            }
            Self::Unblocked => {
                format!("{people} people are processed for it again; {holdings} holdings stayed as they were")
            }
            Self::Lapses => format!("{people} people are processed for it until then"),
            Self::Hides => format!(
                "{people} people are processed for it now; how much of its {holdings} holdings that is, is not counted"
            ),
            Self::Takes => format!("{people} people are processed for it now"),
            _ => format!(
                "{people} people are processed for it now; {holdings} holdings are kept for it, {} of them for nothing \
                 else that goes on",
                Grouped(counts.holdings_only)
            ),
        }
    }
}

/// A number with its thousands apart.
struct Grouped(u64);

impl fmt::Display for Grouped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                write!(formatter, ",")?;
            }
            write!(formatter, "{digit}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let shown = [0, 7, 999, 1_000, 12_300, 1_234_567].map(|count| Grouped(count).to_string());
        assert_eq!(shown, ["0", "7", "999", "1,000", "12,300", "1,234,567"]);
    }
}
