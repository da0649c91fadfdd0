//! Why something may or may not be done: a closed set of codes that documentation lists.

use crate::permission::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal,)+) => {
        /// Why something may or may not be done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum Reason { $($(#[doc = $doc])+ #[serde(rename = $code)] $name,)+ }

        impl Reason {
            /// All reasons.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The code: what APIs, deliveries and logs carry.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The reason in words.
            #[must_use]
            pub fn words(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc,)+).trim_ascii_start(),)+ }
            }
        }
    };
}

reasons! {
    /// Every rule lets it pass.
    Permitted = "permitted",
    /// The person was erased.
    Erased = "erased",
    /// Processing is restricted (GDPR Art. 18).
    Restricted = "restricted",
    /// No purpose of that name and brand exists.
    PurposeUnknown = "purpose_unknown",
    /// The purpose is no longer pursued.
    PurposeRetired = "purpose_retired",
    /// A register that the purpose depends on is not in force.
    PurposeBlocked = "purpose_blocked",
    /// The purpose is not for this use.
    UseNotDeclared = "use_not_declared",
    /// The person is a child and no guardian decided (GDPR Art. 8).
    BelowAge = "below_age",
    /// The person's age is not known, and the purpose asks for it.
    AgeUnknown = "age_unknown",
    /// The person has not said anything about this purpose.
    ConsentUnknown = "consent_unknown",
    /// Consent was asked for and is not confirmed yet.
    ConsentRequested = "consent_requested",
    /// Consent was refused.
    ConsentRefused = "consent_refused",
    /// Consent was withdrawn.
    ConsentWithdrawn = "consent_withdrawn",
    /// Consent has expired.
    ConsentExpired = "consent_expired",
    /// Consent was found invalid.
    ConsentInvalidated = "consent_invalidated",
    /// Nothing has started the contract, obligation or vital interest.
    NotStarted = "not_started",
    /// The contract is over.
    ContractEnded = "contract_ended",
    /// The obligation is completed.
    ObligationCompleted = "obligation_completed",
    /// The person was not informed (GDPR Art. 13, 14).
    NotInformed = "not_informed",
    /// The person objected, and the objection is being weighed.
    ObjectionPending = "objection_pending",
    /// The person objected (GDPR Art. 21(1)).
    Objected = "objected",
    /// Only an identifier that merely claims to be this person's allows it: it speaks for nobody whom systems know, and nobody is contacted on its word.
    OnlyClaimed = "only_claimed",
    /// The person objected to direct marketing (GDPR Art. 21(2)).
    MarketingObjected = "marketing_objected",
    /// The person's browser sends Global Privacy Control.
    PrivacySignal = "privacy_signal",
    /// The purpose names no ground for using a person's device (ePrivacy Art. 5(3)).
    DeviceGroundMissing = "device_ground_missing",
    /// The person has not agreed to the use of their device (ePrivacy Art. 5(3)).
    DeviceConsentMissing = "device_consent_missing",
    /// The purpose has no ground for electronic mail (ePrivacy Art. 13).
    MailGroundMissing = "mail_ground_missing",
    /// The person has not agreed to electronic mail (ePrivacy Art. 13(1)).
    MailConsentMissing = "mail_consent_missing",
    /// A field at stake has no known data category.
    CategoryUnknown = "category_unknown",
    /// A data category at stake is not among the purpose's.
    CategoryNotInPurpose = "category_not_in_purpose",
    /// A special category without a recorded condition (GDPR Art. 9).
    SpecialCategory = "special_category",
    /// No recipient of that name exists.
    RecipientUnknown = "recipient_unknown",
    /// The purpose does not name the recipient.
    RecipientNotNamed = "recipient_not_named",
    /// The person's region is not known, and the purpose is limited to regions.
    RegionUnknown = "region_unknown",
    /// The purpose is not for people of this region.
    RegionExcluded = "region_excluded",
    /// The address is only claimed to be this person's.
    AddressClaimed = "address_claimed",
    /// The person does not want to be reached this way.
    ChannelRefused = "channel_refused",
    /// No topic of that name is declared for this purpose.
    TopicUnknown = "topic_unknown",
    /// The person does not want to hear about this topic.
    TopicRefused = "topic_refused",
    /// The person wants to be left in peace at this time.
    QuietTime = "quiet_time",
    /// The person has been contacted as often as they want to be in this period.
    ContactedEnough = "contacted_enough",
}

impl Reason {
    /// Why a state does not allow processing. States that do are [`Reason::Permitted`].
    #[must_use]
    pub fn of_state(state: State) -> Self {
        match state {
            State::Unknown => Self::ConsentUnknown,
            State::Requested => Self::ConsentRequested,
            State::Refused => Self::ConsentRefused,
            State::Withdrawn => Self::ConsentWithdrawn,
            State::Expired => Self::ConsentExpired,
            State::Invalidated => Self::ConsentInvalidated,
            State::None => Self::NotStarted,
            State::Ended => Self::ContractEnded,
            State::Completed => Self::ObligationCompleted,
            State::NotInformed => Self::NotInformed,
            State::ObjectionPending => Self::ObjectionPending,
            State::Objected => Self::Objected,
            State::Given | State::Active | State::Ongoing | State::Asserted | State::Informed | State::Overridden => {
                Self::Permitted
            }
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.code())
    }
}
