//! The ages below which a guardian decides about consent, as the laws say. Data: no rule stands here.

use super::AgeOfConsent;

/// The day on which the table was last compared with its sources.
pub const AGES_VERSION: &str = "2026-11-22";

const fn age(country: &'static str, years: u8, source: &'static str) -> AgeOfConsent {
    AgeOfConsent { country, years, source }
}

const NO_LOWER_AGE_EEA: &str = "GDPR Art. 8(1), in the EEA by Joint Committee Decision No 154/2018: no lower age known";
const NO_LOWER_AGE: &str = "GDPR Art. 8(1): no lower age by national law";

const NOT_LOWERED: &str = "GDPR Art. 8(1), in the EEA by Joint Committee Decision No 154/2018. Act No. 90/2018, art. 10(5) \
    is said to lower it to 13; its text was not at hand, so the higher age stands";

/// By country (ISO 3166-1 alpha-2), ascending. Where the law differs within a country or between online services and
/// everything else, the highest age: the same consent may come from a page and from a till. Left out are countries whose
/// law names no age (CH, JP) and those whose law could not be checked.
pub const AGES: &[AgeOfConsent] = &[
    age("AT", 14, "Datenschutzgesetz § 4(4)"),
    age("BE", 13, "Loi du 30 juillet 2018 relative à la protection des données, art. 7"),
    age("BG", 14, "Personal Data Protection Act, art. 25c"),
    age("BR", 12, "LGPD art. 14(1) with Lei 8.069/1990 art. 2"),
    age("CA", 14, "Quebec, Act respecting the protection of personal information in the private sector, s. 4.1"),
    age("CN", 14, "Personal Information Protection Law art. 31"),
    age("CY", 14, "Law 125(I)/2018, s. 8"),
    age("CZ", 15, "Act No. 110/2019 Coll., s. 7"),
    age("DE", 16, NO_LOWER_AGE),
    age(
        "DK",
        15,
        "Databeskyttelsesloven § 6(2), (3), raised from 13 for consents given since 2024-01-01 (bill L 79 of 2023-24, § 1)",
    ),
    age("EE", 13, "Personal Data Protection Act § 8"),
    age("ES", 14, "Ley Orgánica 3/2018 art. 7"),
    age("FI", 13, "Data Protection Act (1050/2018) s. 5"),
    age("FR", 15, "Loi n° 78-17, art. 45"),
    age("GB", 13, "Data Protection Act 2018 s. 9"),
    age("GR", 15, "Law 4624/2019 art. 21"),
    age("HR", 16, NO_LOWER_AGE),
    age("HU", 16, NO_LOWER_AGE),
    age("IE", 16, "Data Protection Act 2018 s. 31"),
    age("IN", 18, "Digital Personal Data Protection Act 2023 s. 2(f), 9(1)"),
    age("IS", 16, NOT_LOWERED),
    age("IT", 14, "Codice in materia di protezione dei dati personali, art. 2-quinquies"),
    age("KR", 14, "Personal Information Protection Act art. 22-2(1), with Enforcement Decree art. 17-2"),
    age("LI", 16, NO_LOWER_AGE_EEA),
    age("LT", 14, "Law on Legal Protection of Personal Data art. 6"),
    age("LU", 16, NO_LOWER_AGE),
    age("LV", 13, "Personal Data Processing Law s. 33"),
    age("MT", 13, "Subsidiary Legislation 586.11, reg. 3"),
    age("NL", 16, "Uitvoeringswet AVG art. 5"),
    age(
        "NO",
        15,
        "Datatilsynet, on consent of minors in general; 13 for online services by personopplysningsloven § 5",
    ),
    age("PL", 16, NO_LOWER_AGE),
    age("PT", 13, "Lei n.º 58/2019 art. 16"),
    age("RO", 16, NO_LOWER_AGE),
    age("SE", 13, "Lag (2018:218), 2 kap. 4 §"),
    age(
        "SG",
        13,
        "PDPC, Advisory Guidelines on the PDPA for Children's Personal Data in the Digital Environment (28 March 2024)",
    ),
    age("SI", 15, "Zakon o varstvu osebnih podatkov (ZVOP-2, Uradni list RS 163/22) art. 8"),
    age("SK", 16, "Act No. 18/2018 Coll. s. 15"),
    age("TH", 20, "Personal Data Protection Act s. 20 with Civil and Commercial Code s. 19"),
    age("US", 13, "COPPA, 15 U.S.C. § 6501(1)"),
    age("ZA", 18, "Protection of Personal Information Act 4 of 2013 s. 1 (child), 11(1)(a), 34, 35(1)(a)"),
];
