//! Devices on which several people sign in: which event shows it, and what goes on of what was said there.

use super::world::{Deed, World, deeds};
use crate::support::{kind, mark, marks, rule};
use amana_core::catalog::{Basis, IdentifierRule, Normalise, Trust};
use amana_core::identity::{
    BEARER_KIND, COMPONENT_MAX, Candidate, Component, Cut, FragmentId, goes_on, resolve, said_against, shared_device,
};
use amana_core::permission::{ActKind, Channel, Mark, Marks, Target, Weight, standing};
use amana_core::{Moment, Slot};
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeSet;

const SLOT: Target = Target::Slot(Slot(0));
const NOW: Moment = Moment(1_000);

fn kinds() -> Vec<IdentifierRule> {
    let kind = |code: &str, priority, limit| kind(code, Normalise::Trim, priority, limit);
    vec![kind("user_id", 100, 1), kind("email", 80, 2), kind("anonymous_id", 10, 3)]
}

fn component(fragments: &[(u128, &str)]) -> Component {
    let id = |number: u128| FragmentId(uuid::Uuid::from_u128(number));
    let fragments = fragments.iter().map(|(number, kind)| (id(*number), (*kind).to_owned()));
    Component { fragments: fragments.collect(), ..Component::default() }
}

/// Whether an event that names these shows that the device among them is shared: each by its kind, its fragment and
/// what that is part of.
fn shows(named: &[(&str, Option<u128>, Option<&Component>)], trust: Trust) -> Option<usize> {
    let kinds = kinds();
    let candidate = |(code, fragment, component): &(&str, Option<u128>, Option<&'static Component>)| Candidate {
        rule: kinds.iter().find(|rule| rule.code == *code).expect("a declared kind"),
        fragment: fragment.map(|number| FragmentId(uuid::Uuid::from_u128(number))),
        component: *component,
        shared: false,
    };
    let named: Vec<_> =
        named.iter().map(|(code, id, one)| (*code, *id, one.map(|one| &*Box::leak(Box::new(one.clone()))))).collect();
    let candidates: Vec<_> = named.iter().map(candidate).collect();
    shared_device(&candidates, &resolve(&candidates, &kinds, trust), |place| candidates[place].component)
}

#[test]
fn a_device_shows_itself_when_another_account_is_named_on_it() {
    let tablet = component(&[(1, "anonymous_id"), (2, "user_id"), (3, "email")]);
    let (ann, bob) = (component(&[(2, "user_id")]), component(&[(4, "user_id")]));
    let free = component(&[(5, "anonymous_id")]);
    let mails = component(&[(6, "anonymous_id"), (7, "email"), (8, "email")]);
    let device = ("anonymous_id", Some(1), Some(&tablet));
    for trust in [Trust::Public, Trust::Server] {
        assert_eq!(shows(&[("user_id", Some(4), Some(&bob)), device], trust), Some(1), "known");
        assert_eq!(shows(&[device, ("user_id", None, None)], trust), Some(0), "never seen");
        assert_eq!(shows(&[("user_id", Some(2), Some(&ann)), device], trust), None, "whose it is");
        assert_eq!(shows(&[device], trust), None, "nobody signs in");
        assert_eq!(shows(&[("email", None, None), device], trust), None, "one may have two addresses");
        assert_eq!(shows(&[("user_id", Some(4), Some(&bob)), ("anonymous_id", Some(5), Some(&free))], trust), None);
        let full = ("anonymous_id", Some(6), Some(&mails));
        assert_eq!(shows(&[("email", None, None), full], trust), None, "many addresses are no second account");
    }
    // What the account's own address leads to does not make a device somebody else's.
    let of_ann = component(&[(1, "anonymous_id"), (2, "user_id")]);
    let bobs = component(&[(4, "user_id"), (9, "email")]);
    let named = [
        ("user_id", Some(2), Some(&of_ann)),
        ("email", Some(9), Some(&bobs)),
        ("anonymous_id", Some(1), Some(&of_ann)),
    ];
    assert_eq!(shows(&named, Trust::Public), None);
}

/// Whatever keeps it from the account: a limit of kinds or of size, a split, or that systems know both.
#[test]
fn a_device_shows_itself_whatever_keeps_it_from_the_account() {
    let tablet = component(&[(1, "anonymous_id"), (2, "user_id")]);
    let bob = component(&[(4, "user_id")]);
    let crowd = |from: u128| (from..).take(COMPONENT_MAX).map(|number| (number, "email")).collect::<Vec<_>>();
    let side = |of: &Component, parted| {
        let cut = Cut { act: uuid::Uuid::from_u128(9), parted, parts: 1 };
        Component { cuts: [cut].into(), ..of.clone() }
    };
    let known = |of: &Component| Component { known: true, ..of.clone() };
    let crowded = component(&[&[(1, "anonymous_id"), (2, "user_id")], &crowd(10)[..]].concat());
    for (tablet, bob) in [
        (tablet.clone(), bob.clone()),
        (crowded, bob.clone()),
        (side(&tablet, false), side(&bob, true)),
        (known(&tablet), known(&bob)),
    ] {
        for trust in [Trust::Public, Trust::Server] {
            let named = [("user_id", Some(4), Some(&bob)), ("anonymous_id", Some(1), Some(&tablet))];
            assert_eq!(shows(&named, trust), Some(1), "{trust:?}");
        }
    }
    // What joins nobody anyway shows nothing.
    let banned = Component { banned: true, ..tablet };
    let named = [("user_id", Some(4), Some(&bob)), ("anonymous_id", Some(1), Some(&banned))];
    assert_eq!(shows(&named, Trust::Public), None);
}

