//! What surrounds an event: `context`, reduced at the door to what the journal may hold before any purpose was asked.
//!
//! Fields that schemas know (device and advertising ids, locale, campaign, consent) stay; the pipeline decides about
//! them. What is changed here is what nobody can give back once it is on disk: whole addresses, whole user agents and
//! query strings.

use super::address::shortened;
use super::agent::reduced;
use super::link::{make_bare, make_search_bare};
use super::refusal::Fault;
use amana_core::EventKind;
use serde_json::{Map, Value as Json};

/// Fields that describe a page by its address.
const PAGE_LINKS: [&str; 3] = ["url", "referrer", "path"];

/// Fields of `context.userAgentData` that browsers give to every page without being asked for more (Client Hints,
/// "low entropy").
const LOW_ENTROPY: [&str; 3] = ["brands", "mobile", "platform"];

/// What the request itself says of a person's device, for public sources: already reduced. For server sources both
/// are absent, because there the sender is a machine of the organisation.
#[derive(Clone, Debug, Default)]
pub(super) struct Surroundings {
    pub(super) ip: Option<String>,
    pub(super) user_agent: Option<String>,
}

/// Adds what a batch says for all its events; what an event says itself wins, one level deep.
pub(super) fn add_shared(own: &mut Map<String, Json>, shared: &Map<String, Json>) {
    for (key, value) in shared {
        match (own.get_mut(key), value) {
            (None, _) => {
                own.insert(key.clone(), value.clone());
            }
            (Some(Json::Object(own)), Json::Object(shared)) => {
                for (key, value) in shared {
                    if !own.contains_key(key) {
                        own.insert(key.clone(), value.clone());
                    }
                }
            }
            (Some(_), _) => {}
        }
    }
}

/// Takes `traits` out of a context.
pub(super) fn take_traits(context: &mut Map<String, Json>) -> Result<Map<String, Json>, Fault> {
    object("context.traits", context.shift_remove("traits").unwrap_or_default())
}

/// An object, or none: null, and the empty list by which PHP writes an empty object.
pub(super) fn object(field: &'static str, json: Json) -> Result<Map<String, Json>, Fault> {
    match json {
        Json::Object(map) => Ok(map),
        Json::Null => Ok(Map::new()),
        Json::Array(list) if list.is_empty() => Ok(Map::new()),
        other => Err(Fault::wrong_type(field, "an object", &other)),
    }
}

/// Reduces a context in place.
pub(super) fn reduce(context: &mut Map<String, Json>, surroundings: &Surroundings) {
    reduce_address(context, surroundings);
    reduce_user_agent(context, surroundings);
    if let Some(Json::Object(page)) = context.get_mut("page") {
        make_bare(page, &PAGE_LINKS);
        make_search_bare(page, true);
    }
    match context.get_mut("referrer") {
        Some(Json::Object(referrer)) => make_bare(referrer, &["url", "link"]),
        Some(Json::String(_)) => make_bare(context, &["referrer"]),
        _ => {}
    }
}

/// Reduces the properties of an event in place: those that describe a page by its address.
pub(super) fn reduce_properties(properties: &mut Map<String, Json>, kind: &EventKind) {
    let is_page = matches!(kind, EventKind::Page | EventKind::Screen);
    make_bare(properties, if is_page { &PAGE_LINKS } else { &["url", "referrer"] });
    make_search_bare(properties, is_page);
}

fn reduce_address(context: &mut Map<String, Json>, surroundings: &Surroundings) {
    let said = match context.get("ip") {
        None | Some(Json::Null) => None,
        Some(Json::String(text)) if text.is_empty() => None,
        // What is no address cannot be shortened, so it is not kept either.
        Some(Json::String(text)) => Some(text.parse().ok().and_then(shortened).map(|ip| ip.to_string())),
        Some(_) => Some(None),
    };
    // An address of zeros asks not to be located, but SDKs also send it for "take the sender's", which is the
    // documented meaning; the sender's is only ever kept in short.
    match said.flatten().or_else(|| surroundings.ip.clone()) {
        Some(ip) => context.insert("ip".to_owned(), Json::String(ip)),
        None => context.shift_remove("ip"),
    };
}

