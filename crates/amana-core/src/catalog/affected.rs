//! Whom and what a change of the catalogue affects, so that whoever says yes knows how many people stand behind a line.
//!
//! Pure: it says *what* is affected, and is told how many that are by whoever keeps count.

use super::plan::{SlotChange, SlotChangeKind, slot_changes};
use super::width::{fewer_beginnings, widening};
use super::{Audience, Catalog, Number, Numbers, SlotEntry};
use crate::{Slot, SlotSet};
use serde::Serialize;
use std::fmt;

/// What a change affects, and how much of it there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affected {
    /// The slot or audience.
    pub what: AffectedWhat,
    /// What happens to it.
    pub effect: Effect,
    /// For what becomes narrower: in which fields of its purpose.
    pub fields: Vec<&'static str>,
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
    /// The audience is asked anew, or its members are told to others.
    Changes,
    /// The audience is no longer declared: everybody leaves.
    Removed,
    /// The purpose that the audience serves closes or is replaced: everybody leaves.
    Emptied,
}

/// How many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AffectedCounts {
    /// Of a slot the people who are processed for it now; of an audience its members.
    pub people: u64,
    /// Of a slot: what single identifiers of people hold for one and the same purposes, and this slot among them.
    pub holdings: u64,
    /// Of these: those that no purpose keeps that goes on.
    pub holdings_only: u64,
}

/// What a change of the catalogue affects, not counted yet: slots by number, then audiences in the order of the file.
#[must_use]
pub fn affected(base: &Catalog, next: &Catalog, before: &Numbers, after: &Numbers) -> Vec<Affected> {
    let mut found: Vec<Affected> = slots(before, after).collect();
    found.extend(audiences(base, next, before, after));
    found
}

fn slots<'a>(before: &'a Numbers, after: &'a Numbers) -> impl Iterator<Item = Affected> + 'a {
    let open: SlotSet = numbered(after).filter(|(_, entry)| !entry.retired).map(|(slot, _)| slot).collect();
    numbered(before).zip(&after.slots).filter_map(move |((slot, entry), next)| {
        let (effect, fields) = effect(entry, next, after)?;
        let others = open.without(SlotSet::from_iter([slot]));
        let (purpose, brand) = (entry.purpose.code.clone(), entry.brand.clone());
        Some(Affected { what: AffectedWhat::Slot { slot, purpose, brand, others }, effect, fields, counts: None })
    })
}

fn numbered(numbers: &Numbers) -> impl Iterator<Item = (Slot, &SlotEntry)> {
    (0..=u8::MAX).map(Slot).zip(&numbers.slots)
}

fn effect(entry: &SlotEntry, next: &SlotEntry, after: &Numbers) -> Option<(Effect, Vec<&'static str>)> {
    if next.retired && !entry.retired {
        let replaced = after.current(&entry.purpose.code, entry.brand.as_deref()).is_some();
        return Some((if replaced { Effect::Replaced } else { Effect::Closes }, Vec::new()));
    }
    // In what the former version is wider than the next one, the next one is narrower.
    let mut fields = widening(&next.purpose, &entry.purpose);
    fields.extend(fewer_beginnings(&entry.purpose, &next.purpose));
    // Of a closed slot nothing is left but what is kept, for as long as it is kept.
    fields.retain(|field| !entry.retired || *field == "keep");
    (!fields.is_empty()).then_some((Effect::Narrows, fields))
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
    /// Its numbers in words.
    #[must_use]
    pub fn in_numbers(&self) -> String {
        let Some(AffectedCounts { people, holdings, holdings_only }) = self.counts else {
            return "still being counted: plan again when everybody was gone over".into();
        };
        let (people, holdings, only) = (Grouped(people), Grouped(holdings), Grouped(holdings_only));
        match self.what {
            AffectedWhat::Audience { .. } => format!("{people} belong to it now"),
            AffectedWhat::Slot { .. } => format!(
                "{people} people are processed for it now; {holdings} holdings are kept for it, {only} of them for nothing \
                 else that goes on"
            ),
        }
    }

    /// Whether it is about this slot.
    #[must_use]
    pub fn is_of(&self, number: usize) -> bool {
        matches!(self.what, AffectedWhat::Slot { slot, .. } if usize::from(slot.0) == number)
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
        }
        if !self.fields.is_empty() {
            write!(formatter, " ({})", self.fields.join(", "))?;
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
            Self::Changes => "changes",
            Self::Removed => "is removed",
            Self::Emptied => "loses everybody, since its purpose does",
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
