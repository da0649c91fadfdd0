//! The evidence of an act (GDPR Art. 7(1)): what was shown, in which language, with the hash of its text. Whatever is
//! told of it must be what the catalogue declares, or the proof would be worth nothing on the day it is needed.

use super::{About, ActAsk, ActRefused, EvidenceDraft};
use crate::govern::Current;
use crate::hash::sha256_hex;
use amana_core::Moment;
use amana_core::catalog::{Notice, Policy, Purpose, Text, closest};
use amana_core::permission::{Evidence, NOTICE_VERSION_UNSAID};
use std::collections::{BTreeMap, BTreeSet};

type Texts = BTreeMap<String, Text>;

/// The evidence of an act that was done at an instant, checked against the catalogue.
///
/// What another system recorded it may have shown in words of its own: then its language and hash are taken as told, and
/// nothing of the catalogue's is added to them.
pub(super) fn evidence(current: &Current, ask: &ActAsk<'_>, at: Moment) -> Result<Evidence, ActRefused> {
    let (policy, said) = (&*current.policy, &ask.evidence);
    if let Some((field, expected)) = said.misformed() {
        return Err(ActRefused::wrong(field, "not written as it must be", expected));
    }
    let (purpose, brand) = match ask.about {
        About::Purpose { purpose, brand } => {
            (policy.catalog.purposes.iter().find(|declared| declared.code == purpose), brand)
        }
        _ => (None, None),
    };
    check_purpose_version(ask, purpose)?;
    let notice = notice(current, said, purpose, at)?;
    // What was done before the texts of today were in force was done by others that nobody here knows, and texts of older
    // versions are not looked up: what was shown then is what the caller says.
    let known = is_of_today(current, ask, purpose, notice);
    let announced = notice.is_some_and(|notice| is_announced(policy, notice, at));
    let older = announced
        || said.notice_version.zip(notice).is_some_and(|(version, notice)| version < notice.version)
        || said.purpose_version.zip(purpose).is_some_and(|(version, purpose)| version < purpose.version);
    let of_notice = notice.map(|notice| &notice.texts);
    let texts: Vec<&Texts> = purpose.map(|purpose| &purpose.texts).into_iter().chain(of_notice).collect();
    let shown = if known && !older { shown(said, &texts) } else { Ok(None) };
    let elsewhere = said.system.as_ref().is_some_and(|(system, _)| system != ask.by.name());
    let in_own_words = shown.is_err() && elsewhere;
    let shown = if in_own_words { None } else { shown? };
    // A file that says nothing of a text has not said that it was the one of today.
    let fills = known && !ask.by.is_file() && !in_own_words;
    let (language, hash) = shown.filter(|_| fills).unzip();
    let version_of_today = || purpose.filter(|_| fills).map(|purpose| purpose.version);
    let notice = notice.map(|notice| {
        let of_then = || if announced { version_meanwhile(current, said, notice, at) } else { Some(notice.version) };
        let filled = || of_then().filter(|_| fills).unwrap_or(NOTICE_VERSION_UNSAID);
        (notice.code.clone(), said.notice_version.unwrap_or_else(filled))
    });
    Ok(Evidence {
        notice,
        purpose_version: said.purpose_version.or_else(version_of_today),
        language: said.language.clone().or(language),
        text_sha256: said.text_sha256.clone().or(hash),
        jurisdiction: said.jurisdiction.clone(),
        note: said.note.clone(),
        purpose: purpose.map(|purpose| purpose.code.clone()),
        brand: brand.map(str::to_owned),
        document: said.document.clone(),
        verified: said.verified.clone(),
        system: said.system.clone(),
        ..Evidence::new(said.method.unwrap_or(ask.by.method()), ask.by.name(), &ask.by.actor(ask.act))
    })
}

/// Whether an act was done since the texts of today are what could be shown for it.
fn is_of_today(current: &Current, ask: &ActAsk<'_>, purpose: Option<&Purpose>, notice: Option<&Notice>) -> bool {
    let Some(at) = ask.at else { return !ask.by.is_file() };
    let since = |code: &String| current.shown_since.get(code).copied();
    let since = match purpose {
        Some(purpose) => since(&purpose.code),
        // A notice is what it is for as long as what can be shown for one of its purposes is.
        None => notice.and_then(|notice| notice.purposes.iter().filter_map(since).min()),
    };
    since.is_some_and(|since| at >= since)
}

/// Whether the version of a notice that is declared was not in force yet at an instant.
fn is_announced(policy: &Policy, notice: &Notice, at: Moment) -> bool {
    notice.in_force(&policy.catalog.organisation.time_zone).is_some_and(|since| since > at)
}

/// The version of a notice that was shown while the one that is declared was only announced; none where nobody knows, or
/// where the text that is told is not known to be its text.
fn version_meanwhile(current: &Current, said: &EvidenceDraft, notice: &Notice, at: Moment) -> Option<u32> {
    let form = current.numbers.shown_at(&notice.code, at)?;
    let is_its_text = said.text_sha256.as_ref().is_none_or(|told| form.texts.values().any(|known| known == told));
    Some(form.version).filter(|version| is_its_text && *version < notice.version)
}