fn reduce_user_agent(context: &mut Map<String, Json>, surroundings: &Surroundings) {
    let said = match context.get("userAgent") {
        Some(Json::String(text)) if !text.is_empty() => Some(reduced(text)),
        _ => None,
    };
    match said.or_else(|| surroundings.user_agent.clone()) {
        Some(user_agent) => context.insert("userAgent".to_owned(), Json::String(user_agent)),
        None => context.shift_remove("userAgent"),
    };
    match context.get_mut("userAgentData") {
        None => {}
        Some(Json::Object(hints)) => hints.retain(|key, _| LOW_ENTROPY.contains(&key.as_str())),
        Some(_) => {
            context.shift_remove("userAgentData");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(json: Json) -> Map<String, Json> {
        object("test", json).unwrap()
    }

    fn reduced_with(json: Json, surroundings: &Surroundings) -> Json {
        let mut context = map(json);
        reduce(&mut context, surroundings);
        Json::Object(context)
    }

    fn browser() -> Surroundings {
        Surroundings { ip: Some("203.0.113.0".to_owned()), user_agent: Some("Firefox/127 Linux".to_owned()) }
    }

    #[test]
    fn a_context_says_no_more_than_network_and_family() {
        let context = json!({
            "ip": "198.51.100.23",
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0",
            "userAgentData": {"brands": [], "mobile": false, "platform": "Linux", "model": "canary", "bitness": "64"},
            "page": {
                "url": "https://a.example/x?email=canary", "search": "?email=canary&utm_id=1",
                "referrer": "https://b.example/?q=canary", "path": "/x?canary", "title": "X"
            },
            "referrer": {"url": "https://c.example/?canary", "type": "ad"},
            "device": {"id": "d1", "advertisingId": "kept for the schema to decide"},
        });
        let reduced = reduced_with(context, &browser());
        assert!(!reduced.to_string().contains("canary"), "{reduced}");
        assert_eq!(reduced["ip"], "198.51.100.0");
        assert_eq!(reduced["userAgent"], "Firefox/115 Linux");
        assert_eq!(reduced["page"]["search"], "?utm_id=1");
        assert_eq!(reduced["page"]["title"], "X");
        assert_eq!(reduced["device"]["advertisingId"], "kept for the schema to decide");
    }

    #[test]
    fn the_senders_own_address_stands_in_for_public_sources_only() {
        for silent in [json!({}), json!({"ip": null}), json!({"ip": ""}), json!({"ip": "0.0.0.0"})] {
            assert_eq!(reduced_with(silent.clone(), &browser())["ip"], "203.0.113.0");
            assert_eq!(reduced_with(silent, &Surroundings::default()), json!({}));
        }
    }

    #[test]
    fn what_cannot_be_shortened_is_not_kept() {
        for odd in [json!("canary"), json!("1.2.3.4, 5.6.7.8"), json!(7), json!({"a": 1})] {
            let context = json!({"ip": odd, "userAgent": odd.clone(), "userAgentData": odd.clone()});
            let text = reduced_with(context, &Surroundings::default()).to_string();
            assert!(!text.contains("canary") && !text.contains("1.2.3") && !text.contains("\"ip\""), "{text}");
        }
    }

    #[test]
    fn an_events_own_context_wins_one_level_deep() {
        let mut own = map(json!({"locale": "de", "app": {"name": "a"}, "os": null}));
        let shared = json!({"locale": "en", "app": {"name": "b", "build": 3}, "os": {"name": "x"}, "timezone": "UTC"});
        add_shared(&mut own, &map(shared));
        let expected = json!({"locale": "de", "app": {"name": "a", "build": 3}, "os": null, "timezone": "UTC"});
        assert_eq!(Json::Object(own), expected);
    }

    #[test]
    fn a_word_searched_for_stays_in_a_track_event_and_a_query_does_not() {
        let mut track = map(json!({"url": "/p?x=1", "search": "tents", "path": "/a?b"}));
        reduce_properties(&mut track, &EventKind::Track { event: "Products Searched".to_owned() });
        assert_eq!(Json::Object(track), json!({"url": "/p", "search": "tents", "path": "/a?b"}));
        let mut page = map(json!({"url": "/p?x=1", "search": "?q=tents", "path": "/a?b"}));
        reduce_properties(&mut page, &EventKind::Page);
        assert_eq!(Json::Object(page), json!({"url": "/p", "search": "", "path": "/a"}));
    }
}
