//! The door as a whole: requests as SDKs and attackers send them, and the events that come of them.

use super::limits::EVENT_BYTES_MAX;
use super::*;
use amana_core::EventKind;
use proptest::prelude::*;
use serde_json::json;
use std::net::Ipv4Addr;
use std::sync::LazyLock;

static BOTS: LazyLock<Bots> = LazyLock::new(Bots::new);
const NOW: Moment = Moment(1_772_366_400_000);

fn request(call: Call, body: &[u8]) -> Request<'_> {
    Request {
        call,
        authorization: None,
        content_type: Some(b"application/json"),
        content_encoding: &[],
        sec_gpc: &[],
        user_agent: Some(b"Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"),
        address: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 77)),
        body,
    }
}

fn receive_as(trust: Trust, call: Call, body: &Json) -> Result<Receipt, Refusal> {
    receive(&request(call, body.to_string().as_bytes()), trust, &BOTS, NOW)
}

fn one(call: Call, body: &Json) -> Event {
    receive_as(Trust::Server, call, body).unwrap().events.remove(0)
}

fn code(call: Call, body: &Json) -> (&'static str, Option<&'static str>) {
    let refusal = receive_as(Trust::Server, call, body).unwrap_err();
    (refusal.code(), refusal.field())
}

#[test]
fn every_call_gives_its_event() {
    let track = one(Call::Track, &json!({"userId": "u1", "event": "Order Completed", "properties": {"total": 9.5}}));
    assert_eq!(track.kind, EventKind::Track { event: "Order Completed".to_owned() });
    assert_eq!(track.properties["total"], 9.5);
    let page = one(
        Call::Page,
        &json!({"anonymousId": "a1", "name": "Home", "category": "Shop", "properties": {"name": "Own"}}),
    );
    assert_eq!((&page.properties["name"], &page.properties["category"]), (&json!("Own"), &json!("Shop")));
    let group = one(
        Call::Group,
        &json!({"userId": "u1", "groupId": 7, "traits": {"name": "Acme"}, "context": {"traits": {"name": "Ann"}}}),
    );
    assert_eq!(group.kind, EventKind::Group { group_id: "7".to_owned() });
    assert_eq!(Json::Object(group.traits), json!({"name": "Acme"}), "a group's name is not the person's");
    assert!(!group.context.contains_key("traits"));
    let alias = one(Call::Alias, &json!({"userId": "u1", "previousId": "a1"}));
    assert_eq!(alias.kind, EventKind::Alias { previous_id: "a1".to_owned() });
    assert_eq!(one(Call::Screen, &json!({"userId": "u1"})).kind, EventKind::Screen);
}

#[test]
fn traits_of_the_event_win_over_those_of_its_context() {
    let event = one(
        Call::Identify,
        &json!({"userId": "u1", "traits": {"plan": "a"}, "context": {"traits": {"plan": "b", "age": 3}, "locale": "de"}}),
    );
    assert_eq!(Json::Object(event.traits), json!({"plan": "a", "age": 3}));
    assert_eq!(Json::Object(event.context), json!({"locale": "de"}));
}

#[test]
fn required_fields_are_asked_for_by_name() {
    for (call, body, field) in [
        (Call::Track, json!({"userId": "u1"}), "event"),
        (Call::Track, json!({"event": "X"}), "userId"),
        (Call::Track, json!({"event": "X", "userId": "", "anonymousId": null}), "userId"),
        (Call::Group, json!({"userId": "u1", "groupId": ""}), "groupId"),
        (Call::Alias, json!({"userId": "u1"}), "previousId"),
        (Call::Alias, json!({"anonymousId": "u1", "previousId": "a1"}), "userId"),
        (Call::Batch, json!({}), "batch"),
    ] {
        assert_eq!(code(call, &body), ("missing_field", Some(field)), "{body}");
    }
}

