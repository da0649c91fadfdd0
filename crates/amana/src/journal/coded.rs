//! Events as the journal codes them. Every event passes here twice, so they are not written as JSON: names stand once,
//! numbers are short, and text is copied and never parsed.

use super::entry::Collected;
use amana_core::{Event, EventKind, Moment};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value as Json};

/// Events of a request, in bytes.
pub(super) fn code(collected: &Collected, events: &[Event]) -> Vec<u8> {
    let request = Request {
        source: &collected.source,
        received_at: collected.received_at,
        gpc: collected.gpc,
        bot: collected.bot,
        events: events.iter().map(Coded::of).collect(),
    };
    postcard::to_allocvec(&request).expect("these types have a length and no foreign parts")
}

/// The events of a request that [`code`] made bytes of. `None`: it didn't. Whether they are named is the format's to say.
pub(super) fn decode(bytes: &[u8]) -> Option<Collected> {
    let request: Request<'_> = postcard::from_bytes(bytes).ok()?;
    Some(Collected {
        source: request.source.to_owned(),
        received_at: request.received_at,
        gpc: request.gpc,
        bot: request.bot,
        named: false,
        events: request.events.into_iter().map(Coded::event).collect::<Option<_>>()?,
    })
}

#[derive(Serialize, Deserialize)]
struct Request<'a> {
    source: &'a str,
    received_at: Moment,
    gpc: bool,
    bot: bool,
    #[serde(borrow)]
    events: Vec<Coded<'a>>,
}

#[derive(Serialize, Deserialize)]
struct Coded<'a> {
    message_id: &'a str,
    #[serde(borrow)]
    kind: Kind<'a>,
    at: Moment,
    user_id: Option<&'a str>,
    anonymous_id: Option<&'a str>,
    #[serde(borrow)]
    properties: Object<'a>,
    #[serde(borrow)]
    traits: Object<'a>,
    #[serde(borrow)]
    context: Object<'a>,
}

