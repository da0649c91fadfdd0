//! A membership as it is stored: since when, and what was announced of it.
//!
//! `since ms i64 | format u8 | postcard` under [`key::member`](amana_store::space::key::member). Rows that end after
//! the instant were written before announcements were kept.

use super::announce::Announced;
use amana_core::Moment;
use amana_store::StoreError;
use serde::{Deserialize, Serialize};

const FORMAT: u8 = 1;

/// A membership.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRow {
    /// Since when the profile belongs.
    pub since: Moment,
    /// The destinations that were announced that it does, ascending. `None` where that was not written down.
    pub announced: Option<Vec<Announced>>,
}

impl MemberRow {
    /// The stored form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.since.0.to_be_bytes().to_vec();
        if let Some(announced) = &self.announced {
            bytes.push(FORMAT);
            bytes.extend(postcard::to_allocvec(announced).expect("numbers and hashes"));
        }
        bytes
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// When it is damaged or written by a newer program.
    pub fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let damaged =
            || StoreError::Invalid("a membership cannot be read: it is damaged, or of a newer program".into());
        let (since, rest) = bytes.split_first_chunk().ok_or_else(damaged)?;
        let announced = match rest.split_first() {
            None => None,
            Some((&FORMAT, plain)) => Some(postcard::from_bytes(plain).map_err(|_| damaged())?),
            Some(_) => return Err(damaged()),
        };
        Ok(Self { since: Moment(i64::from_be_bytes(*since)), announced })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audience::ContentMark;

    #[test]
    fn stored_rows_are_read_also_those_of_before() {
        let row = |announced| MemberRow { since: Moment(5), announced };
        let told = row(Some(vec![Announced { destination: 3, content: ContentMark([9; 16]) }]));
        for row in [row(None), row(Some(Vec::new())), told] {
            assert_eq!(MemberRow::decode(&row.encode()).unwrap(), row);
        }
        assert_eq!(row(None).encode(), 5_i64.to_be_bytes());
        assert!(MemberRow::decode(&[0, 1]).is_err());
    }
}
