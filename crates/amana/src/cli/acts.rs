//! `amana acts`.

use super::local::Local;
use super::serve::config;
use super::{Failure, InFolder, say};
use crate::acts_log::apply::{AppliedActs, apply};
use crate::acts_log::{ActsKeys, ActsShipping, Head, Verified, verify};
use crate::server::{ACTS_HEAD_PATH, open_app, open_pipeline};
use amana_store::seal::Root;
use clap::{Args, Subcommand};
use reqwest::Method;
use std::path::{Path, PathBuf};

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
    /// Check what was shipped: that nothing was removed, changed or put elsewhere.
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

#[derive(Args)]
pub(super) struct Verify {
    /// The folder that acts were shipped to.
    folder: PathBuf,
    /// The folder of the installation with its root file: then the records are opened, too.
    #[arg(long)]
    data: Option<PathBuf>,
    /// What `amana acts head` printed once: the folder must go as far.
    #[arg(long, value_name = "N:SHA256")]
    head: Option<Head>,
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
    exists(&place.data)?;
    let app = open_app(&config(place)).await?;
    let head = app.acts().head().await;
    app.store().clone().close().await;
    Ok(head?.to_string())
}

async fn verify_folder(arguments: Verify) -> Result<(), Failure> {
    let mut keys = None;
    if let Some(data) = &arguments.data {
        exists(data)?;
        let place = config(&InFolder::new(data.clone())).master_key.place()?;
        keys = Some(ActsKeys::of(&Root::open_at(&data.join("root.keys"), &place)?));
    }
    let (folder, reach) = (arguments.folder, arguments.head);
    let verified = tokio::task::spawn_blocking(move || verify(&folder, keys.as_ref(), reach)).await??;
    in_words(&verified).into_iter().for_each(say);
    Ok(())
}

fn in_words(verified: &Verified) -> Vec<String> {
    let Verified { files, bytes, head, begins, .. } = verified;
    let mut words =
        vec![format!("{} records in {files} files ({bytes} bytes): the chain is whole", verified.records())];
    if begins.next > 0 {
        words.push(format!("it begins at record {}: what came before was shipped into another folder,", begins.next));
        words.push(format!("whose last head is {begins}"));
    }
    if let Some((from, to)) = verified.between {
        words.push(format!("learned from {from} to {to}"));
        words.extend(verified.kinds.iter().map(|(kind, count)| format!("  {count:>10} {kind}")));
    } else if verified.records() > 0 {
        words.push("what they tell was not checked: name the installation with --data".into());
    }
    words.push(format!("head {head}"));
    words.push(format!("check {} (the metric amana_acts_head_check)", head.check()));
    words
}

async fn apply_folder(arguments: &Apply) -> Result<(), Failure> {
    let Apply { folder, head: reach, without_head, place } = arguments;
    if Local::find(&place.data).await?.is_some() {
        return Err(format!("somebody serves {}: stop it first", place.data.display()).into());
    }
    exists(&place.data)?;
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

/// Whoever mistypes a folder must not make a new installation there.
fn exists(data: &Path) -> Result<(), Failure> {
    if data.join("root.keys").exists() {
        return Ok(());
    }
    Err(format!("there is no root file in {}: name the folder of an installation", data.display()).into())
}
