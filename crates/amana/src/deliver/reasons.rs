//! Why a delivery is where it is: closed sets of codes, as APIs, metrics and documentation have them.

use amana_core::permit::Reason;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why nothing was sent, for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Withheld {
    /// `permit` denied it.
    Denied(Reason),
    /// The person left the audience before the message that they entered was sent.
    LeftAudience,
    /// The recipient was never told that the person entered, so there is nothing to take back.
    NeverDisclosed,
    /// The profile exists no longer.
    ProfileGone,
    /// The audience is no longer declared.
    AudienceRemoved,
    /// The audience no longer feeds this destination.
    DestinationDetached,
    /// The destination is no longer declared: nobody is there to be told.
    DestinationRemoved,
    /// The recipient was told exactly this by an earlier message.
    AlreadyTold,
    /// An earlier message about the same waits still, and will say this with what it says.
    AlreadyWaiting,
    /// What is known of the person could not be read for [`super::UNREADABLE_MILLIS_MAX`], or too many such deliveries
    /// wait already. It is owed: when they can be read again the recipient is told what holds then.
    PersonUnreadable,
}

impl Withheld {
    const OWN: [Self; 9] = [
        Self::LeftAudience,
        Self::NeverDisclosed,
        Self::ProfileGone,
        Self::AudienceRemoved,
        Self::DestinationDetached,
        Self::DestinationRemoved,
        Self::AlreadyTold,
        Self::AlreadyWaiting,
        Self::PersonUnreadable,
    ];

    /// The code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Denied(reason) => reason.code(),
            Self::LeftAudience => "left_audience",
            Self::NeverDisclosed => "never_disclosed",
            Self::ProfileGone => "profile_gone",
            Self::AudienceRemoved => "audience_removed",
            Self::DestinationDetached => "destination_detached",
            Self::DestinationRemoved => "destination_removed",
            Self::AlreadyTold => "already_told",
            Self::AlreadyWaiting => "already_waiting",
            Self::PersonUnreadable => Why::PersonUnreadable.code(),
        }
    }

    /// The reason of a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let own = Self::OWN.into_iter().find(|reason| reason.code() == code);
        own.or_else(|| Reason::ALL.iter().find(|reason| reason.code() == code).copied().map(Self::Denied))
    }
}

// Stored by its code and not by its place, for `permit`'s reasons will become more.
impl Serialize for Withheld {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Withheld {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::from_code(&code).ok_or_else(|| D::Error::custom("an unknown reason"))
    }
}

/// Why a delivery waits. The order is stored: new ones come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Why {
    /// An earlier message about the same person and audience comes first.
    Turn,
    /// An attempt may have arrived: the connection broke, time ran out, or the process stopped.
    OutcomeUnknown,
    /// The recipient answered that it could not take it.
    Answered,
    /// No connection could be made.
    Unreachable,
    /// Every address of the host is in a network that may not be reached.
    AddressRefused,
    /// The variable that holds the signing secret is not set.
    SecretMissing,
    /// The signing secret is not `whsec_` and the base64 of 24 to 64 bytes.
    SecretMalformed,
    /// No connection can be secured: the system has no certificate authorities.
    TlsUnavailable,
    /// The destination is not declared as something that can be reached.
    BadTarget,
    /// What is known of the person is damaged and cannot be read now.
    PersonUnreadable,
    /// A register on which the purpose depends is not in force, and the person has not left the audience for it yet.
    PurposeBlocked,
}

impl Why {
    /// The code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Turn => "earlier_message_first",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::Answered => "answered_with_error",
            Self::Unreachable => "unreachable",
            Self::AddressRefused => "address_refused",
            Self::SecretMissing => "signing_secret_missing",
            Self::SecretMalformed => "signing_secret_malformed",
            Self::TlsUnavailable => "tls_unavailable",
            Self::BadTarget => "bad_target",
            Self::PersonUnreadable => "person_unreadable",
            Self::PurposeBlocked => "purpose_blocked",
        }
    }
}

/// Why a delivery was given up. The order is stored: new ones come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Failure {
    /// The recipient answered that it will not take it, however often it is sent.
    Refused,
    /// No attempt of [`super::ATTEMPTS_MAX`] succeeded; this is why the last one did not.
    Exhausted(Why),
}

impl Failure {
    /// The code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Refused => "refused_by_recipient",
            Self::Exhausted(Why::Answered) => "attempts_exhausted",
            // The last obstacle says more than that there were ten of them.
            Self::Exhausted(why) => why.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_found_by_its_code() {
        let denied = Reason::ALL.iter().copied().map(Withheld::Denied);
        for reason in Withheld::OWN.into_iter().chain(denied) {
            assert_eq!(Withheld::from_code(reason.code()), Some(reason));
        }
        assert_eq!(Withheld::from_code("because"), None);
    }
}