/// Whether the purpose ever had the version that is named. Of a purpose that has ended nobody knows how many it had.
fn check_purpose_version(ask: &ActAsk<'_>, purpose: Option<&Purpose>) -> Result<(), ActRefused> {
    let Some(version) = ask.evidence.purpose_version else { return Ok(()) };
    let field = "purpose_version";
    if !matches!(ask.about, About::Purpose { .. }) {
        let message = "a version of a purpose is named and no purpose";
        return Err(ActRefused::wrong(field, message, "no `purpose_version` beside `target`"));
    }
    let latest = purpose.map_or(u32::MAX, |purpose| purpose.version);
    if (1..=latest).contains(&version) {
        return Ok(());
    }
    let expected = purpose.map_or_else(|| "1 or more".to_owned(), |purpose| format!("1 to {}", purpose.version));
    Err(ActRefused::wrong(field, "the purpose never had this version", expected))
}

/// The notice that was shown, where one is named.
fn notice<'p>(
    current: &'p Current,
    said: &EvidenceDraft,
    purpose: Option<&Purpose>,
    at: Moment,
) -> Result<Option<&'p Notice>, ActRefused> {
    let Some(code) = &said.notice else {
        return match said.notice_version {
            None => Ok(None),
            Some(_) => Err(ActRefused::wrong(
                "notice",
                "a version is named and no notice",
                "the code of the notice that was shown",
            )),
        };
    };
    let policy = &*current.policy;
    let notice = declared_notice(policy, code, purpose)?;
    check_notice_begun(current, notice, at)?;
    check_notice_version(current, said, notice, at)?;
    Ok(Some(notice))
}

/// Whether anybody can have seen the notice when the act was done: one whose first version is announced for a later day
/// informs nobody before it. Of a later version that is announced, an earlier one surely was there.
fn check_notice_begun(current: &Current, notice: &Notice, at: Moment) -> Result<(), ActRefused> {
    let begun = !is_announced(&current.policy, notice, at)
        || notice.version > 1
        || current.numbers.shown_at(&notice.code, at).is_some();
    if begun {
        return Ok(());
    }
    let since = notice.since.as_deref().unwrap_or_default();
    Err(ActRefused::wrong(
        "notice",
        "this notice was not in force yet when the act was done, so it informed nobody",
        format!("a notice that was in force then, or none: the first version of this one is in force from {since} on"),
    ))
}

/// Whether the notice had the version that is named when the act was done. Nobody has been shown one that began later: on
/// the day it declares, else when it was applied here.
fn check_notice_version(
    current: &Current,
    said: &EvidenceDraft,
    notice: &Notice,
    at: Moment,
) -> Result<(), ActRefused> {
    let Some(version) = said.notice_version else { return Ok(()) };
    let announced = is_announced(&current.policy, notice, at);
    let begins_after = |version| current.numbers.begins_after(&notice.code, version, at);
    let is_to_come = |version: u32| begins_after(version).is_some() || announced && version == notice.version;
    let was_there = (1..=notice.version).contains(&version) && !is_to_come(version);
    if was_there {
        return Ok(());
    }
    // What begins after that instant is remembered version by version, so that this ends with the first that is not.
    let latest = (1..=notice.version).rev().find(|version| !is_to_come(*version)).unwrap_or_default();
    let message = match version {
        0 => "the notice never had this version",
        version if version > notice.version => "the notice never had this version",
        _ => "this version of the notice was not in force yet when the act was done",
    };
    let next = latest.saturating_add(1);
    let since = match notice.since.as_deref().filter(|_| next == notice.version && announced) {
        Some(day) => Some(day.to_owned()),
        None => Some(next).filter(|next| *next <= notice.version).and_then(begins_after).map(|since| since.to_string()),
    };
    let expected = match since {
        // Its first version was in force once, and was put off: only that nobody can name is left.
        Some(since) if latest == 0 => format!("no `notice_version`: this one is in force again from {since} on"),
        Some(since) => format!("1 to {latest}: version {next} is in force from {since} on"),
        None => format!("1 to {latest}"),
    };
    Err(ActRefused::wrong("notice_version", message, expected))
}

/// A notice of the catalogue that informs about a purpose.
pub(crate) fn declared_notice<'p>(
    policy: &'p Policy,
    code: &str,
    purpose: Option<&Purpose>,
) -> Result<&'p Notice, ActRefused> {
    let notices = &policy.catalog.notices;
    let informs = |notice: &&Notice| purpose.is_none_or(|purpose| notice.purposes.contains(&purpose.code));
    let Some(notice) = notices.iter().find(|notice| notice.code == code) else {
        let names = closest(code, notices.iter().filter(informs).map(|notice| notice.code.as_str()));
        return Err(ActRefused::not_among("notice", "no notice of that code is declared", &names));
    };
    if !informs(&notice) {
        let names: Vec<&str> = notices.iter().filter(informs).map(|notice| notice.code.as_str()).collect();
        return Err(ActRefused::not_among("notice", "this notice does not inform about the purpose", &names));
    }
    Ok(notice)
}

/// Language and hash of the text that was shown, as far as they are told or follow from what is.
fn shown(said: &EvidenceDraft, texts: &[&Texts]) -> Result<Option<(String, String)>, ActRefused> {
    let languages: BTreeSet<&str> = texts.iter().flat_map(|texts| texts.keys()).map(String::as_str).collect();
    // Nothing is declared that could have been shown, so there is nothing to hold it against.
    if languages.is_empty() {
        return Ok(None);
    }
    let told = said.language.as_deref().map(|language| declared(&languages, language));
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
    let Some(hash) = &said.text_sha256 else { return Ok(candidates.next().filter(|_| told.is_some()).map(as_text)) };
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