/// The order is stored and never changes.
#[derive(Serialize, Deserialize)]
enum Kind<'a> {
    Identify,
    Track(&'a str),
    Page,
    Screen,
    Group(&'a str),
    Alias(&'a str),
}

type Object<'a> = Vec<(&'a str, Node<'a>)>;

/// A JSON value. The order is stored and never changes.
#[derive(Serialize, Deserialize)]
enum Node<'a> {
    Null,
    Boolean(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text(&'a str),
    #[serde(borrow)]
    List(Vec<Node<'a>>),
    #[serde(borrow)]
    Object(Object<'a>),
}

impl<'a> Coded<'a> {
    fn of(event: &'a Event) -> Self {
        Self {
            message_id: &event.message_id,
            kind: match &event.kind {
                EventKind::Identify => Kind::Identify,
                EventKind::Track { event } => Kind::Track(event),
                EventKind::Page => Kind::Page,
                EventKind::Screen => Kind::Screen,
                EventKind::Group { group_id } => Kind::Group(group_id),
                EventKind::Alias { previous_id } => Kind::Alias(previous_id),
            },
            at: event.at,
            user_id: event.user_id.as_deref(),
            anonymous_id: event.anonymous_id.as_deref(),
            properties: object(&event.properties),
            traits: object(&event.traits),
            context: object(&event.context),
        }
    }

    fn event(self) -> Option<Event> {
        Some(Event {
            message_id: self.message_id.to_owned(),
            kind: match self.kind {
                Kind::Identify => EventKind::Identify,
                Kind::Track(event) => EventKind::Track { event: event.to_owned() },
                Kind::Page => EventKind::Page,
                Kind::Screen => EventKind::Screen,
                Kind::Group(group_id) => EventKind::Group { group_id: group_id.to_owned() },
                Kind::Alias(previous_id) => EventKind::Alias { previous_id: previous_id.to_owned() },
            },
            at: self.at,
            user_id: self.user_id.map(str::to_owned),
            anonymous_id: self.anonymous_id.map(str::to_owned),
            properties: map(self.properties)?,
            traits: map(self.traits)?,
            context: map(self.context)?,
        })
    }
}

fn object(map: &Map<String, Json>) -> Object<'_> {
    map.iter().map(|(key, value)| (key.as_str(), Node::of(value))).collect()
}

fn map(object: Object<'_>) -> Option<Map<String, Json>> {
    object.into_iter().map(|(key, node)| Some((key.to_owned(), node.json()?))).collect()
}

impl<'a> Node<'a> {
    fn of(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(boolean) => Self::Boolean(*boolean),
            Json::Number(number) => Self::number(number),
            Json::String(text) => Self::Text(text),
            Json::Array(values) => Self::List(values.iter().map(Self::of).collect()),
            Json::Object(map) => Self::Object(object(map)),
        }
    }

    fn number(number: &Number) -> Self {
        let float = || Self::Float(number.as_f64().unwrap_or_default());
        number.as_u64().map(Self::Unsigned).or_else(|| number.as_i64().map(Self::Signed)).unwrap_or_else(float)
    }

    /// As JSON again. `None` for what no JSON number is.
    fn json(self) -> Option<Json> {
        Some(match self {
            Self::Null => Json::Null,
            Self::Boolean(boolean) => Json::Bool(boolean),
            Self::Unsigned(number) => Json::Number(number.into()),
            Self::Signed(number) => Json::Number(number.into()),
            Self::Float(number) => Json::Number(Number::from_f64(number)?),
            Self::Text(text) => Json::String(text.to_owned()),
            Self::List(nodes) => Json::Array(nodes.into_iter().map(Self::json).collect::<Option<_>>()?),
            Self::Object(object) => Json::Object(map(object)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::Bool),
            any::<u64>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            any::<f64>()
                .prop_filter_map("JSON knows finite numbers only", |float| Number::from_f64(float).map(Json::from)),
            ".{0,12}".prop_map(Json::String),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Json::Array),
                prop::collection::vec((".{0,6}", inner), 0..4)
                    .prop_map(|fields| Json::Object(fields.into_iter().collect())),
            ]
        })
    }

    fn fields() -> impl Strategy<Value = Map<String, Json>> {
        prop::collection::vec((".{0,8}", json()), 0..5).prop_map(|fields| fields.into_iter().collect())
    }

    fn kind() -> impl Strategy<Value = EventKind> {
        prop_oneof![
            Just(EventKind::Identify),
            Just(EventKind::Page),
            Just(EventKind::Screen),
            ".{0,9}".prop_map(|event| EventKind::Track { event }),
            ".{0,9}".prop_map(|group_id| EventKind::Group { group_id }),
            ".{0,9}".prop_map(|previous_id| EventKind::Alias { previous_id }),
        ]
    }

    prop_compose! {
        fn event()(
            message_id in ".{0,20}", kind in kind(), at in any::<i64>(), user_id in prop::option::of(".{0,9}"),
            anonymous_id in prop::option::of(".{0,9}"), properties in fields(), traits in fields(), context in fields(),
        ) -> Event {
            Event { message_id, kind, at: Moment(at), user_id, anonymous_id, properties, traits, context }
        }
    }

    proptest! {
        #[test]
        fn what_was_received_is_what_is_worked_on(
            events in prop::collection::vec(event(), 0..4), gpc: bool, bot: bool, received: i64,
        ) {
            let collected = Collected { source: "site".into(), received_at: Moment(received), gpc, bot, named: false, events };
            let bytes = code(&collected, &collected.events);
            prop_assert_eq!(decode(&bytes), Some(collected));
            // Whatever is cut off is missed.
            prop_assert_eq!(decode(&bytes[..bytes.len() - 1]), None);
        }

        #[test]
        fn foreign_bytes_are_an_error_and_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }
    }
}
