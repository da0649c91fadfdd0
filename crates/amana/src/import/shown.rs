//! An act as people are shown what a row becomes, before anything is sent.

use super::row::Draft;
use crate::profile::preferences::part_of;
use crate::profile::record::{About, EvidenceDraft, Said};
use crate::profile::spelling::word;
use amana_core::preferences::Change;
use serde_json::{Map, Value as Json, json};

impl Draft {
    /// This act as people are shown what a row becomes.
    pub(super) fn shown(&self) -> Json {
        let mut shown = json!({ "act": word(&self.act) });
        match self.about() {
            About::Purpose { purpose, brand } => {
                shown["purpose"] = purpose.into();
                shown["brand"] = brand.into();
            }
            About::DirectMarketing => shown["target"] = "direct_marketing".into(),
            About::Person => shown["target"] = "person".into(),
            About::Channel(channel) => shown["target"] = format!("channel:{}", word(&channel)).into(),
        }
        shown["at"] = self.at.map(|at| at.to_string()).into();
        match &self.said {
            Said::Nothing => {}
            Said::Correction { field, value } => {
                shown["field"] = field.as_str().into();
                shown["value"] = value.clone();
            }
            Said::Preferences(changes) => {
                let said = changes.iter().map(|change| (part_of(change), content(change)));
                shown["preferences"] = Json::Object(said.collect());
            }
        }
        let evidence = evidence(&self.evidence);
        if !evidence.is_empty() {
            shown["evidence"] = evidence.into();
        }
        shown
    }
}

/// What a change says.
fn content(change: &Change) -> Json {
    match change {
        Change::Topic { wish, .. } => json!(wish),
        Change::Channels(channels) => json!(channels),
        Change::AtMost(at_most) => {
            json!(at_most.map(|most| json!({ "count": most.count, "period": most.period.to_string() })))
        }
        Change::Quiet(quiet) => json!(quiet),
        Change::TimeZone(text) | Change::Language(text) => json!(text),
    }
}

fn evidence(said: &EvidenceDraft) -> Map<String, Json> {
    let mut shown = Map::new();
    for (name, text) in [
        ("language", &said.language),
        ("text_sha256", &said.text_sha256),
        ("jurisdiction", &said.jurisdiction),
        ("document", &said.document),
        ("verified", &said.verified),
        ("note", &said.note),
    ] {
        shown.extend(text.as_ref().map(|text| (name.to_owned(), text.as_str().into())));
    }
    let method = said.method.map(|method| ("method".to_owned(), word(&method).into()));
    let version = said.purpose_version.map(|version| ("purpose_version".to_owned(), version.into()));
    shown.extend(method.into_iter().chain(version));
    if let Some(code) = &said.notice {
        let mut notice = json!({ "code": code });
        if let Some(version) = said.notice_version {
            notice["version"] = version.into();
        }
        shown.insert("notice".into(), notice);
    }
    if let Some((system, id)) = &said.system {
        shown.insert("system".into(), json!({ "name": system, "id": id }));
    }
    shown
}
