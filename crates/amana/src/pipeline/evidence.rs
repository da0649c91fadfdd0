//! The evidence of what an event does (GDPR Art. 7(1)): only what is known of it, for it is kept for ever.

use super::acts::Arrival;
use amana_core::Event;
use amana_core::catalog::check::is_language;
use amana_core::catalog::{NoticeRule, Policy, SlotRule, Trust};
use amana_core::permission::{Evidence, Method, Target};

/// The evidence of an act of an event, which the source has shown `notice`.
///
/// Of a notice that informs or begins something, its text is claimed too, where it has one in the very language that the
/// client says it has. Which text a form for consent has shown nobody has said.
pub(super) fn evidence(
    policy: &Policy,
    arrival: &Arrival<'_>,
    target: Target,
    method: Method,
    notice: Option<&NoticeRule>,
) -> Evidence {
    let purpose = match target {
        Target::Slot(slot) => policy.slot(slot),
        _ => None,
    };
    let locale = locale(arrival.event);
    let shown = notice.filter(|_| method == Method::Notice).zip(locale.as_deref());
    let (language, text_sha256) = shown.and_then(|(notice, locale)| text(notice, locale)).unzip();
    Evidence {
        notice: notice.map(|notice| (notice.code.clone(), notice.version)),
        purpose: purpose.map(|rule| rule.purpose.clone()),
        brand: purpose.and_then(|rule| rule.brand.clone()),
        verified: verified(arrival, purpose).filter(|_| method == Method::Sdk),
        language: language.or_else(|| locale.as_deref().map(|tag| primary(tag).to_lowercase())),
        text_sha256,
        jurisdiction: arrival.source.jurisdiction.clone(),
        ..Evidence::new(method, &arrival.source.code, "person")
    }
}

/// The language that a client says it has. What it calls so is kept in a log for ever, so that of anything but a language
/// tag, however it begins, nothing is kept.
fn locale(event: &Event) -> Option<String> {
    let tag = event.context.get("locale").and_then(serde_json::Value::as_str)?.replace('_', "-");
    is_language(&tag).then_some(tag)
}

fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// The text of a notice in the language that a tag means, with its language: `de` is what somebody with `de-AT` saw.
fn text(notice: &NoticeRule, tag: &str) -> Option<(String, String)> {
    let in_language = |tag: &str| notice.texts.iter().find(|(language, _)| language.eq_ignore_ascii_case(tag));
    let (language, text) = in_language(tag).or_else(|| in_language(primary(tag)))?;
    Some((language.clone(), text.clone()))
}

/// What proves who agreed, for a purpose that asks for a second step: a system of the organisation that verifies, or a
/// signed identity. A public source only claims.
fn verified(arrival: &Arrival<'_>, purpose: Option<&SlotRule>) -> Option<String> {
    let proves = arrival.trust == Trust::Server && purpose.is_some_and(|rule| rule.double_opt_in);
    proves.then(|| format!("by the source {}, which verifies who it is of", arrival.source.code))
}
