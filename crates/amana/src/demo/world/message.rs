//! How steps are written: one teller for each visit keeps the time, the ids and the context that its steps share.

use super::{Step, World};
use serde_json::{Map, Value as Json, json};

/// Writes down the steps of one visit.
#[derive(Debug)]
pub(super) struct Teller<'a> {
    out: &'a mut Vec<Step>,
    /// The beginning of every `messageId` of this visit.
    prefix: String,
    count: u32,
    /// When the next step happens.
    pub(super) at_ms: i64,
    pub(super) source: &'static str,
    pub(super) gpc: bool,
    pub(super) user_agent: &'static str,
    pub(super) user_id: Option<String>,
    pub(super) anonymous_id: Option<String>,
    pub(super) context: Map<String, Json>,
    /// Written as local time of Central Europe instead of UTC, as tills do.
    pub(super) local_time: bool,
}

impl<'a> Teller<'a> {
    /// A teller for a visit that begins at `at_ms`.
    pub(super) fn new(
        world: &World,
        out: &'a mut Vec<Step>,
        (actor, visit): (u32, u16),
        at_ms: i64,
        source: &'static str,
    ) -> Self {
        Self {
            out,
            prefix: format!("demo-{:x}-{actor:x}-{visit:x}-", world.seed),
            count: 0,
            at_ms,
            source,
            gpc: false,
            user_agent: "",
            user_id: None,
            anonymous_id: None,
            context: Map::new(),
            local_time: false,
        }
    }

    /// Lets time pass.
    pub(super) fn wait_ms(&mut self, millis: u32) {
        self.at_ms += i64::from(millis);
    }

    /// Who somebody is. The traits go into the message whole.
    pub(super) fn identify(&mut self, traits: Map<String, Json>) {
        self.write("identify", None, ("traits", traits));
    }

    /// What somebody did.
    pub(super) fn track(&mut self, event: &str, properties: Map<String, Json>) {
        self.write("track", Some(("event", event)), ("properties", properties));
    }

    /// A page of a site or a screen of an app.
    pub(super) fn view(&mut self, screen: bool, name: &str, path: &str) {
        let call = if screen { "screen" } else { "page" };
        let mut properties = Map::with_capacity(1);
        properties.insert("path".into(), path.into());
        self.write(call, Some(("name", name)), ("properties", properties));
    }

    fn write(&mut self, call: &str, named: Option<(&str, &str)>, (body, content): (&str, Map<String, Json>)) {
        let mut item = Map::with_capacity(8);
        item.insert("type".into(), call.into());
        item.insert("messageId".into(), format!("{}{:x}", self.prefix, self.count).into());
        item.insert("timestamp".into(), self.timestamp().into());
        for (name, id) in [("userId", &self.user_id), ("anonymousId", &self.anonymous_id)] {
            if let Some(id) = id {
                item.insert(name.into(), id.as_str().into());
            }
        }
        if let Some((field, name)) = named {
            item.insert(field.into(), name.into());
        }
        if !content.is_empty() {
            item.insert(body.into(), Json::Object(content));
        }
        if !self.context.is_empty() {
            item.insert("context".into(), Json::Object(self.context.clone()));
        }
        self.count += 1;
        self.push(Json::Object(item));
        self.wait_ms(1000);
    }

    fn push(&mut self, json: Json) {
        self.out.push(Step {
            source: self.source,
            at_ms: self.at_ms,
            gpc: self.gpc,
            user_agent: self.user_agent,
            repeated: false,
            json,
        });
    }

    /// Sends the last step again, unchanged, after a while.
    pub(super) fn repeat(&mut self, after_ms: u32) {
        let Some(last) = self.out.last() else { return };
        let again = Step { at_ms: last.at_ms + i64::from(after_ms), repeated: true, ..last.clone() };
        self.at_ms = self.at_ms.max(again.at_ms + 1000);
        self.out.push(again);
    }

    fn timestamp(&self) -> String {
        let offset = if self.local_time { jiff::tz::offset(1) } else { jiff::tz::Offset::UTC };
        let Ok(timestamp) = jiff::Timestamp::from_millisecond(self.at_ms) else { return String::new() };
        if self.local_time { timestamp.display_with_offset(offset).to_string() } else { format!("{timestamp:.3}") }
    }
}

/// The members of an object literal, for steps with few properties.
pub(super) fn object(json: Json) -> Map<String, Json> {
    match json {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}

/// One trait of a context, which SDKs write into `context.traits`.
pub(super) fn context_traits(traits: Map<String, Json>) -> Map<String, Json> {
    object(json!({ "traits": traits }))
}
