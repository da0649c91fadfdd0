//! Hostile input: always a clear refusal, bounded memory and time, nothing half-applied, no panic, and the next honest
//! request is served (issue 2, "How it is judged").

mod bodies;
mod connections;
mod floods;
mod predicates;
mod roads;

use crate::support::{CATALOG, Server, catalog};
use tempfile::TempDir;

/// More than a busy honest server needs in a debug build, and far less than any bomb would take.
const MEMORY_MAX: u64 = 200 << 20;

/// A server as a process of its own, so that its memory and its log can be looked at.
struct Target {
    server: Server,
    _folder: TempDir,
}

impl Target {
    fn start(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("org.toml");
        std::fs::write(&file, catalog(CATALOG, "http://127.0.0.1:1")).unwrap();
        let server = Server::start(name, &folder.path().join("data"), &file, None);
        Self { server, _folder: folder }
    }

    /// It lives, it has not panicked, and it has not taken more memory than an honest day does.
    async fn is_well(&self) {
        let (status, health) = self.server.get("admin", "health").await;
        assert_eq!((status.as_u16(), &health["status"]), (200, &serde_json::json!("alive")));
        let (status, ready) = self.server.get("admin", "ready").await;
        assert_eq!(status.as_u16(), 200, "{ready}");
        self.server.settle().await;
        let log = self.server.log();
        // The words of the process's own hook, of the router's guard, and of Rust.
        assert!(!["a panic", "panicked"].iter().any(|word| log.contains(word)), "a panic is in the log");
        assert!(!log.contains("canary-"), "what was sent is in the log");
        let peak = self.server.peak_bytes();
        assert!(peak < MEMORY_MAX, "it took {} MiB", peak >> 20);
    }
}
