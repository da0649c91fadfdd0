//! `amana acts verify`.

use super::installed::{ROOT_FILE, opened};
use super::local::Local;
use super::serve::config;
use super::{Failure, InFolder, say};
use crate::acts_log::{ActsError, ActsKeys, Head, Shipped, Verified, shipped, verify};
use amana_store::seal::Root;
use clap::Args;
use reqwest::Method;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct Verify {
    /// The folder that acts were shipped to.
    folder: PathBuf,
    /// The folder of the installation: then the records are opened, too, and the folder must hold whatever the
    /// installation has shipped.
    #[arg(long)]
    data: Option<PathBuf>,
    /// PostgreSQL that the installation of `--data` stores in.
    #[arg(long, env = "AMANA_STORE", value_name = "URL")]
    store: Option<String>,
    /// What `amana acts head` printed once: the folder must go as far.
    #[arg(long, value_name = "N:SHA256")]
    head: Option<Head>,
}

/// What an installation knows of its acts.
struct Known {
    keys: ActsKeys,
    reach: Reach,
}

/// How far the folder has to go at least.
#[derive(Clone, Copy)]
enum Reach {
    /// It ships to no folder.
    Unknown,
    /// So many records, as the process that serves counts them.
    Records(u64),
    /// To this very record, as the store remembers it.
    Head(Head),
}

pub(super) async fn verify_folder(arguments: Verify) -> Result<(), Failure> {
    let Verify { folder, data, store, head } = arguments;
    // It is asked before the folder is read: what is shipped meanwhile is more than that.
    let known = match data {
        // Nothing is written to the store, so it may be full.
        Some(data) => Some(known_to(&InFolder { data, store, free_space_floor: 0 }).await?),
        None => None,
    };
    let (keys, reach) = known.map_or((None, None), |known| (Some(known.keys), Some(known.reach)));
    let shipped = match reach {
        Some(Reach::Head(shipped)) => Some(shipped),
        _ => None,
    };
    let looked = folder.clone();
    let heads = [head, shipped].into_iter().flatten();
    let verified = tokio::task::spawn_blocking(move || verify(&looked, keys.as_ref(), heads)).await??;
    if let Some(Reach::Records(shipped)) = reach
        && verified.head.next < shipped
    {
        return Err(ActsError::Fewer { path: folder, found: verified.head.next, shipped }.into());
    }
    in_words(&verified, reach).into_iter().for_each(say);
    Ok(())
}

/// What the installation in a folder knows: the process that serves it, or its store where none does.
async fn known_to(place: &InFolder) -> Result<Known, Failure> {
    if let Some(local) = Local::find(&place.data).await? {
        let reach = told_by(&local).await?;
        let master = config(place).master_key.place()?;
        return Ok(Known { keys: ActsKeys::of(&Root::open_at(&place.data.join(ROOT_FILE), &master)?), reach });
    }
    opened(place, async |app| {
        let reach = shipped(app.store()).await?.map_or(Reach::Unknown, |Shipped(head)| Reach::Head(head));
        Ok(Known { keys: app.acts().keys().clone(), reach })
    })
    .await
}

/// How many records a process that serves has shipped.
async fn told_by(local: &Local) -> Result<Reach, Failure> {
    let answer = local.ask(Method::GET, "/api/v1/metrics", None).await?;
    if !answer.status.is_success() {
        answer.json()?;
    }
    let gauge = |name: &str| {
        let value = answer.text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.map(|value| value.trim().parse::<u64>().map_err(|_| format!("{name} is no number of records")))
    };
    let records = gauge("amana_acts_records").ok_or("the server does not say how many acts there are")??;
    Ok(match gauge("amana_acts_shipped_behind").transpose()? {
        Some(behind) => Reach::Records(records.saturating_sub(behind)),
        None => Reach::Unknown,
    })
}

fn in_words(verified: &Verified, reach: Option<Reach>) -> Vec<String> {
    let Verified { files, bytes, head, begins, .. } = verified;
    let mut words =
        vec![format!("{} records in {files} files ({bytes} bytes): the chain is whole", verified.records())];
    if begins.next > 0 {
        words.push(format!("it begins at record {}: what came before was shipped into another folder,", begins.next));
        words.push(format!("whose last head is {begins}"));
    }
    match reach {
        Some(Reach::Records(shipped) | Reach::Head(Head { next: shipped, .. })) => {
            words.push(format!("it goes as far as the installation has shipped: {shipped} records"));
        }
        Some(Reach::Unknown) => {
            words.push("the installation ships no acts now: nobody compared how far the folder should go".into());
        }
        None => {}
    }
    if let Some((from, to)) = verified.between {
        words.push(format!("learned from {from} to {to}"));
        words.extend(verified.kinds.iter().map(|(kind, count)| format!("  {count:>10} {kind}")));
    } else {
        words.push(
            "what they tell, and whether these are all, was not checked: name the installation with --data".into(),
        );
    }
    words.push(format!("head {head}"));
    words.push(format!("check {} (the metric amana_acts_head_check)", head.check()));
    words
}
