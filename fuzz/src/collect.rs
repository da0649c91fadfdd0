//! What holds for every request to collect: it is refused with a clear 4xx, or what it holds is within all limits, can
//! be written and read back, and goes through identification and the gate. Nothing panics.

use amana::collect::address::shortened;
use amana::collect::{Bots, Call, Receipt, Refusal, Request, receive};
use amana::pipeline::identifiers;
use amana_core::catalog::{Catalog, Numbers, Policy, Trust};
use amana_core::profile::gate;
use amana_core::{Event, Moment};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;

/// When everything is received: 2026-03-01T12:00:00Z.
const NOW: Moment = Moment(1_772_366_400_000);
const CATALOG: &str = include_str!("../seeds/catalogue/shop.toml");

/// Runs one input: a line `call trust content-type encodings…`, then the body.
pub(crate) fn run(input: &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n');
    let (head, body) = end.map_or((&[][..], input), |end| (&input[..end], &input[end + 1..]));
    let mut words = head.split(|byte| *byte == b' ');
    let mut word = || words.next().and_then(|word| std::str::from_utf8(word).ok());
    let call = word().and_then(Call::of_path).unwrap_or(Call::Batch);
    let trust = if word() == Some("public") { Trust::Public } else { Trust::Server };
    let content_type = word().filter(|word| *word != "-").map(str::as_bytes);
    let encodings: Vec<&[u8]> = words.collect();
    let request = Request {
        call,
        authorization: None,
        content_type,
        content_encoding: &encodings,
        sec_gpc: &[b"1"],
        user_agent: Some(b"Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0"),
        address: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 77)),
        body,
    };
    static BOTS: OnceLock<Bots> = OnceLock::new();
    let bots = BOTS.get_or_init(Bots::new);
    let received = receive(&request, trust, bots, NOW);
    assert_eq!(receive(&request, trust, bots, NOW), received, "the same bytes mean the same");
    match received {
        Ok(receipt) => accepted(&receipt),
        Err(refusal) => refused(&refusal),
    }
}

fn accepted(receipt: &Receipt) {
    assert!(receipt.gpc);
    assert!(receipt.events.len() + receipt.refused.len() <= 2_500);
    for event in &receipt.events {
        within_limits(event);
        let written = serde_json::to_vec(event).expect("events have only text keys");
        let read: Event = serde_json::from_slice(&written).expect("what was written is read");
        assert_eq!(&read, event, "what was written is what is read");
        through_the_gate(event);
    }
}

fn within_limits(event: &Event) {
    assert!((1..=100).contains(&event.message_id.len()));
    assert!(event.at <= NOW, "nothing happens in the future");
    assert!(event.user_id.is_some() || event.anonymous_id.is_some());
    for id in [&event.user_id, &event.anonymous_id].into_iter().flatten() {
        assert!((1..=256).contains(&id.len()) && !id.bytes().any(|byte| byte.is_ascii_control()));
    }
    assert!((1..=256).contains(&event.name().len()));
    if let Some(ip) = event.context.get("ip") {
        let ip: IpAddr = ip.as_str().and_then(|text| text.parse().ok()).expect("what is no address is not kept");
        assert_eq!(shortened(ip), Some(ip), "an address stays whole");
    }
}

/// A catalogue under which everything may be kept sees every field.
fn through_the_gate(event: &Event) {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    let policy = POLICY.get_or_init(|| {
        let catalog = Catalog::read(CATALOG).expect("the seed is a catalogue");
        let numbers = Numbers::default().assign(&catalog).expect("a first version has room");
        Policy::compile(1, &catalog, &numbers)
    });
    let (found, _) = identifiers(event, policy);
    for identifier in &found {
        assert!((1..=512).contains(&identifier.value.len()));
    }
    let all = policy.slots.iter().map(|rule| rule.slot).collect();
    let kept = gate(policy, all, event, None);
    assert!(kept.set_aside.iter().all(|aside| aside.path.len() <= 128));
    let nothing = gate(policy, amana_core::SlotSet::default(), event, None);
    assert!(nothing.parts.is_empty(), "without a purpose nothing is kept");
}

fn refused(refusal: &Refusal) {
    assert!((400..500).contains(&refusal.status()));
    assert!(!refusal.detail().is_empty() && refusal.detail().len() < 1_000);
    assert!(refusal.retry_after_seconds().is_none(), "what cannot succeed later must not be sent again");
}
