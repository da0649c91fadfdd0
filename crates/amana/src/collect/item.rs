//! One event: from the JSON of a call or of a batch to the form that the journal keeps.

use super::call::Call;
use super::code::Code;
use super::context::{Surroundings, add_shared, object, reduce, reduce_properties, take_traits};
use super::limits::{EVENT_BYTES_MAX, ID_BYTES_MAX, MESSAGE_ID_BYTES_MAX, NAME_BYTES_MAX};
use super::measure::{json_bytes, object_bytes_at_most};
use super::refusal::{Fault, ItemRefusal};
use super::{message_id, time};
use amana_core::{Event, EventKind, Moment};
use serde_json::{Map, Value as Json};

/// What an event takes over from what is around it.
#[derive(Debug)]
pub(super) struct Around {
    /// The call the path names; a batch leaves it to each event's `type`.
    pub(super) call: Call,
    /// `context` of the batch.
    pub(super) context: Map<String, Json>,
    /// `integrations` of the batch.
    pub(super) integrations: Map<String, Json>,
    /// Bytes of both as JSON.
    pub(super) bytes: usize,
    /// `sentAt` of the batch.
    pub(super) sent_at: Option<Moment>,
    /// When the request was received.
    pub(super) received_at: Moment,
    /// What the request says of a person's device.
    pub(super) surroundings: Surroundings,
}

/// The fields of an event that are read; all others go no further.
#[derive(Default)]
struct Fields {
    message_id: Json,
    kind: Json,
    user_id: Json,
    anonymous_id: Json,
    event: Json,
    group_id: Json,
    previous_id: Json,
    name: Json,
    category: Json,
    properties: Json,
    traits: Json,
    context: Json,
    integrations: Json,
    timestamp: Json,
    original_timestamp: Json,
    sent_at: Json,
}

/// Reads one event, or says why it is refused.
pub(super) fn read(item: Json, index: usize, around: &Around) -> Result<Event, ItemRefusal> {
    let map = match item {
        Json::Object(map) => map,
        other => {
            let message = format!("an event must be an object, but is {}", super::refusal::kind(&other));
            return Err(Fault::new(Code::NotAnObject, "", message).at(index, None));
        }
    };
    let derived = lacks_message_id(&map).then(|| message_id::derived(&map, index, around.sent_at, around.received_at));
    let bytes = if object_bytes_at_most(&map) + around.bytes > EVENT_BYTES_MAX { json_bytes(&map) } else { 0 };
    let mut fields = Fields::of(map);
    let message_id = match text("messageId", fields.message_id.take(), MESSAGE_ID_BYTES_MAX) {
        Ok(message_id) => message_id.or(derived).unwrap_or_default(),
        Err(fault) => return Err(fault.at(index, None)),
    };
    if bytes + around.bytes > EVENT_BYTES_MAX {
        return Err(Fault::too_large(bytes + around.bytes).at(index, Some(message_id)));
    }
    match read_fields(fields, around) {
        Ok(event) => Ok(Event { message_id, ..event }),
        Err(fault) => Err(fault.at(index, Some(message_id))),
    }
}

fn lacks_message_id(map: &Map<String, Json>) -> bool {
    match map.get("messageId") {
        None | Some(Json::Null) => true,
        Some(Json::String(text)) => text.is_empty(),
        Some(_) => false,
    }
}

fn read_fields(mut fields: Fields, around: &Around) -> Result<Event, Fault> {
    let kind = kind(&mut fields, around.call)?;
    let at = happened_at(&fields, around)?;
    let user_id = text("userId", fields.user_id, ID_BYTES_MAX)?;
    let anonymous_id = text("anonymousId", fields.anonymous_id, ID_BYTES_MAX)?;
    if matches!(kind, EventKind::Alias { .. }) && user_id.is_none() {
        return Err(Fault::missing("userId", "an alias needs `userId` beside `previousId`"));
    }
    if user_id.is_none() && anonymous_id.is_none() {
        return Err(Fault::missing("userId", "`userId` or `anonymousId` is needed"));
    }
    let mut properties = properties(fields.properties, &kind, fields.name, fields.category)?;
    reduce_properties(&mut properties, &kind);
    let (context, context_traits) = context(fields.context, fields.integrations, around)?;
    let traits = traits(fields.traits, context_traits, &kind)?;
    Ok(Event { message_id: String::new(), kind, at, user_id, anonymous_id, properties, traits, context })
}

impl Fields {
    /// One walk over the entries instead of a look-up for each name.
    fn of(map: Map<String, Json>) -> Self {
        let mut fields = Self::default();
        for (key, value) in map {
            let field = match key.as_str() {
                "messageId" => &mut fields.message_id,
                "type" => &mut fields.kind,
                "userId" => &mut fields.user_id,
                "anonymousId" => &mut fields.anonymous_id,
                "event" => &mut fields.event,
                "groupId" => &mut fields.group_id,
                "previousId" => &mut fields.previous_id,
                "name" => &mut fields.name,
                "category" => &mut fields.category,
                "properties" => &mut fields.properties,
                "traits" => &mut fields.traits,
                "context" => &mut fields.context,
                "integrations" => &mut fields.integrations,
                "timestamp" => &mut fields.timestamp,
                "originalTimestamp" => &mut fields.original_timestamp,
                "sentAt" => &mut fields.sent_at,
                _ => continue,
            };
            *field = value;
        }
        fields
    }
}

