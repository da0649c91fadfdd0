//! What a destination receives.
//!
//! ```text
//! POST https://…
//! content-type: application/json
//! webhook-id: msg_4f1c0a9be2d3_7_42         the same for every attempt: who has seen it can drop it
//! webhook-timestamp: 1772366400             of this attempt, seconds
//! webhook-signature: v1,<base64>            Standard Webhooks
//! amana-origin: amana/<organisation>        against ping-pong: what came from here is not sent back here
//!
//! {
//!   "type": "audience.entered",             or "audience.updated", "audience.exited"
//!   "timestamp": "2026-03-01T12:00:00.000Z",  when that was found
//!   "data": {
//!     "audience": "loyal_hikers",
//!     "purpose": "news",
//!     "brand": "mountain",                  left out for a purpose of all brands
//!     "profile_id": "5b0c…",                the recipient's own id of the person
//!     "fields": { "address": "…" },         all that may be told; left out for "audience.exited"
//!     "origin": "amana/<organisation>"
//!   }
//! }
//! ```
//!
//! `audience.entered`: somebody belongs, whether they entered now or the destination was attached to an audience that
//! had members. `audience.updated`: somebody still belongs and what may be told of them is now this; a field that is
//! missing may not be kept any more. `audience.exited`: somebody belongs no longer, or the destination is told of them
//! no longer. It carries no field: whoever is to forget somebody needs to know only whom (GDPR Art. 5(1)(c), 19).
//!
//! `profile_id` is another one for each recipient ([`super::recipient_id`]), the same in all messages to it about one
//! profile. It is left out where no field of the contract may be told, unless an earlier message carried it and this
//! one has to refer to that. `GET /destinations/{code}/deliveries` shows which profile an id stands for.

use super::sign::Signer;
use crate::audience::NoticeKind;
use amana_core::Moment;
use amana_core::catalog::{Catalog, Number, SlotRule};
use amana_store::seal::Root;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Map, Value as Json, json};
use sha2::Sha256;
use uuid::Uuid;

/// The header that says where a message comes from.
pub const ORIGIN_HEADER: &str = "amana-origin";

/// How many bytes of the prefix tell installations apart.
const PREFIX_BYTES: usize = 6;

/// What of a message is the same for all recipients.
pub(super) struct About<'a> {
    pub(super) kind: NoticeKind,
    pub(super) at: Moment,
    pub(super) audience: &'a str,
    pub(super) slot: &'a SlotRule,
    /// How the recipient knows whom it is about.
    pub(super) profile: Option<Uuid>,
    /// The fields of somebody who belongs.
    pub(super) fields: Option<Map<String, Json>>,
}

/// A message ready to leave. It lives in memory only, for one attempt.
pub(super) struct Message {
    pub(super) id: String,
    pub(super) seconds: i64,
    pub(super) signature: String,
    pub(super) origin: String,
    pub(super) body: Vec<u8>,
}

/// Where a message comes from.
pub(super) fn origin(catalog: &Catalog) -> String {
    format!("amana/{}", catalog.organisation.code)
}

/// The body of a message.
pub(super) fn body(about: About<'_>, catalog: &Catalog) -> Vec<u8> {
    let mut data = Map::new();
    data.insert("audience".into(), about.audience.into());
    data.insert("purpose".into(), about.slot.purpose.as_str().into());
    if let Some(brand) = &about.slot.brand {
        data.insert("brand".into(), brand.as_str().into());
    }
    if let Some(profile) = about.profile {
        data.insert("profile_id".into(), profile.to_string().into());
    }
    if let Some(fields) = about.fields {
        data.insert("fields".into(), Json::Object(fields));
    }
    data.insert("origin".into(), origin(catalog).into());
    let kind = match about.kind {
        NoticeKind::Entered => "audience.entered",
        NoticeKind::Exited => "audience.exited",
        NoticeKind::Updated => "audience.updated",
    };
    json!({"type": kind, "timestamp": about.at.to_string(), "data": data}).to_string().into_bytes()
}

/// Names messages: the same for every attempt, and different between installations, since a destination may be told
/// by several.
pub(super) struct Ids {
    prefix: String,
}

impl Ids {
    /// The names of an installation. The prefix is derived from its random system key, which it does not tell.
    pub(super) fn of(root: &Root) -> Self {
        let mac = Hmac::<Sha256>::new_from_slice(root.system_key().as_bytes());
        let mut mac = mac.expect("a key of any length is allowed");
        mac.update(b"amana webhook ids");
        let hash = mac.finalize().into_bytes();
        let prefix = hash.iter().take(PREFIX_BYTES).map(|byte| format!("{byte:02x}")).collect();
        Self { prefix }
    }

    /// The name of a message.
    pub(super) fn name(&self, destination: Number, sequence: u64) -> String {
        format!("msg_{}_{destination}_{sequence}", self.prefix)
    }
}

impl Message {
    /// Signs a body.
    pub(super) fn new(id: String, body: Vec<u8>, origin: String, signer: &Signer, now: Moment) -> Option<Self> {
        let seconds = now.0.div_euclid(1_000);
        let signature = signer.sign(&id, seconds, &body)?;
        Some(Self { id, seconds, signature, origin, body })
    }
}
