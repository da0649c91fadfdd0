//! The command line: one program, its commands, and how they end.

mod acts;
mod acts_verify;
mod bench;
mod catalog;
mod demo;
mod generate;
mod import;
mod import_progress;
mod inspect;
mod installed;
mod key;
mod key_archive;
mod key_index;
mod key_master;
mod local;
mod serve;
mod set_aside;

use clap::{Args, Parser, Subcommand};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// Amana: a privacy-first customer data platform.
#[derive(Parser)]
#[command(version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show everything with a sample organisation and a year of sample people.
    Demo(Demo),
    /// Serve an installation.
    Serve(Serve),
    /// Show what a catalogue file would change, then apply it, all or nothing.
    Apply(Apply),
    /// Write the catalogue in force as a file.
    Export(InFolder),
    /// Import a file of people, events, consents or objections. Ends with 1 when rows were rejected, with 2 when it could
    /// not be done. Running it again goes on where it stopped, and never imports a row twice.
    Import(Import),
    /// Keys of sources and of the API, and the archive of the keys that data is sealed under.
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// The log of all acts: where it ends, whether what was shipped of it is whole, applying it to an older store.
    Acts {
        #[command(subcommand)]
        command: acts::ActsCommand,
    },
    /// Look into an installation without reading anybody's data.
    Inspect {
        #[command(subcommand)]
        command: InspectCommand,
    },
    /// What was sent and could not be worked on: have it worked on again, or delete it. `amana inspect set-aside` shows it.
    SetAside {
        #[command(subcommand)]
        command: set_aside::SetAsideCommand,
    },
    /// Measure what this machine does.
    Bench {
        #[command(subcommand)]
        command: BenchCommand,
    },
    /// Write the files that are generated from the code: the API's description and the catalogue's schema.
    Generate {
        /// Write nothing; fail when a file is not as it would be written.
        #[arg(long)]
        check: bool,
        /// The folder they are in.
        #[arg(long, default_value = "docs")]
        folder: PathBuf,
    },
}

/// Mebibytes that stay free, so that what was begun can be finished.
const FREE_SPACE_FLOOR_MIB: u32 = 512;

/// The folder of an installation.
#[derive(Args)]
struct InFolder {
    /// The folder of the installation.
    #[arg(long, env = "AMANA_DATA", default_value = "data")]
    data: PathBuf,
    /// PostgreSQL to store in instead of the folder: `postgres://user@host/database`.
    #[arg(long, env = "AMANA_STORE")]
    store: Option<String>,
    /// Below this much free space on the disk of the folder nothing is taken in any more.
    #[arg(long, env = "AMANA_FREE_SPACE_FLOOR_MIB", default_value_t = FREE_SPACE_FLOOR_MIB, value_name = "MIB")]
    free_space_floor: u32,
}

impl InFolder {
    /// A folder that holds everything itself.
    fn new(data: PathBuf) -> Self {
        Self { data, store: None, free_space_floor: FREE_SPACE_FLOOR_MIB }
    }
}

#[derive(Args)]
struct Serve {
    #[command(flatten)]
    place: InFolder,
    /// Where to listen.
    #[arg(long, env = "AMANA_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// A catalogue file to apply at the start.
    #[arg(long)]
    apply: Option<PathBuf>,
    #[command(flatten)]
    acts: acts::ShipActs,
}

#[derive(Args)]
struct Demo {
    /// The folder of the demo.
    #[arg(long, default_value = "data/demo")]
    data: PathBuf,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// How many people; 20,000 at first.
    #[arg(long)]
    people: Option<u32>,
    /// Stop when everything was sent instead of serving on.
    #[arg(long)]
    fill_only: bool,
}

#[derive(Subcommand)]
enum InspectCommand {
    /// Which keys a person's data still has, by purpose and month: what has none is gone everywhere.
    Keys(InspectKeys),
    /// What was sent and is not worked on, since it changes more than a commit holds or is about somebody who cannot be
    /// read.
    SetAside(set_aside::InspectSetAside),
}

