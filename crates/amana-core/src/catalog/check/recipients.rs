//! Audiences, destinations and keys of the API: who is handed what.

use super::{Check, words};
use crate::catalog::compile::hash_from_hex;
use crate::catalog::{Audience, Path, ProblemCode, Webhook, zero_divisor};
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

/// How long a predicate may be.
pub const PREDICATE_BYTES_MAX: usize = 10_000;
/// How many fields a contract may have.
pub const CONTRACT_FIELDS_MAX: usize = 200;
/// How many requests a destination may be sent at the same time.
pub const CONCURRENCY_MAX: u16 = 256;

impl Check<'_> {
    pub(super) fn audiences(&mut self) {
        for (place, audience) in self.catalog.audiences.iter().enumerate() {
            let path = Path::root("audiences").item(place, &audience.code);
            self.audience_slot(audience, &path);
            self.destination_list(&path.key("destinations"), &audience.destinations);
            self.audience_recipients(audience, &path);
            self.predicate(&audience.predicate, path.key("where"));
        }
    }

    /// Whatever is sent to somebody the purpose does not name is withheld at the door, one by one and for ever, so it
    /// is told while somebody can mend it.
    fn audience_recipients(&mut self, audience: &Audience, path: &Path) {
        let Some(purpose) = self.purposes.get(audience.purpose.as_str()).copied() else { return };
        for (place, code) in audience.destinations.iter().enumerate() {
            if purpose.recipients.contains(code) || !self.destinations.contains(code.as_str()) {
                continue;
            }
            let message = format!(
                "the purpose {:?} does not name {code:?} as a recipient, so nothing could be sent",
                purpose.code
            );
            let named = match purpose.recipients.as_slice() {
                [] => "no destination, since the purpose names none".to_owned(),
                named => format!("a recipient of the purpose ({})", named.join(", ")),
            };
            let expected = format!(
                "{named}; or add {code:?} to `recipients` of the purpose and raise its `version`, so that people are \
                 asked again"
            );
            let path = path.key("destinations").item(place, "");
            self.say(path, ProblemCode::RecipientNotNamed, message, expected);
        }
    }

    fn predicate(&mut self, predicate: &str, path: Path) {
        let bytes = predicate.trim().len();
        if !(1..=PREDICATE_BYTES_MAX).contains(&bytes) {
            let message = format!("a predicate of {bytes} bytes");
            let expected = format!("a SQL predicate of at most {PREDICATE_BYTES_MAX} bytes, such as orders_30d >= 2");
            self.say(path, ProblemCode::BadPredicate, message, expected);
        } else if let Some((line, column)) = zero_divisor(predicate) {
            let message = format!(
                "line {line}, column {column} of the predicate: nothing can be divided by zero, so nobody would match"
            );
            self.say(path, ProblemCode::BadPredicate, message, "a divisor that is not zero");
        }
    }

    fn audience_slot(&mut self, audience: &Audience, path: &Path) {
        let Some(purpose) = self.purposes.get(audience.purpose.as_str()).copied() else {
            self.unknown(path.key("purpose"), "purpose", &audience.purpose, "purposes");
            return;
        };
        if purpose.retired {
            let message = format!("{:?} is no longer pursued", purpose.code);
            self.say(path.key("purpose"), ProblemCode::UnknownReference, message, "a purpose that is not retired");
        }
        match &audience.brand {
            Some(brand) if !self.brands.contains(brand.as_str()) => {
                self.unknown(path.key("brand"), "brand", brand, "brands");
            }
            Some(brand) if !purpose.brands.is_empty() && !purpose.brands.contains(brand) => {
                let message = format!("{:?} is not pursued for the brand {brand:?}", purpose.code);
                let expected = format!("one of {}", purpose.brands.join(", "));
                self.say(path.key("brand"), ProblemCode::BrandMismatch, message, expected);
            }
            None if purpose.brands.len() > 1 => {
                let message = format!("{:?} has a permission for each brand", purpose.code);
                let expected = format!("the brand it serves: one of {}", purpose.brands.join(", "));
                self.say(path.key("brand"), ProblemCode::BrandMismatch, message, expected);
            }
            _ => {}
        }
    }

    pub(super) fn destinations(&mut self) {
        let kinds = self.kinds();
        let metrics: HashSet<&str> = self.catalog.metrics.iter().map(|metric| metric.name.as_str()).collect();
        for (place, destination) in self.catalog.destinations.iter().enumerate() {
            let path = Path::root("destinations").item(place, &destination.code);
            if let Some(country) = &destination.country {
                self.country(path.key("country"), country);
            }
            match &destination.webhook {
                Some(webhook) => self.webhook(webhook, &path.key("webhook")),
                None => {
                    let message = "there is no way to reach it";
                    self.say(path.clone(), ProblemCode::NoTarget, message, "a table [destinations.webhook]");
                }
            }
            self.count(&path.key("fields"), CONTRACT_FIELDS_MAX, destination.fields.len());
            let mut names = HashSet::new();
            for (place, field) in destination.fields.iter().enumerate() {
                let path = path.key("fields").item(place, "");
                let from = field.from.as_str();
                if !self.traits.contains_key(from) && !metrics.contains(from) && !kinds.contains_key(from) {
                    let expected = "the name of a trait or metric, or the code of an identifier kind";
                    let message = format!("nothing is called {from:?}");
                    self.say(path.key("from"), ProblemCode::UnknownReference, message, expected);
                }
                let name = field.name.as_deref().unwrap_or(from);
                if !names.insert(name) {
                    let message = format!("two fields would be sent as {name:?}");
                    self.say(path, ProblemCode::Duplicate, message, "another name with `as`");
                }
            }
        }
    }

    fn webhook(&mut self, webhook: &Webhook, path: &Path) {
        if let Err(message) = reachable(webhook) {
            let expected = "https://, or http:// with an address of this machine or of `allow_networks`";
            self.say(path.key("url"), ProblemCode::BadUrl, message, expected);
        }
        if !words::is_signing_secret(&webhook.signing_secret) {
            // The value is not repeated, for a mistyped secret is nearly one.
            let message = "this is not a signing secret";
            let expected = "whsec_ and the base64 of 24 to 64 bytes (up to 4 of these, a blank between), or env:NAME";
            self.say(path.key("signing_secret"), ProblemCode::BadSecret, message, expected);
        }
        for (place, network) in webhook.allow_networks.iter().enumerate() {
            if words::network_holds(network, None).is_none() {
                let message = format!("{network:?} is not a network");
                let path = path.key("allow_networks").item(place, "");
                self.say(path, ProblemCode::BadNetwork, message, "CIDR form, such as \"10.0.0.0/8\"");
            }
        }
        if let Some(concurrency) = webhook.concurrency.filter(|number| !(1..=CONCURRENCY_MAX).contains(number)) {
            let expected = format!("1 to {CONCURRENCY_MAX}");
            self.say(path.key("concurrency"), ProblemCode::OutOfRange, format!("found {concurrency}"), expected);
        }
    }

    pub(super) fn api_keys(&mut self) {
        let mut seen = HashMap::new();
        for (place, key) in self.catalog.api_keys.iter().enumerate() {
            let path = Path::root("api_keys").item(place, &key.name);
            self.purpose_list(&path.key("purposes"), &key.purposes);
            let Some(hash) = hash_from_hex(&key.sha256) else {
                let message = "this is not a SHA-256";
                self.say(path.key("sha256"), ProblemCode::BadHash, message, "64 hex digits, as `amana key new` prints");
                continue;
            };
            if let Some(other) = seen.insert(hash, &key.name) {
                let message = format!("the key {other:?} has the same hash");
                self.say(path.key("sha256"), ProblemCode::Duplicate, message, "a key of its own");
            }
        }
    }
}

/// Whether a URL can be sent personal data: encrypted, or to a machine that the organisation named.
fn reachable(webhook: &Webhook) -> Result<(), String> {
    let url = url::Url::parse(&webhook.url).map_err(|error| format!("{:?} is not a URL ({error})", webhook.url))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a URL with a user name or password in it".into());
    }
    if url.fragment().is_some() {
        return Err("a URL with a fragment, which is never sent".into());
    }
    let address = match url.host() {
        Some(url::Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(url::Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(url::Host::Domain("localhost")) => Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST)),
        Some(url::Host::Domain(_)) => None,
        None => return Err("a URL with no host".into()),
    };
    let named = |address| webhook.allow_networks.iter().any(|n| words::network_holds(n, Some(address)) == Some(true));
    match url.scheme() {
        "https" => Ok(()),
        "http" if address.is_some_and(|address| address.is_loopback() || named(address)) => Ok(()),
        scheme => Err(format!("{scheme}://{} is not encrypted on its way", url.host_str().unwrap_or_default())),
    }
}
