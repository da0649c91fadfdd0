//! What a person has decided, purpose by purpose, what may therefore be done, and the acts that it rests on.

use super::find::{FindError, FoundPerson, Sought, find};
use super::keeper::{KeepError, View};
use super::spelling::{CHANNELS, word, write_use};
use crate::app::App;
use amana_core::Moment;
use amana_core::catalog::{Policy, SlotRule};
use amana_core::permission::{Act, Mark, Standing, Target};
use amana_core::permit::{Context, Question, Use, permit};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How many acts of one fragment are read.
pub const ACTS_MAX: usize = 10_000;
/// How many acts are told for one permission: those that count, newest first.
pub const ACTS_TOLD_MAX: usize = 20;

/// What of a person's permissions a reader may see.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    /// The purposes; empty: all.
    pub purposes: &'a [String],
    /// Whether also what names the person beyond those purposes: the profile's id, general acts, notes of staff.
    pub whole: bool,
}

/// All permissions of a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct Permissions {
    /// Names the profile. None when nobody is known by this identifier, and for keys of services.
    pub profile_id: Option<String>,
    /// When they were read.
    #[schema(example = "2026-03-01T12:00:00.000Z")]
    pub as_of: String,
    /// One for each purpose and brand.
    pub permissions: Vec<Permission>,
    /// Acts about the whole person, all direct marketing or a channel that count. Not for keys of services.
    pub general: Vec<PermissionAct>,
}

/// The permission for a purpose and brand.
#[derive(Debug, Serialize, ToSchema)]
pub struct Permission {
    /// Code of the purpose.
    #[schema(example = "news")]
    pub purpose: String,
    /// The brand, where each has a permission of its own.
    pub brand: Option<String>,
    /// The version of the purpose that people were asked for.
    pub version: u32,
    /// The lawful basis.
    #[schema(example = "consent")]
    pub basis: String,
    /// The state.
    #[schema(example = "given")]
    pub state: String,
    /// When what brought it about was done.
    pub since: Option<String>,
    /// When time alone will change it.
    pub until: Option<String>,
    /// What may be done now, by use.
    pub uses: BTreeMap<String, UseVerdict>,
    /// The acts that count, newest first; the one that decides is marked.
    pub acts: Vec<PermissionAct>,
}

/// Whether a use is permitted now.
#[derive(Debug, Serialize, ToSchema)]
pub struct UseVerdict {
    /// Whether it is.
    pub allow: bool,
    /// The reason's code.
    #[schema(example = "consent_unknown")]
    pub reason: String,
    /// The reason in words.
    pub words: String,
}

/// An act, with its evidence.
#[derive(Debug, Serialize, ToSchema)]
pub struct PermissionAct {
    /// Names the act.
    pub id: String,
    /// What was done.
    #[schema(example = "grant")]
    pub act: String,
    /// What it is about: `purpose`, `person`, `direct_marketing` or `channel:<channel>`.
    #[schema(example = "purpose")]
    pub target: String,
    /// Whether the state rests on it.
    pub decides: bool,
    /// When it was done.
    pub at: String,
    /// When it was learned.
    pub received: String,
    /// Until when it holds, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// How it reached us.
    #[schema(example = "sdk")]
    pub method: String,
    /// The source it came through, or the name of the API key.
    pub source: String,
    /// Whose word it is: `person`, or the role of staff.
    pub actor: String,
    /// The notice that was shown, and its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<ShownNotice>,
    /// The version of the purpose whose text was shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose_version: Option<u32>,
    /// The language of that text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// SHA-256 of that text, in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_sha256: Option<String>,
    /// The law that applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// What staff wrote down. Not for keys of services.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A notice that was shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShownNotice {
    /// Its code.
    pub code: String,
    /// Its version.
    pub version: u32,
}

/// The permissions of a person. Somebody unknown has those of somebody who has said nothing.
///
/// # Errors
/// When the identifier is not one, or something cannot be read.
pub async fn read_permissions(app: &App, sought: Sought<'_>, sight: Sight<'_>) -> Result<Permissions, FindError> {
    let (current, now) = (app.current(), app.now());
    let policy = &current.policy;
    let found = find(app, policy, sought, now).await?;
    let acts = counting_acts(app, &found).await?;
    let seen = policy
        .slots
        .iter()
        .filter(|rule| !rule.retired && (sight.purposes.is_empty() || sight.purposes.contains(&rule.purpose)));
    let is_general = |act: &&Act| !matches!(act.target, Target::Slot(_));
    let general = acts.iter().filter(|_| sight.whole).filter(is_general);
    Ok(Permissions {
        profile_id: found.whole.profile().filter(|_| sight.whole).map(|profile| profile.to_string()),
        as_of: now.to_string(),
        permissions: seen.map(|rule| permission(policy, rule, &found, &acts, now, sight)).collect(),
        general: general.take(ACTS_TOLD_MAX).map(|act| told(act, false, sight)).collect(),
    })
}

