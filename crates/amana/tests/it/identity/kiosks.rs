//! Sources of which the catalogue says that many people use their devices: such a device is nobody's from its first event
//! on, whoever signs in on it and wherever else it is seen (DESIGN §6).

use super::shared_devices::{graph, send};
use super::signed::{ISSUER, NOW, TOKEN_KEY};
use super::{bought, viewed, views};
use crate::support::{CATALOG, Engine, House, on_both_engines, write_key};
use amana::hash::sha256_hex;
use amana::pipeline::TallyName;
use serde_json::{Value as Json, json};

on_both_engines!(
    what_is_said_on_a_declared_device_counts_for_the_device_alone,
    what_a_declared_device_has_stored_is_no_second_persons_yes,
    a_device_that_somebody_had_is_nobodys_once_it_is_declared,
    what_was_done_on_a_declared_device_is_not_given_to_who_signs_in_elsewhere,
    what_a_device_is_known_by_besides_leads_to_nobody,
);

/// A public source that may prove who signs in, and one that verifies.
pub(super) const KIOSKS: [&str; 2] = ["kiosk", "counter"];

/// The catalogue with both, on devices that many people use or on people's own.
pub(super) fn with_kiosks(shared_devices: bool) -> String {
    let source = |code: &str, key: String| {
        format!(
            r#"[[sources]]
code = "{code}"
brand = "shop"
channel = "kiosk"
{key}
collects = ["orders", "bookkeeping", "news", "offers"]
consent_categories = {{ news = ["news"], offers = ["offers"] }}
notices = ["privacy"]
shared_devices = {shared_devices}
"#
        )
    };
    let proof = format!(
        "identity_proof = {{ jwt = {{ issuer = {}, audience = \"site\", keys = {} }} }}\n\n",
        json!(ISSUER),
        json!([TOKEN_KEY])
    );
    let kiosk = source("kiosk", format!("trust = \"public\"\nwrite_key = \"{}\"", write_key("kiosk")));
    let hash = sha256_hex(write_key("counter").as_bytes());
    let counter = source("counter", format!("trust = \"server\"\nwrite_key_sha256 = \"{hash}\""));
    CATALOG.replacen("[[events]]", &format!("{kiosk}{proof}{counter}\n[[events]]"), 1)
}

/// A look at a product, with all that apps tell of the device.
pub(super) fn looked(user: Option<&str>, device: &str, message: &str) -> Json {
    let mut event = viewed(user, device, message);
    event["context"] =
        json!({"device": {"id": format!("chip of {device}"), "advertisingId": format!("ads of {device}")}});
    event
}

/// The shop knows them.
pub(super) async fn customers(house: &House, people: &[&str]) {
    for person in people {
        send(house, "shop", bought(person, &format!("m-{person}"), json!({"firstName": person}))).await;
    }
}

/// Kinds of what names a device, as the graph of somebody holds or leaves out.
pub(super) fn devices(listed: &Json) -> Vec<String> {
    let kinds = listed.as_array().unwrap().iter().filter_map(|one| one["kind"].as_str());
    kinds.filter(|kind| ["anonymous_id", "device_id", "advertising_id"].contains(kind)).map(str::to_owned).collect()
}

fn stored(user: Option<&str>, device: &str, message: &str, preferences: Json) -> Json {
    json!({"type": "page", "userId": user, "anonymousId": device, "messageId": message,
        "context": {"consent": {"categoryPreferences": preferences}}})
}

/// Whoever holds it says so for what is done on it without signing in.
async fn what_is_said_on_a_declared_device_counts_for_the_device_alone(engine: Engine) {
    let house = House::open(engine, &with_kiosks(true)).await;
    customers(&house, &["lena"]).await;
    for source in KIOSKS {
        let (device, message) = (format!("anonymous_id/{source}"), |name: &str| format!("{name}-{source}"));
        send(&house, source, looked(None, source, &message("u1"))).await;
        send(&house, source, looked(Some("lena"), source, &message("a1"))).await;
        let before = (views(&house, "user_id/lena").await, house.state("user_id/lena", "offers").await);
        send(&house, source, stored(None, source, &message("u2"), json!({"news": true, "offers": false}))).await;
        assert_eq!(house.state(&device, "news").await, "given");
        house.profile(&device, "offers").await.expect(403);
        assert_eq!(house.state("user_id/lena", "news").await, "unknown", "{source}: she has said nothing");
        assert_eq!((views(&house, "user_id/lena").await, house.state("user_id/lena", "offers").await), before);
        // A no of everybody's: what is done without signing in is kept no more, what she does is.
        send(&house, source, looked(None, source, &message("u3"))).await;
        house.profile(&device, "offers").await.expect(403);
    }
    assert_eq!(views(&house, "user_id/lena").await, 2);
}

