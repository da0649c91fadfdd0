//! `amana key rotate-index` and `amana key index`.

use super::installed::opened;
use super::local::Local;
use super::{Failure, InFolder, say};
use crate::pipeline::index_standing;
use crate::server::INDEX_PATH;
use reqwest::Method;

/// Begins a new secret: through the process that serves, or by itself where none does.
pub(super) async fn rotate(place: &InFolder) -> Result<(), Failure> {
    let version = match asked(place, Method::POST).await? {
        Some(version) => version,
        None => opened(place, async |app| Ok(app.root().begin_index_secret(&mut app.dice())?.to_string())).await?,
    };
    say(format!("index secret {version} has begun; `amana key index` shows how many are still found by older ones"));
    say("make a new key archive now: one made before does not know the new secret");
    Ok(())
}

/// Shows how the index stands.
pub(super) async fn show(place: &InFolder) -> Result<(), Failure> {
    let standing = match asked(place, Method::GET).await? {
        Some(standing) => standing,
        None => opened(place, async |app| Ok(index_standing(app).await?.to_string())).await?,
    };
    say(standing);
    Ok(())
}

/// What the process that serves answers, if one does.
async fn asked(place: &InFolder, method: Method) -> Result<Option<String>, Failure> {
    let Some(local) = Local::find(&place.data).await? else { return Ok(None) };
    let answer = local.ask(method, INDEX_PATH, None).await?;
    if answer.status.is_success() { Ok(Some(answer.text)) } else { Err(answer.text.into()) }
}