/// Who says no on a shared tablet says it for what they did there before, which nobody can tell from them. What opens
/// something never goes on; what takes a restriction back does where nothing proves whose it is.
#[test]
fn a_no_on_a_shared_device_goes_on_and_a_yes_does_not() {
    use ActKind::{Invalidate, Lift, Object, Override, PrivacyControl, Refuse, Restrict, Uphold, Withdraw};
    for kind in ActKind::ALL {
        let against = [Refuse, Withdraw, Object, Uphold, Invalidate, PrivacyControl, Restrict].contains(&kind);
        let back = [Lift, Override].contains(&kind);
        assert_eq!([goes_on(kind, true), goes_on(kind, false)], [against, against || back], "{kind:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever came before and whoever was joined by then: an event of a source whose devices many people use joins none of
    /// them to anybody, and a device that only such sources name stays alone.
    #[test]
    fn a_device_that_many_people_use_is_joined_to_nobody(
        before in prop_oneof![Just(Vec::new()), deeds(20)],
        events in deeds(20),
    ) {
        let mut world = World::after(&before);
        world.shared_devices = true;
        let edges = |world: &World| -> Vec<_> {
            let devices = world.fragments.iter().filter(|(_, fragment)| fragment.kind == BEARER_KIND);
            devices.map(|(id, fragment)| (*id, fragment.edges.clone())).collect()
        };
        let known = edges(&world);
        for event in events.iter().filter(|deed| matches!(deed, Deed::Event(..))) {
            world.happen(event);
            prop_assert_eq!(edges(&world), known.clone(), "{:?}", event);
        }
        prop_assert!(!before.is_empty() || known.iter().all(|(id, _)| world.members(*id).len() == 1));
    }
}

/// Decisions about one slot, everything, marketing and a channel, at any instants.
fn said() -> impl Strategy<Value = Vec<(Target, ActKind, i64)>> {
    let targets =
        select(vec![SLOT, SLOT, SLOT, Target::Person, Target::DirectMarketing, Target::Channel(Channel::Email)]);
    prop::collection::vec((targets, select(ActKind::ALL.to_vec()), 0..20_i64), 0..10)
}

proptest! {
    #[test]
    fn what_goes_on_is_never_wider_and_every_no_goes_on(said in said(), basis in select(vec![
        Basis::Consent, Basis::Contract, Basis::LegalObligation, Basis::VitalInterest, Basis::PublicTask,
        Basis::LegitimateInterest,
    ]), direct_marketing in any::<bool>()) {
        let rule = amana_core::catalog::SlotRule { direct_marketing, ..rule(0, basis) };
        let before = marks(&said);
        let mut on = Marks::default();
        for (target, kind, known) in said_against(&before) {
            prop_assert_eq!(before.get(target, kind), Some(known), "nothing that was not said");
            on.mark(target, kind, known);
        }
        prop_assert!(!standing(&rule, &on, NOW).state.allows(), "it permits nothing by itself");
        // And all of it: whatever was said against something, unless it was taken back later.
        let goes_on = |(target, kind, said): (Target, ActKind, Mark)| {
            let back = match kind {
                ActKind::Refuse | ActKind::Withdraw | ActKind::Object | ActKind::Uphold | ActKind::Invalidate => ActKind::Grant,
                ActKind::Restrict => ActKind::Lift,
                ActKind::PrivacyControl => return Some((target, kind)),
                _ => return None,
            };
            before.get(target, back).is_none_or(|back| back.at <= said.at).then_some((target, kind))
        };
        let expected: BTreeSet<(Target, ActKind)> = before.iter().filter_map(goes_on).collect();
        prop_assert_eq!(on.iter().map(|(target, kind, _)| (target, kind)).collect::<BTreeSet<_>>(), expected);
        for target in [Target::Person, SLOT, Target::DirectMarketing, Target::Channel(Channel::Email)] {
            let restricted = match (before.get(target, ActKind::Restrict), before.get(target, ActKind::Lift)) {
                (Some(restricted), Some(lifted)) => lifted.at <= restricted.at,
                (restricted, _) => restricted.is_some(),
            };
            prop_assert_eq!(on.get(target, ActKind::Restrict).is_some(), restricted);
            prop_assert_eq!(on.get(target, ActKind::PrivacyControl), before.get(target, ActKind::PrivacyControl));
        }
        // Told of it by the next event, they are asked as if they had said the same themselves.
        let told = |mut marks: Marks| { marks.mark(SLOT, ActKind::Inform, mark(0)); standing(&rule, &marks, NOW).state };
        let said_no = before.latest(SLOT, &[ActKind::Grant, ActKind::Request, ActKind::Guardian, ActKind::Assert,
            ActKind::Override, ActKind::Refuse, ActKind::Withdraw, ActKind::Object]);
        let refusals = [ActKind::Refuse, ActKind::Withdraw, ActKind::Object];
        if said_no.is_some_and(|(kind, _)| refusals.contains(&kind)) {
            prop_assert!(matches!(told(on.clone()).weight(), Weight::Denies | Weight::Neutral), "{:?}", told(on));
        }
    }
}
