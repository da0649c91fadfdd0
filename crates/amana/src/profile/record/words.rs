//! What a caller said of an act, as one number: by it the same act is known when it is sent again, whatever the catalogue
//! makes of it by then.

use super::{About, ActAsk};
use crate::hash::short_of;
use amana_core::permission::Content;
use serde::Serialize;

/// A hash of everything that is said with an act but its name.
pub(super) fn words(ask: &ActAsk<'_>, value: &str, contents: &[Option<Content>]) -> u64 {
    let about = match ask.about {
        About::Purpose { purpose, brand } => json(&("purpose", purpose, brand)),
        About::DirectMarketing => json(&"direct_marketing"),
        About::Person => json(&"person"),
        About::Channel(channel) => json(&("channel", channel)),
    };
    let guardian = ask.guardian.map(|guardian| (guardian.kind, guardian.value, guardian.scope));
    let what = json(&(ask.act, ask.at, ask.until, contents));
    let how = json(&(ask.method, &ask.verified, guardian, &ask.document, &ask.system));
    let shown = json(&(&ask.notice, ask.notice_version, &ask.language, &ask.text_sha256, &ask.jurisdiction, &ask.note));
    let (kind, scope) = (ask.sought.kind.as_bytes(), ask.sought.scope.as_bytes());
    short_of(&[b"words of an act", kind, scope, value.as_bytes(), &about, &what, &how, &shown])
}

fn json(said: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(said).expect("words and numbers have a form in JSON")
}
