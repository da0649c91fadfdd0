//! Acts: what somebody did that moves a permission, a preference, a value or who is taken for whom, with the evidence
//! that it was so (GDPR Art. 7(1)). One form for all of them, so that one log tells everything.

use super::Evidence;
use crate::catalog::Basis;
use crate::preferences::Change;
use crate::{Moment, Slot, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What was done. A closed set; the numbers are stored and never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActKind {
    /// Was told (GDPR Art. 13, 14).
    Inform,
    /// Something happened that starts the basis.
    Start,
    /// Something happened that ends the basis.
    End,
    /// Asked for consent to be confirmed in a second step.
    Request,
    /// Agreed; for purposes without consent: takes an objection back.
    Grant,
    /// Said no when asked.
    Refuse,
    /// Took consent back (Art. 7(3)).
    Withdraw,
    /// Objected (Art. 21).
    Object,
    /// The objection was upheld.
    Uphold,
    /// Compelling grounds against the objection are recorded; impossible for direct marketing.
    Override,
    /// A vital interest was asserted by a person of staff, with a reason, until an instant.
    Assert,
    /// The consent turned out to be invalid.
    Invalidate,
    /// A guardian decided for a child (Art. 8).
    Guardian,
    /// A browser said so by Global Privacy Control: an objection by automated means (Art. 21(5)).
    PrivacyControl,
    /// Processing is restricted (Art. 18).
    Restrict,
    /// The restriction is lifted.
    Lift,
    /// Everything about the person was erased (Art. 17).
    Erase,
    /// A value was put right (Art. 16).
    Correct,
    /// The person said how they want to be written to.
    Prefer,
    /// An identifier is many people's: it joins nobody any more.
    Ban,
    /// Identifiers taken for one person were parted.
    Split,
    /// Identifiers were joined by staff.
    Join,
    /// The person was told that a restriction is about to be lifted (Art. 18(3)).
    Told,
    /// A ban is taken back: the identifier may join again.
    LiftBan,
}

impl ActKind {
    /// All kinds.
    pub const ALL: [Self; 24] = [
        Self::Inform,
        Self::Start,
        Self::End,
        Self::Request,
        Self::Grant,
        Self::Refuse,
        Self::Withdraw,
        Self::Object,
        Self::Uphold,
        Self::Override,
        Self::Assert,
        Self::Invalidate,
        Self::Guardian,
        Self::PrivacyControl,
        Self::Restrict,
        Self::Lift,
        Self::Erase,
        Self::Correct,
        Self::Prefer,
        Self::Ban,
        Self::Split,
        Self::Join,
        Self::Told,
        Self::LiftBan,
    ];

    /// Whether an act of this kind leaves a mark. What is about a value, a preference or an identity has its own place:
    /// it moves no permission.
    #[must_use]
    pub fn leaves_mark(self) -> bool {
        !matches!(self, Self::Correct | Self::Prefer | Self::Ban | Self::LiftBan | Self::Split | Self::Join)
    }

    /// What agreeing means to a purpose with double opt-in as long as nothing proves who agreed: asking for the second
    /// step. Everything else means what it says.
    #[must_use]
    pub fn until_confirmed(self, double_opt_in: bool, confirmed: bool) -> Self {
        if self == Self::Grant && double_opt_in && !confirmed { Self::Request } else { self }
    }

    /// What an act of this kind means under a basis: taking consent back from something that never needed it is an
    /// objection, objecting to what rests on consent takes the consent back. People need not know the difference.
    #[must_use]
    pub fn under(self, basis: Basis) -> Self {
        match (self, basis) {
            (Self::Object, Basis::Consent) => Self::Withdraw,
            (Self::Refuse | Self::Withdraw, Basis::LegitimateInterest | Basis::PublicTask) => Self::Object,
            _ => self,
        }
    }

    /// Whether somebody decided something, in contrast to something that merely happened.
    #[must_use]
    pub fn is_decision(self) -> bool {
        !matches!(self, Self::Inform | Self::Start | Self::End | Self::Told)
    }
}

/// A way to reach somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Electronic mail.
    Email,
    /// Text message.
    Sms,
    /// Notification of an app.
    Push,
    /// A call.
    Phone,
    /// A letter.
    Post,
}

/// What an act is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Target {
    /// The whole person.
    Person,
    /// All direct marketing, also what is declared later (Art. 21(2)).
    DirectMarketing,
    /// One channel, whatever the purpose.
    Channel(Channel),
    /// One slot.
    Slot(Slot),
}

/// What an act says beyond its kind and target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Content {
    /// Of [`ActKind::Correct`].
    Correction {
        /// The trait.
        field: String,
        /// The right value; none: there is no right one, and the wrong one is deleted.
        value: Option<Value>,
    },
    /// Of [`ActKind::Prefer`].
    Preference(Change),
    /// Of [`ActKind::Ban`], [`ActKind::LiftBan`], [`ActKind::Split`] and [`ActKind::Join`].
    Identity {
        /// The fragments on the other side.
        with: Vec<Uuid>,
        /// The edges at stake, each by the fragments at its ends; the banned one comes first.
        edges: Vec<(Uuid, Uuid)>,
    },
}

/// Something somebody did, on two time axes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Act {
    /// Names the act.
    pub id: Uuid,
    /// What was done.
    pub kind: ActKind,
    /// What it is about.
    pub target: Target,
    /// When it was done, as claimed and bounded; never after `received`.
    pub at: Moment,
    /// When we learned of it.
    pub received: Moment,
    /// Until when it holds: assertions, and a guardian's decision until the child is old enough.
    pub until: Option<Moment>,
    /// Why it is believed.
    pub evidence: Evidence,
    /// What it says, for kinds that say more.
    #[serde(default)]
    pub content: Option<Content>,
}

impl Act {
    /// An act without an end and without content. Done after it was learned of, it counts as done when it was learned.
    #[must_use]
    pub fn new(id: Uuid, kind: ActKind, target: Target, at: Moment, received: Moment, evidence: Evidence) -> Self {
        Self { id, kind, target, at: at.min(received), received, until: None, evidence, content: None }
    }

    /// This act, holding until an instant.
    #[must_use]
    pub fn until(self, until: Option<Moment>) -> Self {
        Self { until, ..self }
    }

    /// This act, saying more.
    #[must_use]
    pub fn saying(self, content: Content) -> Self {
        Self { content: Some(content), ..self }
    }

    /// Whether it leaves a mark. A guardian's decision does only if it says how the guardian was verified
    /// (GDPR Art. 8(2)).
    #[must_use]
    pub fn leaves_mark(&self) -> bool {
        self.kind.leaves_mark() && (self.kind != ActKind::Guardian || self.evidence.is_verified())
    }
}
