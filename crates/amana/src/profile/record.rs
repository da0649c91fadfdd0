//! Recording an act of a person or of staff: through the journal, answered when it is in force.

use super::find::{FindError, Sought, normalised};
use super::slot::{SlotUnclear, slot_named};
use super::spelling::{ACTS_OF_PEOPLE, word};
use crate::app::App;
use crate::hash::sha256_hex;
use crate::journal::{Closed, Decided, Entry};
use amana_core::Moment;
use amana_core::catalog::{Basis, Policy, Role, SlotRule};
use amana_core::permission::{ActKind, Channel, Evidence, Method, Target};
use std::time::Duration;
use uuid::Uuid;

/// How long to wait for the pipeline before saying that the act is durable and not yet in force.
pub const IN_FORCE_WAIT_MAX: Duration = Duration::from_secs(10);
/// How many bytes of notes staff may write down with an act.
pub const NOTE_BYTES_MAX: usize = 2_000;

/// What an act is about.
#[derive(Clone, Copy, Debug)]
pub enum About<'a> {
    /// A purpose, for one brand or, where that makes sense, for all.
    Purpose {
        /// Its code.
        purpose: &'a str,
        /// Code of the brand.
        brand: Option<&'a str>,
    },
    /// All direct marketing.
    DirectMarketing,
    /// The whole person.
    Person,
    /// A channel.
    Channel(Channel),
}

/// An act to be recorded.
#[derive(Clone, Debug)]
pub struct ActAsk<'a> {
    /// Whose permission it moves.
    pub sought: Sought<'a>,
    /// What was done.
    pub act: ActKind,
    /// What it is about.
    pub about: About<'a>,
    /// When it was done; none: now.
    pub at: Option<Moment>,
    /// For assertions: until when.
    pub until: Option<Moment>,
    /// How it reached us.
    pub method: Method,
    /// Language of the text that was shown.
    pub language: Option<String>,
    /// SHA-256 in hex of the text that was shown.
    pub text_sha256: Option<String>,
    /// The law that applied.
    pub jurisdiction: Option<String>,
    /// What staff wrote down.
    pub note: Option<String>,
    /// Name of the key it came with.
    pub key: &'a str,
    /// Role of that key.
    pub role: Role,
}

/// An act that is in force.
#[derive(Clone, Copy, Debug)]
pub struct RecordedAct {
    /// Names the act.
    pub id: Uuid,
    /// When it was done.
    pub at: Moment,
    /// When it was learned.
    pub received: Moment,
}

