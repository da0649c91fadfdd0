//! How far a chain of records goes: its head tells whether another copy of it is the same, shorter, or another one.

use super::record::Record;
use crate::hash::sha256;
use std::fmt;
use std::str::FromStr;

/// The end of a chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The number of the record that comes next; 0 for an empty chain.
    pub next: u64,
    /// SHA-256 of the last record's bytes; zeros for an empty chain.
    pub hash: [u8; 32],
}

impl Head {
    /// Whether a record is the one that comes next.
    #[must_use]
    pub fn precedes(&self, record: &Record<'_>) -> bool {
        record.sequence == self.next && record.previous == self.hash
    }

    /// The head after the next record.
    #[must_use]
    pub fn after(&self, record: &[u8]) -> Self {
        Self { next: self.next + 1, hash: sha256(record) }
    }

    /// The first 48 bits of the hash as a number: what fits into a metric, to be compared with later.
    #[must_use]
    pub fn check(&self) -> u64 {
        self.hash[..6].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.next)?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Head {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || format!("`{text}` is no head of an acts log: expected what `amana acts head` prints, N:SHA256");
        let (next, hex) = text.trim().split_once(':').ok_or_else(bad)?;
        if hex.len() != 64 || !hex.is_ascii() {
            return Err(bad());
        }
        let mut hash = [0; 32];
        for (place, byte) in hash.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&hex[2 * place..2 * place + 2], 16).map_err(|_| bad())?;
        }
        Ok(Self { next: next.parse().map_err(|_| bad())?, hash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_reads_as_it_is_printed() {
        let head = Head { next: 42, hash: sha256(b"record") };
        assert_eq!(head.to_string().parse(), Ok(head));
        for bad in ["", "42", "42:abc", "x:00", &format!("1:{}", "é".repeat(32))] {
            assert!(bad.parse::<Head>().is_err(), "{bad}");
        }
    }
}
