//! Signing: the secret of a destination, read anew for each use, and the signature of Standard Webhooks.

use super::deliveries::Secrets;
use super::reasons::Why;
use amana_core::catalog::check::SIGNING_SECRETS_MAX;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use standardwebhooks::Webhook;

/// How many bytes a secret has (Standard Webhooks).
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Signs messages to one destination, with each of its secrets.
pub(super) struct Signer(Vec<Webhook>);

impl Signer {
    /// The signer of what is declared: one secret, or several while it is changed, or `env:NAME`. Nothing is ever sent
    /// unsigned, so what cannot be read makes deliveries wait.
    pub(super) fn read(declared: &str, secrets: &Secrets) -> Result<Self, Why> {
        let text = match declared.strip_prefix("env:") {
            Some(name) => secrets(name).ok_or(Why::SecretMissing)?,
            None => declared.to_owned(),
        };
        let webhooks: Option<Vec<Webhook>> = text.split_whitespace().map(webhook).collect();
        let usable = webhooks.filter(|webhooks| (1..=SIGNING_SECRETS_MAX).contains(&webhooks.len()));
        usable.map(Self).ok_or(Why::SecretMalformed)
    }

    /// The `webhook-signature` of a message, with a blank between what each secret says; `seconds` is its
    /// `webhook-timestamp`.
    pub(super) fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> Option<String> {
        let signatures = self.0.iter().map(|webhook| webhook.sign(id, seconds, body).ok());
        Some(signatures.collect::<Option<Vec<_>>>()?.join(" "))
    }
}

fn webhook(secret: &str) -> Option<Webhook> {
    let bytes = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    Webhook::from_bytes(Some(bytes).filter(|bytes| SECRET_BYTES.contains(&bytes.len()))?).ok()
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

    /// While a secret is changed, whoever knows the old one or the new one can check.
    #[test]
    fn a_message_has_the_signature_of_each_secret() {
        let newer = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
        let sign = |declared: &str| read(declared, None).ok()?.sign("msg_1", 1_700_000_000, br#"{"a":1}"#);
        let (new, old) = (sign(newer).unwrap(), sign(SECRET).unwrap());
        assert_ne!(new, old);
        assert_eq!(sign(&format!("{newer} {SECRET}")), Some(format!("{new} {old}")));
        assert_eq!(sign(&[SECRET; SIGNING_SECRETS_MAX + 1].join(" ")), None);
    }

    #[test]
    fn without_a_whole_secret_nothing_is_signed() {
        let why = |declared, found| read(declared, found).err();
        assert_eq!(why("env:HOOK", None), Some(Why::SecretMissing));
        assert_eq!(why("env:OTHER", Some(SECRET)), Some(Why::SecretMissing));
        for odd in [
            "",
            "whsec_",
            "whsec_c2hvcnQ=",
            "whsec_???",
            &format!("{SECRET} whsec_"),
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        ] {
            assert_eq!(why("env:HOOK", Some(odd)), Some(Why::SecretMalformed), "{odd:?}");
        }
    }
}
