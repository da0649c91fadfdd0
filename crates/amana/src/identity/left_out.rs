//! Identifiers that were left out of a person's events: why somebody is *not* the same person.

use super::graph::{Looking, shown_kind};
use super::located::Located;
use super::shown::IdentityLeftOut;
use crate::app::App;
use crate::profile::spelling::word;
use crate::profile::{FindError, Whole};
use amana_core::identity::{FragmentId, LeftOut};
use std::collections::BTreeSet;

/// How many are shown of one person; the newest are.
const SHOWN_MAX: usize = 100;

/// What was left out, the newest first, with whom it led to.
pub(super) struct LeftOuts(Vec<(FragmentId, LeftOut)>);

impl LeftOuts {
    /// Collects what was left out of a person's events, and reads whom it leads to.
    pub(super) async fn read(app: &App, located: &mut Located, whole: &Whole) -> Result<Self, FindError> {
        let members = whole.component.fragments.keys().filter_map(|id| located.people.get(*id));
        let of = |entry| {
            let entry: &crate::profile::Entry = entry;
            entry.fragment.left_out.iter().map(|known| (entry.id, known.clone())).collect::<Vec<_>>()
        };
        let mut all: Vec<(FragmentId, LeftOut)> = members.flat_map(of).collect();
        all.sort_by_key(|(id, known)| (std::cmp::Reverse(known.last), *id));
        all.truncate(SHOWN_MAX);
        let others: BTreeSet<FragmentId> = all.iter().filter_map(|(_, known)| known.other).collect();
        located.reach(app, &others.into_iter().collect::<Vec<_>>()).await?;
        Ok(Self(all))
    }

    /// As they are shown to whoever looks for `start`.
    pub(super) fn shown(&self, looking: &Looking<'_>, start: FragmentId) -> Vec<IdentityLeftOut> {
        let one = |(id, known): &(FragmentId, LeftOut)| {
            let value = match known.other {
                // Whoever only claims to be somebody is shown nobody's identifiers, and what is only claimed shows none.
                Some(_) if !(looking.is_core(start) && looking.is_core(*id)) => Err("claimed".to_owned()),
                Some(other) => looking.value_of(other),
                None => Err("not_kept".to_owned()),
            };
            IdentityLeftOut {
                fragment: id.to_string(),
                kind: shown_kind(&known.kind),
                other: known.other.map(|other| other.to_string()),
                value: value.as_ref().ok().cloned(),
                hidden: value.err(),
                why: word(&known.why),
                source: looking.source(known.source),
                first: known.first.to_string(),
                last: known.last.to_string(),
                days: known.days,
            }
        };
        self.0.iter().map(one).collect()
    }
}
