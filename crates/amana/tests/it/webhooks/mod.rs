//! Webhooks: what leaves, signed and only as the contract says, what does not and why, and that the books balance
//! (DESIGN §9).

mod changes;
mod crash;
mod full_sync;
mod outcomes;
mod recipients;
mod withheld;

use crate::support::{Engine, House};
use serde_json::{Value as Json, json};

/// The test catalogue without the audience of offers, so that each person is one message.
pub(crate) fn quiet_catalog() -> String {
    crate::support::CATALOG.replacen(
        "where = \"views >= 1 OR orders >= 1\"\ndestinations = [\"mailer\"]",
        "where = \"views >= 1\"",
        1,
    )
}

/// An installation whose readers are told of.
async fn house(engine: Engine) -> House {
    House::open(engine, &quiet_catalog()).await
}

/// Somebody who agrees to the news.
fn reader(user: &str, traits: Json) -> Json {
    json!({"type": "identify", "userId": user, "messageId": user, "traits": traits,
        "context": {"consent": {"categoryPreferences": {"news": true}}}})
}
