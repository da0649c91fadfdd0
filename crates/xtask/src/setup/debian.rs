//! Programs of the system: found, or installed with apt where we may.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::command;
use crate::step::say;

/// The SDKs ask for it (`engines` in their package.json).
const NODE_MAJOR_MIN: u32 = 20;

/// A program that the tests start.
struct Program {
    name: &'static str,
    what_for: &'static str,
    debian_package: &'static str,
    found: fn() -> bool,
}

const PROGRAMS: &[Program] = &[
    Program {
        name: "PostgreSQL",
        what_for: "the second store engine",
        debian_package: "postgresql",
        found: || postgres_binaries().is_some(),
    },
    Program {
        name: "strace",
        what_for: "shows that data is synced before it is acknowledged",
        debian_package: "strace",
        found: || on_path("strace").is_some(),
    },
    Program {
        name: "Python's venv",
        what_for: "holds the Python SDKs",
        debian_package: "python3-venv",
        found: || command::read(Command::new("python3").args(["-c", "import venv, ensurepip"])).is_ok(),
    },
    Program {
        name: "node",
        what_for: "runs the SDKs for node",
        debian_package: "nodejs",
        found: || node_major().is_some(),
    },
    Program {
        name: "npm",
        what_for: "installs the SDKs for node",
        debian_package: "npm",
        found: || on_path("npm").is_some(),
    },
];

/// Makes sure that all programs are there. Only root on Debian (or what descends from it) gets them installed.
pub(crate) fn install() -> Result<String, String> {
    let missing = missing();
    if !missing.is_empty() {
        let packages: Vec<_> = missing.iter().map(|program| program.debian_package).collect();
        if !(is_root() && on_path("apt-get").is_some()) {
            return Err(explain(&missing, &packages));
        }
        say(&format!("  installing {} with apt", packages.join(", ")));
        apt(&["update", "--quiet"])?;
        apt(&[&["install", "--yes", "--quiet", "--no-install-recommends"], packages.as_slice()].concat())?;
        let still = self::missing();
        if !still.is_empty() {
            return Err(explain(&still, &packages));
        }
    }
    require_node()?;
    Ok(PROGRAMS.iter().map(|program| program.name).collect::<Vec<_>>().join(", "))
}

fn missing() -> Vec<&'static Program> {
    PROGRAMS.iter().filter(|program| !(program.found)()).collect()
}

fn explain(missing: &[&Program], packages: &[&str]) -> String {
    let mut lines: Vec<_> =
        missing.iter().map(|program| format!("{} is missing: it {}", program.name, program.what_for)).collect();
    lines.push(format!("on Debian, as root: apt-get install --no-install-recommends {}", packages.join(" ")));
    lines.push("elsewhere: install them with the system's package manager, so that they are on PATH".to_owned());
    lines.join("\n")
}

fn apt(arguments: &[&str]) -> Result<(), String> {
    command::read(Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive")).map(drop)
}

fn require_node() -> Result<(), String> {
    match node_major() {
        Some(major) if major >= NODE_MAJOR_MIN => Ok(()),
        found => Err(format!(
            "the SDKs need node {NODE_MAJOR_MIN} or newer, found {}: install a newer one and put it on PATH",
            found.map_or_else(|| "none".to_owned(), |major| format!("node {major}"))
        )),
    }
}

fn node_major() -> Option<u32> {
    let version = command::read(Command::new("node").arg("--version")).ok()?;
    version.trim().trim_start_matches('v').split('.').next()?.parse().ok()
}

/// The folder with `initdb` and `postgres`: Debian keeps one for each major version and none of them on PATH.
pub(crate) fn postgres_binaries() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path());
    let newest = versions
        .filter(|path| path.join("bin/initdb").is_file() && path.join("bin/postgres").is_file())
        .max_by_key(|path| path.file_name().and_then(OsStr::to_str).and_then(|name| name.parse::<u32>().ok()));
    newest.map(|path| path.join("bin")).or_else(|| {
        let initdb = fs::canonicalize(on_path("initdb")?).ok()?;
        initdb.parent().filter(|folder| folder.join("postgres").is_file()).map(Path::to_owned)
    })
}

fn on_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(program)).find(|path| path.is_file())
}

fn is_root() -> bool {
    command::read(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
