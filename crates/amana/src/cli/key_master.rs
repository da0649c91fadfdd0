//! `amana key rotate-master`.

use super::installed::opened;
use super::local::Local;
use super::{Failure, RotateMaster, say};
use crate::app::App;
use crate::server::{MASTER_KEY_PATH, master_key_in_words};
use amana_store::seal::MasterKey;
use reqwest::Method;

/// Changes the master key: through the process that serves, or by itself where none does.
pub(super) async fn rotate(arguments: &RotateMaster) -> Result<(), Failure> {
    let (new, place) = (new_key(arguments)?, &arguments.place);
    say(match Local::find(&place.data).await? {
        Some(local) => {
            let new = new.map(|key| key.to_text().to_string());
            let answer = local.ask(Method::POST, MASTER_KEY_PATH, new).await?;
            if !answer.status.is_success() {
                return Err(answer.text.into());
            }
            answer.text
        }
        None => {
            let work = async |app: &App| Ok(app.root().change_master(new.as_ref(), &mut app.dice())?);
            master_key_in_words(&opened(place, work).await?)
        }
    });
    say("make a new key archive now, in the place of the one before: that opens with the old master key alone");
    say("then delete every copy of the old master key, and of root.keys as it was");
    Ok(())
}

/// The key that was named, if one was. It is named by its place, for what is typed is kept by shells and shown by `ps`.
fn new_key(arguments: &RotateMaster) -> Result<Option<MasterKey>, Failure> {
    Ok(match (&arguments.new_key_file, &arguments.new_key_env) {
        (Some(file), _) => Some(MasterKey::from_file(file)?),
        (None, Some(name)) => {
            let text = std::env::var(name).map_err(|_| format!("the environment has no {name}, or it is no text"))?;
            Some(MasterKey::from_text(&text, name)?)
        }
        (None, None) => None,
    })
}
