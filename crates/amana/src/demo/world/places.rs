//! Countries of the sample world: how many people come from each, how they write names and telephone numbers.

use super::names::{ARABIC, BULGARIAN, DUTCH, GERMAN, KAZAKH, Names, POLISH, THAI};

/// A country.
#[derive(Debug)]
pub(super) struct Country {
    /// ISO 3166-1 alpha-2.
    pub(super) code: &'static str,
    /// Country calling code, without `+`.
    pub(super) calling_code: &'static str,
    /// Prefixes of mobile numbers without the national `0`, and how many digits follow.
    pub(super) mobile: &'static [(&'static str, u32)],
    /// What a person there reads (BCP 47).
    pub(super) locale: &'static str,
    /// Cities with a postal code.
    pub(super) cities: &'static [(&'static str, &'static str)],
    /// What people there are called.
    pub(super) names: &'static Names,
}

/// Countries by weight.
pub(super) static COUNTRIES: &[(u32, Country)] = &[
    (
        580,
        Country {
            code: "DE",
            calling_code: "49",
            mobile: &[("151", 8), ("160", 7), ("170", 7), ("175", 7)],
            locale: "de-DE",
            cities: &[
                ("München", "80331"),
                ("Berlin", "10115"),
                ("Köln", "50667"),
                ("Freiburg", "79098"),
                ("Kiel", "24103"),
            ],
            names: &GERMAN,
        },
    ),
    (
        120,
        Country {
            code: "AT",
            calling_code: "43",
            mobile: &[("664", 7), ("676", 7)],
            locale: "de-AT",
            cities: &[("Innsbruck", "6020"), ("Wien", "1010"), ("Graz", "8010"), ("Bregenz", "6900")],
            names: &GERMAN,
        },
    ),
    (
        90,
        Country {
            code: "CH",
            calling_code: "41",
            mobile: &[("76", 7), ("78", 7), ("79", 7)],
            locale: "de-CH",
            cities: &[("Zürich", "8001"), ("Bern", "3011"), ("Luzern", "6003"), ("Chur", "7000")],
            names: &GERMAN,
        },
    ),
    (
        80,
        Country {
            code: "NL",
            calling_code: "31",
            mobile: &[("61", 7), ("62", 7), ("64", 7)],
            locale: "nl-NL",
            cities: &[("Utrecht", "3511 AB"), ("Amsterdam", "1012 JS"), ("Groningen", "9712 CP")],
            names: &DUTCH,
        },
    ),
    (
        70,
        Country {
            code: "PL",
            calling_code: "48",
            mobile: &[("60", 7), ("66", 7), ("78", 7)],
            locale: "pl-PL",
            cities: &[("Kraków", "31-001"), ("Warszawa", "00-001"), ("Gdańsk", "80-001"), ("Zakopane", "34-500")],
            names: &POLISH,
        },
    ),
    (
        20,
        Country {
            code: "AE",
            calling_code: "971",
            mobile: &[("50", 7), ("55", 7)],
            locale: "ar-AE",
            cities: &[("دبي", "00000"), ("أبوظبي", "00000")],
            names: &ARABIC,
        },
    ),
    (
        15,
        Country {
            code: "TH",
            calling_code: "66",
            mobile: &[("81", 7), ("89", 7)],
            locale: "th-TH",
            cities: &[("กรุงเทพฯ", "10200"), ("เชียงใหม่", "50000")],
            names: &THAI,
        },
    ),
    (
        15,
        Country {
            code: "KZ",
            calling_code: "7",
            mobile: &[("701", 7), ("777", 7)],
            locale: "ru-KZ",
            cities: &[("Алматы", "050000"), ("Астана", "010000")],
            names: &KAZAKH,
        },
    ),
    (
        10,
        Country {
            code: "BG",
            calling_code: "359",
            mobile: &[("87", 7), ("88", 7)],
            locale: "bg-BG",
            cities: &[("София", "1000"), ("Пловдив", "4000"), ("Банско", "2770")],
            names: &BULGARIAN,
        },
    ),
];
