//! The body of an act, as it is read.

use crate::api::auth::Caller;
use crate::api::fields::{CODE_BYTES_MAX, Fields};
use crate::api::preferences::read_changes;
use crate::api::problem::{Code, Problem};
use crate::api::roles;
use crate::profile::Sought;
use crate::profile::record::{
    About, ActAsk, EvidenceDraft, LANGUAGE_BYTES_MAX, LANGUAGE_IN_WORDS, NOTE_BYTES_MAX, SYSTEM_BYTES_MAX, Said,
    TEXT_HASH_IN_WORDS, Teller, is_language_tag, text_hash,
};
use crate::profile::spelling::{ACTS_OF_PEOPLE, ACTS_OF_STAFF, CHANNELS, METHODS, spelt, word};
use amana_core::Moment;
use amana_core::identity::IDENTIFIER_BYTES_MAX;
use amana_core::permission::{ActKind, Channel, JURISDICTION_IN_WORDS, is_jurisdiction};

/// What an act is about, as it was read.
pub(in crate::api) enum ReadTarget {
    Purpose { purpose: String, brand: Option<String> },
    DirectMarketing,
    Person,
    Channel(Channel),
}

/// An act as it was read from a body.
pub(in crate::api) struct ReadAct {
    act: ActKind,
    pub(in crate::api) target: ReadTarget,
    at: Option<Moment>,
    until: Option<Moment>,
    guardian: Option<(String, String)>,
    said: Said,
    evidence: EvidenceDraft,
    pub(in crate::api) scope: Option<String>,
}

impl ReadAct {
    /// Reads a body that is an act and nothing else.
    pub(in crate::api) fn of(mut fields: Fields) -> Result<Self, Problem> {
        let all: Vec<ActKind> = ACTS_OF_PEOPLE.into_iter().chain(ACTS_OF_STAFF).collect();
        let names: Vec<String> = all.iter().map(word).collect();
        let act = fields.required("act", 32, &format!("one of {}", names.join(", ")), |text| spelt(&all, text));
        let read = Self::of_kind(act.unwrap_or(ActKind::Object), &mut fields);
        fields.finish()?;
        Ok(read)
    }

    /// Reads what is told with a restriction: who names no purpose means everything.
    pub(in crate::api) fn of_restriction(act: ActKind, fields: &mut Fields) -> Self {
        let named = fields.has("purpose");
        let brand = fields.has("brand");
        let purpose = if named || brand { read_target(act, fields) } else { Some(ReadTarget::Person) };
        let methods = "one of form, call, paper, api";
        let at = fields.optional_instant("at");
        let evidence = EvidenceDraft {
            method: fields.optional("method", 16, methods, |text| spelt(&METHODS, text)),
            document: fields.optional_text("document", NOTE_BYTES_MAX),
            note: fields.optional_text("note", NOTE_BYTES_MAX),
            ..EvidenceDraft::default()
        };
        Self { at, evidence, ..Self::about(act, purpose.unwrap_or(ReadTarget::Person)) }
    }

    fn about(act: ActKind, target: ReadTarget) -> Self {
        Self {
            act,
            target,
            at: None,
            until: None,
            guardian: None,
            said: Said::Nothing,
            evidence: EvidenceDraft::default(),
            scope: None,
        }
    }

    /// Reads what is told with an act of a kind. What is wrong stands in the fields.
    pub(in crate::api) fn of_kind(act: ActKind, fields: &mut Fields) -> Self {
        let target = read_target(act, fields);
        Self {
            at: fields.optional_instant("at"),
            until: fields.optional_instant("until"),
            guardian: pair(fields, "guardian", ("kind", CODE_BYTES_MAX), ("value", IDENTIFIER_BYTES_MAX)),
            said: read_said(act, fields),
            evidence: read_evidence(fields),
            scope: fields.optional_text("scope", CODE_BYTES_MAX),
            ..Self::about(act, target.unwrap_or(ReadTarget::Person))
        }
    }

    /// Refuses what this key's role or purposes do not reach.
    pub(in crate::api) fn check_role(&self, caller: &Caller) -> Result<(), Problem> {
        if !roles::acts(caller.role).contains(&self.act) {
            let detail = format!("`{}` is the privacy office's to record; use a key of role privacy", word(&self.act));
            return Err(Problem::new(Code::RoleNotAllowed, detail));
        }
        // Whoever is told no passes it on (GDPR Art. 7(3), 12(2)), and it takes nothing from anybody.
        if roles::SAYS_NO.contains(&self.act) {
            return Ok(());
        }
        match &self.target {
            ReadTarget::Purpose { purpose, .. } => caller.check_purpose(purpose),
            _ if caller.purposes.is_empty() || roles::REACH_BEYOND_PURPOSES.contains(&self.act) => Ok(()),
            // What is about the whole person or a channel reaches beyond a key's purposes.
            _ => {
                let detail = format!(
                    "this key is for {} only, and `{}` without a purpose is about all; name the purpose, or use a key \
                     without purposes. It may record every refusal and ask for every restriction",
                    caller.purposes.join(", "),
                    word(&self.act)
                );
                Err(Problem::new(Code::PurposeNotForKey, detail))
            }
        }
    }

