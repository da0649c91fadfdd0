//! Names of logs, and positions in them.

use std::fmt;

use crate::error::StoreError;

/// The longest name of a log.
pub const LOG_NAME_BYTES_MAX: usize = 64;

/// The name of a log: 1 to 64 characters of `a-z 0-9 _ . / -`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogName(Box<str>);

impl LogName {
    /// Checks and wraps a name.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when the name is empty, too long, or has another character.
    pub fn new(name: &str) -> Result<Self, StoreError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_./-".contains(&byte);
        if name.is_empty() || name.len() > LOG_NAME_BYTES_MAX || !name.bytes().all(allowed) {
            return Err(StoreError::Invalid(format!(
                "the log name {name:?} is not allowed: it needs 1 to {LOG_NAME_BYTES_MAX} characters of a-z 0-9 _ . / -"
            )));
        }
        Ok(Self(name.into()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LogName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for LogName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogName({})", self.0)
    }
}

/// The number of a record in its log: dense, and the first one is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

impl Position {
    /// The position of the following record.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
