//! What only claims to be somebody's neither widens nor narrows what may be done with what the organisation itself knows
//! of them: a public key is known to everybody (DESIGN §6 *Trust*; issue 3: a public key cannot withdraw or grant for
//! somebody else).

use super::case::Case;
use super::laws::{marked, question};
use amana_core::Moment;
use amana_core::permission::{Born, Mark, Marks, of_age_at, standing_of};
use amana_core::permit::{Person, Question, Verdict, permit};
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
        let case = self.case.clone().with(|case| (case.groups, case.core) = (groups, core));
        Self { case, births: places.map(|place| self.births[place]).collect() }
    }

    fn core(&self) -> std::ops::Range<usize> {
        0..self.case.core
    }

    fn claims(&self) -> std::ops::Range<usize> {
        self.case.core..self.case.groups.len()
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
    let asked = (question(), question(), 0..3_usize, prop::bool::weighted(0.2));
    (asked, sides).prop_map(|(((case, mut core), (_, claims), most, age_required), sides)| {
        core.truncate(most);
        let places = core.iter().chain(&claims).zip(&sides);
        let groups: Vec<Marks> = places.map(|(acts, (_, is_old))| done(&marked(acts), *is_old)).collect();
        let births = sides.iter().map(|(born, _)| *born).take(groups.len()).collect();
        let case = case.with(|case| {
            (case.core, case.groups, case.own) = (core.len(), groups, None);
            case.rule.age_required = age_required;
        });
        Somebody { case, births }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn a_claim_changes_no_answer_where_the_core_has_spoken(somebody in somebody()) {
        if somebody.core_has_spoken() {
            prop_assert_eq!(somebody.verdict(None), somebody.only(somebody.core()).verdict(None));
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
            let beside_the_core = somebody.only(somebody.core().chain([own])).verdict(Some(somebody.case.core));
            prop_assert_eq!(verdict, beside_the_core);
            let by_itself = somebody.only(std::iter::once(own)).verdict(Some(0));
            prop_assert!(by_itself.allow || !verdict.allow, "{:?} {:?}", by_itself, verdict);
        }
    }
}
