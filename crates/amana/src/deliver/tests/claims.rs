//! Whose word a message takes for who somebody is and how they are reached.

use super::*;
use amana_core::identity::{Bond, Edge};
use serde_json::{Value as Json, json};

/// What one device says, so many milliseconds before now.
type Claim<'a> = (i64, &'a [(&'a str, &'a str)]);

impl Bed {
    /// A contract with an address and what tells people from others.
    async fn asks_who_it_is(&self) {
        self.declare("{ from = \"gender\" },", "{ from = \"username\" },\n  { from = \"loyaltyId\" },").await;
    }

    /// An account, and devices that claim to be its own. All have agreed. The account is known to a system when it is `known`
    /// by traits.
    async fn claimed(&mut self, known: Option<&[(&str, &str)]>, devices: &[Claim<'_>]) -> FragmentId {
        let mut entries = vec![self.said("user_id", T0, known.unwrap_or_default()).await];
        entries[0].fragment.vouched = known.is_some();
        for (age, traits) in devices {
            let mut device = self.said("anonymous_id", T0.plus_millis(-age), traits).await;
            device.fragment.join(Edge::new(entries[0].id, Bond::Claimed, 1, T0));
            entries[0].fragment.join(Edge::new(device.id, Bond::Claimed, 1, T0));
            entries.push(device);
        }
        let (mut batch, mut dice) = (Batch::new(), self.app.dice());
        for entry in &mut entries {
            entry.changes.fragment = true;
            self.app.keeper().save(entry, Position(0)..Position(1), &mut batch, &mut dice);
        }
        self.app.store().commit(batch).await.unwrap();
        entries[0].id
    }

    /// What came under one identifier of somebody who agreed.
    async fn said(&mut self, kind: &str, at: Moment, traits: &[(&str, &str)]) -> Entry {
        self.people += 1;
        let mut bytes = *uuid::Uuid::from_u64_pair(0x0190_0000_0000_7000, 0x8000_0000_0000_0000).as_bytes();
        bytes[15] = self.people;
        let mut entry = Entry::new(FragmentId(uuid::Uuid::from_bytes(bytes)), kind, "default", T0, [self.people; 24]);
        let slots = SlotSet::from_iter([NEWS]);
        let mut classes = Classes::load(self.app.store()).await.unwrap();
        let class = classes.number(slots).unwrap();
        let mut batch = Batch::new();
        classes.save(&mut batch);
        self.app.store().commit(batch).await.unwrap();
        let traits =
            traits.iter().map(|(name, value)| ((*name).to_owned(), Value::Text((*value).to_owned()))).collect();
        let part =
            Part { class: slots, event: None, fields: Vec::new(), traits, metrics: Vec::new(), identifier: None };
        entry.fold(class, part, Origin { at, received: at, source: 1 });
        entry.act(act(&mut self.app.dice(), ActKind::Grant, T0));
        entry
    }

    /// What a destination is told of each.
    async fn told(&self, people: &[FragmentId]) -> Vec<Json> {
        for person in people {
            self.moves(*person, NoticeKind::Entered).await;
        }
        let running = self.start();
        self.settled(&running, people.len()).await;
        running.shutdown().await;
        self.receiver.received().iter().map(|message| message.json()["data"]["fields"].clone()).collect()
    }
}

fn address(email: &str) -> Json {
    json!({"address": email, "address_sha256": crate::hash::sha256_hex(email.as_bytes())})
}

fn with(mut fields: Json, more: &[(&str, &str)]) -> Json {
    for (name, value) in more {
        fields[*name] = json!(value);
    }
    fields
}

#[tokio::test]
async fn the_name_of_one_claim_is_never_sent_with_the_address_of_another() {
    let mut bed = Bed::new().await;
    bed.asks_who_it_is().await;
    let ann: &[_] = &[("email", "ann@example.org"), ("club", "gold"), ("username", "ann")];
    let stranger: &[_] = &[("email", "stranger@example.org"), ("loyaltyId", "7")];
    let people = [
        bed.claimed(None, &[(9, ann), (5, stranger)]).await,
        bed.claimed(None, &[(5, ann), (9, stranger)]).await,
        bed.claimed(None, &[(5, stranger), (5, ann)]).await,
        // Who says what they like, and nothing of who they are, does not speak for it.
        bed.claimed(None, &[(9, ann), (5, &[("club", "silver")])]).await,
    ];
    let of_ann = with(address("ann@example.org"), &[("username", "ann")]);
    let of_stranger = with(address("stranger@example.org"), &[("loyaltyId", "7")]);
    let club = |fields: &Json, club: &str| with(fields.clone(), &[("club", club)]);
    let expected =
        [club(&of_stranger, "gold"), club(&of_ann, "gold"), club(&of_stranger, "gold"), club(&of_ann, "silver")];
    assert_eq!(bed.told(&people).await, expected);
}

#[tokio::test]
async fn beside_what_is_proven_no_claim_gives_an_address_and_one_at_most_says_who_it_is() {
    let mut bed = Bed::new().await;
    bed.asks_who_it_is().await;
    let older: &[_] = &[("email", "ann@example.org"), ("username", "ann")];
    let newer: &[_] = &[("email", "stranger@example.org"), ("loyaltyId", "7")];
    // An address says nothing here, so the newest address does not speak for who it is, either.
    let addressed: &[_] = &[("email", "newest@example.org")];
    let claims = [(9, older), (5, newer), (1, addressed)];
    let people = [
        bed.claimed(Some(&[("club", "gold")]), &claims).await,
        // Known, and nothing is known of them: all the same, nobody is written to at what is claimed.
        bed.claimed(Some(&[]), &claims).await,
    ];
    let expected = [json!({"club": "gold", "loyaltyId": "7"}), json!({"loyaltyId": "7"})];
    assert_eq!(bed.told(&people).await, expected);
}
