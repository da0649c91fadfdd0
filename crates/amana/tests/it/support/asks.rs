//! What people and staff ask of the API in many tests.

use super::{House, Reply};
use reqwest::Method;
use serde_json::{Value as Json, json};

impl House {
    /// Records an act of a person (`user_id/u1`) as a role.
    pub(crate) async fn act(&self, role: &str, person: &str, act: Json) -> Reply {
        self.ask(role, Method::PUT, &format!("profiles/{person}/permissions"), Some(act)).await
    }

    /// The permissions of a person, as the privacy office sees them.
    pub(crate) async fn permissions(&self, person: &str) -> Json {
        self.get("privacy", &format!("profiles/{person}/permissions")).await.expect(200).json
    }

    /// The permission of a person for one purpose.
    pub(crate) async fn permission(&self, person: &str, purpose: &str) -> Json {
        let all = self.permissions(person).await;
        let found = all["permissions"].as_array().unwrap().iter().find(|known| known["purpose"] == purpose);
        found.cloned().unwrap_or_else(|| panic!("no permission for {purpose}"))
    }

    /// The state of a permission.
    pub(crate) async fn state(&self, person: &str, purpose: &str) -> String {
        self.permission(person, purpose).await["state"].as_str().unwrap().to_owned()
    }

    /// A profile as a purpose sees it.
    pub(crate) async fn profile(&self, person: &str, purpose: &str) -> Reply {
        self.get("privacy", &format!("profiles/{person}?purpose={purpose}")).await
    }

    /// What `permit` answers.
    pub(crate) async fn permit(&self, question: Json) -> Json {
        self.ask("privacy", Method::POST, "permit", Some(question)).await.expect(200).json
    }

    /// The ids of an audience's members.
    pub(crate) async fn members(&self, audience: &str) -> Vec<String> {
        let page = self.get("marketing", &format!("audiences/{audience}/members?limit=1000")).await.expect(200);
        let members = page.json["members"].as_array().unwrap().iter();
        members.map(|member| member["profile_id"].as_str().unwrap().to_owned()).collect()
    }

    /// The id of a person's profile.
    pub(crate) async fn profile_id(&self, person: &str) -> String {
        let permissions = self.permissions(person).await;
        permissions["profile_id"].as_str().unwrap_or_else(|| panic!("nobody is known there")).to_owned()
    }

    /// Whether anybody is known by an identifier.
    pub(crate) async fn is_known(&self, person: &str) -> bool {
        !self.permissions(person).await["profile_id"].is_null()
    }

    /// Fields in the quarantine, as `source field`.
    pub(crate) async fn quarantined(&self) -> Vec<String> {
        let page = self.get("privacy", "quarantine").await.expect(200);
        let fields = page.json["fields"].as_array().unwrap().iter();
        let text = |field: &Json, name: &str| field[name].as_str().unwrap().to_owned();
        fields.map(|field| format!("{} {}", text(field, "source"), text(field, "field"))).collect()
    }
}

/// The body of an act about a purpose.
pub(crate) fn act_on(act: &str, purpose: &str) -> Json {
    json!({ "act": act, "purpose": purpose, "method": "form" })
}
