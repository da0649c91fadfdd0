//! Why something was not accepted, of one event or of a whole request.
//!
//! Texts name fields, limits and kinds of values, never a value: what somebody sent may be about a person, and an
//! answer ends up in logs on the other side.

use super::code::Code;
use super::limits::{BATCH_EVENTS_MAX, BODY_BYTES_MAX, EVENT_BYTES_MAX, RETRY_AFTER_SECONDS_MAX};

/// Why one event was not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemRefusal {
    /// Its place in the batch, from 0; 0 for a single call.
    pub index: usize,
    /// Its `messageId`, when it had a usable one.
    pub message_id: Option<String>,
    /// What was wrong.
    pub code: Code,
    /// The field that was wrong, empty for the event as a whole.
    pub field: &'static str,
    /// The same in words, with what was expected.
    pub message: String,
}

/// The title of everything that cannot be read.
pub(super) const MALFORMED: &str = "The request cannot be read";

/// Why a whole request was not accepted. Nothing of it was stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No write key, or none that any source has.
    #[error("{detail}")]
    Unauthorized {
        /// What was wrong with the key, without the key.
        detail: &'static str,
    },
    /// No such call.
    #[error("there is no such call; the calls are identify, track, page, screen, group, alias and batch")]
    NotFound,
    /// The call exists, and not with this method.
    #[error("this address does not know the method; send {allow}")]
    MethodNotAllowed {
        /// The methods it knows, as `Allow` lists them.
        allow: &'static str,
    },
    /// The body or the event passes a limit.
    #[error("{detail}")]
    TooLarge {
        /// Which limit, and what to do.
        detail: String,
    },
    /// The body cannot be read.
    #[error("{detail}")]
    Malformed {
        /// What was wrong.
        code: Code,
        /// The field that was wrong, empty for the body as a whole.
        field: &'static str,
        /// Where, and what was expected.
        detail: String,
    },
    /// A content type or content encoding that is not understood.
    #[error("{detail}")]
    UnsupportedEncoding {
        /// What is understood.
        detail: &'static str,
    },
    /// Every event of the request was refused.
    #[error("every event was refused")]
    AllRefused {
        /// Each with its reason.
        items: Vec<ItemRefusal>,
    },
    /// The journal is too far ahead of what is worked on it.
    #[error("more was received than can be worked off now; send it again after {retry_after_seconds} s")]
    TooFarBehind {
        /// Whole seconds, at most [`RETRY_AFTER_SECONDS_MAX`].
        retry_after_seconds: u32,
    },
    /// Nothing can be made durable now.
    #[error("nothing can be stored at the moment; send it again later")]
    Unavailable,
}

impl Refusal {
    /// [`Refusal::TooFarBehind`] with a wait that the SDKs accept: at least one second, at most five minutes.
    #[must_use]
    pub fn too_far_behind(wait_seconds: u32) -> Self {
        Self::TooFarBehind { retry_after_seconds: wait_seconds.clamp(1, RETRY_AFTER_SECONDS_MAX) }
    }

    /// The body passes [`BODY_BYTES_MAX`], as sent or decompressed.
    pub(crate) fn body_too_large(decompressed: bool) -> Self {
        let when = if decompressed { " after decompression" } else { "" };
        let detail =
            format!("the body is larger than {BODY_BYTES_MAX} bytes{when}; send the events in smaller batches");
        Self::TooLarge { detail }
    }

    /// More than [`BATCH_EVENTS_MAX`] events.
    pub(crate) fn too_many_events(count: usize) -> Self {
        Self::TooLarge { detail: format!("the batch has {count} events, at most {BATCH_EVENTS_MAX} are accepted") }
    }

    /// A single call whose only event was refused is refused as a whole.
    pub(crate) fn single(item: ItemRefusal) -> Self {
        match item.code {
            Code::EventTooLarge => Self::TooLarge { detail: item.message },
            code => Self::Malformed { code, field: item.field, detail: item.message },
        }
    }

