//! What the recipient was told, after everything that was to be sent has left.

use crate::support::{Place, Server};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// For each audience the profiles that the recipient was told belong to it.
pub(super) struct Told {
    pub(super) by_audience: BTreeMap<String, BTreeSet<String>>,
}

impl Told {
    /// Waits until nothing waits any more; the totals balance, and a message that came twice has said the same twice.
    pub(super) async fn hear(place: &Place, server: &Server) -> Self {
        let selected = delivered(server).await;
        let profiles = profiles(server).await;
        let mut said = BTreeMap::<String, Json>::new();
        let mut last = BTreeMap::<(String, String), bool>::new();
        for message in place.recipient.messages() {
            let json = message.json();
            let name = message.headers["webhook-id"].to_str().unwrap().to_owned();
            let text = |field: &str| json["data"][field].as_str().unwrap().to_owned();
            let about = Json::from(vec![json["type"].clone(), text("profile_id").into(), text("audience").into()]);
            let before = said.entry(name).or_insert_with(|| about.clone());
            assert_eq!(*before, about, "one name, two messages");
            let profile = profiles.get(&text("profile_id")).expect("every id leads back to a profile");
            last.insert((text("audience"), profile.clone()), json["type"] != "audience.exited");
        }
        assert!(said.len() as u64 <= selected, "{} messages were sent for {selected} that were selected", said.len());
        let mut by_audience = BTreeMap::<String, BTreeSet<String>>::new();
        for ((audience, profile), _) in last.into_iter().filter(|(_, entered)| *entered) {
            by_audience.entry(audience).or_default().insert(profile);
        }
        Self { by_audience }
    }
}

/// The profiles behind the ids by which the recipient knows people.
async fn profiles(server: &Server) -> BTreeMap<String, String> {
    let (mut profiles, mut after) = (BTreeMap::new(), String::new());
    loop {
        let path = format!("destinations/mailer/deliveries?limit=1000{after}");
        let (_, page) = server.get("marketing", &path).await;
        for row in page["deliveries"].as_array().unwrap() {
            if let Some(id) = row["recipient_profile_id"].as_str() {
                profiles.insert(id.to_owned(), row["profile_id"].as_str().unwrap().to_owned());
            }
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return profiles,
        }
    }
}

/// Waits until everything selected has its outcome, and says how much that was.
async fn delivered(server: &Server) -> u64 {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(120);
    loop {
        let (status, page) = server.get("marketing", "destinations/mailer/deliveries?limit=1").await;
        assert_eq!(status, 200, "{page}");
        let totals = &page["totals"];
        let number = |name: &str| totals[name].as_u64().unwrap();
        let withheld: u64 = totals["withheld"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
        let outcomes = number("delivered") + withheld + number("failed") + number("waiting");
        assert_eq!(number("selected"), outcomes, "{totals}");
        if number("waiting") == 0 {
            assert_eq!(number("failed"), 0, "{totals}");
            return number("selected");
        }
        assert!(std::time::Instant::now() < deadline, "deliveries still wait after two minutes: {totals}");
        tokio::task::yield_now().await;
    }
}
