//! An event in canonical form: what every door makes of what it received, and what the journal keeps.

use crate::Moment;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// What happened. The six calls of the tracking API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventKind {
    /// Who somebody is and what is known of them.
    Identify,
    /// Something somebody did.
    Track {
        /// The name of the event, as sources send it (`Order Completed`).
        event: String,
    },
    /// A page seen.
    Page,
    /// A screen of an app seen.
    Screen,
    /// Somebody belongs to a group.
    Group {
        /// The group's id.
        group_id: String,
    },
    /// Two identifiers are of one person.
    Alias {
        /// The identifier used before.
        previous_id: String,
    },
}

/// One event, as received from a source: shapes are checked, meaning is not.
///
/// The address is shortened and the user agent reduced before an event takes this form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Names the event; the same id within seven days counts once. At most 100 bytes.
    pub message_id: String,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
    /// When it happened, by the source's clock corrected with `sentAt`.
    pub at: Moment,
    /// `userId`, when given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// `anonymousId`, when given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anonymous_id: Option<String>,
    /// `properties` of track, page and screen.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub properties: Map<String, Json>,
    /// `traits` of identify and group, joined with `context.traits`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub traits: Map<String, Json>,
    /// `context`, without traits.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub context: Map<String, Json>,
}

impl Event {
    /// The name under which schemas and `starts_on` know this event: the track event's own, else the call's
    /// (`Page`, `Identify`).
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.kind {
            EventKind::Track { event } => event,
            EventKind::Identify => "Identify",
            EventKind::Page => "Page",
            EventKind::Screen => "Screen",
            EventKind::Group { .. } => "Group",
            EventKind::Alias { .. } => "Alias",
        }
    }
}
