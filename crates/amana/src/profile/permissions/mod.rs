//! What a person has decided, purpose by purpose, what may therefore be done, and the acts that it rests on: now, or as
//! it was at an instant with what was known at another (GDPR Art. 5(2), 7(1)), judged by the catalogue of that instant.

mod acts;
mod history;
mod shown;
mod texts;

pub use history::{HISTORY_PAGE_MAX, HistoryAsk};
pub use shown::{
    HistoryEntry, Permission, PermissionAct, Permissions, RecordedElsewhere, ShownNotice, ShownText, UseVerdict,
};

pub(super) use acts::{acts_behind, counting_acts, counts, newest_first};

use super::find::{FindError, Sought, find};
use super::keeper::KeepError;
use super::past::{Instants, PastError, find_past};
use super::preferences::HonouredWishes;
use super::spelling::{CHANNELS, word, write_use};
use super::whole::Whole;
use crate::app::App;
use crate::govern::{InForce, in_force_at, judgements};
use acts::{CountingActs, Told, acts_of};
use amana_core::Moment;
use amana_core::catalog::{Policy, SlotRule};
use amana_core::permission::{Act, Target};
use amana_core::permit::{Context, Question, Use, permit};
use texts::Texts;

/// How many acts of one fragment others than the history look at.
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

/// What is asked of a person's permissions.
#[derive(Clone, Copy, Debug)]
pub struct PermissionsAsk<'a> {
    /// Who.
    pub sought: Sought<'a>,
    /// What the reader may see.
    pub sight: Sight<'a>,
    /// What was so when; none: with the knowledge of an instant what was so then, else now.
    pub as_of: Option<Moment>,
    /// With the knowledge of when; none: now.
    pub known_at: Option<Moment>,
    /// A page of the history.
    pub history: Option<HistoryAsk>,
}

impl<'a> PermissionsAsk<'a> {
    /// The permissions now.
    #[must_use]
    pub fn now(sought: Sought<'a>, sight: Sight<'a>) -> Self {
        Self { sought, sight, as_of: None, known_at: None, history: None }
    }

    /// The instants that are asked about, when it is not simply now.
    fn instants(&self, now: Moment) -> Result<Option<Instants>, PermissionsRefused> {
        if self.as_of.is_none() && self.known_at.is_none() && self.history.is_none() {
            return Ok(None);
        }
        let known_at = self.known_at.unwrap_or(now);
        let as_of = self.as_of.unwrap_or(known_at);
        // Only what was asked for is named: left out, the one is taken from the other.
        for (field, instant) in [("known_at", self.known_at), ("as_of", self.as_of)] {
            if instant.is_some_and(|instant| instant > now) {
                return Err(PermissionsRefused::InFuture { field });
            }
        }
        Ok(Some(Instants { as_of, known_at }))
    }
}

/// Why permissions are not told.
#[derive(Debug, thiserror::Error)]
pub enum PermissionsRefused {
    /// The identifier is not one, or something cannot be read.
    #[error(transparent)]
    Find(#[from] FindError),
    /// An instant has not come yet.
    #[error("the instant has not come yet")]
    InFuture {
        /// The one of both.
        field: &'static str,
    },
    /// There is more history than an answer can be made of.
    #[error("the person has more than {acts_max} acts")]
    TooLong {
        /// How much it may be.
        acts_max: usize,
    },
}

impl From<PastError> for PermissionsRefused {
    fn from(error: PastError) -> Self {
        match error {
            PastError::Find(error) => Self::Find(error),
            PastError::TooLong { acts_max } => Self::TooLong { acts_max },
        }
    }
}

/// The permissions of a person. Somebody unknown has those of somebody who has said nothing.
///
/// # Errors
/// When the identifier is not one, an instant has not come yet, or something cannot be read.
pub async fn read_permissions(app: &App, ask: &PermissionsAsk<'_>) -> Result<Permissions, PermissionsRefused> {
    let (current, now) = (app.current(), app.now());
    let policy = &*current.policy;
    let Some(instants) = ask.instants(now)? else {
        let found = find(app, policy, ask.sought, now).await?;
        let CountingActs { acts, left_out } = counting_acts(app, &found).await.map_err(FindError::from)?;
        let texts = Texts::of_catalog(&policy.catalog);
        let (whole, acts, sight) = (&found.whole, &*acts, ask.sight);
        let answer = Answer { policy, dated: true, whole, acts, left_out, texts: &texts, sight };
        return Ok(answer.permissions(Instants { as_of: now, known_at: now }));
    };
    let past = find_past(app, policy, ask.sought, instants, now).await?;
    let acts = past.counting();
    let unread = |error| FindError::from(KeepError::from(error));
    let texts = Texts::of(app, past.acts()).await.map_err(unread)?;
    let (whole, left_out) = (&past.whole, past.left_out);
    let InForce { policy: judging, since, .. } =
        in_force_at(app, &current, instants.recorded()).await.map_err(unread)?;
    let (policy_then, dated) = (&*judging, since.is_some());
    let answer = Answer { policy: policy_then, dated, whole, acts: &acts, left_out, texts: &texts, sight: ask.sight };
    let mut permissions = answer.permissions(instants);
    if !past.is_known {
        permissions.profile_id = None;
    }
    if let Some(page) = ask.history {
        let until = instants.recorded();
        let from = past.acts().map(|act| act.at).min().unwrap_or(until);
        let judged = judgements(app, &current, from, until).await.map_err(unread)?;
        let history = answer.history(&past, instants, (&judged, policy), page);
        (permissions.history, permissions.next) = (Some(history.entries), history.next.map(|next| next.to_string()));
    }
    Ok(permissions)
}

/// What an answer is made of.
struct Answer<'a> {
    /// By which it is judged: that of the instant.
    policy: &'a Policy,
    /// Whether it is known since when that was in force.
    dated: bool,
    whole: &'a Whole,
    acts: &'a [Act],
    left_out: usize,
    texts: &'a Texts,
    sight: Sight<'a>,
}

