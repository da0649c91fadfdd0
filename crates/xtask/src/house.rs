//! Where everything stands: the checkout, the target directory, and what the tests need inside it.

use std::env;
use std::path::{Path, PathBuf};

/// The places that chores read and write.
pub(crate) struct House {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// Cargo's target directory, wherever the user put it.
    pub(crate) target: PathBuf,
}

impl House {
    /// The checkout follows from where this crate was compiled, the target directory from where its binary runs.
    pub(crate) fn find() -> Result<Self, String> {
        let manifest =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        let root = manifest.ancestors().nth(2).ok_or("the xtask crate is expected at crates/xtask of the checkout")?;
        let binary = env::current_exe().map_err(|error| format!("the path of this binary is unknown: {error}"))?;
        let target = binary.ancestors().nth(2).ok_or("this binary is expected at <target>/debug/xtask")?;
        Ok(Self { root: root.to_owned(), target: target.to_owned() })
    }

    /// The real SDK clients.
    pub(crate) fn clients(&self) -> PathBuf {
        self.root.join("crates/amana/tests/clients")
    }

    /// The Python environment with the SDKs.
    pub(crate) fn python_environment(&self) -> PathBuf {
        self.target.join("test-tools/python")
    }

    /// The interpreter that sees the Python SDKs.
    pub(crate) fn python(&self) -> PathBuf {
        self.python_environment().join("bin/python")
    }

    /// The purchases of CDNOW's customers.
    pub(crate) fn cdnow(&self) -> PathBuf {
        self.target.join("test-tools/CDNOW_master.txt")
    }

    /// The folder of the FEBRL sets.
    pub(crate) fn febrl(&self) -> PathBuf {
        self.target.join("test-tools/febrl")
    }

    /// Where tests put the logs of the servers they start.
    pub(crate) fn test_logs(&self) -> PathBuf {
        self.target.join("test-logs")
    }

    /// What the last run of the tests showed at the terminal.
    pub(crate) fn test_output(&self) -> PathBuf {
        self.target.join("test-output.txt")
    }

    /// Where nextest keeps what each test printed.
    pub(crate) fn nextest_reports(&self) -> PathBuf {
        self.target.join("nextest")
    }

    /// A path as people want to read it: relative to the checkout where it lies inside.
    pub(crate) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}
