//! The calls of the tracking API and the paths they have.

/// Which call a path stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// `POST /v1/identify`, `/v1/i`
    Identify,
    /// `POST /v1/track`, `/v1/t`
    Track,
    /// `POST /v1/page`, `/v1/p`
    Page,
    /// `POST /v1/screen`, `/v1/s`
    Screen,
    /// `POST /v1/group`, `/v1/g`
    Group,
    /// `POST /v1/alias`, `/v1/a`
    Alias,
    /// `POST /v1/batch`, `/v1/b`
    Batch,
}

impl Call {
    /// Every call, for tests and documentation.
    pub const ALL: [Self; 7] =
        [Self::Identify, Self::Track, Self::Page, Self::Screen, Self::Group, Self::Alias, Self::Batch];

    /// The call of the path segment after `/v1/`. The short forms are those of `@segment/analytics-next`.
    #[must_use]
    pub fn of_path(segment: &str) -> Option<Self> {
        Some(match segment {
            "identify" | "i" => Self::Identify,
            "track" | "t" => Self::Track,
            "page" | "p" => Self::Page,
            "screen" | "s" => Self::Screen,
            "group" | "g" => Self::Group,
            "alias" | "a" => Self::Alias,
            "batch" | "b" | "import" => Self::Batch,
            _ => return None,
        })
    }

    /// The call that an event's `type` names. A batch is no event.
    pub(crate) fn of_type(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|call| *call != Self::Batch && call.as_str() == name)
    }

    /// The name of the call, which is also the `type` of its events.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identify => "identify",
            Self::Track => "track",
            Self::Page => "page",
            Self::Screen => "screen",
            Self::Group => "group",
            Self::Alias => "alias",
            Self::Batch => "batch",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_has_a_long_and_a_short_path() {
        for call in Call::ALL {
            assert_eq!(Call::of_path(call.as_str()), Some(call));
            assert_eq!(Call::of_path(&call.as_str()[..1]), Some(call));
        }
        assert_eq!(Call::of_path("m"), None);
        assert_eq!(Call::of_path(""), None);
    }

    #[test]
    fn a_batch_is_no_type_of_an_event() {
        assert_eq!(Call::of_type("batch"), None);
        assert_eq!(Call::of_type("t"), None);
        assert_eq!(Call::of_type("track"), Some(Call::Track));
    }
}
