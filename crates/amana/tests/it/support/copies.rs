//! Copies of an installation as it lies there: what a backup of its store is.

use super::{Engine, House, Recipient};
use amana::acts_log::ActsShipping;
use amana::http_client::client_builder;
use std::path::Path;

impl House {
    /// A copy of folder and store. The house must have been left.
    pub(crate) async fn copied(&self) -> Self {
        assert!(self.running.is_none(), "leave before copying");
        let folder = tempfile::tempdir().unwrap();
        copy_files(self.folder.path(), folder.path());
        let engine = match &self.engine {
            Engine::Embedded => Engine::Embedded,
            Engine::EmbeddedWith(options) => Engine::EmbeddedWith(options.clone()),
            Engine::Postgres { url, server } => {
                Engine::Postgres { url: server.copy_database(url).await, server: server.clone() }
            }
        };
        Self {
            clock: self.clock.clone(),
            folder,
            base: String::new(),
            recipient: Recipient::start().await,
            client: client_builder().build().unwrap(),
            engine,
            acts: ActsShipping::default(),
            faults: amana_store::testing::Faults::none(),
            running: None,
        }
    }
}

/// Copies every file of a folder.
fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (kind, target) = (entry.file_type().unwrap(), to.join(entry.file_name()));
        if kind.is_dir() {
            copy_files(&entry.path(), &target);
        } else if kind.is_file() {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
