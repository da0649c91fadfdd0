//! The rule of each slot ever opened.

use crate::catalog::registers::dependence;
use crate::catalog::width::honours_gpc;
use crate::catalog::{Catalog, Categories, CategorySet, Numbers, Purpose, SlotEntry, SlotRule};
use crate::slots::SLOTS_MAX;
use crate::{Slot, SlotSet};

/// One rule for each number. A closed slot goes by what people last agreed to, an open one by the declaration.
pub(super) fn rules(catalog: &Catalog, numbers: &Numbers, categories: &Categories) -> Vec<SlotRule> {
    let slots = (0..=u8::MAX).map(Slot).zip(numbers.slots.iter().take(SLOTS_MAX));
    let with_before =
        |(slot, entry)| SlotRule { before: before(slot, numbers), ..rule(slot, entry, catalog, categories) };
    slots.map(with_before).collect()
}

/// The closed slots that came before one.
fn before(slot: Slot, numbers: &Numbers) -> SlotSet {
    let place = usize::from(slot.0);
    let earlier = (0..=u8::MAX).map(Slot).zip(&numbers.slots).take(place);
    earlier.filter(|(_, entry)| entry.came_before(&numbers.slots[place])).map(|(slot, _)| slot).collect()
}

fn rule(slot: Slot, entry: &SlotEntry, catalog: &Catalog, categories: &Categories) -> SlotRule {
    let declared = catalog.purposes.iter().find(|purpose| purpose.code == entry.purpose.code);
    let purpose = declared.filter(|_| !entry.retired).unwrap_or(&entry.purpose);
    let keep = purpose.keep.parse();
    SlotRule {
        slot,
        purpose: purpose.code.clone(),
        brand: entry.brand.clone(),
        since_version: entry.since_version,
        // Numbers that were not assigned from this very catalogue must not open what it does not declare.
        before: SlotSet::EMPTY,
        opened: entry.opened,
        retired: entry.retired || declared.is_none_or(|declared| declared.retired) || keep.is_err(),
        blocked_by: purpose.blocked_by.clone(),
        depends: dependence(catalog, &purpose.blocked_by),
        basis: purpose.basis,
        categories: covered(purpose, categories),
        keep: keep.unwrap_or_default(),
        direct_marketing: purpose.direct_marketing,
        honours_gpc: honours_gpc(purpose),
        uses: purpose.uses.clone(),
        recipients: purpose.recipients.clone(),
        device_ground: purpose.device_ground,
        mail_ground: purpose.mail_ground,
        special_condition: purpose.special_condition.is_some(),
        regions: purpose.regions.clone(),
        age_min: purpose.age_min,
        age_required: purpose.age_required,
        double_opt_in: purpose.double_opt_in,
        consent_expires_after: purpose.consent_expires_after.as_ref().and_then(|text| text.parse().ok()),
    }
}

fn covered(purpose: &Purpose, categories: &Categories) -> CategorySet {
    let found = purpose.categories.iter().filter_map(|code| categories.find(code));
    found.fold(CategorySet::default(), |set, category| set.or(&categories.with_below(category)))
}

/// Slots that nothing blocks for everybody whatever the time.
pub(super) fn open(rules: &[SlotRule]) -> SlotSet {
    let open = |rule: &&SlotRule| !rule.retired && rule.depends.blocked.is_none();
    rules.iter().filter(open).map(|rule| rule.slot).collect()
}

/// For each category the slots that may use it, closed ones included: what was kept for them still runs out there.
/// A special category is in no slot without a condition of GDPR Art. 9(2).
pub(super) fn by_category(rules: &[SlotRule], categories: &Categories) -> Vec<SlotSet> {
    let may_use = |rule: &&SlotRule, category| {
        rule.categories.contains(category) && (rule.special_condition || !categories.is_special(category))
    };
    categories
        .iter()
        .map(|category| rules.iter().filter(|rule| may_use(rule, category)).map(|rule| rule.slot).collect())
        .collect()
}