impl Answer<'_> {
    fn told(&self) -> Told<'_> {
        Told { texts: Some(self.texts), whole: self.sight.whole }
    }

    fn sees(&self, rule: &SlotRule) -> bool {
        self.sight.purposes.is_empty() || self.sight.purposes.contains(&rule.purpose)
    }

    fn permissions(&self, at: Instants) -> Permissions {
        let is_about = |rule: &SlotRule| self.acts.iter().any(|act| act.target == Target::Slot(rule.slot));
        // What a version closed that nobody knows the instant of may have been open then.
        let past = at.as_of < at.known_at && !self.dated;
        let seen = self.policy.slots.iter().filter(|rule| self.sees(rule));
        let seen = seen.filter(|rule| !rule.retired || past && is_about(rule));
        // What is no purpose's is told to who sees all; how people want to be written to is read for a purpose elsewhere.
        let whole = self.sight.whole && self.sight.purposes.is_empty();
        let is_general = |act: &&Act| !matches!(act.target, Target::Slot(_));
        let general = self.acts.iter().filter(|_| self.sight.whole).filter(is_general);
        Permissions {
            profile_id: self.whole.profile().filter(|_| self.sight.whole).map(|profile| profile.to_string()),
            as_of: at.as_of.to_string(),
            known_at: at.known_at.to_string(),
            catalog_version: self.policy.version,
            permissions: seen.map(|rule| self.permission(rule, at.as_of)).collect(),
            general: general.take(ACTS_TOLD_MAX).map(|act| self.told().act(act, false)).collect(),
            preferences: whole.then(|| HonouredWishes::of(&self.whole.wishes)),
            claims_left_out: self.left_out,
            history: None,
            next: None,
        }
    }

    fn permission(&self, rule: &SlotRule, now: Moment) -> Permission {
        let question = |usage| Question {
            policy: self.policy,
            slot: Some(rule),
            person: self.whole.person(None),
            usage,
            context: Context::default(),
            contact: None,
            now,
        };
        let standing = question(Use::Profile).standing();
        let verdict = |usage| {
            let verdict = permit(&question(usage));
            let (reason, words) = (verdict.reason.code().to_owned(), verdict.reason.words().to_owned());
            (write_use(usage), UseVerdict { allow: verdict.allow, reason, words })
        };
        Permission {
            purpose: rule.purpose.clone(),
            brand: rule.brand.clone(),
            version: rule.since_version,
            basis: word(&rule.basis),
            state: word(&standing.state),
            since: super::read::written(standing.since),
            until: super::read::written(standing.until),
            uses: uses(rule).into_iter().map(verdict).collect(),
            acts: acts_of(rule, self.acts, &standing, self.told()),
        }
    }
}

/// The uses that people and programs ask about: what a purpose may do by itself, and whom and how it may reach.
fn uses(rule: &SlotRule) -> Vec<Use<'_>> {
    let plain = [Use::Collect, Use::Link, Use::Segment, Use::Analyse, Use::Profile, Use::Decide];
    let contacts = CHANNELS.into_iter().map(Use::Contact);
    let shares = rule.recipients.iter().map(|recipient| Use::Share(recipient));
    plain.into_iter().chain(contacts).chain(shares).collect()
}
