//! Many acts at once: each checked by itself, with those before it in mind; all that can be recorded written together;
//! and the same again changes nothing.

use super::prepare::{Prepared, prepare};
use super::{ActAsk, ActRefused, IN_FORCE_WAIT_MAX};
use crate::app::App;
use crate::journal::{Closed, Decided, Entry, Imported};
use crate::profile::find::{FindError, Sought, find};
use crate::profile::spelling::word;
use amana_core::Moment;
use amana_core::permission::Target;
use amana_core::permit::{Context, Question, Use};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// How many acts one request may have.
pub const ACTS_PER_REQUEST_MAX: usize = 500;

/// How many bytes the acts of one request may come to, when each part of each has its evidence.
const ACTS_BYTES_MAX: usize = 8 << 20;

/// Why none of a batch was recorded.
#[derive(Debug, thiserror::Error)]
pub enum BatchRefused {
    /// With their evidence they are too many bytes.
    #[error("the acts come to more than {bytes_max} bytes when each part of each has its evidence")]
    TooLarge {
        /// How many it may be.
        bytes_max: usize,
    },
    /// The journal takes nothing now.
    #[error(transparent)]
    Closed(#[from] Closed),
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is durable and in force.
    InForce,
    /// It is durable and takes effect when what came before it is worked off.
    NotYetInForce,
}

/// The state of a purpose after an act.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct StateAfter {
    /// Code of the purpose.
    pub purpose: String,
    /// The brand, where each has a permission of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// The state.
    #[schema(example = "withdrawn")]
    pub state: String,
}

/// Checks one act of a request in which `earlier` ones will be recorded. Nothing is recorded. `now` is one instant for
/// the whole request: acts that do not say when they were done were done at once, so of a yes and a no the no counts.
///
/// # Errors
/// When it is impossible.
pub async fn prepare_act(
    app: &App,
    ask: &ActAsk<'_>,
    earlier: &[Prepared],
    now: Moment,
) -> Result<Prepared, ActRefused> {
    prepare(app, ask, earlier, now).await
}

/// Records acts together, or none of them. When this returns they are durable.
///
/// # Errors
/// When the journal takes nothing now.
pub async fn record_prepared(app: &App, prepared: &mut [Prepared]) -> Result<Recorded, BatchRefused> {
    let decisions: Vec<_> = prepared.iter_mut().flat_map(|each| std::mem::take(&mut each.decided)).collect();
    if decisions.is_empty() {
        return Ok(Recorded::InForce);
    }
    if !fits(&decisions) {
        return Err(BatchRefused::TooLarge { bytes_max: ACTS_BYTES_MAX });
    }
    let mut dice = app.dice();
    let position = app.journal().write(&Entry::Imported(Imported { decisions }), &mut dice).await?;
    let waited = tokio::time::timeout(IN_FORCE_WAIT_MAX, app.journal().committed(position)).await;
    Ok(if waited.is_ok() { Recorded::InForce } else { Recorded::NotYetInForce })
}

/// Whether acts are few enough bytes to be recorded together.
fn fits(decisions: &[Decided]) -> bool {
    let bytes = |decided: &Decided| serde_json::to_vec(decided).expect("acts have only text keys").len();
    decisions.iter().map(bytes).sum::<usize>() <= ACTS_BYTES_MAX
}

impl StateAfter {
    /// The states of the purposes that an act is about.
    ///
    /// # Errors
    /// When the person cannot be read.
    pub async fn of(app: &App, sought: Sought<'_>, targets: &[Target]) -> Result<Vec<Self>, FindError> {
        let slots =
            || targets.iter().filter_map(|target| if let Target::Slot(slot) = target { Some(slot) } else { None });
        if slots().next().is_none() {
            return Ok(Vec::new());
        }
        let (current, now) = (app.current(), app.now());
        let policy = &*current.policy;
        let found = find(app, policy, sought, now).await?;
        let states = slots().filter_map(|slot| policy.slot(*slot)).map(|rule| {
            let question = Question {
                policy,
                slot: Some(rule),
                person: found.whole.person(None),
                usage: Use::Profile,
                context: Context::default(),
                contact: None,
                now,
            };
            let state = word(&question.standing().state);
            Self { purpose: rule.purpose.clone(), brand: rule.brand.clone(), state }
        });
        Ok(states.collect())
    }
}

/// The id of an act in a request that the caller gave a name: the same for the same name, key and place
/// (UUID version 8, RFC 9562 §5.8).
#[must_use]
pub fn act_id(key: &str, name: &str, place: usize) -> Uuid {
    let digest = Sha256::new().chain_update(b"amana request act 1\0").chain_update(key.as_bytes());
    let digest = digest.chain_update(b"\0").chain_update(name.as_bytes()).chain_update((place as u64).to_be_bytes());
    of_digest(&digest.finalize())
}

/// The id of one part of an act that says several things; the first has the act's own.
pub(crate) fn part_id(id: Uuid, place: usize) -> Uuid {
    if place == 0 {
        return id;
    }
    let digest = Sha256::new().chain_update(b"amana act part 1\0").chain_update(id.as_bytes());
    of_digest(&digest.chain_update((place as u64).to_be_bytes()).finalize())
}

fn of_digest(digest: &[u8]) -> Uuid {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
