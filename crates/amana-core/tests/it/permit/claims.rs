//! What only claims to be somebody's neither widens nor narrows what may be done with what the organisation itself knows
//! of them: a public key is known to everybody (DESIGN §6 *Trust*; issue 3: a public key cannot withdraw or grant for
//! somebody else).

use super::case::Case;
use super::laws::{marked, question};
use amana_core::Moment;
use amana_core::permission::{Born, Mark, Marks, Weight, of_age_at, standing_of};
use amana_core::permit::{Person, Question, Reason, Use, Verdict, permit};
use jiff::civil::date;
use proptest::prelude::*;
use proptest::sample::select;

/// Nobody knows; a child; somebody who comes of age on the day of the question (which is in the first seconds of 1970),
/// so after what was agreed to the day before; an adult; and children of whose birthday a month is left.
fn births() -> impl Strategy<Value = Option<Born>> {
    select(vec![
        None,
        None,
        Some(Born::On(date(1960, 1, 1))),
        Some(Born::On(date(1954, 1, 1))),
        Some(Born::On(date(1940, 1, 1))),
        Some(Born::By(date(1960, 1, 1))),
        Some(Born::By(date(1940, 1, 1))),
    ])
}

/// What was done may have been done the day before.
fn done(acts: &Marks, is_old: bool) -> Marks {
    let mut all = Marks::default();
    for (target, kind, mark) in acts.iter() {
        let moved = |at: Moment| at.plus_millis(if is_old { -86_400_000 } else { 0 });
        let until = mark.until;
        all.mark(target, kind, Mark { at: moved(mark.at), received: moved(mark.received), until });
    }
    all
}

/// Somebody with what claims to be theirs: groups with their births, the core first.
#[derive(Clone, Debug)]
struct Somebody {
    case: Case,
    births: Vec<Option<Born>>,
}

impl Somebody {
    fn verdict(&self, own: Option<usize>) -> Verdict {
        let births = &self.births;
        self.case.ask(|question| permit(&Question { person: Person { births, own, ..question.person }, ..*question }))
    }

    /// These groups alone.
    fn only(&self, places: impl Iterator<Item = usize> + Clone) -> Self {
        let groups: Vec<Marks> = places.clone().map(|place| self.case.groups[place].clone()).collect();
        let core = places.clone().filter(|place| *place < self.case.core).count();
        let case = self.case.clone().with(|case| (case.groups, case.core, case.sides) = (groups, core, Vec::new()));
        Self { case, births: places.map(|place| self.births[place]).collect() }
    }

    fn core(&self) -> std::ops::Range<usize> {
        0..self.case.core
    }

    fn claims(&self) -> std::ops::Range<usize> {
        self.case.core..self.case.groups.len()
    }

    /// What a claim's own data may be used for, whatever else is claimed.
    fn beside_the_core(&self, claim: usize) -> Verdict {
        self.only(self.core().chain([claim])).verdict(Some(self.case.core))
    }

    /// Whether there are claims, and nobody but them to say whether the person as a whole may be processed.
    fn has_claims_alone(&self) -> bool {
        let is_known = self.case.known && self.case.core > 0;
        !is_known && !self.is_of_right() && self.case.groups.len() > self.case.core.max(1) && !self.core_has_spoken()
    }

    /// Whether the use rests on other grounds than the purpose's.
    fn is_of_right(&self) -> bool {
        matches!(self.case.usage, Use::Store | Use::Notify | Use::Disclose(_))
    }

    /// Whether anybody of the core has said anything of the slot, or it began or ended for them.
    fn core_has_spoken(&self) -> bool {
        self.core().any(|place| {
            let birthday = self.births[place].and_then(Born::birthday);
            let country = self.case.ask(|question| question.policy.catalog.organisation.country.clone());
            let of_age = birthday.and_then(|day| of_age_at(&self.case.rule, day, self.case.region, &country));
            let marks = &self.case.groups[place];
            let standing = standing_of(&self.case.rule, marks, of_age, Moment(self.case.now));
            self.case.slot_known && standing.says_something()
        })
    }
}

