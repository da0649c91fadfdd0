//! Sealed values: compressed if that helps, then encrypted and authenticated.
//!
//! ```text
//! format u8 (1) | flags u8 (bit 0: compressed) | nonce 24 | ciphertext | tag 16
//! ```
//!
//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) with a random nonce of 24 bytes: a key seals many values, in several
//! processes and after restores, and nobody has to count. Format and flags are authenticated with the associated data.

use chacha20poly1305::{AeadInOut as _, Key, KeyInit as _, Tag, XChaCha20Poly1305, XNonce};

use super::SealError;
use crate::{dice::Dice, space::Space};

const FORMAT: u8 = 1;
const COMPRESSED: u8 = 1;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
const HEAD_BYTES: usize = 2 + NONCE_BYTES;
/// Shorter values are not even tried: their compressed form is hardly ever shorter.
const COMPRESS_BYTES_MIN: usize = 64;
/// What a sealed value may become when opened. Only who has the key could make a larger one, and nothing that we seal is.
const PLAIN_BYTES_MAX: usize = 64 << 20;
/// What is authenticated beside the caller's data is put on the stack when it fits.
const ASSOCIATED_ON_STACK_BYTES: usize = 128;

/// How many bytes sealing adds to a value that does not compress.
pub const SEALED_BYTES_MORE: usize = HEAD_BYTES + TAG_BYTES;

/// The associated data of a value: the name of its space and its key. A value that somebody moves to another key cannot be
/// opened there.
#[must_use]
pub fn associated_data(space: Space, key: &[u8]) -> Vec<u8> {
    let name = space.name().as_bytes();
    let mut data = Vec::with_capacity(name.len() + 1 + key.len());
    data.extend_from_slice(name);
    data.push(0);
    data.extend_from_slice(key);
    data
}

/// Seals `plain` under `key` for the place that `associated` names.
#[must_use]
pub fn seal(key: &[u8; 32], associated: &[u8], plain: &[u8], dice: &mut dyn Dice) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(HEAD_BYTES + plain.len() + TAG_BYTES);
    sealed.resize(HEAD_BYTES, 0);
    let flags = push_content(&mut sealed, plain);
    sealed[0] = FORMAT;
    sealed[1] = flags;
    dice.fill(&mut sealed[2..HEAD_BYTES]);
    let (head, content) = sealed.split_at_mut(HEAD_BYTES);
    let nonce: &XNonce = nonce(head);
    let tag = with_head(flags, associated, |data| cipher(key).encrypt_inout_detached(nonce, data, content.into()))
        .expect("a value is far shorter than 256 GiB");
    sealed.extend_from_slice(&tag);
    sealed
}

/// Opens what [`seal`] made with the same key and associated data.
///
/// # Errors
/// [`SealError::CannotOpen`] when anything differs; [`SealError::NewerFormat`].
pub fn open(key: &[u8; 32], associated: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    match sealed.first() {
        Some(&FORMAT) => {}
        Some(&found) if found > FORMAT => return Err(SealError::NewerFormat { found, known: FORMAT }),
        _ => return Err(SealError::CannotOpen),
    }
    if sealed.len() < HEAD_BYTES + TAG_BYTES {
        return Err(SealError::CannotOpen);
    }
    let (head, rest) = sealed.split_at(HEAD_BYTES);
    let (content, tag) = rest.split_at(rest.len() - TAG_BYTES);
    let tag: &Tag = tag.try_into().map_err(|_| SealError::CannotOpen)?;
    let mut plain = content.to_vec();
    let flags = head[1];
    with_head(flags, associated, |data| {
        cipher(key).decrypt_inout_detached(nonce(head), data, plain.as_mut_slice().into(), tag)
    })
    .map_err(|_| SealError::CannotOpen)?;
    if flags & COMPRESSED == 0 { Ok(plain) } else { decompress(&plain) }
}

/// Making one only copies the key, so there is nothing to keep between two values.
fn cipher(key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(<&Key>::from(key))
}

fn nonce(head: &[u8]) -> &XNonce {
    head[2..HEAD_BYTES].try_into().expect("the head has a nonce of 24 bytes")
}

/// Calls with format, flags and the caller's associated data in one piece.
fn with_head<T>(flags: u8, associated: &[u8], call: impl FnOnce(&[u8]) -> T) -> T {
    let bytes = associated.len() + 2;
    if bytes <= ASSOCIATED_ON_STACK_BYTES {
        let mut data = [0; ASSOCIATED_ON_STACK_BYTES];
        data[0] = FORMAT;
        data[1] = flags;
        data[2..bytes].copy_from_slice(associated);
        call(&data[..bytes])
    } else {
        call(&[&[FORMAT, flags], associated].concat())
    }
}

