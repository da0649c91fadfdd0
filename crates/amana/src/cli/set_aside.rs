//! `amana set-aside` and `amana inspect set-aside`: what was sent and is not worked on.

use super::installed::opened;
use super::local::Local;
use super::{Failure, InFolder, say};
use crate::app::App;
use crate::journal::DeletedAside;
use crate::pipeline::{AsideLine, Deleted, Resent, SetAside, aside_lines, delete_aside, deletions, resend_aside};
use crate::server::{SET_ASIDE_DELETE_PATH, SET_ASIDE_PATH, SET_ASIDE_RESEND_PATH, SetAsideShown};
use clap::{Args, Subcommand};
use reqwest::Method;
use serde::de::DeserializeOwned;

#[derive(Subcommand)]
pub(super) enum SetAsideCommand {
    /// Have it worked on again, in its order: after damaged keys were put back, or with a version of Amana that can. What
    /// still cannot be worked on stays set aside.
    Resend(InFolder),
    /// Delete it for good, though it was acknowledged: whatever was ordered, agreed or objected to in it never comes into
    /// force. That it was deleted, when and why is kept.
    Delete(Delete),
}

#[derive(Args)]
pub(super) struct Delete {
    /// Why: kept with when it was. Nothing about anybody belongs here.
    #[arg(long)]
    note: String,
    /// Do it. Without this only what would be deleted is told.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    place: InFolder,
}

#[derive(Args)]
pub(super) struct InspectSetAside {
    /// Also what was sent: personal data, as JSON, a record on each line, while nobody serves. Redirect it to a file that
    /// only you can read.
    #[arg(long)]
    content: bool,
    #[command(flatten)]
    place: InFolder,
}

pub(super) async fn set_aside(command: SetAsideCommand) -> Result<(), Failure> {
    match command {
        SetAsideCommand::Resend(place) => resend(&place).await,
        SetAsideCommand::Delete(arguments) => delete(&arguments).await,
    }
}

/// Has it worked on again: by the process that serves, or as soon as one does.
async fn resend(place: &InFolder) -> Result<(), Failure> {
    let serves = Local::find(&place.data).await?;
    let resent: Resent = match &serves {
        Some(local) => asked(local, Method::POST, SET_ASIDE_RESEND_PATH, None).await?,
        None => opened(place, async |app| resend_aside(app, false).await.map_err(Failure::from)).await?,
    };
    if resent.records == 0 {
        say("nothing is set aside");
    } else if resent.done {
        say(format!("{} records with {} events were worked on again", resent.records, resent.events));
    } else {
        say(format!("{} records with {} events are to be worked on again", resent.records, resent.events));
        say(match serves {
            Some(_) => "they are when everything that came before them is",
            None => "they are as soon as Amana serves",
        });
    }
    if resent.done && resent.left > 0 {
        say(format!("{} records are set aside still: `amana inspect set-aside` says why", resent.left));
    }
    Ok(())
}

async fn delete(arguments: &Delete) -> Result<(), Failure> {
    let Delete { note, yes, place } = arguments;
    if !yes {
        let (lines, _) = shown(place).await?;
        let events: usize = lines.iter().filter_map(|line| line.holds).map(|(_, events)| events).sum();
        say(format!("{} records with {events} events would be deleted", lines.len()));
        say("they were acknowledged: whatever was ordered, agreed or objected to in them never comes into force");
        return Err("nothing was deleted: say --yes to delete them".into());
    }
    let Deleted { records, events, done } = match Local::find(&place.data).await? {
        Some(local) => asked(&local, Method::POST, SET_ASIDE_DELETE_PATH, Some(note.clone())).await?,
        None => opened(place, async |app| delete_aside(app, note, false).await.map_err(Failure::from)).await?,
    };
    match done {
        true => say(format!("{records} records with {events} events were deleted")),
        false => say(format!("{records} records with {events} events are deleted as soon as Amana works on them")),
    }
    Ok(())
}

/// Shows what is set aside: by default only how much it is, and why.
pub(super) async fn inspect(arguments: InspectSetAside) -> Result<(), Failure> {
    let InspectSetAside { content, place } = arguments;
    if content {
        return show_content(&place).await;
    }
    let (lines, deletions) = shown(&place).await?;
    lines.iter().for_each(say);
    for DeletedAside { at, note, records, events, .. } in deletions {
        say(format!("{records} records with {events} events were deleted at {at}: {note}"));
    }
    Ok(())
}

async fn show_content(place: &InFolder) -> Result<(), Failure> {
    if Local::find(&place.data).await?.is_some() {
        return Err("somebody serves from this folder: stop it first".into());
    }
    let found = opened(place, async |app| Ok(SetAside::read(app.store(), app.root()).await?)).await?;
    for SetAside { position, reason, tries, entry } in found {
        let reason = reason.words();
        let shown = serde_json::json!({ "position": position, "reason": reason, "tries": tries, "record": entry });
        say(serde_json::to_string(&shown)?);
    }
    Ok(())
}

async fn shown(place: &InFolder) -> Result<(Vec<AsideLine>, Vec<DeletedAside>), Failure> {
    let shown: SetAsideShown = match Local::find(&place.data).await? {
        Some(local) => asked(&local, Method::GET, SET_ASIDE_PATH, None).await?,
        None => {
            let look = async |app: &App| {
                Ok(SetAsideShown { records: aside_lines(app).await?, deletions: deletions(app).await? })
            };
            opened(place, look).await?
        }
    };
    Ok((shown.records, shown.deletions))
}

/// What the process that serves answers.
async fn asked<T: DeserializeOwned>(
    local: &Local,
    method: Method,
    path: &str,
    body: Option<String>,
) -> Result<T, Failure> {
    let answer = local.ask(method, path, body).await?;
    if answer.status.is_success() { Ok(serde_json::from_str(&answer.text)?) } else { Err(answer.text.into()) }
}
