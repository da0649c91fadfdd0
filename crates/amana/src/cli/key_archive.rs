//! `amana key archive` and `amana key restore`.

use super::installed::{ROOT_FILE, copy_exists, opened};
use super::local::Local;
use super::serve::config;
use super::{Failure, InFolder, say};
use crate::app::App;
use crate::key_archive::{self, RestoredKeys};
use crate::server::KEY_ARCHIVE_PATH;
use reqwest::Method;
use std::path::Path;

/// Archives the keys: through the process that serves, or by itself where none does.
pub(super) async fn archive(file: &Path, place: &InFolder) -> Result<(), Failure> {
    let file = std::path::absolute(file)?;
    let archived = match Local::find(&place.data).await? {
        Some(local) => {
            let path = file.to_str().ok_or("the name of the file is not UTF-8")?.to_owned();
            let answer = local.ask(Method::POST, KEY_ARCHIVE_PATH, Some(path)).await?;
            if !answer.status.is_success() {
                return Err(answer.text.into());
            }
            answer.text
        }
        None => {
            let root_file = place.data.join(ROOT_FILE);
            let work = async |app: &App| Ok(key_archive::archive(app, &root_file, &file).await?.to_string());
            opened(place, work).await?
        }
    };
    say(format!("{archived} are in {}; delete every older copy of it", file.display()));
    Ok(())
}

/// Puts the keys of an archive into a copy of an installation.
pub(super) async fn restore(file: &Path, place: &InFolder) -> Result<(), Failure> {
    if Local::find(&place.data).await?.is_some() {
        return Err(format!("somebody serves {}: stop it first", place.data.display()).into());
    }
    copy_exists(place)?;
    let RestoredKeys { before, fragments, unreadable_rows } = key_archive::restore_keys(&config(place), file).await?;
    if before {
        say("this copy has taken these keys already: nothing was done");
        return Ok(());
    }
    say(format!("{fragments} fragments have their newest keys"));
    say(format!("{unreadable_rows} rows were destroyed since the copy was made and are deleted"));
    say("now apply the acts with `amana acts apply`: until then everything but subject access is refused");
    Ok(())
}
