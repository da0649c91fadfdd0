//! One form for each identifier, and none for what is nobody's.

use crate::support::kind;
use amana_core::catalog::{IdentifierRule, Normalise};
use amana_core::identity::{
    IDENTIFIER_BYTES_MAX, NORMALISER_VERSION, NORMALISERS, Normaliser, Unusable, is_blocked, normalise, older_forms,
};
use proptest::prelude::*;
use proptest::sample::select;

fn form(normalise: Normalise) -> IdentifierRule {
    kind("kind", normalise, 1, 1)
}

fn email(value: &str) -> Result<String, Unusable> {
    normalise(&form(Normalise::Email), value, "DE")
}

fn phone(value: &str, country: &str) -> Result<String, Unusable> {
    normalise(&form(Normalise::Phone), value, country)
}

#[test]
fn blocked_values_are_blocked_in_any_case_and_in_any_wrapping() {
    for value in
        ["null", "None", "UNDEFINED", "NaN", "[object Object]", "-1", "0", "000-000", "", "guest", "n/a", "true"]
    {
        for wrapped in [
            value.to_owned(),
            format!("  {value}\t"),
            format!("\"{value}\""),
            format!("' {value} '"),
            format!("\" '{value}' \""),
            format!("\u{feff}{value}\u{200b}"),
            format!("“{value}”"),
        ] {
            assert!(is_blocked(&wrapped, &[]), "{wrapped:?}");
            for each in [Normalise::Trim, Normalise::Lowercase, Normalise::Email, Normalise::Phone] {
                assert_eq!(normalise(&form(each), &wrapped, "DE"), Err(Unusable::Blocked), "{wrapped:?}");
            }
        }
    }
    assert!(is_blocked("00000000-0000-0000-0000-000000000000", &[]));
    assert!(!is_blocked("00000000-0000-0000-0000-000000000001", &[]));
    assert!(!is_blocked("nullius", &[]));
}

#[test]
fn declared_blocked_values_are_blocked_in_every_form_of_theirs() {
    let declared = |each: Normalise, blocked: &str| IdentifierRule { blocked: vec![blocked.into()], ..form(each) };
    let rule = declared(Normalise::Email, "kasse@example.com");
    for value in ["Kasse@Example.com", " 'KASSE@EXAMPLE.COM' ", "kasse@example.com.", "ka\u{200b}sse@example.com"] {
        assert!(normalise(&rule, value, "DE").is_err(), "{value:?}");
    }
    let rule = declared(Normalise::Phone, "+4930123456");
    assert_eq!(normalise(&rule, "030 / 123456", "DE"), Err(Unusable::Blocked));
}

#[test]
fn e_mail_addresses_have_one_form() {
    for (value, expected) in [
        ("Jane.Doe@Example.COM", "jane.doe@example.com"),
        ("  jane@example.com\n", "jane@example.com"),
        ("jane+shop@example.com", "jane+shop@example.com"),
        ("jane@example.com.", "jane@example.com"),
        ("jane@sub.example.co.uk", "jane@sub.example.co.uk"),
        ("jörg@müller.de", "jörg@xn--mller-kva.de"),
        ("JÖRG@XN--MLLER-KVA.DE", "jörg@xn--mller-kva.de"),
        ("jane@example。com", "jane@example.com"),
        ("\u{feff}ja\u{200d}ne@exam\u{ad}ple.com", "jane@example.com"),
        ("o'neill@example.com", "o'neill@example.com"),
    ] {
        assert_eq!(email(value).as_deref(), Ok(expected), "{value:?}");
    }
}

#[test]
fn what_is_no_e_mail_address_is_refused() {
    for value in [
        "jane",
        "jane@",
        "@example.com",
        "jane@localhost",
        "jane@example..com",
        "jane@.example.com",
        "jane@example.com..",
        "jane doe@example.com",
        "\"jane doe\"@example.com",
        "\"a@b\"@example.com",
        "a@b@example.com",
        "Jane <jane@example.com>",
        "<jane@example.com>",
        "mailto:jane@example.com",
        "jane@example.com, joe@example.com",
        "jane@example.com;joe@example.com",
        "jane@[127.0.0.1]",
        "jane@127.0.0.1",
        "jane@0x7f.1",
        "jane@exam%70le.com",
        "jane@exa mple.com",
        "jane@example.com/path",
        "jane@example.com:25",
        "jane\u{0}@example.com",
        "jane@xn--a.com",
    ] {
        assert_eq!(email(value), Err(Unusable::Malformed), "{value:?}");
    }
}

