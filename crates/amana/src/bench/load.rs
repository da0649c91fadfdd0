//! The load: sessions of visitors chosen by a Zipf law, as a shop's traffic is.

use amana_core::Moment;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::fmt::Write as _;

/// Events of one session.
pub(super) const SESSION_EVENTS: usize = 10;
/// Events of one request.
pub(super) const BATCH_EVENTS: usize = 100;

/// Makes requests. The same seed makes the same ones.
pub(super) struct Load {
    dice: ChaCha8Rng,
    people: u32,
    message: u64,
    seed: u64,
}

impl Load {
    pub(super) fn new(seed: u64, people: u32) -> Self {
        Self { dice: ChaCha8Rng::seed_from_u64(seed), people: people.max(1), message: 0, seed }
    }

    /// A request of the CRM: people of these numbers, with what a shop knows of its customers.
    pub(super) fn people(&mut self, numbers: std::ops::Range<u32>, now: Moment) -> String {
        let mut body = String::from("{\"batch\":[");
        for number in numbers {
            let country = ["DE", "DE", "DE", "AT", "CH", "NL", "PL"][number as usize % 7];
            let separator = if body.ends_with('[') { "" } else { "," };
            let _ = write!(
                body,
                "{separator}{{\"type\":\"track\",\"event\":\"Signed Up\",\"userId\":\"u{number}\",\"messageId\":\"s{number}\",\
                 \"timestamp\":\"{now}\"}},{{\"type\":\"identify\",\"userId\":\"u{number}\",\"messageId\":\"i{number}\",\
                 \"timestamp\":\"{now}\",\"traits\":{{\"email\":\"person{number}@people.example\",\"firstName\":\"P{number}\",\
                 \"address\":{{\"country\":\"{country}\",\"city\":\"City {}\"}}}}}}",
                number % 500
            );
        }
        body.push_str("]}");
        body
    }

    /// A request of the site: ten sessions.
    pub(super) fn visits(&mut self, now: Moment) -> String {
        let mut body = String::with_capacity(BATCH_EVENTS * 420);
        body.push_str("{\"batch\":[");
        for session in 0..BATCH_EVENTS / SESSION_EVENTS {
            let visitor = self.visitor();
            let consents = visitor % 20 < 9;
            let known = visitor.is_multiple_of(3);
            for event in 0..SESSION_EVENTS {
                if session + event > 0 {
                    body.push(',');
                }
                self.event(&mut body, visitor, known, consents, event, now);
            }
        }
        body.push_str("]}");
        body
    }

    /// The continuous form of Zipf's law with exponent 1: the logarithm of the rank is uniform.
    fn visitor(&mut self) -> u32 {
        let rank = (f64::from(self.people).ln() * self.dice.random::<f64>()).exp();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rank is within the people")]
        let rank = rank as u32;
        rank.min(self.people - 1)
    }

    fn event(&mut self, body: &mut String, visitor: u32, known: bool, consents: bool, step: usize, now: Moment) {
        self.message += 1;
        let product = self.dice.random_range(1..5_000);
        let _ = write!(
            body,
            "{{\"messageId\":\"m{}-{}\",\"anonymousId\":\"device-{visitor}\",\"timestamp\":\"{now}\",",
            self.seed, self.message
        );
        if known {
            let _ = write!(body, "\"userId\":\"u{visitor}\",");
        }
        let _ = write!(
            body,
            "\"context\":{{\"library\":{{\"name\":\"analytics.js\",\"version\":\"2.1\"}},\"locale\":\"de-DE\",\
             \"page\":{{\"path\":\"/product/{product}\"}},\"consent\":{{\"categoryPreferences\":{{\"offers\":{consents}}}}}}},"
        );
        let cents = self.dice.random_range(500..20_000);
        let (euros, cents) = (cents / 100, cents % 100);
        let _ = match step {
            0 | 3 | 6 => write!(
                body,
                "\"type\":\"page\",\"name\":\"Product\",\"properties\":{{\"path\":\"/product/{product}\",\"title\":\"Product {product}\"}}}}"
            ),
            9 if product % 10 == 0 => write!(
                body,
                "\"type\":\"track\",\"event\":\"Order Completed\",\"properties\":{{\"order_id\":\"o{}\",\
                 \"revenue\":{euros}.{cents:02},\"currency\":\"EUR\",\"products\":[{{\"product_id\":\"p{product}\",\
                 \"price\":{euros}.{cents:02},\"quantity\":1}}]}}}}",
                self.message
            ),
            _ => write!(
                body,
                "\"type\":\"track\",\"event\":\"Product Viewed\",\"properties\":{{\"product_id\":\"p{product}\",\
                 \"name\":\"Product {product}\",\"price\":{euros}.{cents:02},\"currency\":\"EUR\",\"category\":\"boots\"}}}}"
            ),
        };
    }
}
