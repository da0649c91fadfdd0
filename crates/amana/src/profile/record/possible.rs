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

/// Whether an act can be about these slots: it was done when they were open, and names no earlier version of the purpose,
/// where that matters. A no is always about what is declared now, too.
pub(super) fn meant(ask: &ActAsk<'_>, at: Moment, slots: &[&SlotRule]) -> Result<(), ActRefused> {
    let why = "a wider version of the purpose was declared later: what was said before is about an earlier one";
    if let Some(rule) = slots.iter().find(|rule| !rule.can_be_meant(ask.act, at)) {
        let opened = rule.opened.unwrap_or_default();
        let expected = format!("an instant at or after {opened}, when this version was declared");
        return Err(ActRefused::Earlier { field: "at", why, expected });
    }
    let Some(version) = ask.evidence.purpose_version.filter(|_| is_of_a_version(ask.act)) else { return Ok(()) };
    match slots.iter().map(|rule| rule.since_version).max() {
        Some(since) if version < since => {
            let why = "this version of the purpose is an earlier one, and not known to be as wide as that of today";
            let expected = format!("version {since} or later, which is what a yes is asked for today");
            Err(ActRefused::Earlier { field: "purpose_version", why, expected })
        }
        _ => Ok(()),
    }
}

/// Whether what an act means depends on the version of the purpose that it was about: a yes, and what prepares one.
fn is_of_a_version(act: ActKind) -> bool {
    use ActKind::{Grant, Guardian, Inform, Request, Start};
    matches!(act, Grant | Request | Inform | Start | Guardian)
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
    let said = &ask.evidence;
    let verified = said.verified.as_deref().is_some_and(|how| !how.trim().is_empty());
    let noted = said.note.as_deref().is_some_and(|note| !note.trim().is_empty());
    // A file has its columns for all its rows, and says with each that it is a file.
    let by_file = ask.by.is_file();
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
        Grant if verified && said.method.is_none() && !by_file => missing(
            "method",
            "how the confirmation reached you: form, call, paper, api or double_opt_in (GDPR Art. 7(1))",
        ),
        Grant if said.method == Some(Method::DoubleOptIn) && !verified => {
            missing("verified", "the message by which the address was confirmed (GDPR Art. 7(1))")
        }
        act if said.verified.is_some() && !by_file && !matches!(act, Grant | Guardian) => Err(ActRefused::wrong(
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
