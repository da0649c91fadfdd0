//! Where an installation that runs as a process of its own lives: its folder, its catalogue file, its recipient.

use super::{Engine, Recipient, Server, catalog};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A place to start servers in, one after the other.
pub(crate) struct Place {
    pub(crate) recipient: Recipient,
    /// The folder of the installation.
    pub(crate) data: PathBuf,
    folder: TempDir,
}

impl Place {
    /// A place with an empty folder.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { recipient: Recipient::start().await, data: folder.path().join("data"), folder }
    }

    /// A server on a catalogue whose markers are filled in. `name` names its log.
    pub(crate) fn serve(&self, name: &str, engine: &Engine, text: &str) -> Server {
        Server::start(name, &self.data, &self.catalog_file(text), engine.url())
    }

    /// The same under a program that watches it, such as `strace`.
    pub(crate) fn serve_under(&self, watcher: &[&str], name: &str, text: &str) -> Server {
        Server::start_under(watcher, name, &self.data, &self.catalog_file(text))
    }

    /// A file of this place beside the installation.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn catalog_file(&self, text: &str) -> PathBuf {
        let file = self.file("org.toml");
        std::fs::write(&file, catalog(text, &self.recipient.url())).unwrap();
        file
    }
}

/// A file system of its own in memory, of a size. Only root may mount it, as the README asks for; it goes with the value.
pub(crate) struct Tmpfs(TempDir);

impl Tmpfs {
    pub(crate) fn mount(mebibytes: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o"]).arg(format!("size={mebibytes}m")).arg("amana-test").arg(folder.path());
        assert!(mount.status().unwrap().success(), "a tmpfs could not be mounted: run the tests as root");
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Fills it until so many bytes are free. Removing the file that is answered makes room again.
    pub(crate) fn fill(&self, free_bytes: u64) -> PathBuf {
        let ballast = self.path().join("ballast");
        let mut file = std::fs::File::create(&ballast).unwrap();
        let chunk = vec![0; 64 << 10];
        let error = loop {
            if let Err(error) = file.write_all(&chunk) {
                break error;
            }
        };
        assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
        let bytes = file.metadata().unwrap().len();
        file.set_len(bytes.saturating_sub(free_bytes)).unwrap();
        ballast
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        // Lazily: a server that is still ending may hold files.
        let _ = std::process::Command::new("umount").arg("--lazy").arg(self.path()).status();
    }
}
