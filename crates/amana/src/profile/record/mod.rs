//! Recording acts of people and of staff: through the journal, answered when they are in force.

mod ask;
mod batch;
mod checked;
mod content;
mod draft;
mod earlier;
mod evidence;
mod guardian;
mod lifting;
mod possible;
mod prepare;
mod refused;
mod words;

pub use ask::{About, ActAsk, Said, Teller};
pub(crate) use batch::part_id;
pub use batch::{ACTS_PER_REQUEST_MAX, BatchRefused, Recorded, StateAfter, act_id, prepare_act, record_prepared};
pub(crate) use checked::{Checked, checked, slots_meant};
pub(crate) use content::trait_to_correct;
pub use draft::{
    EvidenceDraft, LANGUAGE_BYTES_MAX, LANGUAGE_IN_WORDS, NOTE_BYTES_MAX, SYSTEM_BYTES_MAX, TEXT_HASH_IN_WORDS,
    is_language_tag, text_hash,
};
pub(crate) use evidence::declared_notice;
pub use prepare::Prepared;
pub use refused::ActRefused;

use crate::app::App;
use crate::journal::{Decided, Entry, Imported};
use amana_core::Moment;
use amana_core::permission::ActKind;
use prepare::prepare;
use std::time::Duration;
use uuid::Uuid;

/// How long to wait for the pipeline before saying that the act is durable and not yet in force.
pub const IN_FORCE_WAIT_MAX: Duration = Duration::from_secs(10);

/// An act that is in force.
#[derive(Clone, Copy, Debug)]
pub struct RecordedAct {
    /// Names the act.
    pub id: Uuid,
    /// What was recorded: an agreement that still has to be confirmed is a request.
    pub act: ActKind,
    /// Whether nobody was known by the identifier before.
    pub created: bool,
    /// When it was done.
    pub at: Moment,
    /// When it was learned.
    pub received: Moment,
}

/// Records an act. When this returns it is in force.
///
/// # Errors
/// When it is impossible, or nothing can be recorded now.
pub async fn record_act(app: &App, ask: &ActAsk<'_>) -> Result<RecordedAct, ActRefused> {
    let Prepared { id, act, created, at, received, decided, .. } = prepare(app, ask, &[], app.now()).await?;
    let mut dice = app.dice();
    let entry = match <[Decided; 1]>::try_from(decided) {
        Ok([one]) if ask.id.is_none() => Entry::Decided(Box::new(one)),
        Ok(one) => Entry::Imported(Imported { decisions: one.into() }),
        Err(several) => Entry::Imported(Imported { decisions: several }),
    };
    let position = app.journal().write(&entry, &mut dice).await?;
    let waited = tokio::time::timeout(IN_FORCE_WAIT_MAX, app.journal().committed(position)).await;
    waited.map_err(|_| ActRefused::NotYetInForce { id })?;
    Ok(RecordedAct { id, act, created, at, received })
}
