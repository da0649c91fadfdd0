//! What a caller said of an act, as one number: by it the same act is known when it is sent again, whatever the catalogue
//! makes of it by then.

use super::{About, ActAsk};
use crate::hash::short_of;
use amana_core::permission::Content;
use serde::Serialize;

/// A hash of everything that is said with an act but its name.
pub(super) fn words(ask: &ActAsk<'_>, value: &str, contents: &[Option<Content>]) -> u64 {
    let said = &ask.evidence;
    let about = match ask.about {
        About::Purpose { purpose, brand } => json(&("purpose", purpose, brand)),
        About::DirectMarketing => json(&"direct_marketing"),
        About::Person => json(&"person"),
        About::Channel(channel) => json(&("channel", channel)),
    };
    let guardian = ask.guardian.map(|guardian| (guardian.kind, guardian.value, guardian.scope));
    let what = json(&(ask.act, ask.at, ask.until, contents));
    let how = json(&(said.method, &said.verified, guardian, &said.document, &said.system));
    let (text, law) = (&said.text_sha256, &said.jurisdiction);
    let shown = json(&(&said.notice, said.notice_version, &said.language, text, law, &said.note));
    // Left out where it is not said, so that acts are known again that were named before it could be.
    let version = said.purpose_version.map(|version| json(&version)).unwrap_or_default();
    let (kind, scope) = (ask.sought.kind.as_bytes(), ask.sought.scope.as_bytes());
    let parts: [&[u8]; 9] = [b"words of an act", kind, scope, value.as_bytes(), &about, &what, &how, &shown, &version];
    short_of(if version.is_empty() { &parts[..8] } else { &parts })
}

fn json(said: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(said).expect("words and numbers have a form in JSON")
}