/// Appends the value, compressed if that is shorter, and returns the flags.
fn push_content(sealed: &mut Vec<u8>, plain: &[u8]) -> u8 {
    if plain.len() >= COMPRESS_BYTES_MIN {
        let at = sealed.len();
        sealed.resize(at + 4 + lz4_flex::block::get_maximum_output_size(plain.len()), 0);
        let length = u32::try_from(plain.len()).unwrap_or(u32::MAX);
        sealed[at..at + 4].copy_from_slice(&length.to_le_bytes());
        if let Ok(bytes) = lz4_flex::block::compress_into(plain, &mut sealed[at + 4..])
            && bytes + 4 < plain.len()
            && plain.len() <= PLAIN_BYTES_MAX
        {
            sealed.truncate(at + 4 + bytes);
            return COMPRESSED;
        }
        sealed.truncate(at);
    }
    sealed.extend_from_slice(plain);
    0
}

fn decompress(content: &[u8]) -> Result<Vec<u8>, SealError> {
    let (length, compressed) = content.split_first_chunk::<4>().ok_or(SealError::CannotOpen)?;
    let length = u32::from_le_bytes(*length) as usize;
    if length > PLAIN_BYTES_MAX {
        return Err(SealError::CannotOpen);
    }
    let mut plain = vec![0; length];
    match lz4_flex::block::decompress_into(compressed, &mut plain) {
        Ok(bytes) if bytes == length => Ok(plain),
        _ => Err(SealError::CannotOpen),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::SystemDice;
    use crate::seal::key::SecretKey;

    fn sample() -> (SecretKey, Vec<u8>, Vec<u8>) {
        let key = SecretKey::random(&mut SystemDice);
        let associated = associated_data(Space::Block, b"some key");
        let sealed = seal(key.as_bytes(), &associated, br#"{"email":"a@example.org","name":"A"}"#, &mut SystemDice);
        (key, associated, sealed)
    }

    #[test]
    fn what_was_sealed_is_opened_again() {
        let key = SecretKey::random(&mut SystemDice);
        let mut noise = vec![0; 1_000];
        SystemDice.fill(&mut noise);
        for plain in [vec![], b"short".to_vec(), vec![b'x'; 10_000], noise] {
            for associated in [vec![], b"place".to_vec(), vec![7; 500]] {
                let sealed = seal(key.as_bytes(), &associated, &plain, &mut SystemDice);
                assert!(sealed.len() <= plain.len() + SEALED_BYTES_MORE);
                assert_eq!(open(key.as_bytes(), &associated, &sealed).unwrap(), plain);
            }
        }
    }

    #[test]
    fn what_repeats_is_stored_shorter() {
        let key = SecretKey::random(&mut SystemDice);
        assert!(seal(key.as_bytes(), b"", &[b'x'; 10_000], &mut SystemDice).len() < 200);
    }

    #[test]
    fn another_key_or_another_place_cannot_open() {
        let (key, associated, sealed) = sample();
        let other = SecretKey::random(&mut SystemDice);
        assert!(matches!(open(other.as_bytes(), &associated, &sealed), Err(SealError::CannotOpen)));
        let elsewhere = associated_data(Space::Block, b"another key");
        assert!(matches!(open(key.as_bytes(), &elsewhere, &sealed), Err(SealError::CannotOpen)));
        let other_space = associated_data(Space::Event, b"some key");
        assert!(matches!(open(key.as_bytes(), &other_space, &sealed), Err(SealError::CannotOpen)));
    }

    #[test]
    fn no_truncated_or_flipped_value_is_opened() {
        let (key, associated, mut sealed) = sample();
        for length in 0..sealed.len() {
            assert!(open(key.as_bytes(), &associated, &sealed[..length]).is_err(), "length {length}");
        }
        for bit in 0..sealed.len() * 8 {
            sealed[bit / 8] ^= 1 << (bit % 8);
            assert!(open(key.as_bytes(), &associated, &sealed).is_err(), "bit {bit}");
            sealed[bit / 8] ^= 1 << (bit % 8);
        }
        assert!(open(key.as_bytes(), &associated, &sealed).is_ok());
    }

    #[test]
    fn the_same_value_never_looks_the_same_twice() {
        let key = SecretKey::random(&mut SystemDice);
        let seal = || seal(key.as_bytes(), b"", b"value", &mut SystemDice);
        assert_ne!(seal(), seal());
    }

    #[test]
    fn a_newer_format_is_named() {
        let (key, associated, mut sealed) = sample();
        sealed[0] = 2;
        assert!(matches!(
            open(key.as_bytes(), &associated, &sealed),
            Err(SealError::NewerFormat { found: 2, known: 1 })
        ));
    }

    #[test]
    fn errors_contain_no_data() {
        let (_, associated, sealed) = sample();
        let error = open(&[0; 32], &associated, &sealed).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("example"));
    }
}
