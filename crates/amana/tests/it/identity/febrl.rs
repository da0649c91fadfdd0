//! Made-up people with duplicates and typing errors (FEBRL), as a customer system sends them: what deterministic rules
//! find of them. `docs/identity.md` tells the figures; probabilistic matching will be held against them.

use crate::support::{CATALOG, Engine, House};
use amana::profile::{Sought, find};
use indicatif::HumanCount;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

const DOCUMENTED: &str = include_str!("../../../../../docs/identity.md");

/// The number of a record is an `anonymous_id`, for a `user_id` would say that two records are two people. What may join
/// records are a number of the state, and two composed keys that the customer system computes.
const KINDS: &str = r#"
[[identifiers]]
code = "soc_sec_id"
normalise = "trim"
limit = 20
priority = 80
category = "identity.user"
fields = ["traits.soc_sec_id"]

[[identifiers]]
code = "name_and_birth"
normalise = "lowercase"
limit = 20
priority = 60
category = "identity.user"
fields = ["traits.name_and_birth"]

[[identifiers]]
code = "birth_and_home"
normalise = "lowercase"
limit = 20
priority = 40
category = "identity.user"
fields = ["traits.birth_and_home"]
"#;

/// The same as a file.
const MAP: &str = r#"
kind = "track"
event = "Signed Up"
message_id = "rec_id"
[identifiers]
anonymous_id = "rec_id"
soc_sec_id = "soc_sec_id"
name_and_birth = "name_and_birth"
birth_and_home = "birth_and_home"
"#;

type Record = BTreeMap<String, String>;
type Pairs = BTreeSet<(String, String)>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn febrl_duplicates_are_found_by_declared_identifiers_and_strangers_are_not_joined() {
    for (set, records, pairs) in [("dataset1", 1_000, 500), ("dataset2", 5_000, 1_934), ("dataset3", 5_000, 6_538)] {
        let people = read(set);
        let truth = pairs_of(people.iter().map(|record| (record["rec_id"].clone(), entity(record))));
        assert_eq!((people.len(), truth.len()), (records, pairs), "the set is another one");
        let house = house().await;
        for batch in people.chunks(500) {
            house.send("crm", batch.iter().map(event).collect()).await.expect(200);
        }
        hold(set, &people, &truth, &joined(&house, &people).await);
    }
}

/// Two systems export the same people: each has everybody once, and one of them has typing errors.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn febrl_people_of_two_systems_are_linked_by_declared_identifiers_and_strangers_are_not() {
    let systems = [("crm", read("dataset4a")), ("shop", read("dataset4b"))];
    let house = house().await;
    for (source, people) in &systems {
        // In parts, for a slow machine is not waited for without end.
        for part in people.chunks(1_000) {
            let reply = house.import(source, MAP, "text/csv", as_csv(part)).await.expect(200);
            assert_eq!(reply.json["accepted"], 1_000, "{}", reply.text);
        }
    }
    let people: Vec<Record> = systems.into_iter().flat_map(|(_, people)| people).collect();
    let truth = pairs_of(people.iter().map(|record| (record["rec_id"].clone(), entity(record))));
    assert_eq!((people.len(), truth.len()), (10_000, 5_000), "the set is another one");
    hold("dataset4a and dataset4b", &people, &truth, &joined(&house, &people).await);
}

/// Holds what is documented against what was found: it is the same each time.
fn hold(set: &str, people: &[Record], truth: &Pairs, found: &Pairs) {
    let right = found.intersection(truth).count() as f64;
    let (precision, recall) = (right / found.len() as f64, right / truth.len() as f64);
    let (records, pairs) = (HumanCount(people.len() as u64), HumanCount(truth.len() as u64));
    let row = format!("| {set} | {records} | {pairs} | {precision:.3} | {recall:.3} |");
    assert!(precision >= 0.999, "{set}: strangers were joined: precision {precision}");
    assert!(DOCUMENTED.contains(&row), "docs/identity.md has other figures than {row}");
}

async fn house() -> House {
    House::open(Engine::Embedded, &CATALOG.replacen("[[events]]", &format!("{KINDS}\n[[events]]"), 1)).await
}

/// Reads back who is one person.
async fn joined(house: &House, people: &[Record]) -> Pairs {
    let mut profiles = Vec::with_capacity(people.len());
    let (app, current) = (house.app(), house.app().current());
    for record in people {
        let id = &record["rec_id"];
        let sought = Sought { kind: "anonymous_id", value: id, scope: "default" };
        let found = find(app, &current.policy, sought, app.now()).await.unwrap();
        profiles.push((id.clone(), found.whole.profile().unwrap().to_string()));
    }
    pairs_of(profiles.into_iter())
}

/// The identifiers that a record declares: a key of which a part is missing is none.
fn declared(record: &Record) -> [(&'static str, Option<String>); 3] {
    let composed = |fields: &[&str]| {
        let parts: Vec<String> =
            fields.iter().map(|field| record[*field].split_whitespace().collect::<String>()).collect();
        parts.iter().all(|part| !part.is_empty()).then(|| parts.join("|"))
    };
    [
        ("soc_sec_id", composed(&["soc_sec_id"])),
        ("name_and_birth", composed(&["given_name", "surname", "date_of_birth"])),
        ("birth_and_home", composed(&["date_of_birth", "street_number", "address_1", "postcode"])),
    ]
}

fn as_csv(people: &[Record]) -> String {
    let mut csv = "rec_id,soc_sec_id,name_and_birth,birth_and_home\n".to_owned();
    for record in people {
        let cells = declared(record).map(|(_, value)| value.unwrap_or_default());
        csv.push_str(&format!("{},{}\n", record["rec_id"], cells.join(",")));
    }
    csv
}

fn event(record: &Record) -> Json {
    let traits: Json = declared(record).into_iter().map(|(kind, value)| (kind.to_owned(), json!(value))).collect();
    json!({"type": "track", "event": "Signed Up", "anonymousId": record["rec_id"], "messageId": record["rec_id"], "context": {"traits": traits}})
}

/// `rec-223-org` and `rec-223-dup-0` are the same person.
fn entity(record: &Record) -> String {
    record["rec_id"].split('-').nth(1).unwrap().to_owned()
}

fn pairs_of(of: impl Iterator<Item = (String, String)>) -> Pairs {
    let mut groups = BTreeMap::<String, BTreeSet<String>>::new();
    for (id, group) in of {
        groups.entry(group).or_default().insert(id);
    }
    let mut pairs = Pairs::new();
    for ids in groups.values() {
        for one in ids {
            pairs.extend(ids.range(one.clone()..).skip(1).map(|other| (one.clone(), other.clone())));
        }
    }
    pairs
}

fn read(set: &str) -> Vec<Record> {
    let folder = std::env::var_os("AMANA_TEST_FEBRL").expect("AMANA_TEST_FEBRL is not set: run `cargo xtask setup`");
    let path = PathBuf::from(folder).join(format!("{set}.csv"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let split = |line: &str| line.split(',').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let names = split(lines.next().unwrap());
    lines.map(|line| names.iter().cloned().zip(split(line)).collect()).collect()
}
