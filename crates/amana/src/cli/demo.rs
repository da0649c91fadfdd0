//! `amana demo`.

use super::serve::{Running, config, log};
use super::{Demo, Failure, InFolder, say};
use crate::clock::Clock;
use crate::demo::world::World;
use crate::demo::{BOOK_FILE, Book, Receiver, Replay, what_to_try};
use crate::dice::Dice;
use crate::govern::{CatalogRefused, apply_catalog};
use amana_core::catalog::{Catalog, Problem};
use indicatif::{ProgressBar, ProgressStyle};

pub(super) async fn demo(arguments: Demo) -> Result<(), Failure> {
    log();
    let place = InFolder::new(arguments.data.clone());
    let running = Running::start(config(&place), arguments.listen).await?;
    let filled = tokio::select! {
        filled = fill(&running, &arguments) => filled,
        reason = running.installation.fatal() => Err(reason.into()),
    };
    match filled {
        Ok(receiver) => {
            if arguments.fill_only {
                running.stop().await;
                return Ok(());
            }
            say("\nServing until you press Ctrl-C. Running the demo again continues it.");
            let ended = running.until_stopped().await;
            drop(receiver);
            ended
        }
        Err(error) => {
            running.stop().await;
            Err(error)
        }
    }
}

/// Puts the sample organisation in force and sends its year.
async fn fill(running: &Running, arguments: &Demo) -> Result<Receiver, Failure> {
    let today = Clock::System.now().timestamp().to_zoned(jiff::tz::TimeZone::UTC).date();
    let mut book = Book::open(&arguments.data, arguments.people, today, &mut Dice::System)?;
    let port = book.receiver_url.rsplit(':').next().and_then(|port| port.parse().ok());
    let receiver = Receiver::start(&book.signing_secrets, port).await?;
    book.receiver_url = format!("http://{}", receiver.address);
    book.base_url = format!("http://{}", running.doors.address);
    book.save(&arguments.data)?;
    let catalog = catalog(running, &book)?;
    apply_catalog(running.installation.app(), &catalog, None).await.map_err(|refused| match refused {
        CatalogRefused::Problems(problems) => in_words(&problems),
        other => other.to_string(),
    })?;
    replay(running, &mut book, arguments).await?;
    say(what_to_try(&book));
    let keys = std::path::absolute(arguments.data.join(BOOK_FILE))?;
    say(format!("All keys are in {}", keys.display()));
    Ok(receiver)
}

/// The sample's catalogue at first; later the one in force, which may have been changed meanwhile, with the address
/// the recipients listen on now.
fn catalog(running: &Running, book: &Book) -> Result<Catalog, Failure> {
    let current = running.installation.app().current();
    if current.policy.version == 0 {
        return Catalog::read(&book.catalog()).map_err(|problems| in_words(&problems).into());
    }
    let mut catalog = current.policy.catalog.clone();
    for destination in catalog.destinations.iter_mut().filter(|known| book.signing_secrets.contains_key(&known.code)) {
        if let Some(webhook) = &mut destination.webhook {
            webhook.url = format!("{}/{}", book.receiver_url, destination.code);
        }
    }
    Ok(catalog)
}

fn in_words(problems: &[Problem]) -> String {
    let words: Vec<String> = problems.iter().map(|problem| problem.in_file("org.toml").to_string()).collect();
    words.join("\n")
}

async fn replay(running: &Running, book: &mut Book, arguments: &Demo) -> Result<(), Failure> {
    let world = World::new(book.seed, book.people, book.from);
    let total = world.steps_total_estimate().max(book.sent);
    say(format!("A year of {} sample people, sent through the collect door as their devices would:", book.people));
    let bar = ProgressBar::new(total);
    let style = "{bar:40} {pos}/{len} events  {per_sec}  {eta} left";
    bar.set_style(ProgressStyle::with_template(style)?);
    bar.set_position(book.sent);
    Replay { book, folder: &arguments.data }.run(|sent| bar.set_position(sent)).await?;
    bar.finish();
    let journal = running.installation.app().journal();
    journal.committed(journal.written()).await;
    Ok(())
}