/// Why an act was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum ActRefused {
    /// The identifier is not one.
    #[error(transparent)]
    Find(#[from] FindError),
    /// The purpose and brand name no slot.
    #[error(transparent)]
    Slot(#[from] SlotUnclear),
    /// It says that it was done later than now.
    #[error("it was done at an instant that has not come yet")]
    InFuture,
    /// The law or its own meaning rules it out.
    #[error("{why}")]
    Impossible {
        /// The field that would have to be another.
        field: &'static str,
        /// Why, with the article.
        why: &'static str,
        /// What is possible.
        expected: &'static str,
    },
    /// Something that has to be told is missing.
    #[error("`{field}` is missing")]
    Missing {
        /// The field.
        field: &'static str,
        /// What it must say.
        expected: &'static str,
    },
    /// The journal takes nothing now; nothing was recorded.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// It is durable and not yet in force.
    #[error("the act is recorded durably and takes effect when what came before it is worked off")]
    NotYetInForce {
        /// Names the act.
        id: Uuid,
    },
}

/// Records an act. When this returns it is in force.
///
/// # Errors
/// When it is impossible, or nothing can be recorded now.
pub async fn record_act(app: &App, ask: &ActAsk<'_>) -> Result<RecordedAct, ActRefused> {
    let (current, now) = (app.current(), app.now());
    let policy = &current.policy;
    let value = normalised(policy, ask.sought)?;
    let at = ask.at.unwrap_or(now);
    if at > now {
        return Err(ActRefused::InFuture);
    }
    let slots = slots(policy, ask)?;
    slots.iter().try_for_each(|rule| possible_for(rule, ask))?;
    possible(ask, now)?;
    let targets = match ask.about {
        About::Purpose { .. } => slots.iter().map(|rule| Target::Slot(rule.slot)).collect(),
        About::DirectMarketing => vec![Target::DirectMarketing],
        About::Person => vec![Target::Person],
        About::Channel(channel) => vec![Target::Channel(channel)],
    };
    let mut dice = app.dice();
    let id = dice.id(now);
    let decided = Decided {
        id,
        kind: ask.sought.kind.to_owned(),
        value,
        scope: ask.sought.scope.to_owned(),
        act: ask.act,
        targets,
        at,
        received_at: now,
        until: ask.until,
        evidence: evidence(policy, ask),
    };
    let position = app.journal().write(&Entry::Decided(Box::new(decided)), &mut dice).await?;
    let in_force = tokio::time::timeout(IN_FORCE_WAIT_MAX, app.journal().committed(position)).await;
    in_force.map_err(|_| ActRefused::NotYetInForce { id })?;
    Ok(RecordedAct { id, at, received: now })
}

/// The slots an act is about. Saying no to a purpose without naming a brand says no to all its brands; saying yes
/// must be specific (GDPR Art. 4(11)).
fn slots<'p>(policy: &'p Policy, ask: &ActAsk<'_>) -> Result<Vec<&'p SlotRule>, SlotUnclear> {
    let About::Purpose { purpose, brand } = ask.about else { return Ok(Vec::new()) };
    let says_no = matches!(
        ask.act,
        ActKind::Refuse | ActKind::Withdraw | ActKind::Object | ActKind::Restrict | ActKind::Invalidate
    );
    match slot_named(policy, purpose, brand) {
        Ok(rule) => Ok(vec![rule]),
        Err(SlotUnclear::BrandNeeded { .. }) if says_no => {
            Ok(policy.slots.iter().filter(|rule| !rule.retired && rule.purpose == purpose).collect())
        }
        Err(unclear) => Err(unclear),
    }
}

/// What an act may be about, and what has to be told with it.
fn possible(ask: &ActAsk<'_>, now: Moment) -> Result<(), ActRefused> {
    use ActKind::{Assert, Grant, Guardian, Inform, Invalidate, Lift, Override, Request, Restrict, Uphold};
    let impossible = |why, expected| Err(ActRefused::Impossible { field: "target", why, expected });
    let missing = |field, expected| Err(ActRefused::Missing { field, expected });
    match (ask.act, ask.about) {
        (Grant, About::Person | About::DirectMarketing) => {
            return impossible(
                "consent is specific: nobody can agree to everything at once (GDPR Art. 4(11), 6(1)(a))",
                "a purpose or a channel",
            );
        }
        (Override, About::DirectMarketing) => return Err(override_of_marketing()),
        (Restrict | Lift, About::DirectMarketing | About::Channel(_)) => {
            return impossible(
                "processing is restricted for a purpose or a person (GDPR Art. 18)",
                "a purpose or `person`",
            );
        }
        (Request | Inform | Uphold | Override | Assert | Invalidate | Guardian, about)
            if !matches!(about, About::Purpose { .. }) =>
        {
            return impossible("this act is about one purpose", "a purpose");
        }
        _ => {}
    }
    let noted = ask.note.as_deref().is_some_and(|note| !note.trim().is_empty());
    match ask.act {
        Override if !noted => missing("note", "the compelling legitimate grounds (GDPR Art. 21(1))"),
        Assert if !noted => missing("note", "the vital interest and why nothing else allows it (GDPR Art. 6(1)(d))"),
        Lift if !noted => missing("note", "when and how the person was told before (GDPR Art. 18(3))"),
        Assert if ask.until.is_none_or(|until| until <= now) => {
            missing("until", "the instant, still to come, at which the assertion ends")
        }
        _ => Ok(()),
    }
}

/// What an act may mean for the basis of a slot.
fn possible_for(rule: &SlotRule, ask: &ActAsk<'_>) -> Result<(), ActRefused> {
    let impossible = |why, expected| Err(ActRefused::Impossible { field: "act", why, expected });
    let of_interest = matches!(rule.basis, Basis::LegitimateInterest | Basis::PublicTask);
    match ask.act {
        ActKind::Override if rule.direct_marketing => Err(override_of_marketing()),
        ActKind::Override | ActKind::Uphold if !of_interest => impossible(
            "only objections to a legitimate interest or public task are weighed (GDPR Art. 21(1))",
            "`withdraw` or `object`",
        ),
        ActKind::Assert if rule.basis != Basis::VitalInterest => impossible(
            "only vital interests are asserted (GDPR Art. 6(1)(d))",
            "a purpose whose basis is vital_interest",
        ),
        ActKind::Request | ActKind::Invalidate if rule.basis != Basis::Consent => {
            impossible("the purpose does not rest on consent (GDPR Art. 6(1)(a))", "a purpose whose basis is consent")
        }
        _ => Ok(()),
    }
}

fn override_of_marketing() -> ActRefused {
    ActRefused::Impossible {
        field: "act",
        why: "an objection to direct marketing is absolute: no grounds outweigh it (GDPR Art. 21(2), 21(3))",
        expected: "no override; the person alone can agree anew, with `grant`",
    }
}

fn evidence(policy: &Policy, ask: &ActAsk<'_>) -> Evidence {
    let actor = if ACTS_OF_PEOPLE.contains(&ask.act) { "person".to_owned() } else { word(&ask.role) };
    let purpose = match ask.about {
        About::Purpose { purpose, .. } => policy.catalog.purposes.iter().find(|declared| declared.code == purpose),
        _ => None,
    };
    let text = purpose.zip(ask.language.as_ref()).and_then(|(purpose, language)| purpose.texts.get(language));
    let hash = || text.map(|text| sha256_hex(format!("{}\n{}", text.title, text.text).as_bytes()));
    Evidence {
        purpose_version: purpose.map(|purpose| purpose.version),
        language: ask.language.clone(),
        text_sha256: ask.text_sha256.clone().or_else(hash),
        jurisdiction: ask.jurisdiction.clone(),
        note: ask.note.clone(),
        ..Evidence::new(ask.method, ask.key, &actor)
    }
}