#[derive(Args)]
struct InspectKeys {
    /// Who: kind and value of an identifier, such as `user_id=4711`.
    identifier: String,
    /// The identity scope the identifier belongs to.
    #[arg(long, default_value = "default")]
    scope: String,
    /// As JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: InFolder,
}

#[derive(Args)]
struct Apply {
    /// The catalogue file.
    file: PathBuf,
    #[command(flatten)]
    place: InFolder,
    /// Only show what would change.
    #[arg(long)]
    plan: bool,
    /// Apply without asking.
    #[arg(long)]
    yes: bool,
    /// Refuse unless this version of the catalogue is in force.
    #[arg(long)]
    base: Option<u64>,
}

#[derive(Args)]
struct Import {
    /// The file: CSV, JSON Lines or Parquet; text may be packed by gzip or zstd.
    file: PathBuf,
    /// The write key of the source it comes from, which must be a server source.
    #[arg(long, env = "AMANA_WRITE_KEY", hide_env_values = true, value_name = "KEY")]
    source: Option<String>,
    /// What its columns mean: see docs/import.md.
    #[arg(long)]
    map: PathBuf,
    /// The server.
    #[arg(long, env = "AMANA_SERVER", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    server: String,
    /// Instead of a server: the folder of an installation. If nobody serves it, it is opened for as long as this takes.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// PostgreSQL that the installation of `--data` stores in.
    #[arg(long, env = "AMANA_STORE", value_name = "URL")]
    store: Option<String>,
    /// Below this much free space on the disk of that folder nothing is taken in any more.
    #[arg(long, env = "AMANA_FREE_SPACE_FLOOR_MIB", default_value_t = FREE_SPACE_FLOOR_MIB, value_name = "MIB")]
    free_space_floor: u32,
    #[command(flatten)]
    acts: acts::ShipActs,
    /// Send nothing; show what the first rows become and which columns are not used.
    #[arg(long)]
    dry_run: bool,
    /// Where to write line, field and reason of rejected rows: CSV, or JSON Lines for a name that ends in `.jsonl`.
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Make a new key and print it once, with the hash that goes into the catalogue.
    New {
        /// What the key is for.
        name: String,
        /// `source`, or the role of an API key: `admin`, `privacy`, `marketing`, `analyst`, `service`.
        #[arg(long, default_value = "source")]
        role: String,
    },
    /// Write root file and rings as they are now into one file, which takes the place of the one before: see
    /// docs/backup.md.
    Archive {
        /// The file.
        file: PathBuf,
        #[command(flatten)]
        place: InFolder,
    },
    /// Begin a new secret of the identifier index; people are moved to it while Amana serves, and the old one is forgotten
    /// when nobody is found by it any more: see docs/identity.md.
    RotateIndex(InFolder),
    /// Show the secrets of the identifier index, and how many identifiers are found by each.
    Index(InFolder),
    /// Change the master key, with or without a server running: the root file is sealed under the new one, and the old one
    /// opens it no more. Broken off, it is repeated: see docs/backup.md.
    RotateMaster(RotateMaster),
    /// Put the keys of an archive into a copy of an installation that nobody serves.
    Restore {
        /// The archive.
        file: PathBuf,
        #[command(flatten)]
        place: InFolder,
    },
}

#[derive(Args)]
struct RotateMaster {
    /// A file with the new key: 32 bytes in base64. Without it and without `--new-key-env` one is made, or the one that
    /// waits in AMANA_MASTER_KEY_NEXT is taken.
    #[arg(long, value_name = "FILE")]
    new_key_file: Option<PathBuf>,
    /// The name of an environment variable with the new key.
    #[arg(long, value_name = "NAME", conflicts_with = "new_key_file")]
    new_key_env: Option<String>,
    #[command(flatten)]
    place: InFolder,
}

