//! The acts of a person, read so that nobody else can make them unreadable: what only claims to belong to somebody may
//! have any number of acts, for public keys are known to everybody, and is left out beyond a small number.

use super::entry::Entry;
use super::find::FoundPerson;
use super::keeper::{KeepError, Keeper, View};
use crate::app::App;
use amana_core::permission::Act;

/// How many acts are read of a group that only claims to belong to the person.
pub(super) const CLAIMED_ACTS_MAX: usize = 1_000;
/// How many acts are read of all of them together.
pub(super) const CLAIMED_ACTS_ALL_MAX: usize = 20_000;

/// How many acts may still be read of what only claims to belong to a person.
pub(super) struct ClaimedActs {
    left: usize,
}

impl Default for ClaimedActs {
    fn default() -> Self {
        Self { left: CLAIMED_ACTS_ALL_MAX }
    }
}

impl ClaimedActs {
    /// The acts of these fragments; none when they are too many.
    pub(super) async fn read(
        &mut self,
        keeper: &Keeper,
        view: View<'_>,
        entries: &[&Entry],
    ) -> Result<Option<Vec<Act>>, KeepError> {
        let (most, mut acts) = (self.left.min(CLAIMED_ACTS_MAX), Vec::new());
        for entry in entries {
            acts.extend(keeper.acts(view, entry, most + 1 - acts.len()).await?);
            if acts.len() > most {
                return Ok(None);
            }
        }
        self.left -= acts.len();
        Ok(Some(acts))
    }
}

/// Looks at the acts of those fragments of a person that are `wanted`, with the place of their group: what is theirs to
/// the last one, what only claims to be as far as it is little. Says how many groups were left out.
pub(super) async fn each_act_of(
    app: &App,
    found: &FoundPerson,
    wanted: impl Fn(&Entry) -> bool,
    mut look: impl FnMut(usize, Act),
) -> Result<usize, KeepError> {
    let (view, own) = (View::Still(&found.snapshot), found.whole.core.max(1));
    let (mut claimed, mut left_out) = (ClaimedActs::default(), 0);
    for (place, group) in found.whole.groups.iter().enumerate() {
        let entries = group.iter().filter_map(|id| found.people.get(*id)).filter(|entry| wanted(entry));
        let entries: Vec<&Entry> = entries.collect();
        if place < own {
            for entry in entries {
                app.keeper().each_act(view, entry, |act| look(place, act)).await?;
            }
            continue;
        }
        match claimed.read(app.keeper(), view, &entries).await? {
            Some(acts) => acts.into_iter().for_each(|act| look(place, act)),
            None => left_out += 1,
        }
    }
    Ok(left_out)
}

/// Whether there is nothing to be told of.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
pub(super) fn is_none(count: &usize) -> bool {
    *count == 0
}