/// The acts of a person that left a mark which still counts, newest first.
async fn counting_acts(app: &App, found: &FoundPerson) -> Result<Vec<Act>, KeepError> {
    let mut counting = Vec::new();
    for (group, marks) in found.whole.groups.iter().zip(&found.whole.marks) {
        for entry in group.iter().filter_map(|id| found.people.get(*id)) {
            let acts = app.keeper().acts(View::Still(&found.snapshot), entry, ACTS_MAX).await?;
            let counts = |act: &Act| {
                let mark = Mark { at: act.at, received: act.received, until: act.until };
                marks.get(act.target, act.kind) == Some(mark)
            };
            counting.extend(acts.into_iter().filter(counts));
        }
    }
    counting.sort_by_key(|act| std::cmp::Reverse((act.at, act.received, act.id)));
    Ok(counting)
}

fn permission(
    policy: &Policy,
    rule: &SlotRule,
    found: &FoundPerson,
    acts: &[Act],
    now: Moment,
    sight: Sight<'_>,
) -> Permission {
    let question = |usage| Question {
        policy,
        slot: Some(rule),
        person: found.whole.person(None),
        usage,
        context: Context::default(),
        now,
    };
    let standing = question(Use::Profile).standing();
    let verdict = |usage| {
        let verdict = permit(&question(usage));
        let (reason, words) = (verdict.reason.code().to_owned(), verdict.reason.words().to_owned());
        (write_use(usage), UseVerdict { allow: verdict.allow, reason, words })
    };
    let own = acts.iter().filter(|act| concerns(rule, act.target));
    Permission {
        purpose: rule.purpose.clone(),
        brand: rule.brand.clone(),
        version: rule.since_version,
        basis: word(&rule.basis),
        state: word(&standing.state),
        since: super::read::written(standing.since),
        until: super::read::written(standing.until),
        uses: uses(rule).into_iter().map(verdict).collect(),
        acts: own.take(ACTS_TOLD_MAX).map(|act| told(act, decides(act, &standing), sight)).collect(),
    }
}

/// The uses that people and programs ask about: what a purpose may do by itself, and whom and how it may reach.
fn uses(rule: &SlotRule) -> Vec<Use<'_>> {
    let plain = [Use::Collect, Use::Link, Use::Segment, Use::Analyse, Use::Profile, Use::Decide];
    let contacts = CHANNELS.into_iter().map(Use::Contact);
    let shares = rule.recipients.iter().map(|recipient| Use::Share(recipient));
    plain.into_iter().chain(contacts).chain(shares).collect()
}

fn concerns(rule: &SlotRule, target: Target) -> bool {
    match target {
        Target::Slot(slot) => slot == rule.slot,
        Target::Person => true,
        Target::DirectMarketing => rule.direct_marketing,
        Target::Channel(_) => false,
    }
}

fn decides(act: &Act, standing: &Standing) -> bool {
    matches!(act.target, Target::Slot(_) | Target::Person) && standing.since == Some(act.at)
}

fn told(act: &Act, decides: bool, sight: Sight<'_>) -> PermissionAct {
    let evidence = act.evidence.clone();
    PermissionAct {
        id: act.id.to_string(),
        act: word(&act.kind),
        target: match act.target {
            Target::Slot(_) => "purpose".into(),
            Target::Person => "person".into(),
            Target::DirectMarketing => "direct_marketing".into(),
            Target::Channel(channel) => format!("channel:{}", word(&channel)),
        },
        decides,
        at: act.at.to_string(),
        received: act.received.to_string(),
        until: super::read::written(act.until),
        method: word(&evidence.method),
        source: evidence.source,
        actor: evidence.actor,
        notice: evidence.notice.map(|(code, version)| ShownNotice { code, version }),
        purpose_version: evidence.purpose_version,
        language: evidence.language,
        text_sha256: evidence.text_sha256,
        jurisdiction: evidence.jurisdiction,
        note: evidence.note.filter(|_| sight.whole),
    }
}
