//! Which acts are possible: what an act may be about, what has to be told with it, what it may mean for a basis.
//!
//! Saying no is always possible, whatever the basis: which word fits is the law's concern and not the person's.

use super::{About, ActAsk, ActRefused};
use crate::profile::spelling::{ACTS_OF_PEOPLE, ACTS_OF_STAFF, word};
use amana_core::Moment;
use amana_core::catalog::{Basis, SlotRule};
use amana_core::permission::{ActKind, Method};

const OVERRIDE_OF_MARKETING: &str =
    "an objection to direct marketing is absolute: no grounds outweigh it (GDPR Art. 21(2), 21(3))";

/// Whether an act is possible, for these slots and with what is told.
pub(super) fn check(ask: &ActAsk<'_>, slots: &[&SlotRule], now: Moment) -> Result<(), ActRefused> {
    slots.iter().try_for_each(|rule| for_basis(rule, ask.act))?;
    about(ask)?;
    told(ask, now)
}

/// Whether an act was done when these slots were open, where it has to have been.
pub(super) fn meant(act: ActKind, at: Moment, slots: &[&SlotRule]) -> Result<(), ActRefused> {
    let Some(rule) = slots.iter().find(|rule| !rule.can_be_meant(act, at)) else { return Ok(()) };
    let why = "a wider version of the purpose was declared later: what was said before is about an earlier one";
    let opened = rule.opened.unwrap_or_default();
    Err(ActRefused::wrong("at", why, format!("an instant at or after {opened}, when this version was declared")))
}

/// What an act may mean for the basis of a slot.
fn for_basis(rule: &SlotRule, act: ActKind) -> Result<(), ActRefused> {
    let Err(why) = fits(rule, act) else { return Ok(()) };
    let all = ACTS_OF_PEOPLE.into_iter().chain(ACTS_OF_STAFF);
    let possible: Vec<String> = all.filter(|act| fits(rule, *act).is_ok()).map(|act| word(&act)).collect();
    let expected = format!("an act that a purpose on the basis {} knows: {}", word(&rule.basis), possible.join(", "));
    Err(ActRefused::Impossible { field: "act", why, expected, possible })
}

fn fits(rule: &SlotRule, act: ActKind) -> Result<(), &'static str> {
    use ActKind::{Assert, Correct, Grant, Invalidate, Override, Prefer, Request, Start, Uphold};
    let of_interest = matches!(rule.basis, Basis::LegitimateInterest | Basis::PublicTask);
    match (act, rule.basis) {
        (Grant, Basis::Contract) => Err(
            "a contract is not agreed to here: it starts with what the purpose names in `starts_on` (GDPR Art. 6(1)(b))",
        ),
        (Grant, Basis::LegalObligation) => Err(
            "a legal obligation asks for nobody's agreement: it starts with what the purpose names in `starts_on` (GDPR Art. 6(1)(c))",
        ),
        (Grant, Basis::VitalInterest) => {
            Err("a vital interest is asserted by staff and not agreed to (GDPR Art. 6(1)(d))")
        }
        (Correct | Prefer, _) => Err("values and preferences are a person's, whatever the purpose"),
        (Override, _) if rule.direct_marketing => Err(OVERRIDE_OF_MARKETING),
        (Override | Uphold, _) if !of_interest => {
            Err("only objections to a legitimate interest or public task are weighed (GDPR Art. 21(1))")
        }
        (Assert, basis) if basis != Basis::VitalInterest => {
            Err("only vital interests are asserted (GDPR Art. 6(1)(d))")
        }
        (Start, Basis::Consent) => Err("consent is given and not started (GDPR Art. 6(1)(a))"),
        (Start, Basis::VitalInterest) => {
            Err("a vital interest is asserted by staff, until an instant (GDPR Art. 6(1)(d))")
        }
        (Request | Invalidate, basis) if basis != Basis::Consent => {
            Err("the purpose does not rest on consent (GDPR Art. 6(1)(a))")
        }
        _ => Ok(()),
    }
}

/// What an act may be about.
fn about(ask: &ActAsk<'_>) -> Result<(), ActRefused> {
    use ActKind::{
        Assert, Correct, End, Grant, Guardian, Inform, Invalidate, Lift, Override, Prefer, Request, Restrict, Start,
        Told, Uphold,
    };
    let (why, expected) = match (ask.act, ask.about) {
        (Grant, About::Person | About::DirectMarketing) => (
            "consent is specific: nobody can agree to everything at once (GDPR Art. 4(11), 6(1)(a))",
            "a purpose or a channel",
        ),
        (Override, About::DirectMarketing) => {
            (OVERRIDE_OF_MARKETING, "no override; the person alone can agree anew, with `grant` for a purpose")
        }
        (Restrict | Lift | Told, About::DirectMarketing | About::Channel(_)) => {
            ("processing is restricted for a purpose or a person (GDPR Art. 18)", "a purpose or `person`")
        }
        (Correct | Prefer, about) if !matches!(about, About::Person) => (
            "values and preferences are a person's, whatever the purpose",
            "`person`, or neither `purpose` nor `target`",
        ),
        (Request | Inform | Start | End | Uphold | Override | Assert | Invalidate | Guardian, about)
            if !matches!(about, About::Purpose { .. }) =>
        {
            ("this act is about one purpose", "a purpose")
        }
        _ => return Ok(()),
    };
    Err(ActRefused::impossible("target", why, expected))
}

/// What has to be told with an act.
fn told(ask: &ActAsk<'_>, now: Moment) -> Result<(), ActRefused> {
    use ActKind::{Assert, Grant, Guardian, Override, Told};
    let missing = |field, expected| Err(ActRefused::Missing { field, expected });
    let verified = ask.verified.as_deref().is_some_and(|how| !how.trim().is_empty());
    let noted = ask.note.as_deref().is_some_and(|note| !note.trim().is_empty());
    match ask.act {
        Override if !noted => missing("note", "the compelling legitimate grounds (GDPR Art. 21(1))"),
        Assert if !noted => missing("note", "the vital interest and why nothing else allows it (GDPR Art. 6(1)(d))"),
        Told if !noted => missing("note", "how the person was told, and of what (GDPR Art. 18(3))"),
        Guardian if !verified => {
            missing("verified", "how the guardian proved to hold parental responsibility (GDPR Art. 8(2))")
        }
        Assert if ask.until.is_none_or(|until| until <= now) => {
            missing("until", "the instant, still to come, at which the assertion ends")
        }
        Grant if verified && ask.method.is_none() => missing(
            "method",
            "how the confirmation reached you: form, call, paper, api or double_opt_in (GDPR Art. 7(1))",
        ),
        Grant if ask.method == Some(Method::DoubleOptIn) && !verified => {
            missing("verified", "the message by which the address was confirmed (GDPR Art. 7(1))")
        }
        act if ask.verified.is_some() && !matches!(act, Grant | Guardian) => Err(ActRefused::wrong(
            "verified",
            "only an agreement and a guardian's decision are verified",
            "`verified` with `grant` or `guardian` only",
        )),
        act if ask.guardian.is_some() && act != Guardian => {
            Err(ActRefused::wrong("guardian", "nobody else decides here", "`guardian` with the act `guardian` only"))
        }
        _ => Ok(()),
    }
}