#[derive(Subcommand)]
enum BenchCommand {
    /// Events a second from requests to profiles, by stage, and held against accepting alone.
    Ingest {
        /// How long to send.
        #[arg(long, default_value_t = 30)]
        seconds: u64,
        /// How many people are loaded first.
        #[arg(long, default_value_t = 1_000_000)]
        people: u32,
        /// Print one line of JSON and nothing else.
        #[arg(long)]
        json: bool,
        /// The folder to work in; a temporary one otherwise.
        #[arg(long)]
        folder: Option<PathBuf>,
    },
    /// Decisions a second, by the function and by the API, and what a withdrawal costs until its keys are gone.
    Permit(BenchPermit),
}

#[derive(Args)]
struct BenchPermit {
    /// How long to ask, each way.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// How many people are loaded first.
    #[arg(long, default_value_t = 1_000_000)]
    people: u32,
    /// How many people withdraw, one after the other.
    #[arg(long, default_value_t = 10)]
    withdrawals: u32,
    /// Print one line of JSON and nothing else.
    #[arg(long)]
    json: bool,
    /// The folder to work in; a temporary one otherwise.
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// A command that did not do as asked, in words for people.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs the program and says how it went.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    std::panic::set_hook(Box::new(report_panic));
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    match runtime.block_on(command(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => match error.downcast_ref::<import::Ended>() {
            Some(ended) => ended.code(),
            None => fail(&*error),
        },
    }
}

async fn command(command: Command) -> Result<(), Failure> {
    match command {
        Command::Demo(arguments) => Box::pin(demo::demo(arguments)).await,
        Command::Serve(arguments) => Box::pin(serve::serve(arguments)).await,
        Command::Apply(arguments) => Box::pin(catalog::apply(arguments)).await,
        Command::Import(arguments) => Box::pin(import::import(arguments)).await,
        Command::Export(place) => Box::pin(catalog::export(place)).await,
        Command::Key { command: KeyCommand::New { name, role } } => key::new(&name, &role),
        Command::Key { command: KeyCommand::Archive { file, place } } => {
            Box::pin(key_archive::archive(&file, &place)).await
        }
        Command::Key { command: KeyCommand::Restore { file, place } } => {
            Box::pin(key_archive::restore(&file, &place)).await
        }
        Command::Key { command: KeyCommand::RotateIndex(place) } => Box::pin(key_index::rotate(&place)).await,
        Command::Key { command: KeyCommand::RotateMaster(arguments) } => Box::pin(key_master::rotate(&arguments)).await,
        Command::Key { command: KeyCommand::Index(place) } => Box::pin(key_index::show(&place)).await,
        Command::Acts { command } => Box::pin(acts::acts(command)).await,
        Command::Inspect { command: InspectCommand::Keys(arguments) } => Box::pin(inspect::keys(arguments)).await,
        Command::Inspect { command: InspectCommand::SetAside(arguments) } => {
            Box::pin(set_aside::inspect(arguments)).await
        }
        Command::SetAside { command } => Box::pin(set_aside::set_aside(command)).await,
        Command::Bench { command: BenchCommand::Ingest { seconds, people, json, folder } } => {
            Box::pin(bench::run(seconds, people, json, folder)).await
        }
        Command::Bench { command: BenchCommand::Permit(options) } => Box::pin(bench::permits(options)).await,
        Command::Generate { check, folder } => generate::generate(&folder, check),
    }
}

#[expect(clippy::print_stderr, reason = "this is where the command line says what went wrong")]
fn fail(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("amana: {error}");
    ExitCode::FAILURE
}

/// Says where a bug is and nothing more: what a panic carries may quote a value of somebody's.
#[expect(clippy::print_stderr, reason = "a panic may come before there is a log")]
fn report_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
    tracing::error!(%place, "a panic, which is a bug");
    eprintln!("amana: a panic at {place}, which is a bug");
}

/// Prints a line for people, or for the program behind a pipe.
fn say(line: impl std::fmt::Display) {
    if let Err(error) = writeln!(std::io::stdout(), "{line}") {
        // Whoever reads only the beginning (`| head`) has what they wanted; what else could not be written is told.
        let is_enough = error.kind() == std::io::ErrorKind::BrokenPipe;
        let _ = if is_enough { ExitCode::SUCCESS } else { fail(&error) };
        std::process::exit(i32::from(!is_enough));
    }
}