fn somebody() -> impl Strategy<Value = Somebody> {
    let sides = prop::collection::vec((births(), prop::bool::weighted(0.4)), 6);
    let asked = (question(), question(), 0..3_usize, prop::bool::weighted(0.2), any::<bool>());
    (asked, sides).prop_map(|(((case, mut core), (_, claims), most, age_required, known), sides)| {
        core.truncate(most);
        let places = core.iter().chain(&claims).zip(&sides);
        let groups: Vec<Marks> = places.map(|(acts, (_, is_old))| done(&marked(acts), *is_old)).collect();
        let births = sides.iter().map(|(born, _)| *born).take(groups.len()).collect();
        let case = case.with(|case| {
            (case.core, case.known, case.groups, case.own) = (core.len(), known, groups, None);
            case.rule.age_required = age_required;
        });
        Somebody { case, births }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    /// Nor where whom systems know has said nothing: then a claim can tell why, and no more.
    #[test]
    fn a_claim_changes_no_answer_where_the_core_has_spoken_or_is_known(somebody in somebody()) {
        let is_known = somebody.case.known && somebody.case.core > 0 && !somebody.is_of_right();
        if somebody.core_has_spoken() || is_known {
            let (verdict, alone) = (somebody.verdict(None), somebody.only(somebody.core()).verdict(None));
            let reason = if verdict.reason == Reason::OnlyClaimed { alone.reason } else { verdict.reason };
            prop_assert_eq!(Verdict { reason, ..verdict }, alone);
        }
    }

    /// Whether it has spoken or not.
    #[test]
    fn a_claim_changes_no_answer_about_the_cores_own_data(somebody in somebody()) {
        for own in somebody.core() {
            prop_assert_eq!(somebody.verdict(Some(own)), somebody.only(somebody.core()).verdict(Some(own)));
        }
    }

    /// Of its own data each claim decides beside the core, whatever else is claimed, and is permitted no more for
    /// standing there.
    #[test]
    fn a_claim_decides_about_its_own_data_alone_and_gains_nothing(somebody in somebody()) {
        for own in somebody.claims() {
            let verdict = somebody.verdict(Some(own));
            prop_assert_eq!(verdict, somebody.beside_the_core(own));
            let by_itself = somebody.only(std::iter::once(own)).verdict(Some(0));
            prop_assert!(by_itself.allow || !verdict.allow, "{:?} {:?}", by_itself, verdict);
        }
    }

    /// Where the core is silent no claim stops what another one's own data may be used for, and the person as a whole is
    /// permitted nothing that no claim is; and nobody is contacted because of claims.
    #[test]
    fn where_the_core_is_silent_each_claim_stops_and_permits_its_own_alone(somebody in somebody()) {
        if !somebody.has_claims_alone() {
            return Ok(());
        }
        let permitted = somebody.claims().any(|claim| somebody.beside_the_core(claim).allow);
        let verdict = somebody.verdict(None);
        if matches!(somebody.case.usage, Use::Contact(_)) {
            let claimed = |claim: usize| somebody.beside_the_core(claim).reason == Reason::OnlyClaimed;
            prop_assert!(!verdict.allow && !permitted);
            prop_assert_eq!(verdict.reason == Reason::OnlyClaimed, somebody.claims().any(claimed));
        } else {
            prop_assert_eq!(verdict.allow, permitted);
            prop_assert!(!permitted || verdict.standing.state.allows());
        }
    }

    /// Whom staff joined were two people until then: what one side decided against stops the whole, and neither a side that
    /// has decided nothing nor a claim that came later does.
    #[test]
    fn between_what_staff_joined_the_more_restrictive_counts(
        somebody in somebody(), sides in prop::collection::vec(prop::option::weighted(0.8, 0..3_usize), 6),
    ) {
        let parted = Somebody { case: somebody.case.clone().with(|case| case.sides = sides.clone()), ..somebody };
        if !parted.has_claims_alone() || matches!(parted.case.usage, Use::Contact(_)) {
            return Ok(());
        }
        let (mut permits, mut stops) = (false, false);
        for side in [None, Some(0), Some(1), Some(2)] {
            let on_it: Vec<usize> = parted.claims().filter(|claim| sides[*claim] == side).collect();
            let verdicts: Vec<Verdict> = on_it.iter().map(|claim| parted.beside_the_core(*claim)).collect();
            let permitted = verdicts.iter().any(|verdict| verdict.allow);
            let decided = verdicts.iter().any(|verdict| verdict.standing.weight() != Weight::Neutral);
            permits |= permitted;
            stops |= side.is_some() && decided && !permitted;
        }
        let verdict = parted.verdict(None);
        prop_assert_eq!(verdict.allow, permits && !stops);
        prop_assert!(!verdict.allow || verdict.standing.state.allows());
    }

    /// What came first changes nothing.
    #[test]
    fn the_order_of_claims_changes_no_answer(somebody in somebody()) {
        let back: Vec<usize> = somebody.core().chain(somebody.claims().rev()).collect();
        prop_assert_eq!(somebody.only(back.into_iter()).verdict(None), somebody.verdict(None));
    }
}
