//! `amana acts`.

use super::acts_verify::{Verify, verify_folder};
use super::installed::{exists, opened};
use super::local::Local;
use super::serve::config;
use super::{Failure, InFolder, say};
use crate::acts_log::apply::{AppliedActs, apply};
use crate::acts_log::{ActsShipping, Head};
use crate::server::{ACTS_HEAD_PATH, open_app, open_pipeline};
use clap::{Args, Subcommand};
use reqwest::Method;
use std::path::PathBuf;

/// Where `amana serve` ships acts to.
#[derive(Args, Clone)]
pub(super) struct ShipActs {
    /// Copy every act into this folder as it is committed: another disk, or a mounted object store. See docs/backup.md.
    #[arg(long, env = "AMANA_SHIP_ACTS", value_name = "DIR")]
    ship_acts: Option<PathBuf>,
    /// Go on shipping in an empty folder, though acts were shipped into another one before.
    #[arg(long, requires = "ship_acts")]
    ship_acts_anew: bool,
    /// Ship acts no longer. A restored store can't be told from the newest one then.
    #[arg(long, conflicts_with = "ship_acts")]
    no_ship_acts: bool,
}

impl From<ShipActs> for ActsShipping {
    fn from(asked: ShipActs) -> Self {
        Self { dir: asked.ship_acts, anew: asked.ship_acts_anew, end: asked.no_ship_acts }
    }
}

#[derive(Subcommand)]
pub(super) enum ActsCommand {
    /// Print where the acts log ends, as N:SHA256: how many records there are, and the hash of the last. Kept elsewhere, it
    /// shows later whether records are missing at the end of what was shipped.
    Head(InFolder),
    /// Check what was shipped: that it is there, and that nothing was removed, changed or put elsewhere.
    Verify(Verify),
    /// Apply what was shipped to a restored store that is older, so that it brings no consent back.
    Apply(Apply),
}

#[derive(Args)]
pub(super) struct Apply {
    /// The folder that acts were shipped to.
    folder: PathBuf,
    /// What `amana acts head` printed last, as far as anybody noted it: the folder must go as far. Nothing in the folder
    /// itself tells that its end was cut off.
    #[arg(long, value_name = "N:SHA256", required_unless_present = "without_head")]
    head: Option<Head>,
    /// Nobody noted a head. The installation then refuses everything but subject access until staff confirm that it may be
    /// used.
    #[arg(long, conflicts_with = "head")]
    without_head: bool,
    #[command(flatten)]
    place: InFolder,
}

pub(super) async fn acts(command: ActsCommand) -> Result<(), Failure> {
    match command {
        ActsCommand::Head(place) => say(head(&place).await?),
        ActsCommand::Verify(arguments) => return verify_folder(arguments).await,
        ActsCommand::Apply(arguments) => return apply_folder(&arguments).await,
    }
    Ok(())
}

async fn head(place: &InFolder) -> Result<String, Failure> {
    if let Some(local) = Local::find(&place.data).await? {
        let answer = local.ask(Method::GET, ACTS_HEAD_PATH, None).await?;
        return if answer.status.is_success() { Ok(answer.text) } else { Err(answer.text.into()) };
    }
    opened(place, async |app| Ok(app.acts().head().await?.to_string())).await
}

async fn apply_folder(arguments: &Apply) -> Result<(), Failure> {
    let Apply { folder, head: reach, without_head, place } = arguments;
    if Local::find(&place.data).await?.is_some() {
        return Err(format!("somebody serves {}: stop it first", place.data.display()).into());
    }
    exists(place)?;
    let config = config(place);
    let app = open_app(&config).await?;
    let applied = async {
        let mut pipeline = open_pipeline(&app, &config).await?;
        Ok::<_, Failure>(apply(&app, &mut pipeline, folder, *reach, |done| say(format!("{done} records"))).await?)
    };
    let applied = applied.await;
    app.store().clone().close().await;
    let AppliedActs { acts, catalogs, moved, journal_passed, head } = applied?;
    say(format!("{acts} acts and {catalogs} versions of the catalogue were missing and are applied"));
    if moved > 0 {
        say(format!("{moved} identifiers are found by a newer index secret"));
    }
    if journal_passed > 0 {
        say(format!("{journal_passed} requests that were not worked on in the copy can't be read any more"));
    }
    say(format!("head {head}"));
    if *without_head {
        say(
            "nobody knows whether these were all: everything but subject access is refused until staff confirm it with",
        );
        say("POST /api/v1/restore/confirm, by a key of role admin or privacy: see docs/backup.md");
    }
    Ok(())
}
