//! The collect door: from the bytes of a request to events in the form that the journal keeps.
//!
//! It is wire-compatible with the Segment HTTP API, so that existing SDKs need only a new host. It checks shapes,
//! takes off what must never reach a disk (whole addresses, whole user agents, query strings), and says of every event
//! that it refuses why. It does not know purposes, asks no permission, reads no clock and stores nothing: everything
//! here is a function of its arguments.
//!
//! ```text
//! decode(request) ─▶ Decoded ─▶ write_key() ─▶ (the caller finds the source) ─▶ events() ─▶ Receipt
//! ```
//!
//! [`receive`] does all of it at once for a source that is known already.

pub mod address;
pub mod agent;
pub mod answer;
mod body;
mod bots;
mod call;
mod code;
mod context;
pub mod cors;
pub mod door;
mod encoding;
pub mod gpc;
mod item;
mod json;
mod key;
pub mod limits;
mod link;
mod measure;
mod message_id;
pub mod problems;
mod refusal;
pub mod settings;
#[cfg(test)]
mod tests;
mod time;

pub use bots::Bots;
pub use call::Call;
pub use code::Code;
pub use key::write_key;
pub(crate) use key::{PREVIOUS_KEY_METRIC, source_of};
pub(crate) use measure::json_bytes_at_most;
pub use refusal::{ItemRefusal, Refusal};

use amana_core::catalog::Trust;
use amana_core::{Event, Moment};
use context::Surroundings;
use item::Around;
use limits::{BATCH_EVENTS_MAX, BODY_BYTES_MAX, COLLECTED_BYTES_MAX, WRITE_KEY_BYTES_MAX};
use serde_json::{Map, Value as Json};
use std::net::IpAddr;

/// A request to collect, as far as this door looks at it. Header values are bytes, because nothing promises text.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The call its path names.
    pub call: Call,
    /// `Authorization`.
    pub authorization: Option<&'a [u8]>,
    /// `Content-Type`.
    pub content_type: Option<&'a [u8]>,
    /// Every `Content-Encoding` header, in order.
    pub content_encoding: &'a [&'a [u8]],
    /// Every `Sec-GPC` header.
    pub sec_gpc: &'a [&'a [u8]],
    /// `User-Agent`.
    pub user_agent: Option<&'a [u8]>,
    /// Where it came from, behind any proxy that is trusted to say so.
    pub address: IpAddr,
    /// The body as sent.
    pub body: &'a [u8],
}

/// What a request held.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// The events that were accepted, in their order.
    pub events: Vec<Event>,
    /// Those that were not, in their order.
    pub refused: Vec<ItemRefusal>,
    /// Whether the request carried a Global Privacy Control signal.
    pub gpc: bool,
    /// Whether the sender is a known bot.
    pub bot: bool,
}

/// A request whose body was decompressed and read as JSON, before it is known who sent it.
#[derive(Debug)]
pub struct Decoded {
    call: Call,
    json: Map<String, Json>,
    /// Bytes of the JSON text.
    bytes: usize,
    header_key: Option<String>,
}

/// Reads the header with the key, decompresses the body and reads its JSON.
///
/// # Errors
///
/// [`Refusal::Unauthorized`] for a malformed `Authorization: Basic`, [`Refusal::TooLarge`],
/// [`Refusal::UnsupportedEncoding`] or [`Refusal::Malformed`] for the body.
pub fn decode(request: &Request<'_>) -> Result<Decoded, Refusal> {
    let header_key = write_key(request.authorization)?;
    let body = body::read(request.content_type, request.content_encoding, request.body)?;
    Ok(Decoded { call: request.call, json: body.json, bytes: body.bytes, header_key })
}

/// Reads one event that came by another way than the tracking API (a file), as an item of a batch of a server source:
/// with the same limits, times and refusals.
///
/// # Errors
///
/// Why the event is refused; its index says nothing.
pub(crate) fn read_item(item: Json, received_at: Moment) -> Result<Event, ItemRefusal> {
    let around = Around {
        call: Call::Batch,
        context: Map::new(),
        integrations: Map::new(),
        bytes: 0,
        sent_at: None,
        received_at,
        surroundings: Surroundings::default(),
    };
    item::read(item, 0, &around)
}

/// Reads one JSON object as strictly as a body.
///
/// # Errors
///
/// Which rule it breaks.
pub(crate) fn read_object(bytes: &[u8]) -> Result<Map<String, Json>, Code> {
    json::parse_object(bytes).map_err(|fault| fault.code)
}