    pub(in crate::api) fn ask<'a>(&'a self, sought: Sought<'a>, caller: &'a Caller) -> ActAsk<'a> {
        let about = match &self.target {
            ReadTarget::Purpose { purpose, brand } => About::Purpose { purpose, brand: brand.as_deref() },
            ReadTarget::DirectMarketing => About::DirectMarketing,
            ReadTarget::Person => About::Person,
            ReadTarget::Channel(channel) => About::Channel(*channel),
        };
        let guardian = self.guardian.as_ref();
        ActAsk {
            at: self.at,
            until: self.until,
            guardian: guardian.map(|(kind, value)| Sought { kind, value, scope: sought.scope }),
            said: self.said.clone(),
            evidence: self.evidence.clone(),
            ..ActAsk::new(sought, self.act, about, Teller::Key { name: &caller.key, role: caller.role })
        }
    }
}

/// What an act is about: exactly one of `purpose` and `target`, and for values and preferences the person.
fn read_target(act: ActKind, fields: &mut Fields) -> Option<ReadTarget> {
    let purpose = fields.optional_text("purpose", CODE_BYTES_MAX);
    let brand = fields.optional_text("brand", CODE_BYTES_MAX);
    let expected = "direct_marketing, person or channel:email|sms|push|phone|post";
    let named = fields.optional("target", 32, expected, target);
    match (purpose, named) {
        (Some(purpose), None) => Some(ReadTarget::Purpose { purpose, brand }),
        (None, Some(target)) if brand.is_none() => Some(target),
        (None, None) if brand.is_none() && matches!(act, ActKind::Correct | ActKind::Prefer) => {
            Some(ReadTarget::Person)
        }
        (None, Some(_)) => {
            fields.wrong("brand", "unknown_field", "a brand goes with a purpose", "no brand beside `target`");
            None
        }
        _ => {
            fields.wrong("purpose", "missing_field", "neither or both of `purpose` and `target`", "exactly one");
            None
        }
    }
}

/// What an act says beyond its kind. Only acts that say more have these fields.
fn read_said(act: ActKind, fields: &mut Fields) -> Said {
    match act {
        ActKind::Correct => {
            let field = fields.text("field", CODE_BYTES_MAX);
            let value = fields.any("value");
            if value.is_none() {
                let expected = "the right value, or null where there is none";
                fields.wrong("value", "missing_field", "`value` is missing", expected);
            }
            Said::Correction { field, value: value.unwrap_or_default() }
        }
        ActKind::Prefer => {
            let Some(mut below) = fields.object("preferences") else { return Said::Preferences(Vec::new()) };
            let changes = read_changes(&mut below);
            fields.end(below);
            Said::Preferences(changes)
        }
        _ => Said::Nothing,
    }
}

/// What is told of an act as its evidence.
fn read_evidence(fields: &mut Fields) -> EvidenceDraft {
    let methods = "one of form, call, paper, api, double_opt_in";
    let tag = |text: &str| is_language_tag(text).then(|| text.to_owned());
    let law = |text: &str| is_jurisdiction(text).then(|| text.to_owned());
    EvidenceDraft {
        method: fields.optional("method", 16, methods, |text| spelt(&METHODS, text)),
        verified: fields.optional_text("verified", NOTE_BYTES_MAX),
        document: fields.optional_text("document", NOTE_BYTES_MAX),
        system: pair(fields, "system", ("name", SYSTEM_BYTES_MAX), ("id", SYSTEM_BYTES_MAX)),
        notice: fields.optional_text("notice", CODE_BYTES_MAX),
        notice_version: version(fields, "notice_version"),
        purpose_version: version(fields, "purpose_version"),
        language: fields.optional("language", LANGUAGE_BYTES_MAX, LANGUAGE_IN_WORDS, tag),
        text_sha256: fields.optional("text_sha256", 64, TEXT_HASH_IN_WORDS, text_hash),
        jurisdiction: fields.optional("jurisdiction", 16, JURISDICTION_IN_WORDS, law),
        note: fields.optional_text("note", NOTE_BYTES_MAX),
    }
}

fn version(fields: &mut Fields, name: &'static str) -> Option<u32> {
    fields.optional_number(name, 1..=u64::from(u32::MAX)).and_then(|number| u32::try_from(number).ok())
}

/// Two texts that belong together, in an object.
fn pair(
    fields: &mut Fields,
    name: &'static str,
    first: (&'static str, usize),
    second: (&'static str, usize),
) -> Option<(String, String)> {
    let mut below = fields.object(name)?;
    let pair = (below.text(first.0, first.1), below.text(second.0, second.1));
    fields.end(below);
    Some(pair)
}

fn target(text: &str) -> Option<ReadTarget> {
    match text {
        "direct_marketing" => Some(ReadTarget::DirectMarketing),
        "person" => Some(ReadTarget::Person),
        _ => spelt(&CHANNELS, text.strip_prefix("channel:")?).map(ReadTarget::Channel),
    }
}
