//! The evidence of an act (GDPR Art. 7(1)): what was shown, in which language, with the hash of its text. Whatever is
//! told of it must be what the catalogue declares, or the proof would be worth nothing on the day it is needed.

use super::{About, ActAsk, ActRefused};
use crate::govern::Current;
use crate::hash::sha256_hex;
use crate::profile::spelling::{ACTS_OF_PEOPLE, word};
use amana_core::catalog::{Notice, Policy, Purpose, Text, closest};
use amana_core::permission::{Evidence, Method};
use std::collections::{BTreeMap, BTreeSet};

type Texts = BTreeMap<String, Text>;

/// The evidence of an act, checked against the catalogue.
pub(super) fn evidence(current: &Current, ask: &ActAsk<'_>) -> Result<Evidence, ActRefused> {
    let policy = &*current.policy;
    let (purpose, brand) = match ask.about {
        About::Purpose { purpose, brand } => {
            (policy.catalog.purposes.iter().find(|declared| declared.code == purpose), brand)
        }
        _ => (None, None),
    };
    let notice = notice(policy, ask, purpose)?;
    // Texts of older versions are not looked up: what was shown then is what the caller says.
    let older = notice.is_some_and(|(notice, version)| version < notice.version);
    // And what was done before the texts of today were in force was done by others that nobody here knows.
    let known = purpose.is_none_or(|purpose| {
        let since = current.shown_since.get(&purpose.code);
        ask.at.is_none_or(|at| since.is_some_and(|since| at >= *since))
    });
    let older = older || !known;
    let of_notice = notice.filter(|_| !older).map(|(notice, _)| &notice.texts);
    let texts: Vec<&Texts> = purpose.map(|purpose| &purpose.texts).into_iter().chain(of_notice).collect();
    let shown = if older { None } else { shown(ask, &texts)? };
    let (language, hash) = shown.unzip();
    let actor = if ACTS_OF_PEOPLE.contains(&ask.act) { "person".to_owned() } else { word(&ask.role) };
    Ok(Evidence {
        notice: notice.map(|(notice, version)| (notice.code.clone(), version)),
        purpose_version: purpose.filter(|_| known).map(|purpose| purpose.version),
        language: ask.language.clone().or(language),
        text_sha256: ask.text_sha256.clone().or(hash),
        jurisdiction: ask.jurisdiction.clone(),
        note: ask.note.clone(),
        purpose: purpose.map(|purpose| purpose.code.clone()),
        brand: brand.map(str::to_owned),
        document: ask.document.clone(),
        verified: ask.verified.clone(),
        system: ask.system.clone(),
        ..Evidence::new(ask.method.unwrap_or(Method::Api), ask.key, &actor)
    })
}

/// The notice that was shown, and its version.
fn notice<'p>(
    policy: &'p Policy,
    ask: &ActAsk<'_>,
    purpose: Option<&Purpose>,
) -> Result<Option<(&'p Notice, u32)>, ActRefused> {
    let Some(code) = &ask.notice else {
        return match ask.notice_version {
            None => Ok(None),
            Some(_) => Err(ActRefused::wrong(
                "notice",
                "a version is named and no notice",
                "the code of the notice that was shown",
            )),
        };
    };
    let notices = &policy.catalog.notices;
    let informs = |notice: &&Notice| purpose.is_none_or(|purpose| notice.purposes.contains(&purpose.code));
    let Some(notice) = notices.iter().find(|notice| notice.code == *code) else {
        let names = closest(code, notices.iter().filter(informs).map(|notice| notice.code.as_str()));
        return Err(ActRefused::not_among("notice", "no notice of that code is declared", &names));
    };
    if !informs(&notice) {
        let names: Vec<&str> = notices.iter().filter(informs).map(|notice| notice.code.as_str()).collect();
        return Err(ActRefused::not_among("notice", "this notice does not inform about the purpose", &names));
    }
    let version = ask.notice_version.unwrap_or(notice.version);
    if !(1..=notice.version).contains(&version) {
        let message = "the notice never had this version";
        return Err(ActRefused::wrong("notice_version", message, format!("1 to {}; left out: {0}", notice.version)));
    }
    Ok(Some((notice, version)))
}

/// Language and hash of the text that was shown, as far as they are told or follow from what is.
fn shown(ask: &ActAsk<'_>, texts: &[&Texts]) -> Result<Option<(String, String)>, ActRefused> {
    let languages: BTreeSet<&str> = texts.iter().flat_map(|texts| texts.keys()).map(String::as_str).collect();
    // Nothing is declared that could have been shown, so there is nothing to hold it against.
    if languages.is_empty() {
        return Ok(None);
    }
    let told = ask.language.as_deref().map(|language| declared(&languages, language));
    if told == Some(None) {
        let names: Vec<&str> = languages.into_iter().collect();
        return Err(ActRefused::not_among(
            "language",
            "there is no text in this language that could have been shown",
            &names,
        ));
    }
    let told = told.flatten();
    let mut candidates =
        texts.iter().flat_map(|texts| texts.iter()).filter(|(known, _)| told.is_none_or(|told| told == known.as_str()));
    let as_text = |(language, text): (&String, &Text)| (language.clone(), hash(text));
    let Some(hash) = &ask.text_sha256 else { return Ok(candidates.next().filter(|_| told.is_some()).map(as_text)) };
    let found = candidates.map(as_text).find(|(_, known)| known == hash);
    found.map(Some).ok_or_else(|| {
        let message = "no text of the purpose or the notice has this hash in its version of today";
        ActRefused::wrong(
            "text_sha256",
            message,
            "SHA-256 of title, line feed and text; or left out, and it is taken from the catalogue",
        )
    })
}

/// The language of the catalogue that a tag means: `de` is what was shown to somebody with `de-AT`.
fn declared<'l>(languages: &BTreeSet<&'l str>, tag: &str) -> Option<&'l str> {
    let primary = tag.split('-').next().unwrap_or_default();
    languages.get(tag).or_else(|| languages.get(primary)).copied()
}

fn hash(text: &Text) -> String {
    sha256_hex(format!("{}\n{}", text.title, text.text).as_bytes())
}
