//! A wider version asks again and inherits nothing (issue 3).

use crate::catalog::sample;
use amana_core::Moment;
use amana_core::catalog::{Catalog, Numbers, Policy};
use amana_core::permission::{ActKind, Marks, Target};
use amana_core::permit::{Context, Person, Question, Reason, Use, permit};

fn compiled(catalog: &Catalog, numbers: &Numbers) -> Policy {
    Policy::compile(1, catalog, numbers)
}

#[test]
fn a_wider_version_asks_again_and_the_old_permission_runs_out_with_its_slot() {
    let mut catalog = sample();
    catalog.purposes[2].regions.clear();
    let before = Numbers::default().assign(&catalog).unwrap();
    let old = compiled(&catalog, &before).find_slot("newsletter", Some("summit")).unwrap().slot;
    catalog.purposes[2].categories.push("contact".into());
    catalog.purposes[2].version += 1;
    let policy = compiled(&catalog, &before.assign(&catalog).unwrap());
    let new = policy.find_slot("newsletter", Some("summit")).unwrap().slot;
    assert_ne!(old, new);
    let asked = |kinds: &[(Target, ActKind)], slot| {
        let mut marks = Marks::default();
        for (target, kind) in kinds {
            marks.mark(*target, *kind, crate::support::mark(10));
        }
        let person = Person { groups: &[marks], ..Person::default() };
        let (slot, context) = (policy.slot(slot), Context::default());
        permit(&Question {
            policy: &policy,
            slot,
            person,
            usage: Use::Segment,
            context,
            now: Moment(20),
            contact: None,
        })
        .reason
    };
    let agreed = [(Target::Slot(old), ActKind::Grant)];
    assert_eq!(asked(&agreed, old), Reason::PurposeRetired);
    assert_eq!(asked(&agreed, new), Reason::ConsentUnknown);
    assert_eq!(asked(&[(Target::Slot(new), ActKind::Grant)], new), Reason::Permitted);
    // Who said no to all marketing has said no to the wider version, too (GDPR Art. 21(2)).
    let refused = [(Target::DirectMarketing, ActKind::Object)];
    assert_ne!(asked(&refused, new), Reason::Permitted);
}