/// RFC 5321, 5322 and 6531 as the library knows them, and what we refuse besides.
#[test]
fn what_mail_would_never_reach_is_no_e_mail_address() {
    for value in [
        ".jane@example.com",
        "jane.@example.com",
        "jane..doe@example.com",
        ".@example.com",
        "jane@-example.com",
        "jane@example-.com",
        "jane@exam_ple.com",
        "jane@exam=ple.com",
        "jane@exam!ple.com",
        "jane@exam'ple.com",
        "jane@exam+ple.com",
        "jane@exam~ple.com",
        "jane@example.123",
        "jane@[IPv6:2001:db8::1]",
        "jane@[::1]",
        "jane@2130706433",
        "jane@127.1",
        "jane@example.com@",
        "@",
        "@@",
        "jane@.",
        "\"\"@example.com",
        "\"jane\"@example.com",
        "\"jane@example.com",
        "jane\\@doe@example.com",
        "jane(work)@example.com",
        "jane@example.com (work)",
        "jane:doe@example.com",
        "jane\u{a0}doe@example.com",
        "jane\u{3000}doe@example.com",
        "jane\u{85}doe@example.com",
        "jane\u{2028}doe@example.com",
        "jane@exam\u{a0}ple.com",
        "jane@example.c\u{0}om",
        "jane＠example.com",
        "jane@exam@ple.com",
        "jane@\u{200b}",
        "\u{200b}@example.com",
    ] {
        assert_eq!(email(value), Err(Unusable::Malformed), "{value:?}");
    }
}

#[test]
fn an_e_mail_address_has_64_bytes_before_the_at_and_254_in_all() {
    let domain = |bytes: usize| {
        let labels = [&"d".repeat(63), &"d".repeat(63), &"d".repeat(63), &"d".repeat(bytes - 3 * 64)];
        labels.map(String::as_str).join(".")
    };
    for (local, domain, is_one) in [
        ("l".repeat(64), "example.com".to_owned(), true),
        ("l".repeat(65), "example.com".to_owned(), false),
        // Two bytes a letter, also when it comes as two letters of three bytes together.
        ("ä".repeat(32), "example.com".to_owned(), true),
        ("a\u{308}".repeat(32), "example.com".to_owned(), true),
        ("ä".repeat(33), "example.com".to_owned(), false),
        ("l".repeat(10), domain(243), true),
        ("l".repeat(10), domain(244), false),
        ("jane".to_owned(), format!("{}.com", "d".repeat(63)), true),
        ("jane".to_owned(), format!("{}.com", "d".repeat(64)), false),
        // As it is written in ASCII.
        ("jane".to_owned(), format!("{}.com", "ü".repeat(60)), false),
    ] {
        let address = format!("{local}@{domain}");
        assert_eq!(email(&address).is_ok(), is_one, "{} bytes: {address}", address.len());
    }
}

/// RFC 6531: letters of every script. Look-alikes are other letters, for mail servers too.
#[test]
fn addresses_in_every_script_have_one_form_and_look_alikes_another() {
    for (value, expected) in [
        ("संपर्क@डाटामेल.भारत", "संपर्क@xn--c2bd4bq1db8d.xn--h2brj9c"),
        ("ก่อน@ตัวอย่าง.ไทย", "ก่อน@xn--72c1a1bt4awk9o.xn--o3cw4h"),
        ("دعم@مثال.إختبار", "دعم@xn--mgbh0fb.xn--kgbechtv"),
        ("Почта@Пример.Рф", "почта@xn--e1afmkfd.xn--p1ai"),
        ("用户@例子.公司", "用户@xn--fsqu00a.xn--55qx5d"),
        ("jo\u{308}rg@example.com", "j\u{f6}rg@example.com"),
        ("JO\u{308}RG@EXAMPLE.COM", "j\u{f6}rg@example.com"),
        ("\u{212b}sa@example.com", "\u{e5}sa@example.com"),
        ("jane@mu\u{308}ller.de", "jane@xn--mller-kva.de"),
        ("ja\u{202e}ne\u{202c}@example.com", "jane@example.com"),
        ("\u{2066}jane\u{2069}@exam\u{61c}ple.com", "jane@example.com"),
        ("ja\u{fe0f}ne@example.com", "jane@example.com"),
        // No Latin letters: the Cyrillic ones that look like `a` and `e`, and full-width ones.
        ("j\u{430}n\u{435}@example.com", "j\u{430}n\u{435}@example.com"),
        ("ｊａｎｅ@ｅｘａｍｐｌｅ.com", "ｊａｎｅ@example.com"),
    ] {
        assert_eq!(email(value).as_deref(), Ok(expected), "{value:?}");
        assert_eq!(email(expected).as_deref(), Ok(expected), "{value:?}");
    }
}