/// A system passes on what the device has stored, whoever is signed in: it is remembered with the device, also where nobody
/// ever used that without signing in.
async fn what_a_declared_device_has_stored_is_no_second_persons_yes(engine: Engine) {
    let mut house = House::open(engine, &with_kiosks(true)).await;
    customers(&house, &["lena", "lina"]).await;
    let yes = |user: &str, message: &str| stored(Some(user), "till-7", message, json!({"news": true}));
    send(&house, "counter", yes("lena", "a1")).await;
    assert_eq!(house.state("user_id/lena", "news").await, "given", "she was first to say so on it");
    house.restart().await;
    send(&house, "counter", yes("lina", "b1")).await;
    assert_eq!(house.state("user_id/lina", "news").await, "unknown", "what Lena's visit left there is not hers");
    let mut said = yes("lina", "b2");
    (said["type"], said["event"]) = (json!("track"), json!("Segment Consent Preference Updated"));
    send(&house, "counter", said).await;
    assert_eq!(house.state("user_id/lina", "news").await, "given", "this she says herself");
}

/// The catalogue says so after a while: from the device's next event on what nobody signs in for is nobody's, and what came
/// before stays with whom it was of and is not counted again.
async fn a_device_that_somebody_had_is_nobodys_once_it_is_declared(engine: Engine) {
    let mut house = House::open(engine, &with_kiosks(false)).await;
    for source in KIOSKS {
        let (lena, lina) = (format!("lena-{source}"), format!("lina-{source}"));
        customers(&house, &[&lena, &lina]).await;
        send(&house, source, looked(Some(&lena), source, "a1")).await;
        send(&house, source, viewed(None, source, "u1")).await;
        assert_eq!(views(&house, &format!("user_id/{lena}")).await, 2, "{source}: hers, for all that is known");
    }
    house.apply(&with_kiosks(true)).await;
    for source in KIOSKS {
        let (lena, lina) = (format!("lena-{source}"), format!("lina-{source}"));
        let (of_lena, of_lina) = (format!("user_id/{lena}"), format!("user_id/{lina}"));
        let device = format!("anonymous_id/{source}");
        send(&house, source, viewed(None, source, "u1")).await;
        send(&house, source, looked(Some(&lena), source, "a1")).await;
        assert_eq!(views(&house, &of_lena).await, 2, "{source}: sent again");
        send(&house, source, looked(None, source, "u2")).await;
        send(&house, source, looked(Some(&lena), source, "a2")).await;
        send(&house, source, looked(Some(&lina), source, "b1")).await;
        house.restart().await;
        send(&house, source, looked(None, source, "u3")).await;
        let seen = (views(&house, &of_lena).await, views(&house, &of_lina).await, views(&house, &device).await);
        assert_eq!(seen, (json!(3), json!(1), json!(2)), "{source}");
        let alone = graph(&house, &device).await;
        assert_eq!(alone["fragments"].as_array().unwrap().len(), 1, "{alone}");
        assert_eq!(alone["fragments"][0]["banned"]["method"], "shared_device", "{alone}");
    }
    assert_eq!(house.tally(TallyName::DevicesShared).await, 2, "each once");
}

/// The browser of a kiosk shows the site, too, which says nothing of its devices.
async fn what_was_done_on_a_declared_device_is_not_given_to_who_signs_in_elsewhere(engine: Engine) {
    let house = House::open(engine, &with_kiosks(true)).await;
    customers(&house, &["lena"]).await;
    for source in KIOSKS {
        let device = format!("anonymous_id/{source}");
        let before = views(&house, "user_id/lena").await.as_u64().unwrap_or_default();
        send(&house, source, looked(None, source, &format!("u1-{source}"))).await;
        for (elsewhere, message) in [("site", "a1"), ("shop", "a2"), ("site", "a3")] {
            send(&house, elsewhere, looked(Some("lena"), source, &format!("{message}-{source}"))).await;
        }
        send(&house, "site", looked(None, source, &format!("u2-{source}"))).await;
        assert_eq!(views(&house, "user_id/lena").await, before + 3, "{source}: what she did");
        assert_eq!(views(&house, &device).await, 2, "{source}: and no more");
        assert_ne!(house.profile_id("user_id/lena").await, house.profile_id(&device).await);
    }
    assert_eq!(house.tally(TallyName::DevicesShared).await, 0);
}

/// A device that has shown itself is nobody's by whatever an app tells of it.
async fn what_a_device_is_known_by_besides_leads_to_nobody(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    customers(&house, &["lena", "lina"]).await;
    for (source, device) in [("site", "tablet"), ("shop", "screen")] {
        let before = views(&house, "user_id/lena").await.as_u64().unwrap_or_default();
        send(&house, source, looked(Some("lena"), device, &format!("a1-{device}"))).await;
        send(&house, source, looked(Some("lina"), device, &format!("b1-{device}"))).await;
        send(&house, "site", looked(None, device, &format!("u1-{device}"))).await;
        send(&house, source, looked(Some("lina"), device, &format!("b2-{device}"))).await;
        send(&house, "shop", looked(None, device, &format!("u2-{device}"))).await;
        assert_eq!(views(&house, "user_id/lena").await, before + 1, "{device}");
        assert_eq!(views(&house, &format!("anonymous_id/{device}")).await, 2, "{device}");
    }
    assert_eq!(views(&house, "user_id/lina").await, 4);
    assert_eq!(house.tally(TallyName::EventsUnidentified).await, 0);
}

/// What the kiosk's token says of somebody.
pub(super) fn token_of(user: &str) -> Json {
    json!({"sub": user, "iss": ISSUER, "aud": "site", "exp": NOW + 86_400, "nbf": NOW - 60})
}