#[test]
fn wrong_kinds_and_lengths_are_refused_without_repeating_them() {
    let track = |field: &str, value: Json| {
        let mut body = json!({"userId": "u1", "event": "X", "messageId": "m1"});
        body[field] = value;
        body
    };
    for (field, value, expected) in [
        ("userId", json!({"canary": 1}), "wrong_type"),
        ("userId", json!(1.5), "wrong_type"),
        ("userId", json!(true), "wrong_type"),
        ("anonymousId", json!("c".repeat(257)), "too_long"),
        ("userId", json!("canary\u{0}"), "control_character"),
        ("event", json!(["canary"]), "wrong_type"),
        ("messageId", json!("m".repeat(101)), "too_long"),
        ("properties", json!("canary"), "wrong_type"),
        ("traits", json!(["canary"]), "wrong_type"),
        ("context", json!(7), "wrong_type"),
        ("integrations", json!("canary"), "wrong_type"),
        ("timestamp", json!("canary"), "bad_time"),
        ("sentAt", json!("canary"), "bad_time"),
        ("type", json!("canary"), "type_mismatch"),
    ] {
        let refusal = receive_as(Trust::Server, Call::Track, &track(field, value)).unwrap_err();
        assert_eq!((refusal.code(), refusal.field()), (expected, Some(field)));
        assert!(!format!("{refusal:?}{refusal}").contains("canary"), "{refusal:?}");
    }
}

#[test]
fn a_batch_keeps_the_good_and_tells_the_bad() {
    let body = json!({
        "context": {"locale": "de", "library": {"name": "x"}},
        "sentAt": "2026-03-01T13:00:00Z",
        "batch": [
            {"type": "track", "userId": 42, "event": "A", "messageId": "m0", "timestamp": "2026-03-01T12:59:00Z"},
            {"type": "track", "userId": "u1", "messageId": "m1"},
            {"type": "dance", "userId": "u1"},
            {"userId": "u1"},
            "nonsense",
            {"type": "identify", "userId": "u1", "context": {"locale": "fr"}, "traits": []},
        ],
    });
    let receipt = receive_as(Trust::Server, Call::Batch, &body).unwrap();
    let [first, second] = receipt.events.as_slice() else { panic!("two are good") };
    assert_eq!(first.user_id.as_deref(), Some("42"));
    assert_eq!(first.at, NOW.plus_millis(-60_000), "the sender's clock is an hour ahead");
    assert_eq!(first.context["locale"], "de");
    assert_eq!((&second.context["locale"], &second.context["library"]["name"]), (&json!("fr"), &json!("x")));
    let told: Vec<_> = receipt.refused.iter().map(|item| (item.index, item.code)).collect();
    assert_eq!(
        told,
        [(1, Code::MissingField), (2, Code::UnknownType), (3, Code::MissingField), (4, Code::NotAnObject)]
    );
    assert_eq!(receipt.refused[0].message_id.as_deref(), Some("m1"));
}

#[test]
fn a_request_of_which_nothing_is_accepted_is_no_success() {
    let refusal = receive_as(Trust::Server, Call::Batch, &json!({"batch": [{"type": "track"}]})).unwrap_err();
    assert_eq!((refusal.status(), refusal.code()), (400, "all_refused"));
    let empty = receive_as(Trust::Server, Call::Batch, &json!({"batch": []})).unwrap();
    assert!(empty.events.is_empty() && empty.refused.is_empty());
}

#[test]
fn limits_are_kept_with_413() {
    let large = json!({"userId": "u1", "event": "X", "properties": {"x": "x".repeat(33 * 1024)}});
    assert_eq!(receive_as(Trust::Server, Call::Track, &large).unwrap_err().status(), 413);
    let item = json!({"type": "page", "userId": "u"});
    let many = json!({"batch": vec![item.clone(); BATCH_EVENTS_MAX + 1]});
    assert_eq!(receive_as(Trust::Server, Call::Batch, &many).unwrap_err().status(), 413);
    let full = json!({"batch": vec![item.clone(); BATCH_EVENTS_MAX]});
    assert_eq!(receive_as(Trust::Server, Call::Batch, &full).unwrap().events.len(), BATCH_EVENTS_MAX);
    let multiplied = json!({"context": {"x": "x".repeat(20_000)}, "batch": vec![item; BATCH_EVENTS_MAX]});
    assert_eq!(receive_as(Trust::Server, Call::Batch, &multiplied).unwrap_err().status(), 413);
}

