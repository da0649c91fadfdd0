//! `demo.json`: the keys of this demo and what it was made with, so that running it again continues.

use super::world::SOURCES;
use crate::dice::Dice;
use crate::hash::sha256_hex;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// The file's name in the demo's folder.
pub const BOOK_FILE: &str = "demo.json";

const CATALOG: &str = include_str!("org.toml");
const ROLES: [&str; 5] = ["admin", "privacy", "marketing", "analyst", "service"];
const PUBLIC_KEYS: [(&str, &str); 3] = [
    ("site-mountain", "demo-public-site-mountain"),
    ("site-water", "demo-public-site-water"),
    ("app", "demo-public-app-nordgrat"),
];
const RECIPIENTS: [&str; 3] = ["mailer", "site-engine", "ad-network"];

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// It cannot be read or written.
    #[error("{BOOK_FILE}: {0}")]
    File(#[from] std::io::Error),
    /// It is not what a demo wrote.
    #[error("{BOOK_FILE} is not what a demo wrote: move the folder away to begin anew")]
    Damaged,
    /// It was made for another number of people.
    #[error(
        "this demo has {has} people, not {asked}: leave `--people` out to continue it, or name another folder with `--data`"
    )]
    OtherPeople {
        /// What it has.
        has: u32,
        /// What was asked for.
        asked: u32,
    },
}

/// The keys of a demo and what it was made with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Book {
    /// Where it listens.
    pub base_url: String,
    /// Write key by source.
    pub write_keys: BTreeMap<String, String>,
    /// API key by role.
    pub api_keys: BTreeMap<String, String>,
    /// Signing secret of the webhooks by recipient.
    pub signing_secrets: BTreeMap<String, String>,
    /// Where the recipients inside the demo listen.
    pub receiver_url: String,
    /// How many people there are.
    pub people: u32,
    /// The seed they are made from.
    pub seed: u64,
    /// The day their year begins.
    pub from: Date,
    /// How many steps of the year were sent.
    pub sent: u64,
}

impl Book {
    /// The book of a folder, or a new one.
    ///
    /// # Errors
    /// When there is one that cannot be used.
    pub fn open(folder: &Path, people: Option<u32>, today: Date, dice: &mut Dice) -> Result<Self, BookError> {
        match std::fs::read_to_string(folder.join(BOOK_FILE)) {
            Ok(text) => {
                let book: Self = serde_json::from_str(&text).map_err(|_| BookError::Damaged)?;
                match people.filter(|asked| *asked != book.people) {
                    Some(asked) => Err(BookError::OtherPeople { has: book.people, asked }),
                    None => Ok(book),
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Ok(Self::new(people.unwrap_or(20_000), today, dice))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn new(people: u32, today: Date, dice: &mut Dice) -> Self {
        use base64::Engine as _;
        let public =
            |source: &str| PUBLIC_KEYS.iter().find(|(code, _)| *code == source).map(|(_, key)| (*key).to_owned());
        let mut write_key = |source: &str| public(source).unwrap_or_else(|| format!("amw_{}", dice.secret()));
        let write_keys = SOURCES.iter().map(|source| ((*source).to_owned(), write_key(source))).collect();
        let api_keys = ROLES.iter().map(|role| ((*role).to_owned(), format!("amk_{}", dice.secret()))).collect();
        let mut signing_secret = || {
            let mut bytes = [0; 32];
            amana_store::Dice::fill(dice, &mut bytes);
            format!("whsec_{}", base64::engine::general_purpose::STANDARD.encode(bytes))
        };
        let signing_secrets = RECIPIENTS.iter().map(|code| ((*code).to_owned(), signing_secret())).collect();
        Self {
            base_url: String::new(),
            write_keys,
            api_keys,
            signing_secrets,
            receiver_url: String::new(),
            people,
            seed: 7,
            from: today.saturating_sub(jiff::Span::new().years(1)),
            sent: 0,
        }
    }

    /// Writes the book, readable by its owner alone: it holds keys. Replaced whole, so a crash leaves the old one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), BookError> {
        let text = serde_json::to_string_pretty(self).map_err(|_| BookError::Damaged)?;
        let beside = folder.join("demo.json.new");
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.create(true).truncate(true).write(true).mode(0o600).open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(beside, folder.join(BOOK_FILE))?;
        Ok(())
    }

    /// The catalogue file of this demo: the sample's, with this demo's keys and addresses.
    #[must_use]
    pub fn catalog(&self) -> String {
        let mut text = CATALOG.replace("http://127.0.0.1:0", &self.receiver_url);
        for (source, key) in &self.write_keys {
            text = text.replace(&format!("@@sha256:{source}@@"), &sha256_hex(key.as_bytes()));
        }
        for (role, key) in &self.api_keys {
            text = text.replace(&format!("@@sha256:{role}@@"), &sha256_hex(key.as_bytes()));
        }
        for (recipient, secret) in &self.signing_secrets {
            text = text.replace(&format!("@@secret:{recipient}@@"), secret);
        }
        text
    }
}