/// Does everything at once for a source that is known already: tests and fuzz targets.
///
/// # Errors
///
/// Those of [`decode`] and [`Decoded::events`].
pub fn receive(request: &Request<'_>, trust: Trust, bots: &Bots, received_at: Moment) -> Result<Receipt, Refusal> {
    decode(request)?.events(request, trust, bots, received_at)
}

impl Decoded {
    /// The write key: that of the `Authorization` header, else `writeKey` in the body. Never one from the address.
    ///
    /// # Errors
    ///
    /// [`Refusal::Unauthorized`] when there is none.
    pub fn write_key(&self) -> Result<&str, Refusal> {
        let in_body = || self.json.get("writeKey").and_then(Json::as_str);
        self.header_key.as_deref().or_else(in_body).filter(|key| (1..=WRITE_KEY_BYTES_MAX).contains(&key.len())).ok_or(
            Refusal::Unauthorized {
                detail: "no write key: send it as the user name of HTTP Basic, or as `writeKey` in the body",
            },
        )
    }

    /// The events, for a source of this trust.
    ///
    /// For public sources the request comes from a person's device: its address (shortened) and user agent (reduced)
    /// stand in where an event names none, and a bot is recognised by it.
    ///
    /// # Errors
    ///
    /// [`Refusal::Malformed`] when the batch itself has a wrong shape or the only event of a single call is refused,
    /// [`Refusal::AllRefused`] when every event of a batch is, [`Refusal::TooLarge`] when limits are passed.
    pub fn events(
        self,
        request: &Request<'_>,
        trust: Trust,
        bots: &Bots,
        received_at: Moment,
    ) -> Result<Receipt, Refusal> {
        let user_agent = String::from_utf8_lossy(request.user_agent.unwrap_or_default());
        let is_public = trust == Trust::Public;
        let surroundings = if is_public { surroundings(request.address, &user_agent) } else { Surroundings::default() };
        let around = Around {
            call: self.call,
            context: Map::new(),
            integrations: Map::new(),
            bytes: 0,
            sent_at: None,
            received_at,
            surroundings,
        };
        let (events, refused) = match self.call {
            Call::Batch => read_batch(self.json, self.bytes, around)?,
            _ => match item::read(Json::Object(self.json), 0, &around) {
                Ok(event) => (vec![event], vec![]),
                Err(refused) => return Err(Refusal::single(refused)),
            },
        };
        let gpc = gpc::signalled(request.sec_gpc.iter().copied());
        let bot = is_public && bots.is_bot(&user_agent);
        Ok(Receipt { events, refused, gpc, bot })
    }
}

fn surroundings(address: IpAddr, user_agent: &str) -> Surroundings {
    Surroundings {
        ip: address::shortened(address).map(|ip| ip.to_string()),
        user_agent: (!user_agent.is_empty()).then(|| agent::reduced(user_agent)),
    }
}

fn read_batch(
    mut json: Map<String, Json>,
    bytes: usize,
    mut around: Around,
) -> Result<(Vec<Event>, Vec<ItemRefusal>), Refusal> {
    let items = match json.shift_remove("batch") {
        Some(Json::Array(items)) => items,
        None | Some(Json::Null) => return Err(refusal::Fault::missing("batch", "`batch` is needed").into()),
        Some(other) => return Err(refusal::Fault::wrong_type("batch", "a list of events", &other).into()),
    };
    if items.len() > BATCH_EVENTS_MAX {
        return Err(Refusal::too_many_events(items.len()));
    }
    around.context = context::object("context", json.shift_remove("context").unwrap_or_default())?;
    around.integrations = context::object("integrations", json.shift_remove("integrations").unwrap_or_default())?;
    around.sent_at = time::read("sentAt", json.get("sentAt").unwrap_or(&Json::Null))?;
    around.bytes = measure::json_bytes(&around.context) + measure::json_bytes(&around.integrations);
    if around.bytes.saturating_mul(items.len()).saturating_add(bytes) > COLLECTED_BYTES_MAX {
        let detail = format!(
            "the `context` of the batch makes its events larger than {COLLECTED_BYTES_MAX} bytes together; send smaller batches"
        );
        return Err(Refusal::TooLarge { detail });
    }
    let mut events = Vec::with_capacity(items.len());
    let mut refused = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        match item::read(item, index, &around) {
            Ok(event) => events.push(event),
            Err(refusal) => refused.push(refusal),
        }
    }
    if events.is_empty() && !refused.is_empty() {
        return Err(Refusal::AllRefused { items: refused });
    }
    Ok((events, refused))
}

const _: () = assert!(COLLECTED_BYTES_MAX > BODY_BYTES_MAX, "a batch without context of its own always fits");
