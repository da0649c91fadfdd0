//! Laws of `permit` over random people, purposes and uses.

use super::case::Case;
use crate::support::{BROWSING, EMAIL, HEALTH, SLOT, mark, marks, only};
use amana_core::catalog::{Basis, DeviceGround, Lapse, MailGround, UseKind};
use amana_core::permission::{ActKind, Channel, Marks, Target};
use amana_core::permit::{Context, Disclosure, Reason, Use};
use amana_core::{Moment, Slot};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

type Acts = Vec<(Target, ActKind, i64)>;

const TARGETS: [Target; 5] =
    [Target::Person, Target::DirectMarketing, Target::Channel(Channel::Email), SLOT, Target::Slot(Slot(1))];
/// Acts that can only ever narrow.
const AGAINST: [ActKind; 9] = [
    ActKind::End,
    ActKind::Refuse,
    ActKind::Withdraw,
    ActKind::Object,
    ActKind::Uphold,
    ActKind::Invalidate,
    ActKind::PrivacyControl,
    ActKind::Restrict,
    ActKind::Erase,
];
/// Acts that can only ever widen.
const FOR: [ActKind; 8] = [
    ActKind::Inform,
    ActKind::Start,
    ActKind::Request,
    ActKind::Grant,
    ActKind::Override,
    ActKind::Assert,
    ActKind::Guardian,
    ActKind::Lift,
];

fn acts() -> impl Strategy<Value = Acts> {
    let kinds: Vec<_> = AGAINST.into_iter().chain(FOR).collect();
    // Most acts are about the slot that is asked about, and many happen at the same instant.
    let targets = prop_oneof![3 => Just(SLOT), 2 => select(TARGETS.to_vec())];
    prop::collection::vec((targets, select(kinds), 0..6_i64), 0..8)
}

fn usage() -> impl Strategy<Value = Use<'static>> {
    select(vec![
        Use::Collect,
        Use::Link,
        Use::Store,
        Use::Segment,
        Use::Analyse,
        Use::Profile,
        Use::Decide,
        Use::Contact(Channel::Email),
        Use::Contact(Channel::Post),
        Use::Share("mailer"),
        Use::Share("nobody"),
        Use::Notify,
        Use::Disclose(Disclosure::Subject),
        Use::Disclose(Disclosure::Authority),
        Use::Disclose(Disclosure::LegalClaim),
    ])
}

fn context() -> impl Strategy<Value = Context> {
    let categories = subsequence(vec![EMAIL, BROWSING, HEALTH], 0..=3);
    let rarely = || prop::bool::weighted(0.1);
    (categories, rarely(), rarely(), rarely()).prop_map(|(categories, unclassified, device, address_claimed)| Context {
        categories: only(&categories),
        unclassified,
        device,
        address_claimed,
    })
}

prop_compose! {
    fn limits()(
        direct_marketing in any::<bool>(), honours_gpc in any::<bool>(), special_condition in any::<bool>(),
        retired in prop::bool::weighted(0.1), open in prop::bool::weighted(0.9), slot_known in prop::bool::weighted(0.9),
        device_ground in prop::option::of(select(vec![DeviceGround::Consent, DeviceGround::StrictlyNecessary])),
        mail_ground in prop::option::of(select(vec![MailGround::Consent, MailGround::SoftOptIn, MailGround::Service])),
        uses in prop_oneof![4 => Just(Vec::new()), 1 => subsequence(UseKind::ALL.to_vec(), 0..6)],
        age_min in prop::option::weighted(0.2, 10..20_u8), in_germany in prop::bool::weighted(0.2),
    ) -> Case {
        Case::given().with(|case| {
            let rule = &mut case.rule;
            (rule.direct_marketing, rule.honours_gpc, rule.special_condition) = (direct_marketing, honours_gpc, special_condition);
            (rule.retired, rule.device_ground, rule.mail_ground) = (retired, device_ground, mail_ground);
            (rule.uses, rule.age_min) = (uses, age_min);
            rule.regions = if in_germany { vec!["DE".into()] } else { Vec::new() };
            (case.open, case.slot_known) = (open, slot_known);
        })
    }
}

fn bases() -> impl Strategy<Value = Basis> {
    use Basis::{Consent, Contract, LegalObligation, LegitimateInterest, PublicTask, VitalInterest};
    select(vec![Consent, Consent, Contract, LegalObligation, VitalInterest, PublicTask, LegitimateInterest])
}

pub(super) fn marked(acts: &Acts) -> Marks {
    let mut all = marks(acts);
    for (target, kind, at) in acts.iter().filter(|(_, kind, _)| *kind == ActKind::Assert) {
        let until = Some(Moment(10));
        all.mark(*target, *kind, amana_core::permission::Mark { until, ..mark(*at) });
    }
    all
}