#[test]
fn one_event_too_large_does_not_cost_the_others() {
    let large = json!({"type": "page", "userId": "u", "properties": {"x": "x".repeat(33 * 1024)}});
    let batch = json!({"batch": [large, {"type": "page", "userId": "u"}]});
    let receipt = receive_as(Trust::Server, Call::Batch, &batch).unwrap();
    assert_eq!((receipt.events.len(), receipt.refused[0].code), (1, Code::EventTooLarge));
}

#[test]
fn only_a_public_sources_sender_is_a_person() {
    let body = json!({"userId": "u1", "event": "X"});
    let public = receive_as(Trust::Public, Call::Track, &body).unwrap().events.remove(0);
    assert_eq!(Json::Object(public.context), json!({"ip": "203.0.113.0", "userAgent": "Firefox/127 Linux"}));
    assert!(one(Call::Track, &body).context.is_empty());
}

#[test]
fn bots_and_signals_are_told() {
    let text = json!({"userId": "u1", "event": "X"}).to_string();
    let mut bot = request(Call::Track, text.as_bytes());
    bot.user_agent = Some(b"Googlebot/2.1 (+http://www.google.com/bot.html)");
    bot.sec_gpc = &[b"0", b"1"];
    let public = receive(&bot, Trust::Public, &BOTS, NOW).unwrap();
    let server = receive(&bot, Trust::Server, &BOTS, NOW).unwrap();
    assert!(public.bot && public.gpc);
    assert!(!server.bot && server.gpc);
}

#[test]
fn the_key_of_the_header_wins_over_that_of_the_body() {
    let text = json!({"userId": "u1", "writeKey": "body_key"}).to_string();
    let mut request = request(Call::Page, text.as_bytes());
    assert_eq!(decode(&request).unwrap().write_key(), Ok("body_key"));
    request.authorization = Some(b"Basic aGVhZGVyX2tleTo=");
    assert_eq!(decode(&request).unwrap().write_key(), Ok("header_key"));
    request.authorization = Some(b"Basic %");
    assert_eq!(decode(&request).unwrap_err().status(), 401);
}

#[test]
fn no_key_is_unauthorized() {
    for body in [json!({}), json!({"writeKey": ""}), json!({"writeKey": 7}), json!({"writeKey": "k".repeat(257)})] {
        let text = body.to_string();
        assert_eq!(decode(&request(Call::Page, text.as_bytes())).unwrap().write_key().unwrap_err().status(), 401);
    }
}

#[test]
fn a_timestamp_said_by_the_caller_wins_over_the_librarys() {
    let body = json!({
        "userId": "u1", "event": "X", "timestamp": "1997-01-12T00:00:00.000Z",
        "originalTimestamp": NOW.to_string(), "sentAt": NOW.to_string(),
    });
    assert_eq!(Some(one(Call::Track, &body).at), Moment::parse("1997-01-12T00:00:00Z"));
}

#[test]
fn a_retry_of_the_same_bytes_is_the_same_event() {
    let text = br#"{"userId":"u1","event":"X","timestamp":"2026-03-01T00:00:00Z"}"#;
    let first = receive(&request(Call::Track, text), Trust::Server, &BOTS, NOW).unwrap();
    let later = receive(&request(Call::Track, text), Trust::Server, &BOTS, NOW.plus_millis(9_000)).unwrap();
    assert_eq!(first.events, later.events);
}

fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        ".{0,12}".prop_map(Json::from),
        "[a-z0-9]{1,300}".prop_map(Json::from),
        Just(json!("2026-03-01T12:00:00Z")),
        Just(json!("https://a:b@c.example/?utm_source=1&email=x#y")),
        proptest::sample::select(vec!["track", "identify", "page", "group", "alias", "screen"]).prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            proptest::collection::vec((any_key(), inner), 0..8)
                .prop_map(|pairs| Json::Object(pairs.into_iter().collect())),
        ]
    })
}

fn any_key() -> impl Strategy<Value = String> {
    let known = vec![
        "type",
        "userId",
        "anonymousId",
        "event",
        "groupId",
        "previousId",
        "name",
        "category",
        "properties",
        "traits",
        "context",
        "integrations",
        "timestamp",
        "originalTimestamp",
        "sentAt",
        "messageId",
        "ip",
        "userAgent",
        "userAgentData",
        "page",
        "referrer",
        "search",
        "url",
        "batch",
    ];
    prop_oneof![9 => proptest::sample::select(known).prop_map(str::to_owned), 1 => ".{0,8}"]
}

/// Objects that mostly are events, so that much of what is tried is accepted.
fn nearly_an_event() -> impl Strategy<Value = Json> {
    (any_json(), "[a-z]{1,9}", proptest::collection::vec((any_key(), any_json()), 0..6)).prop_map(
        |(json, id, pairs)| {
            let mut event = json!({"type": "track", "userId": id, "event": "E", "properties": {"x": json}});
            event.as_object_mut().unwrap().extend(pairs);
            event
        },
    )
}

fn check_within_limits(receipt: &Receipt) -> Result<(), TestCaseError> {
    for event in &receipt.events {
        let text = serde_json::to_string(event).unwrap();
        prop_assert!(text.len() <= EVENT_BYTES_MAX + 512, "what the door adds is little");
        let again: Event = serde_json::from_str(&text).unwrap();
        prop_assert_eq!((&again.kind, &again.message_id, again.at), (&event.kind, &event.message_id, event.at));
        prop_assert!(event.at <= NOW && (1..=100).contains(&event.message_id.len()));
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_bytes_make_the_door_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        call in proptest::sample::select(Call::ALL.to_vec()),
        content_type in proptest::option::of(proptest::sample::select(vec![
            "application/json", "text/plain", "application/x-www-form-urlencoded", "text/html",
        ])),
        encoding in proptest::option::of(proptest::sample::select(vec!["gzip", "br", "zstd", "deflate", "x"])),
        authorization in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..40)),
    ) {
        let encodings: Vec<&[u8]> = encoding.iter().map(|name| name.as_bytes()).collect();
        let mut request = request(call, &bytes);
        request.content_type = content_type.map(str::as_bytes);
        request.content_encoding = &encodings;
        request.authorization = authorization.as_deref();
        request.user_agent = Some(&bytes);
        let _ = receive(&request, Trust::Public, &BOTS, NOW);
    }

    #[test]
    fn any_json_is_accepted_within_limits_or_refused(
        json in any_json(),
        call in proptest::sample::select(Call::ALL.to_vec()),
    ) {
        if let Ok(receipt) = receive_as(Trust::Public, call, &json) {
            check_within_limits(&receipt)?;
        }
    }

    #[test]
    fn every_event_of_a_batch_is_accepted_or_told(
        items in proptest::collection::vec(nearly_an_event(), 0..6),
        context in any_json(),
    ) {
        let batch = json!({"batch": items, "context": context});
        match receive_as(Trust::Public, Call::Batch, &batch) {
            Ok(receipt) => {
                prop_assert_eq!(receipt.events.len() + receipt.refused.len(), items.len());
                check_within_limits(&receipt)?;
            }
            Err(Refusal::AllRefused { items: refused }) => prop_assert_eq!(refused.len(), items.len()),
            Err(refusal) => prop_assert_eq!(refusal.status(), 400),
        }
    }
}