fn kind(fields: &mut Fields, call: Call) -> Result<EventKind, Fault> {
    let call = match (call, text("type", fields.kind.take(), NAME_BYTES_MAX)?) {
        (Call::Batch, None) => return Err(Fault::missing("type", "each event of a batch needs a `type`")),
        (Call::Batch, Some(name)) => Call::of_type(&name).ok_or_else(unknown_type)?,
        (call, None) => call,
        (call, Some(name)) if name == call.as_str() => call,
        (call, Some(_)) => {
            let message = format!("`type` is not `{}`, which the path says; leave it out or correct it", call.as_str());
            return Err(Fault::new(Code::TypeMismatch, "type", message));
        }
    };
    let needed = |field, json: &mut Json, max| {
        text(field, json.take(), max)?
            .ok_or_else(|| Fault::missing(field, &format!("`{field}` is needed for {}", call.as_str())))
    };
    Ok(match call {
        Call::Identify => EventKind::Identify,
        Call::Track => EventKind::Track { event: needed("event", &mut fields.event, NAME_BYTES_MAX)? },
        Call::Page => EventKind::Page,
        Call::Screen => EventKind::Screen,
        Call::Group => EventKind::Group { group_id: needed("groupId", &mut fields.group_id, ID_BYTES_MAX)? },
        Call::Alias => EventKind::Alias { previous_id: needed("previousId", &mut fields.previous_id, ID_BYTES_MAX)? },
        Call::Batch => return Err(unknown_type()),
    })
}

fn unknown_type() -> Fault {
    Fault::new(Code::UnknownType, "type", "`type` must be one of identify, track, page, screen, group, alias")
}

/// A short text; whole numbers are taken as text, as older libraries send them, and an empty text is none.
fn text(field: &'static str, json: Json, bytes_max: usize) -> Result<Option<String>, Fault> {
    let text = match json {
        Json::Null => return Ok(None),
        Json::String(text) if text.is_empty() => return Ok(None),
        Json::String(text) => text,
        // A fraction, or a number so large that JSON readers round it, would name somebody else.
        Json::Number(number) if number.is_i64() || number.is_u64() => return Ok(Some(number.to_string())),
        other => return Err(Fault::wrong_type(field, "text or a whole number of at most 64 bits", &other)),
    };
    if text.len() > bytes_max {
        let message = format!("`{field}` has {} bytes, at most {bytes_max} are accepted", text.len());
        return Err(Fault::new(Code::TooLong, field, message));
    }
    if text.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(Fault::new(Code::ControlCharacter, field, format!("`{field}` holds a control character")));
    }
    Ok(Some(text))
}

/// `timestamp` wins over `originalTimestamp`: rudder-sdk-node adds the latter with the time of the call even when
/// the caller said with `timestamp` when it really was.
fn happened_at(fields: &Fields, around: &Around) -> Result<Moment, Fault> {
    let claimed = time::read("timestamp", &fields.timestamp)?;
    let original = time::read("originalTimestamp", &fields.original_timestamp)?;
    let sent_at = time::read("sentAt", &fields.sent_at)?;
    Ok(time::happened_at(claimed.or(original), sent_at.or(around.sent_at), around.received_at))
}

/// `name` and `category` of a page or screen become properties, unless properties say them already.
fn properties(json: Json, kind: &EventKind, name: Json, category: Json) -> Result<Map<String, Json>, Fault> {
    let mut properties = object("properties", json)?;
    if matches!(kind, EventKind::Page | EventKind::Screen) {
        for (field, json) in [("name", name), ("category", category)] {
            if let Some(text) = text(field, json, NAME_BYTES_MAX)? {
                properties.entry(field).or_insert(Json::String(text));
            }
        }
    }
    Ok(properties)
}

/// A context without its traits.
type ContextAndTraits = (Map<String, Json>, Map<String, Json>);

/// The reduced context, and the traits that were in it.
fn context(json: Json, integrations: Json, around: &Around) -> Result<ContextAndTraits, Fault> {
    let mut context = object("context", json)?;
    let mut integrations = object("integrations", integrations)?;
    add_shared(&mut context, &around.context);
    add_shared(&mut integrations, &around.integrations);
    let traits = take_traits(&mut context)?;
    reduce(&mut context, &around.surroundings);
    if !integrations.is_empty() {
        context.insert("integrations".to_owned(), Json::Object(integrations));
    }
    Ok((context, traits))
}

/// The event's own traits win over those in its context. A group's traits describe the group and those in its context
/// the person: mixed, the company's name would become the person's, so there only the group's stay.
fn traits(json: Json, from_context: Map<String, Json>, kind: &EventKind) -> Result<Map<String, Json>, Fault> {
    let mut traits = object("traits", json)?;
    if matches!(kind, EventKind::Group { .. }) {
        return Ok(traits);
    }
    if traits.is_empty() {
        return Ok(from_context);
    }
    for (key, value) in from_context {
        traits.entry(key).or_insert(value);
    }
    Ok(traits)
}
