//! What was told of people at an instant, to be compared with what is told of that instant later.

use super::House;
use serde_json::Value as Json;
use std::time::Duration;

/// What was told when it was now.
pub(crate) struct Then {
    pub(crate) at: String,
    told: Vec<(String, Json)>,
}

impl House {
    /// What is told of people now; a minute before it and a minute after it nothing happens.
    pub(crate) async fn noted(&self, people: &[&str]) -> Then {
        self.advance(Duration::from_mins(1));
        let (at, mut told) = (self.clock.now().to_string(), Vec::new());
        for person in people {
            told.push(((*person).to_owned(), self.permissions(person).await));
        }
        self.advance(Duration::from_mins(1));
        Then { at, told }
    }

    /// What is told of somebody by other instants than now.
    pub(crate) async fn permissions_at(&self, person: &str, query: &str) -> Json {
        self.get("privacy", &format!("profiles/{person}/permissions?{query}")).await.expect(200).json
    }

    /// Checks that what was told then is told of then, to the byte.
    pub(crate) async fn tells_as_it_was(&self, then: &Then) {
        for (person, told) in &then.told {
            let at = &then.at;
            let now = self.permissions_at(person, &format!("as_of={at}&known_at={at}")).await;
            assert_eq!(now.to_string(), told.to_string(), "{person} at {at}");
        }
    }
}

/// The permission for a purpose, of what was told of somebody.
pub(crate) fn permission_of<'t>(told: &'t Json, purpose: &str) -> Option<&'t Json> {
    told["permissions"].as_array().unwrap().iter().find(|known| known["purpose"] == purpose)
}
