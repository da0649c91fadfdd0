//! What a change affects, in words and numbers for people.

use super::{Affected, AffectedCounts, AffectedWhat, Effect};
use std::fmt;

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
            Self::Retypes => "has values of a former type, which no audience finds anybody by until they are told anew",
            Self::Restarts => "has figures of another function, which are left out: they are counted from now on",
            Self::Mixes => "has figures that go on from what was counted of another event or field",
            Self::Untold => "is told of no more where people were told of it",
            Self::Changes => "changes",
            Self::Removed => "is removed",
            Self::Emptied => "loses everybody, since its purpose does",
            Self::CollectsLess => "collects for fewer purposes",
            Self::CollectsMore => "collects for further purposes",
            Self::Distrusted => "is believed less: who somebody is, it only claims from now on",
            Self::Trusted => "is believed: who somebody is, it proves from now on",
            Self::SharesDevices => {
                "runs on devices that many people use, so that they are nobody's from their next event on"
            }
            Self::JoinsDevices => {
                "runs on people's own devices: who signs in on one next gets all that was done on it without signing in"
            }
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
            Self::Hides | Self::Retypes | Self::Restarts | Self::Mixes => format!(
                "{people} people are processed for it now; how much of its {holdings} holdings that is, is not counted"
            ),
            Self::Takes => format!("{people} people are processed for it now"),
            Self::Untold => format!("{people} people are processed for it now, and who was told of it stays told"),
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