    /// The status of the answer. The SDKs drop what is answered with 400, 401 or 413, and send again after 429 and
    /// 5xx: so whatever would be refused again has one of the first.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Malformed { .. } | Self::AllRefused { .. } => 400,
            Self::Unauthorized { .. } => 401,
            Self::NotFound => 404,
            Self::MethodNotAllowed { .. } => 405,
            Self::TooLarge { .. } => 413,
            Self::UnsupportedEncoding { .. } => 415,
            Self::TooFarBehind { .. } => 429,
            Self::Unavailable => 503,
        }
    }

    /// The code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed { code, .. } => code.as_str(),
            Self::AllRefused { .. } => "all_refused",
            Self::Unauthorized { .. } => "unauthorized",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::TooLarge { .. } => "too_large",
            Self::UnsupportedEncoding { .. } => "unsupported_encoding",
            Self::TooFarBehind { .. } => "too_far_behind",
            Self::Unavailable => "unavailable",
        }
    }

    /// What happened, the same for every case of a code.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => MALFORMED,
            Self::AllRefused { .. } => "Every event was refused",
            Self::Unauthorized { .. } => "No valid write key",
            Self::NotFound => "No such call",
            Self::MethodNotAllowed { .. } => "Not with this method",
            Self::TooLarge { .. } => "Too large",
            Self::UnsupportedEncoding { .. } => "Unsupported content type or encoding",
            Self::TooFarBehind { .. } => "Too many events at the moment",
            Self::Unavailable => "Not available at the moment",
        }
    }

    /// What was wrong in this case, and what to do.
    #[must_use]
    pub fn detail(&self) -> String {
        self.to_string()
    }

    /// The field that was wrong, when one was.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::Malformed { field, .. } if !field.is_empty() => Some(field),
            _ => None,
        }
    }

    /// The value of `Retry-After`.
    #[must_use]
    pub const fn retry_after_seconds(&self) -> Option<u32> {
        match self {
            Self::TooFarBehind { retry_after_seconds } => Some(*retry_after_seconds),
            _ => None,
        }
    }
}

/// What is wrong with a field: a refusal that does not yet know its place in the batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    pub(crate) field: &'static str,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(code: Code, field: &'static str, message: impl Into<String>) -> Self {
        Self { code, field, message: message.into() }
    }

    pub(crate) fn missing(field: &'static str, message: &str) -> Self {
        Self::new(Code::MissingField, field, message)
    }

    pub(crate) fn wrong_type(field: &'static str, expected: &str, found: &serde_json::Value) -> Self {
        Self::new(Code::WrongType, field, format!("`{field}` must be {expected}, but is {}", kind(found)))
    }

    pub(crate) fn too_large(bytes: usize) -> Self {
        let message = format!("the event has {bytes} bytes as JSON, at most {EVENT_BYTES_MAX} are accepted");
        Self::new(Code::EventTooLarge, "", message)
    }

    pub(crate) fn at(self, index: usize, message_id: Option<String>) -> ItemRefusal {
        ItemRefusal { index, message_id, code: self.code, field: self.field, message: self.message }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Malformed { code: fault.code, field: fault.field, detail: fault.message }
    }
}

/// The kind of a JSON value in words.
pub(crate) const fn kind(value: &serde_json::Value) -> &'static str {
    match value {
        serde_json::Value::Null => "null",
        serde_json::Value::Bool(_) => "a boolean",
        serde_json::Value::Number(_) => "a number",
        serde_json::Value::String(_) => "text",
        serde_json::Value::Array(_) => "a list",
        serde_json::Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_one_that_sdks_accept() {
        for (asked, told) in [(0, 1), (7, 7), (300, 300), (86_400, 300)] {
            let refusal = Refusal::too_far_behind(asked);
            assert_eq!(refusal.retry_after_seconds(), Some(told));
            assert_eq!(refusal.status(), 429);
        }
    }

    #[test]
    fn only_what_may_succeed_later_invites_a_retry() {
        let retried = |refusal: Refusal| matches!(refusal.status(), 408 | 410 | 429 | 460 | 500..);
        assert!(retried(Refusal::too_far_behind(5)));
        assert!(retried(Refusal::Unavailable));
        assert!(!retried(Refusal::NotFound));
        assert!(!retried(Refusal::body_too_large(true)));
        assert!(!retried(Refusal::AllRefused { items: vec![] }));
        assert!(!retried(Refusal::Unauthorized { detail: "" }));
        assert!(!retried(Fault::missing("event", "").into()));
    }
}
