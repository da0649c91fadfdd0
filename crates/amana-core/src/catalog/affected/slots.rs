//! Slots: what closes, what becomes narrower, what registers block, what is declared otherwise, and what notices tell of no
//! more.

use super::{Affected, AffectedWhat, Effect, data, notices};
use crate::catalog::registers::{dependence, not_in_force};
use crate::catalog::width::{fewer_beginnings, leaves_age_to_law, widening};
use crate::catalog::{Catalog, Numbers, Purpose, SlotEntry};
use crate::permission::age_at_home;
use crate::{Moment, Slot, SlotSet};

/// A catalogue with the numbers given to it.
type Numbered<'a> = (&'a Catalog, &'a Numbers);

/// What happens to something, and in what.
type Happens = (Effect, Vec<String>);

pub(super) fn affected((base, before): Numbered<'_>, (next, after): Numbered<'_>, now: Moment) -> Vec<Affected> {
    let open: SlotSet = numbered(after).filter(|(_, entry)| !entry.retired).map(|(slot, _)| slot).collect();
    let moved = data::moved(base, next);
    let mut found = Vec::new();
    for ((slot, entry), new) in numbered(before).zip(&after.slots) {
        let mut happens: Vec<Happens> = own(entry, new, after).into_iter().collect();
        if !entry.retired && !new.retired {
            let registers = registers((base, entry), (next, new), now);
            if matches!(registers, Some((Effect::Blocked, _))) {
                // That it is named is told by what it does.
                happens.iter_mut().for_each(|(_, fields)| fields.retain(|field| field != "blocked_by"));
                happens.retain(|(_, fields)| !fields.is_empty());
            }
            happens.extend(registers);
            if protects_older(base, next, &new.purpose) {
                happens.push((Effect::Narrows, vec!["organisation.country".into()]));
            }
            happens.extend(data::seen_otherwise(&moved, &new.purpose));
            let untold = notices::untold(base, next, &new.purpose.code, new.brand.as_deref());
            happens.extend((!untold.is_empty()).then_some((Effect::Untold, untold)));
        }
        let others = open.without(SlotSet::from_iter([slot]));
        let (purpose, brand) = (&entry.purpose.code, &entry.brand);
        found.extend(happens.into_iter().map(|(effect, fields)| {
            let what = AffectedWhat::Slot { slot, purpose: purpose.clone(), brand: brand.clone(), others };
            Affected { what, effect, fields, counts: None }
        }));
    }
    found
}

pub(super) fn numbered(numbers: &Numbers) -> impl Iterator<Item = (Slot, &SlotEntry)> {
    (0..=u8::MAX).map(Slot).zip(&numbers.slots)
}

/// What the purpose's own declaration does.
fn own(entry: &SlotEntry, next: &SlotEntry, after: &Numbers) -> Option<Happens> {
    if next.retired && !entry.retired {
        let replaced = after.current(&entry.purpose.code, entry.brand.as_deref()).is_some();
        return Some((if replaced { Effect::Replaced } else { Effect::Closes }, Vec::new()));
    }
    // In what the former version is wider than the next one, the next one is narrower.
    let mut fields = widening(&next.purpose, &entry.purpose);
    fields.extend(fewer_beginnings(&entry.purpose, &next.purpose));
    // Of a closed slot nothing is left but what is kept, for as long as it is kept.
    fields.retain(|field| !entry.retired || *field == "keep");
    (!fields.is_empty()).then(|| (Effect::Narrows, fields.into_iter().map(Into::into).collect()))
}

/// Whether children are protected for longer by the law of another country: that of the organisation is the law of
/// whoever lives nowhere that is known, where the purpose leaves the age to the law.
fn protects_older(base: &Catalog, next: &Catalog, purpose: &Purpose) -> bool {
    let (before, after) = (age_at_home(&base.organisation.country), age_at_home(&next.organisation.country));
    after > before && leaves_age_to_law(purpose)
}

/// What registers do: of a slot that is blocked before and after nothing changes for anybody.
fn registers(
    (base, entry): (&Catalog, &SlotEntry),
    (next, new): (&Catalog, &SlotEntry),
    now: Moment,
) -> Option<Happens> {
    let (named_before, named) = (&entry.purpose.blocked_by, &new.purpose.blocked_by);
    let (before, after) = (dependence(base, named_before), dependence(next, named));
    let texts = |codes: Vec<&str>| codes.into_iter().map(Into::into).collect();
    match (before.blocked_at(now), after.blocked_at(now)) {
        (None, Some(_)) => Some((Effect::Blocked, texts(not_in_force(next, named, now)))),
        (Some(_), None) => Some((Effect::Unblocked, texts(not_in_force(base, named_before, now)))),
        (None, None) => {
            let lapse = after.lapse?;
            let sooner = before.lapse.is_none_or(|known| lapse.at < known.at);
            sooner.then(|| (Effect::Lapses, vec![lapse.register]))
        }
        (Some(_), Some(_)) => None,
    }
}
