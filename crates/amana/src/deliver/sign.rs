//! Signing: the secret of a destination, read anew for each use, and the signature of Standard Webhooks.

use super::deliveries::Secrets;
use super::reasons::Why;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use standardwebhooks::Webhook;

/// How many bytes a secret has (Standard Webhooks).
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Signs messages to one destination.
pub(super) struct Signer(Webhook);

impl Signer {
    /// The signer of a declared secret: itself, or `env:NAME`. Nothing is ever sent unsigned, so what cannot be read
    /// makes deliveries wait.
    pub(super) fn read(declared: &str, secrets: &Secrets) -> Result<Self, Why> {
        let text = match declared.strip_prefix("env:") {
            Some(name) => secrets(name).ok_or(Why::SecretMissing)?,
            None => declared.to_owned(),
        };
        let encoded = text.trim().strip_prefix("whsec_").ok_or(Why::SecretMalformed)?;
        let bytes = STANDARD.decode(encoded).ok().filter(|bytes| SECRET_BYTES.contains(&bytes.len()));
        let webhook = Webhook::from_bytes(bytes.ok_or(Why::SecretMalformed)?);
        webhook.map(Self).map_err(|_| Why::SecretMalformed)
    }

    /// The `webhook-signature` of a message; `seconds` is its `webhook-timestamp`.
    pub(super) fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> Option<String> {
        self.0.sign(id, seconds, body).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn read(declared: &str, found: Option<&str>) -> Result<Signer, Why> {
        let found = found.map(str::to_owned);
        let secrets: Secrets = Arc::new(move |name| if name == "HOOK" { found.clone() } else { None });
        Signer::read(declared, &secrets)
    }

    #[test]
    fn a_message_has_the_signature_of_the_specification() {
        for (declared, found) in [(SECRET, None), ("env:HOOK", Some(SECRET))] {
            let signature = read(declared, found).ok().unwrap().sign("msg_1", 1_700_000_000, br#"{"a":1}"#);
            assert_eq!(signature.as_deref(), Some("v1,hVsFLpmw4Ib/Xm0eZLt3KqYBZdt0U8gdGeuz0EsGv78="));
        }
    }

    #[test]
    fn without_a_whole_secret_nothing_is_signed() {
        let why = |declared, found| read(declared, found).err();
        assert_eq!(why("env:HOOK", None), Some(Why::SecretMissing));
        assert_eq!(why("env:OTHER", Some(SECRET)), Some(Why::SecretMissing));
        for odd in ["", "whsec_", "whsec_c2hvcnQ=", "whsec_???", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            assert_eq!(why("env:HOOK", Some(odd)), Some(Why::SecretMalformed), "{odd:?}");
        }
    }
}
