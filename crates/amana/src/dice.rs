//! Randomness as a parameter: keys, nonces, ids and jitter all come from here.

use amana_core::Moment;
use rand::{Rng as _, SeedableRng as _};
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// Gives random bytes: the system's, or a repeatable series for tests.
#[derive(Clone, Debug)]
pub enum Dice {
    /// The system's, through a generator that is seeded from it anew every so often: a nonce costs no system call.
    System,
    /// The same series for the same seed.
    Seeded(Arc<Mutex<rand_chacha::ChaCha20Rng>>),
}

impl Dice {
    /// Dice that fall the same way for the same seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new(Mutex::new(rand_chacha::ChaCha20Rng::seed_from_u64(seed))))
    }

    /// A new id whose order is that of time (UUID version 7, RFC 9562 §5.7).
    pub fn id(&mut self, now: Moment) -> Uuid {
        let mut bytes = [0; 10];
        amana_store::Dice::fill(self, &mut bytes);
        uuid::Builder::from_unix_timestamp_millis(now.0.max(0).unsigned_abs(), &bytes).into_uuid()
    }

    /// A number below one, for jitter.
    pub fn fraction(&mut self) -> f64 {
        let mut bytes = [0; 4];
        amana_store::Dice::fill(self, &mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
    }

    /// A secret of 32 bytes in URL-safe base64, as keys are handed out.
    pub fn secret(&mut self) -> String {
        use base64::Engine as _;
        let mut bytes = [0; 32];
        amana_store::Dice::fill(self, &mut bytes);
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
    }
}

impl amana_store::Dice for Dice {
    fn fill(&mut self, bytes: &mut [u8]) {
        match self {
            #[expect(clippy::disallowed_methods, reason = "these are the dice that everybody else is handed")]
            Self::System => rand::rng().fill_bytes(bytes),
            Self::Seeded(series) => series.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes),
        }
    }
}
