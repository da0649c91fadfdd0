//! What really lies in an installation's folder and database, byte by byte.

use super::House;
use std::path::Path;
use std::process::Command;

impl House {
    /// Whether bytes lie anywhere at rest. The installation must have been left, so that nothing is in memory only.
    pub(crate) fn holds_at_rest(&self, needle: &[u8]) -> bool {
        assert!(self.running.is_none(), "leave before looking");
        let mut found = false;
        each_file(self.folder.path(), &mut |bytes| found |= contains(bytes, needle));
        if let Some(url) = self.database() {
            let dump = dump(url);
            // Binary columns are written in hex.
            let hex: String = needle.iter().map(|byte| format!("{byte:02x}")).collect();
            found |= contains(&dump, needle) || contains(&dump, hex.as_bytes());
        }
        found
    }
}

/// What `pg_dump` writes, row by row.
pub(crate) fn dump(url: &str) -> Vec<u8> {
    let output = Command::new("pg_dump").arg("--inserts").arg(url).output();
    let output = output.expect("the tests need PostgreSQL's client: run `apt-get install -y postgresql`");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn each_file(folder: &Path, look: &mut impl FnMut(&[u8])) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            each_file(&entry.path(), look);
        } else if kind.is_file() {
            look(&std::fs::read(entry.path()).unwrap());
        }
    }
}

pub(crate) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
