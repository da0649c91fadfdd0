//! `amana import`.

use super::import_progress::{Progress, rate};
use super::installed::exists;
use super::local::Local;
use super::{Failure, Import, InFolder, say, serve};
use crate::clock::Clock;
use crate::import::send::{Destination, LocalFile, SendError, Sending, Sent, Summary, preview};
use crate::import::{ImportMap, Reject};
use crate::server::{Config, Doors, Installation, SOCKET_FILE};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// Rows that a dry run shows.
const SHOWN_ROWS: usize = 5;

/// An import that did not take every row. What is to be said was said.
#[derive(Debug, thiserror::Error)]
#[error("not every row was imported")]
pub(super) struct Ended(u8);

impl Ended {
    /// 1: some rows were rejected; 2: it could not be done.
    pub(super) fn code(&self) -> ExitCode {
        ExitCode::from(self.0)
    }
}

pub(super) async fn import(arguments: Import) -> Result<(), Failure> {
    match run(&arguments).await {
        Ok(summary) if summary.is_clean() => Ok(()),
        Ok(_) => Err(Box::new(Ended(1))),
        Err(error) => {
            super::fail(&*error);
            Err(Box::new(Ended(2)))
        }
    }
}

async fn run(arguments: &Import) -> Result<Summary, Failure> {
    let file = Arc::new(open(arguments)?);
    if arguments.dry_run {
        let looked = tokio::task::spawn_blocking(move || show(&file)).await?;
        return looked.map(|()| Summary::default());
    }
    let Some(write_key) = &arguments.source else {
        return Err("whose file is it? Name the write key of the source: --source KEY, or AMANA_WRITE_KEY".into());
    };
    let opened = Opened::where_needed(arguments).await?;
    let to = match &arguments.data {
        Some(data) => Destination::Socket(data.join(SOCKET_FILE)),
        None => Destination::Url(arguments.server.clone()),
    };
    let sent = send(arguments, file, write_key, &to).await;
    if let Some(opened) = opened {
        opened.close().await;
    }
    sent
}

/// An installation that nobody serves, opened for the time of an import.
struct Opened {
    installation: Installation,
    doors: Doors,
}

impl Opened {
    /// Opens the folder that was named, unless somebody serves it: then that process is asked.
    async fn where_needed(arguments: &Import) -> Result<Option<Self>, Failure> {
        let Some(data) = &arguments.data else { return Ok(None) };
        if Local::find(data).await?.is_some() {
            return Ok(None);
        }
        let store = arguments.store.clone();
        let place = InFolder { data: data.clone(), store, free_space_floor: arguments.free_space_floor };
        exists(&place)?;
        let config = Config { acts: arguments.acts.clone().into(), ..serve::config(&place) };
        let installation = Installation::start(config).await?;
        match Doors::open(installation.app(), data, ([127, 0, 0, 1], 0).into()).await {
            Ok(doors) => Ok(Some(Self { installation, doors })),
            Err(error) => {
                installation.stop().await;
                Err(format!("{} cannot be opened: {error}", data.display()).into())
            }
        }
    }

    async fn close(self) {
        self.doors.close().await;
        self.installation.stop().await;
    }
}

async fn send(arguments: &Import, file: Arc<LocalFile>, write_key: &str, to: &Destination) -> Result<Summary, Failure> {
    let progress = Progress::begin(file.bytes())?;
    let mut rejects = arguments.rejects.as_deref().map(RejectFile::create).transpose()?;
    let all_rejects = rejects.is_some();
    let sending = Sending { file, to, write_key, all_rejects };
    let told = |sent: Sent| progress.tell(sent);
    let written = |new: &[Reject]| match &mut rejects {
        Some(file) => file.write(new).map_err(|error| SendError::Rejects(error.to_string())),
        None => Ok(()),
    };
    let summary = Box::pin(sending.send(told, written)).await;
    let took = progress.end();
    let summary = summary?;
    if let Some(file) = rejects {
        file.finish()?;
    }
    summarise(&summary, took);
    Ok(summary)
}

fn open(arguments: &Import) -> Result<LocalFile, Failure> {
    let name = arguments.map.display().to_string();
    let text = std::fs::read_to_string(&arguments.map).map_err(|error| format!("{name}: {error}"))?;
    let map = ImportMap::read(&text).map_err(|problems| {
        let words: Vec<String> = problems.iter().map(|problem| problem.in_file(&name).to_string()).collect();
        words.join("\n")
    })?;
    Ok(LocalFile::new(&arguments.file, map, text).map_err(|error| format!("{}: {error}", arguments.file.display()))?)
}

fn show(file: &LocalFile) -> Result<(), Failure> {
    let now = Clock::System.now();
    let looked = preview(file, SHOWN_ROWS, now)?;
    say("Nothing is sent. The first rows would become:");
    for row in &looked.rows {
        match row {
            Ok(json) => say(serde_json::to_string_pretty(json)?),
            Err(reject) => say(format!("line {}: {} {}: {}", reject.line, reject.field, reject.code, reject.reason)),
        }
    }
    match looked.unused.as_slice() {
        [] => say("Every column is used."),
        unused => say(format!("Not used: {}", unused.join(", "))),
    }
    Ok(())
}

fn summarise(summary: &Summary, took: Duration) {
    say(format!("import {}", summary.import_id));
    say(format!("{} rows in {} s, {}/s", summary.rows, took.as_secs(), rate(summary.rows, took)));
    say(format!("{} accepted, {} were there already", summary.accepted, summary.already));
    if summary.silent > 0 {
        say(format!("{} say nothing", summary.silent));
    }
    say(format!("{} rejected", summary.rejected));
}

/// The file into which rejected rows are written: line, field and reason, and nothing of what stood there.
struct RejectFile {
    file: BufWriter<File>,
    is_csv: bool,
}

impl RejectFile {
    fn create(path: &Path) -> Result<Self, Failure> {
        let is_csv = path.extension().is_none_or(|extension| !extension.eq_ignore_ascii_case("jsonl"));
        let file = File::create(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut file = Self { file: BufWriter::new(file), is_csv };
        if is_csv {
            file.file.write_all(b"line,field,code,reason\n")?;
        }
        Ok(file)
    }

    fn write(&mut self, rejects: &[Reject]) -> std::io::Result<()> {
        for reject in rejects {
            if self.is_csv {
                let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
                let (field, reason) = (quoted(&reject.field), quoted(&reject.reason));
                writeln!(self.file, "{},{field},{},{reason}", reject.line, reject.code)?;
            } else {
                let line = serde_json::json!({
                    "line": reject.line, "field": reject.field, "code": reject.code, "reason": reject.reason,
                });
                writeln!(self.file, "{line}")?;
            }
        }
        // Whoever is killed has what was told so far.
        self.file.flush()
    }

    fn finish(mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}