prop_compose! {
    /// A question, and the acts of each group that were not marked yet.
    pub(super) fn question()(
        limits in limits(), basis in bases(), groups in prop::collection::vec(acts(), 1..4),
        core in 0..4_usize, own in prop::option::of(0..4_usize), age in prop::option::of(8..22_u16),
        region in prop::option::of(select(vec!["DE", "AE"])), usage in usage(), context in context(), now in 4..12_i64,
    ) -> (Case, Vec<Acts>) {
        let case = limits.with(|case| {
            case.rule.basis = basis;
            (case.own, case.age, case.region) = (own, age, region);
            case.core = core.min(groups.len());
            (case.usage, case.context, case.now) = (usage, context, now);
        });
        (case, groups)
    }
}

fn with_groups(case: &Case, groups: &[Acts]) -> Case {
    case.clone().with(|case| case.groups = groups.iter().map(marked).collect())
}

/// Whether it is denied, and not only because of claims that are heard no longer once the core has spoken.
fn is_denied(case: &Case, groups: &[Acts]) -> bool {
    let core_allows = || case.core > 0 && with_groups(case, &groups[..case.core]).verdict().allow;
    !with_groups(case, groups).verdict().allow && (case.own.is_some() || !core_allows())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn permit_allows_only_what_no_single_rule_forbids((case, groups) in question()) {
        let case = with_groups(&case, &groups);
        let (verdict, forbidding) = (case.verdict(), case.forbidding());
        prop_assert_eq!(verdict.allow, forbidding.is_empty());
        prop_assert_eq!(verdict.reason, forbidding.first().map_or(Reason::Permitted, |(_, reason)| *reason));
    }

    #[test]
    fn an_act_against_never_permits_what_was_denied(
        (case, groups) in question(), place in any::<prop::sample::Index>(),
        target in select(TARGETS.to_vec()), kind in select(AGAINST.to_vec()), at in 0..6_i64,
    ) {
        let mut after = groups.clone();
        after[place.index(groups.len())].push((target, kind, at));
        prop_assert!(!is_denied(&case, &groups) || !with_groups(&case, &after).verdict().allow);
    }

    /// Except that a consent that has ended speaks against, and one that never was does not: so no act ends one here.
    #[test]
    fn taking_a_permission_away_never_permits_what_was_denied(
        (case, mut groups) in question(), place in any::<prop::sample::Index>(), which in any::<prop::sample::Index>(),
    ) {
        groups.iter_mut().for_each(|acts| acts.retain(|(_, kind, _)| *kind != ActKind::End));
        let mut after = groups.clone();
        let acts = &mut after[place.index(groups.len())];
        let widening: Vec<usize> = (0..acts.len()).filter(|place| FOR.contains(&acts[*place].1)).collect();
        if widening.is_empty() {
            return Ok(());
        }
        // Standing for all of its kind and target, for only the first or last of them counts.
        let (target, kind, _) = acts[widening[which.index(widening.len())]];
        acts.retain(|act| (act.0, act.1) != (target, kind));
        prop_assert!(!is_denied(&case, &groups) || !with_groups(&case, &after).verdict().allow);
    }

    #[test]
    fn a_person_nobody_heard_of_is_denied_everything_but_what_is_of_right(case in limits(), basis in bases(), usage in usage()) {
        let case = case.with(|case| (case.rule.basis, case.usage, case.groups) = (basis, usage, Vec::new()));
        let of_right = matches!(usage, Use::Notify | Use::Disclose(_));
        prop_assert!(of_right || !case.verdict().allow);
    }

    /// A register that lapses is as one that was never signed from that instant on, and as none before: its use stops,
    /// and nothing that is held goes.
    #[test]
    fn a_register_blocks_from_the_instant_it_lapses((case, groups) in question(), at in 0..16_i64) {
        let case = with_groups(&case, &groups);
        let lapse = Lapse { at: Moment(at), register: "vendor".into() };
        let lapsing = case.clone().with(|case| case.rule.depends.lapse = Some(lapse));
        let blocked = case.clone().with(|case| case.rule.depends.blocked = Some("vendor".into()));
        let expected = if at <= case.now { &blocked } else { &case };
        prop_assert_eq!(lapsing.forbidding(), expected.forbidding());
        prop_assert_eq!(lapsing.reason(), expected.reason());
        prop_assert!(at <= case.now || !case.slot_known || lapsing.verdict().until.is_some_and(|until| until <= Moment(at)));
        let stored = |case: &Case| case.clone().with(|case| case.usage = Use::Store).verdict().reason;
        prop_assert_eq!(stored(&lapsing), stored(&case));
    }

    #[test]
    fn the_order_of_groups_changes_no_answer((case, groups) in question()) {
        let (mut forth, mut back) = (with_groups(&case, &groups), with_groups(&case, &groups));
        back.groups.reverse();
        (forth.own, back.own) = (None, None);
        (forth.core, back.core) = (0, 0);
        prop_assert_eq!(forth.verdict(), back.verdict());
    }
}
