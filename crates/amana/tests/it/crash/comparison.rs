//! What an installation says of everybody in some traffic, in words that are the same on another installation.

use super::told::Told;
use super::traffic::Traffic;
use crate::support::{Place, Reader, Server, decimal};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

const PURPOSES: [&str; 4] = ["orders", "bookkeeping", "news", "offers"];
const AUDIENCES: [&str; 4] = ["buyers", "readers", "lookers", "shipped"];

const READERS: usize = 4;

/// Profiles have other ids on each installation, so they are called by the first of their identifiers.
pub(super) struct Picture {
    /// By identifier, as the traffic lists them.
    people: BTreeMap<String, Json>,
    counts: BTreeMap<&'static str, u64>,
    members: BTreeMap<&'static str, BTreeSet<String>>,
    told: BTreeMap<String, BTreeSet<String>>,
}

impl Picture {
    /// Takes the picture once all work is done.
    pub(super) async fn take(place: &Place, server: &Server, traffic: &Traffic) -> Self {
        server.settle().await;
        let told = Told::hear(place, server).await;
        let mut names = BTreeMap::<String, String>::new();
        let mut people = BTreeMap::new();
        for (identifier, profile, mut seen) in read(server, traffic).await {
            // Without the mark, so that a failure may tell it.
            let identifier = identifier.replace(&traffic.mark, "");
            seen["profile"] = profile.map(|id| names.entry(id).or_insert_with(|| identifier.clone()).clone()).into();
            people.insert(identifier, seen);
        }
        let name = |id: &String| names.get(id).cloned().unwrap_or_else(|| panic!("{id} is a profile of nobody"));
        let (mut counts, mut members) = (BTreeMap::new(), BTreeMap::new());
        for audience in AUDIENCES {
            let (count, ids) = self::members(server, audience).await;
            counts.insert(audience, count);
            members.insert(audience, ids.iter().map(name).collect());
        }
        let told = told.by_audience.into_iter().map(|(audience, ids)| (audience, ids.iter().map(name).collect()));
        Self { people, counts, members, told: told.collect() }
    }

    /// Everything that was acknowledged is there once: asked of the purpose that keeps orders whatever people decide.
    pub(super) fn fulfils(&self, traffic: &Traffic) {
        for (number, person) in traffic.people().enumerate() {
            let name = format!("user_id/{}", person.user).replace(&traffic.mark, "");
            let metrics = &self.people[&name]["values"]["bookkeeping"]["metrics"];
            assert_eq!(metrics["orders"], person.orders, "orders of person {number}");
            assert_eq!(decimal(&metrics["revenue"]), person.revenue, "revenue of person {number}");
        }
        for (audience, told) in &self.told {
            let members = &self.members[audience.as_str()];
            assert!(told.is_subset(members), "{audience}: told of somebody who does not belong");
        }
    }

    /// Both installations say the same.
    pub(super) fn equals(&self, other: &Self) {
        let differing = self.people.iter().flat_map(|(identifier, seen)| {
            let mut places = Vec::new();
            differences(identifier, seen, &other.people[identifier], &mut places);
            places
        });
        let differing: Vec<String> = differing.take(20).collect();
        assert!(
            differing.is_empty(),
            "the disturbed and the undisturbed installation differ at\n{}",
            differing.join("\n")
        );
        assert_eq!(self.people.len(), other.people.len());
        assert_eq!(self.counts, other.counts, "members of audiences");
        assert!(self.members == other.members, "who belongs to audiences");
        assert!(self.told == other.told, "who the recipient was told belongs");
    }
}

/// What is said of every identifier, in the order of the traffic, with the id of its profile.
async fn read(server: &Server, traffic: &Traffic) -> Vec<(String, Option<String>, Json)> {
    let identifiers: Vec<String> = traffic.identifiers().collect();
    let share = |share: &[String]| {
        let (server, share) = (server.reader(), share.to_vec());
        async move {
            let mut read = Vec::with_capacity(share.len());
            for identifier in share {
                let (status, permissions) = server.get("privacy", &format!("profiles/{identifier}/permissions")).await;
                assert_eq!(status, 200);
                let profile = permissions["profile_id"].as_str().map(str::to_owned);
                let seen =
                    json!({ "permissions": states(&permissions), "values": profiles(&server, &identifier).await });
                read.push((identifier, profile, seen));
            }
            read
        }
    };
    let shares: Vec<_> = identifiers.chunks(identifiers.len().div_ceil(READERS)).map(share).map(tokio::spawn).collect();
    let mut read = Vec::new();
    for share in shares {
        read.extend(share.await.unwrap());
    }
    read
}

/// What of a person's permissions does not depend on when this installation learned it.
fn states(permissions: &Json) -> Json {
    let mut states = Map::new();
    for permission in permissions["permissions"].as_array().unwrap() {
        let state = json!({ "state": permission["state"], "since": permission["since"], "uses": permission["uses"] });
        states.insert(permission["purpose"].as_str().unwrap().to_owned(), state);
    }
    states.into()
}

async fn profiles(server: &Reader, identifier: &str) -> Json {
    let mut profiles = Map::new();
    for purpose in PURPOSES {
        let (status, mut profile) = server.get("privacy", &format!("profiles/{identifier}?purpose={purpose}")).await;
        for name in ["profile_id", "as_of"] {
            profile.as_object_mut().unwrap().remove(name);
        }
        profile["status"] = status.as_u16().into();
        profiles.insert(purpose.to_owned(), profile);
    }
    profiles.into()
}

/// How many belong to an audience, and the ids of all of them.
async fn members(server: &Server, audience: &str) -> (u64, BTreeSet<String>) {
    let path = format!("audiences/{audience}/members?limit=1000");
    let (mut count, mut ids, mut after) = (None, BTreeSet::new(), String::new());
    loop {
        let (status, page) = server.get("marketing", &format!("{path}{after}")).await;
        assert_eq!(status, 200);
        if page["state"] == "evaluating" {
            continue;
        }
        count = count.or(page["count"].as_u64());
        let members = page["members"].as_array().unwrap().iter();
        ids.extend(members.map(|member| member["profile_id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return (count.unwrap(), ids),
        }
    }
}

/// The places at which two values differ.
fn differences(place: &str, one: &Json, other: &Json, places: &mut Vec<String>) {
    match (one, other) {
        (Json::Object(fields), Json::Object(others)) => {
            let names: BTreeSet<&String> = fields.keys().chain(others.keys()).collect();
            for name in names {
                let (one, other) = (&one[name.as_str()], &other[name.as_str()]);
                differences(&format!("{place}.{name}"), one, other, places);
            }
        }
        _ if one != other => {
            // What stands in traits is marked for the search in logs and in what tests print.
            let shown = |value: &Json| if place.contains("traits") { "a trait".into() } else { value.to_string() };
            places.push(format!("{place}: {} and {}", shown(one), shown(other)));
        }
        _ => {}
    }
}
