//! What an identifier was at an instant, from its acts: banned and lifted since, or a device of which nobody knew yet that
//! several people sign in on.

use super::keeper::{KeepError, Keeper, View};
use amana_core::Moment;
use amana_core::identity::FragmentId;
use amana_core::permission::{Act, ActKind, Content, Method};

/// How often an identifier may have turned out to be a shared device for it to be followed back to whom it was of.
const SHARED_MAX: usize = 16;
/// Among how many of its first acts that a device is shared is looked for: it begins with being so.
const FIRST_ACTS_MAX: usize = 64;

/// Whether acts have banned an identifier. A ban that was lifted since kept it apart until then, and left no trace but
/// its acts.
pub(super) fn banned_by(acts: &[Act], id: FragmentId) -> bool {
    let of_it = |act: &&Act| match (&act.kind, &act.content) {
        (ActKind::Ban | ActKind::LiftBan, Some(Content::Identity { edges, .. })) => {
            edges.first().is_none_or(|(banned, _)| *banned == id.0)
        }
        _ => false,
    };
    acts.iter().filter(of_it).max_by_key(|act| act.received).is_some_and(|act| act.kind == ActKind::Ban)
}

/// Whom an identifier stood for at an instant, that stands for a fragment now. A device that turned out to be shared got a
/// fragment of its own then; until then it was what is kept with whom it was of, also where that was lifted since.
pub(super) async fn stood_for(
    keeper: &Keeper,
    view: View<'_>,
    mut id: FragmentId,
    instant: Moment,
) -> Result<FragmentId, KeepError> {
    for _ in 0..SHARED_MAX {
        let Some(entry) = keeper.load(view, &[id]).await?.pop() else { break };
        if entry.fragment.created <= instant {
            break;
        }
        let acts = keeper.acts(view, &entry, FIRST_ACTS_MAX).await?;
        let Some(before) = acts.iter().find_map(shared_from) else { break };
        id = before;
    }
    Ok(id)
}

/// Of an act that tells that a device is shared, whom it was of.
fn shared_from(act: &Act) -> Option<FragmentId> {
    match &act.content {
        Some(Content::Identity { with, .. }) if act.evidence.method == Method::SharedDevice => {
            with.first().map(|id| FragmentId(*id)).filter(|_| act.kind == ActKind::Ban)
        }
        _ => None,
    }
}