#[test]
fn telephone_numbers_have_one_form_wherever_they_are_from() {
    for (country, values, expected) in [
        (
            "DE",
            &[
                "030 123456",
                "030/123456",
                "+49 30 123456",
                "0049 30 123456",
                "+49 (0)30 123456",
                "\u{202a}+49 30 123456\u{202c}",
            ][..],
            "+4930123456",
        ),
        ("DE", &["0171 1234567", "(0171) 123-4567", "+49.171.1234567", "tel:+491711234567"], "+491711234567"),
        ("AE", &["050 123 4567", "+971 50 123 4567", "00971501234567", "٠٥٠ ١٢٣ ٤٥٦٧"], "+971501234567"),
        ("TH", &["081 234 5678", "+66 81 234 5678", "+66812345678", "๐๘๑ ๒๓๔ ๕๖๗๘"], "+66812345678"),
        ("KZ", &["8 701 123 4567", "+7 701 123 4567", "7011234567", "77011234567", "8-701-123-45-67"], "+77011234567"),
        ("RU", &["8 (495) 123-45-67", "+7 495 123 45 67"], "+74951234567"),
        ("IT", &["06 69812345", "+39 06 69812345"], "+390669812345"),
    ] {
        for value in values {
            assert_eq!(phone(value, country).as_deref(), Ok(expected), "{country} {value:?}");
            assert_eq!(phone(value, &country.to_lowercase()).as_deref(), Ok(expected), "{country} {value:?}");
        }
    }
}

#[test]
fn implausible_telephone_numbers_are_refused() {
    for value in [
        "1",
        "123",
        "+4930",
        "+49 30 12345678901234567",
        "+49 30 12345 30 12345",
        "+999 123456789",
        "call me",
        "++49",
        "jane@example.com",
    ] {
        assert_eq!(phone(value, "DE"), Err(Unusable::Malformed), "{value:?}");
    }
    assert_eq!(phone("030 123456", ""), Err(Unusable::Malformed));
    assert_eq!(phone("+49 30 123456", "??").as_deref(), Ok("+4930123456"));
}

#[test]
fn long_and_unprintable_values_are_refused() {
    let long = "a".repeat(IDENTIFIER_BYTES_MAX + 1);
    assert_eq!(normalise(&form(Normalise::Trim), &long, "DE"), Err(Unusable::TooLong));
    // Lower case can be longer than upper case.
    let growing = "İ".repeat(IDENTIFIER_BYTES_MAX / 2);
    assert_eq!(normalise(&form(Normalise::Lowercase), &growing, "DE"), Err(Unusable::TooLong));
    assert_eq!(normalise(&form(Normalise::Trim), "a\u{7}b", "DE"), Err(Unusable::Malformed));
}

fn any_value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ \"']{0,2}[+(]?[0-9 ()/.-]{1,20}(ext|x|,|#|;)?[0-9]{0,5}",
        "\\PC{0,6}@\\PC{0,6}\\.\\PC{0,3}",
        "[A-ZİΣßſK]{1,8}@[a-zäöüß。.-]{1,12}",
        "[.a-zA-Zäé\u{300}-\u{345}ΣΑ्่Å\"<( ]{1,10}@[a-z\u{308}.-]{1,8}\\.(com|рф|ไทย)",
        "[+0-9٠-٩๐-๙０-９ \u{200b}\u{202a}tel:;=-]{0,24}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn bringing_into_one_form_is_done_once_and_never_panics(
        value in any_value(),
        each in select(vec![Normalise::Trim, Normalise::Lowercase, Normalise::Email, Normalise::Phone]),
        country in select(vec!["DE", "AE", "TH", "KZ", "US", "IT", "AR", "MX", "BR", "xx", ""]),
    ) {
        if let Ok(once) = normalise(&form(each), &value, country) {
            prop_assert_eq!(normalise(&form(each), &once, country), Ok(once.clone()));
            prop_assert!(!once.is_empty() && once.len() <= IDENTIFIER_BYTES_MAX);
            prop_assert!(!is_blocked(&once, &[]));
        }
    }
}

/// A normaliser of tomorrow takes dots for nothing; the form of today stays what people are found by (DESIGN §6).
#[test]
fn a_new_normaliser_leaves_the_forms_of_the_old_ones_readable() {
    fn without_dots(rule: &IdentifierRule, value: &str, country: &str) -> Result<String, Unusable> {
        Ok(normalise(rule, value, country)?.replace('.', ""))
    }
    fn strict(_: &IdentifierRule, _: &str, _: &str) -> Result<String, Unusable> {
        Err(Unusable::Malformed)
    }
    let newest = Normaliser { version: NORMALISER_VERSION + 2, form: without_dots };
    let between = Normaliser { version: NORMALISER_VERSION + 1, form: strict };
    let all = [newest, between, NORMALISERS[0]];
    let rule = form(Normalise::Lowercase);
    assert_eq!((all[0].form)(&rule, "A.B", "DE").as_deref(), Ok("ab"));
    // What a normaliser refused it gave no key, so there is nothing to be found by.
    assert_eq!(older_forms(&all, &rule, " A.B", "DE"), [(NORMALISER_VERSION, "a.b".to_owned())]);
    assert_eq!(older_forms(NORMALISERS, &rule, "A.B", "DE"), [], "today there is one, and nothing to pay for");
    assert_eq!(NORMALISERS[0].version, NORMALISER_VERSION);
    assert!(NORMALISERS.is_sorted_by(|newer, older| newer.version > older.version));
}
