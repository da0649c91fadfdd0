//! What holds for every identifier: it has one form, which is its own form, or it is refused. Nothing panics.

use amana_core::catalog::{Catalog, IdentifierRule, Normalise, Numbers, Policy};
use amana_core::identity::{IDENTIFIER_BYTES_MAX, is_blocked, normalise};
use std::sync::OnceLock;

const CATALOG: &str = include_str!("../seeds/catalogue/shop.toml");

/// Runs one input: a line `kind country`, then the value. A kind is that of a catalogue, and without one it is an e-mail
/// address.
pub(crate) fn run(input: &[u8]) {
    let input = String::from_utf8_lossy(input);
    let (head, value) = input.split_once('\n').unwrap_or(("", &input));
    let (kind, country) = head.split_once(' ').unwrap_or((head, ""));
    let rule = rule(kind);
    let Ok(form) = normalise(rule, value, country) else { return };
    assert_eq!(normalise(rule, &form, country), Ok(form.clone()), "a form is its own form");
    assert!((1..=IDENTIFIER_BYTES_MAX).contains(&form.len()) && !form.chars().any(char::is_control));
    assert!(!is_blocked(&form, &rule.blocked), "what is nobody's has no form");
    match rule.normalise {
        Normalise::Email => address(&form),
        Normalise::Phone => {
            let digits = form.strip_prefix('+').expect("E.164 begins with a plus sign");
            assert!((1..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit()));
        }
        Normalise::Lowercase => assert_eq!(form.to_lowercase(), form),
        Normalise::Trim => assert_eq!(form.trim(), form),
    }
}

fn address(form: &str) {
    let (local, domain) = form.split_once('@').expect("an address has an at sign");
    assert!((1..=64).contains(&local.len()) && form.len() <= 254, "RFC 5321");
    assert!(
        !local.contains(|letter: char| letter.is_whitespace() || "@,;:<>()[]\\\"".contains(letter)),
        "no quotes needed"
    );
    assert!(local.split('.').all(|atom| !atom.is_empty()), "RFC 5322 dot-atom");
    let labels: Vec<&str> = domain.split('.').collect();
    let plain = |label: &&str| {
        let letters = label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        (1..=63).contains(&label.len()) && letters && !label.starts_with('-') && !label.ends_with('-')
    };
    assert!(labels.len() > 1 && labels.iter().all(plain), "a domain in ASCII");
}

fn rule(kind: &str) -> &'static IdentifierRule {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    let policy = POLICY.get_or_init(|| {
        let catalog = Catalog::read(CATALOG).expect("the seed is a catalogue");
        let numbers = Numbers::default().assign(&catalog).expect("a first version has room");
        Policy::compile(1, &catalog, &numbers)
    });
    let named = |name: &str| policy.identifiers.iter().find(|rule| rule.code == name);
    named(kind).or_else(|| named("email")).expect("e-mail is built in")
}
