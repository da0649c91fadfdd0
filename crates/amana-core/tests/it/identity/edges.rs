//! The edges of one fragment, whatever is done with them: what staff banned no event brings back, what is proven nothing
//! weakens, and what is taken away was a claim.

use super::world::id;
use amana_core::Moment;
use amana_core::identity::{Bond, Edge, FragmentId};
use amana_core::profile::Fragment;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Clone, Debug)]
enum Deed {
    /// An event of a source joins.
    Join(Bond, u32),
    /// Staff split or ban.
    Ban,
    /// A ban is lifted.
    Lift,
    /// Staff join.
    Assert,
    /// A claim joins two whom systems know.
    Forget,
}

fn deeds() -> impl Strategy<Value = Vec<(usize, Deed)>> {
    let bond = select(vec![Bond::Claimed, Bond::Claimed, Bond::Verified]);
    let deed = prop_oneof![
        4 => (bond, 1..4_u32).prop_map(|(bond, source)| Deed::Join(bond, source)),
        2 => Just(Deed::Ban),
        1 => Just(Deed::Lift),
        2 => Just(Deed::Assert),
        1 => Just(Deed::Forget),
    ];
    prop::collection::vec((0..2_usize, deed), 0..20)
}

/// What becomes of an edge, told from what was promised.
fn expected(edge: Option<Edge>, deed: &Deed, (to, act, at): (FragmentId, Uuid, Moment)) -> Option<Edge> {
    let is_banned = edge.as_ref().is_some_and(|edge| edge.banned.is_some());
    let Some(known) = edge else {
        return match deed {
            Deed::Join(bond, source) => Some(Edge::new(to, *bond, *source, at)),
            Deed::Assert => Some(Edge { act: Some(act), ..Edge::new(to, Bond::Asserted, 0, at) }),
            _ => None,
        };
    };
    Some(match deed {
        Deed::Join(Bond::Verified, source) if !is_banned && known.bond != Bond::Verified => {
            Edge::new(to, Bond::Verified, *source, at)
        }
        Deed::Ban if !is_banned => Edge { banned: Some(at), ..known },
        Deed::Lift => Edge { banned: None, ..known },
        Deed::Assert if is_banned || known.bond == Bond::Claimed => {
            Edge { bond: known.bond.max(Bond::Asserted), act: Some(act), since: at, banned: None, ..known }
        }
        Deed::Forget if !is_banned && known.bond == Bond::Claimed => return None,
        _ => known,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn an_edge_is_what_was_said_of_it(deeds in deeds()) {
        let (mut fragment, mut known) = (Fragment::default(), BTreeMap::<FragmentId, Edge>::new());
        for (number, (to, deed)) in deeds.iter().enumerate() {
            let (to, act) = (id(*to), Uuid::from_u128(number as u128));
            let at = Moment(i64::try_from(number).expect("few deeds"));
            let changed = match deed {
                Deed::Join(bond, source) => fragment.join(Edge::new(to, *bond, *source, at)),
                Deed::Ban => fragment.ban_edge(to, at),
                Deed::Lift => fragment.lift_edge(to),
                Deed::Assert => fragment.assert_joined(to, act, at),
                Deed::Forget => fragment.forget_claim(to, at),
            };
            let was = known.remove(&to);
            let is = expected(was.clone(), deed, (to, act, at));
            prop_assert_eq!(changed, was != is, "it says whether anything changed");
            known.extend(is.map(|edge| (to, edge)));
            let edges: BTreeMap<FragmentId, Edge> = fragment.edges.iter().map(|edge| (edge.to, edge.clone())).collect();
            prop_assert_eq!(edges.len(), fragment.edges.len(), "one edge to each");
            prop_assert_eq!(&edges, &known);
        }
    }
}
