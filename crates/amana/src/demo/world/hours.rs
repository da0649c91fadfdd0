//! Hours of the day at which things happen.

use super::dice::Dice;

pub(super) const MINUTE_MS: i64 = 60_000;
pub(super) const DAY_MS: i64 = 86_400_000;

/// An instant within a span at an hour people are awake: evenings most of all.
pub(super) fn daytime(dice: &mut Dice, from_ms: i64, until_ms: i64) -> i64 {
    const HOURS: &[(u32, i64)] =
        &[(3, 6), (5, 8), (6, 10), (8, 12), (6, 14), (7, 16), (11, 18), (13, 19), (12, 20), (6, 21), (1, 1)];
    let day = dice.instant(from_ms, until_ms);
    let hour = *dice.weighted(HOURS);
    let at = day - day.rem_euclid(DAY_MS) + hour * 60 * MINUTE_MS;
    let at = dice.instant(at, at + 110 * MINUTE_MS);
    if (from_ms..until_ms).contains(&at) { at } else { day }
}

/// An instant within a span between nine in the morning and seven in the evening, by the clocks of Central Europe.
pub(super) fn opening_hours(dice: &mut Dice, from_ms: i64, until_ms: i64) -> i64 {
    let day = dice.instant(from_ms, until_ms);
    let opens = day - day.rem_euclid(DAY_MS) + 8 * 60 * MINUTE_MS;
    let at = dice.instant(opens, opens + 600 * MINUTE_MS);
    if at < from_ms { day } else { at }
}

/// An instant of the following night, when files are sent.
pub(super) fn next_night(dice: &mut Dice, at_ms: i64) -> i64 {
    let midnight = at_ms - at_ms.rem_euclid(DAY_MS) + DAY_MS;
    dice.instant(midnight + 130 * MINUTE_MS, midnight + 240 * MINUTE_MS)
}
