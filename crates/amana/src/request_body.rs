//! Reading a request's body to its end, as every door does.

use axum::body::{Body, HttpBody as _};
use std::future::poll_fn;
use std::pin::Pin;

/// Bytes beyond its limit of a body that are still read, and dropped, before it is answered.
pub const DROPPED_BYTES_MAX: usize = 4 << 20;

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// It is larger than its limit.
    #[error("the body is larger than its limit")]
    TooLarge,
    /// Whoever sent it broke off.
    #[error("the body broke off")]
    Broken,
}

/// Reads a body of at most so many bytes. What is beyond is read and dropped for a while: who is answered while still
/// sending finds a closed connection instead of the answer, takes that for a failure of the network, and tries for
/// ever.
///
/// # Errors
/// When it is larger, or broke off.
pub async fn read_whole(mut body: Body, bytes_max: usize) -> Result<Vec<u8>, Unread> {
    let (mut bytes, mut read) = (Vec::new(), 0_usize);
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() else { continue };
        read = read.saturating_add(data.len());
        if read <= bytes_max {
            bytes.extend_from_slice(&data);
        } else if read > bytes_max + DROPPED_BYTES_MAX {
            break;
        }
    }
    if read > bytes_max { Err(Unread::TooLarge) } else { Ok(bytes) }
}
