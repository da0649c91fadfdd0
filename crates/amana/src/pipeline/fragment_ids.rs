//! Ids of new fragments, in the order in which they are made.

use crate::dice::Dice;
use amana_core::Moment;
use amana_core::identity::FragmentId;
use amana_store::Dice as _;

/// Ids that one millisecond has room for: twelve bits of a UUID of version 7 count (RFC 9562 §6.2, method 1).
const PER_MILLISECOND: u16 = 1 << 12;

/// Makes ids, each greater than the one before: the oldest fragment of a person names the profile, so which is the
/// oldest must not be left to dice, or the same traffic would make other profiles at another speed.
#[derive(Debug, Default)]
pub(super) struct FragmentIds {
    millis: u64,
    count: u16,
}

impl FragmentIds {
    /// The next id.
    pub(super) fn next(&mut self, now: Moment, dice: &mut Dice) -> FragmentId {
        let millis = now.0.max(0).unsigned_abs();
        if millis > self.millis {
            (self.millis, self.count) = (millis, 0);
        } else if self.count + 1 == PER_MILLISECOND {
            (self.millis, self.count) = (self.millis + 1, 0);
        } else {
            self.count += 1;
        }
        let mut bytes = [0; 10];
        dice.fill(&mut bytes);
        bytes[..2].copy_from_slice(&self.count.to_be_bytes());
        FragmentId(uuid::Builder::from_unix_timestamp_millis(self.millis, &bytes).into_uuid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_even_within_a_millisecond_and_when_the_clock_goes_back() {
        let (mut ids, mut dice) = (FragmentIds::default(), Dice::seeded(1));
        let mut last = ids.next(Moment(1_000), &mut dice);
        for step in 0..20_000 {
            let next = ids.next(Moment(1_000 - step % 3), &mut dice);
            assert!(next > last, "id {step}");
            last = next;
        }
        assert!(ids.next(Moment(2_000), &mut dice) > last);
    }
}
