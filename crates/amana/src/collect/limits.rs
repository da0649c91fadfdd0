//! Every limit of the collect door by its name. What passes one is refused with a clear error, never cut silently.

/// Bytes of one event as JSON, with what it takes over from the batch around it. Segment's own limit is 32 KB.
pub const EVENT_BYTES_MAX: usize = 32 * 1024;

/// Events in one batch.
pub const BATCH_EVENTS_MAX: usize = 2_500;

/// Bytes of one request's body, as sent and again after every decompression.
///
/// The documented limit is 500 KB a batch. The SDKs measure their events but not the envelope around them, so 16 KB
/// are left for it: a batch that an SDK holds for good must not bounce.
pub const BODY_BYTES_MAX: usize = 500 * 1024 + 16 * 1024;

/// Bytes that all events of one request may have together after each has taken over the batch's own `context`.
///
/// Without it, 500 KB of body could name one 30 KB context that 2,500 events take over: 75 MB for the journal.
pub const COLLECTED_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Compressions inside each other: one by the SDK, one by a proxy on the way.
pub const ENCODINGS_MAX: usize = 2;

/// Objects and lists inside each other. Less than `serde_json`'s own 128, so that an event that was accepted can also
/// be read back from inside whatever the journal wraps around it.
pub const DEPTH_MAX: usize = 64;

/// Values in one body, of any kind. A tiny value costs many times its bytes in memory, so bytes alone bound nothing.
pub const VALUES_MAX: usize = 100_000;

/// Bytes of a `messageId`.
pub const MESSAGE_ID_BYTES_MAX: usize = 100;

/// Bytes of a `userId`, `anonymousId`, `previousId` or `groupId`.
pub const ID_BYTES_MAX: usize = 256;

/// Bytes of an event's name, and of a page's or screen's `name` and `category`.
pub const NAME_BYTES_MAX: usize = 256;

/// Bytes of a write key.
pub const WRITE_KEY_BYTES_MAX: usize = 256;

/// Bytes of a `User-Agent` that are looked at.
pub const USER_AGENT_BYTES_MAX: usize = 512;

/// User agents for which it is remembered whether they are bots.
pub const BOTS_REMEMBERED_MAX: usize = 4_096;

/// Seconds a sender is asked to wait at most: more than this the SDKs do not read from `Retry-After`.
pub const RETRY_AFTER_SECONDS_MAX: u32 = 300;

/// Milliseconds by which the sender's clock may differ from ours before its times are corrected: see
/// the module `time` for why small differences are left alone.
pub const CLOCK_SKEW_IGNORED_MS: i64 = 10_000;
