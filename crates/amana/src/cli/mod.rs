//! The command line: one program, its commands, and how they end.

mod bench;
mod catalog;
mod demo;
mod generate;
mod key;
mod local;
mod serve;

use clap::{Args, Parser, Subcommand};
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
    /// Keys of sources and of the API.
    Key {
        #[command(subcommand)]
        command: KeyCommand,
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
        Err(error) => fail(&*error),
    }
}

async fn command(command: Command) -> Result<(), Failure> {
    match command {
        Command::Demo(arguments) => Box::pin(demo::demo(arguments)).await,
        Command::Serve(arguments) => Box::pin(serve::serve(arguments)).await,
        Command::Apply(arguments) => Box::pin(catalog::apply(arguments)).await,
        Command::Export(place) => Box::pin(catalog::export(place)).await,
        Command::Key { command: KeyCommand::New { name, role } } => key::new(&name, &role),
        Command::Bench { command: BenchCommand::Ingest { seconds, people, json, folder } } => {
            Box::pin(bench::run(seconds, people, json, folder)).await
        }
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

/// Prints a line for people.
#[expect(clippy::print_stdout, reason = "this is where the command line talks to people")]
fn say(line: impl std::fmt::Display) {
    println!("{line}");
}
