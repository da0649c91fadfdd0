//! Whatever is wrong with a file is told with its line, its field and its rule; every rule has a case.

use super::{SAMPLE, sample, sample_with};
use amana_core::catalog::{CATALOG_BYTES_MAX, Catalog, Numbers, Path, Problem, ProblemCode, UseKind};
use std::collections::BTreeSet;

/// What the sample has, what stands there instead, the rule that breaks, the field, and the line that is pointed at.
type Case = (&'static str, &'static str, ProblemCode, &'static str, &'static str);

use ProblemCode::*;

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("keep = \"P3Y\"", "keep = ", Syntax, "", "keep = "),
    ("country = \"DE\"\n", "country = \"DE\"\nflag = 1\n", UnknownField, "organisation.flag", "flag = 1"),
    ("keep = \"P3Y\"\n", "", MissingField, "purposes.shop.keep", "[[purposes]]"),
    ("keep = \"P3Y\"", "keep = 3", WrongType, "purposes.shop.keep", "keep = 3"),
    ("keep = \"P3Y\"", "keep = [\"P3Y\"]", WrongType, "purposes.shop.keep", "keep = ["),
    ("direct_marketing = true", "direct_marketing = \"yes\"", WrongType, "purposes.newsletter.direct_marketing", "direct_marketing = \"yes\""),
    ("basis = \"contract\"", "basis = \"because\"", UnknownWord, "purposes.shop.basis", "basis = \"because\""),
    ("type = \"boolean\"\n", "type = \"bool\"\n", UnknownWord, "traits.knee_injury.type", "type = \"bool\""),
    ("version = 2", "version = -2", OutOfRange, "purposes.newsletter.version", "version = -2"),
    ("version = 2", "version = 0", OutOfRange, "purposes.newsletter.version", "version = 0"),
    ("limit = 2", "limit = 0", OutOfRange, "identifiers.club_card.limit", "limit = 0"),
    ("concurrency = 4", "concurrency = 0", OutOfRange, "destinations.warehouse.webhook.concurrency", "concurrency = 0"),
    ("code = \"bookkeeping\"", "code = \"Book keeping\"", BadName, "purposes.\"Book keeping\".code", "code = \"Book keeping\""),
    ("name = \"last_seen\"", "name = \"Last-Seen\"", BadName, "metrics.Last-Seen.name", "name = \"Last-Seen\""),
    ("name = \"Tour Booked\"", "name = \" Tour\"", BadName, "events.\" Tour\".name", "name = \" Tour\""),
    ("channel = \"web\"", "channel = \"the web\"", BadName, "sources.summit_web.channel", "channel = \"the web\""),
    ("code = \"health.injury\"", "code = \"health.\"", BadName, "categories.\"health.\".code", "code = \"health.\""),
    ("code = \"bookkeeping\"", "code = \"shop\" # again", Duplicate, "purposes[1].code", "# again"),
    ("code = \"health.injury\"", "code = \"preference.activity\" # again", Duplicate, "categories[1].code", "# again"),
    ("regions = [\"DE\", \"AT\"]", "regions = [\"DE\", \"DE\"]", Duplicate, "purposes.newsletter.regions[1]", "regions ="),
    ("{ from = \"orders\" }", "{ from = \"orders\", as = \"address\" }", Duplicate, "destinations.mailer.fields[1]", "as = \"address\" }"),
    ("name = \"favourite_activity\"", "name = \"EMAIL\"", Collision, "traits.EMAIL.name", "name = \"EMAIL\""),
    ("name = \"favourite_activity\"", "name = \"user_id\"", Collision, "traits.user_id.name", "name = \"user_id\""),
    ("name = \"orders\"", "name = \"age\"", Collision, "metrics.age.name", "name = \"age\""),
    ("name = \"orders\"", "name = \"user_id\"", Collision, "metrics.user_id.name", "name = \"user_id\""),
    ("code = \"club_card\"", "code = \"plan\"", Collision, "identifiers.plan.code", "code = \"plan\""),
    ("categories = [\"contact\", \"health\"]", "categories = [\"contact\", \"helth\"]", UnknownReference, "purposes.mountain_rescue.categories[1]", "\"helth\""),
    ("code = \"preference.activity\"", "code = \"pref.activity\"", UnknownReference, "categories.\"pref.activity\".code", "code = \"pref.activity\""),
    ("brands = [\"summit\", \"trail\"]", "brands = [\"summit\", \"trial\"]", UnknownReference, "purposes.newsletter.brands[1]", "\"trial\""),
    ("recipients = [\"mailer\"]", "recipients = [\"maler\"]", UnknownReference, "purposes.newsletter.recipients[0]", "\"maler\""),
    ("starts_on = [{ notice = \"privacy\" }]", "starts_on = [{ notice = \"secrecy\" }]", UnknownReference, "purposes.recommendations.starts_on[0].notice", "\"secrecy\""),
    ("purposes = [\"recommendations\", \"shop\"]", "purposes = [\"shop\", \"shopping\"]", UnknownReference, "notices.privacy.purposes[1]", "\"shopping\""),
    ("brand = \"summit\"", "brand = \"submit\"", UnknownReference, "sources.summit_web.brand", "\"submit\""),
    ("collects = [\"shop\", \"bookkeeping\"]", "collects = [\"shop\", \"books\"]", UnknownReference, "sources.tills.collects[1]", "\"books\""),
    ("Advertising = [\"newsletter\"]", "Advertising = [\"news\"]", UnknownReference, "sources.summit_web.consent_categories.Advertising[0]", "[\"news\"]"),
    ("notices = [\"privacy\"]", "notices = [\"secrecy\"]", UnknownReference, "sources.summit_web.notices[0]", "\"secrecy\""),
    ("event = \"Page\"", "event = \"Pages\"", UnknownReference, "metrics.last_seen.event", "event = \"Pages\""),
    ("field = \"revenue\"", "field = \"revenues\"", UnknownReference, "metrics.revenue_total.field", "field = \"revenues\""),
    ("purpose = \"newsletter\"", "purpose = \"news\"", UnknownReference, "audiences.regulars.purpose", "purpose = \"news\""),
    ("purpose = \"newsletter\"", "purpose = \"old_lottery\"", UnknownReference, "audiences.regulars.purpose", "purpose = \"old_lottery\""),
    ("{ from = \"club_card\" }", "{ from = \"clubcard\" }", UnknownReference, "destinations.mailer.fields[2].from", "\"clubcard\""),
    ("purposes = [\"shop\"]", "purposes = [\"shopping\"]", UnknownReference, "api_keys.\"call centre\".purposes[0]", "purposes = [\"shopping\"]"),
    ("{ event = \"Account Closed\" }", "{ event = \"Account Clsed\" }", UnknownReference, "purposes.shop.ends_on[0].event", "\"Account Clsed\""),
    ("{ event = \"Account Created\" }", "{ event = \"Moved In\" }", UnknownReference, "purposes.shop.starts_on[1].event", "\"Moved In\""),
    ("keep = \"P3Y\"", "keep = \"3 years\"", BadDuration, "purposes.shop.keep", "keep = \"3 years\""),
    ("keep = \"P3Y\"", "keep = \"-P3Y\"", BadDuration, "purposes.shop.keep", "keep = \"-P3Y\""),
    ("keep = \"P3Y\"", "keep = \"P0D\"", BadDuration, "purposes.shop.keep", "keep = \"P0D\""),
    ("consent_expires_after = \"P24M\"", "consent_expires_after = \"2\"", BadDuration, "purposes.newsletter.consent_expires_after", "consent_expires_after = \"2\""),
    ("until = \"2030-01-01\"", "until = \"1 January\"", BadDate, "registers.rescue-assessment.until", "until = \"1 January\""),
    ("until = \"2030-01-01\"", "until = 2030-01-01", WrongType, "registers.rescue-assessment.until", "until = 2030"),
    ("kind = \"assessment\"", "kind = \"paper\"", UnknownWord, "registers.rescue-assessment.kind", "kind = \"paper\""),
    ("code = \"rescue-assessment\"", "code = \"rescue\"", UnknownReference, "purposes.mountain_rescue.blocked_by[0]", "blocked_by ="),
    ("blocked_by = [\"rescue-assessment\"]", "blocked_by = [\"rescue-assessment\", \"rescue-assessment\"]", Duplicate, "purposes.mountain_rescue.blocked_by[1]", "blocked_by ="),
    ("[[notices]]\ncode = \"privacy\"", "[[registers]]\ncode = \"rescue-assessment\" # again\nkind = \"transfer\"\n[[notices]]\ncode = \"privacy\"", Duplicate, "registers[1].code", "# again"),
    ("{ notice = \"privacy\" }", "{ notice = \"privacy\", event = \"Page\" }", BadTrigger, "purposes.recommendations.starts_on[0]", "event = \"Page\" }"),
    ("{ notice = \"privacy\" }", "{}", BadTrigger, "purposes.recommendations.starts_on[0]", "starts_on = [{}]"),
    ("basis = \"legitimate_interest\"", "basis = \"public_task\"", BasisMismatch, "purposes.recommendations.basis", "basis = \"public_task\""),
    ("basis = \"contract\"", "basis = \"contract\"\ndouble_opt_in = true # no", BasisMismatch, "purposes.shop.double_opt_in", "# no"),
    ("basis = \"contract\"", "basis = \"contract\"\nconsent_expires_after = \"P1Y\" # no", BasisMismatch, "purposes.shop.consent_expires_after", "# no"),
    ("starts_on = [{ event = \"Order Completed\" }]\n", "", NothingStarts, "purposes.bookkeeping.starts_on", "[[purposes]]"),
    ("retired = true", "retired = false", MissingText, "purposes.old_lottery.texts", "[[purposes]]"),
    ("title = \"News\"", "title = \" \"", MissingText, "purposes.newsletter.texts.en.title", "title = \" \""),
    ("special_condition = \"GDPR Art. 9(2)(c), register of processing, entry 14\"\n", "", MissingCondition, "purposes.mountain_rescue.special_condition", "[[purposes]]"),
    ("device_ground = \"strictly_necessary\"", "device_ground = \"consent\"", Ground, "purposes.shop.device_ground", "device_ground = \"consent\""),
    ("mail_ground = \"soft_opt_in\"", "mail_ground = \"consent\" # no", Ground, "purposes.recommendations.mail_ground", "# no"),
    ("mail_ground = \"soft_opt_in\"", "mail_ground = \"service\" # no", Ground, "purposes.recommendations.mail_ground", "# no"),
    ("mail_ground = \"consent\"\n", "", Ground, "purposes.newsletter.mail_ground", "[[purposes]]"),
    ("write_key = \"summit-web-0123456789\"", "write_key = \"short\"", BadWriteKey, "sources.summit_web.write_key", "write_key = \"short\""),
    ("write_key = \"summit-web-0123456789\"", "write_key = \"summit:web:0123456789\"", BadWriteKey, "sources.summit_web.write_key", "write_key = \"summit:"),
    ("write_key = \"summit-web-0123456789\"\n", "", BadWriteKey, "sources.summit_web.write_key", "[[sources]]"),
    ("identity_scope = \"shops\"", "write_key = \"tills-0123456789abc\" # no", BadWriteKey, "sources.tills.write_key", "# no"),
    ("write_key_sha256 = \"0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF\"", "write_key = \"summit-web-0123456789\" # no", BadWriteKey, "sources.tills.write_key", "# no"),
    ("sha256 = \"0123456789abcdef", "sha256 = \"0123", BadHash, "sources.tills.write_key_sha256", "write_key_sha256 ="),
    ("sha256 = \"aa23456789abcdef", "sha256 = \"zz23456789abcdef", BadHash, "api_keys.\"call centre\".sha256", "sha256 = \"zz"),
    ("identity_scope = \"shops\"", "previous_write_keys_sha256 = [\"0123\"]", BadHash, "sources.tills.previous_write_keys_sha256[0]", "previous_write_keys_sha256 ="),
    ("identity_scope = \"shops\"", "previous_write_keys_sha256 = [\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"]", BadWriteKey, "sources.tills.previous_write_keys_sha256[0]", "previous_write_keys_sha256 ="),
    ("identity_scope = \"shops\"", "previous_write_keys_sha256 = [\"6769950888bf8b079b6bf12348ef165828a482eb4fec54bf2ffba494734a2162\", \"6769950888bf8b079b6bf12348ef165828a482eb4fec54bf2ffba494734a2162\"]", BadWriteKey, "sources.tills.previous_write_keys_sha256[1]", "previous_write_keys_sha256 ="),
    ("identity_scope = \"shops\"", "previous_write_keys_sha256 = [\"fc017a667f63be4baee06943a7d84beb71d00b53dffbc29af9d3ea3b38cbdec6\"]", BadWriteKey, "sources.tills.previous_write_keys_sha256[0]", "previous_write_keys_sha256 ="),
    ("identity_scope = \"shops\"", "previous_write_keys_sha256 = [\"1\", \"2\", \"3\", \"4\", \"5\"]", OutOfRange, "sources.tills.previous_write_keys_sha256", "previous_write_keys_sha256 ="),
    ("field = \"revenue\"", "field = \"order_id\"", FieldType, "metrics.revenue_total.field", "field = \"order_id\""),
    ("function = \"count\"", "function = \"count\"\nfield = \"tax\"", FieldType, "metrics.orders.field", "field = \"tax\""),
    ("field = \"revenue\"\n", "", MissingField, "metrics.revenue_total.field", "[[metrics]]"),
    ("[destinations.webhook]\nurl = \"https://mailer.example/hooks/amana\"\nsigning_secret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n", "", NoTarget, "destinations.mailer", "[[destinations]]"),
    ("https://mailer.example", "http://mailer.example", BadUrl, "destinations.mailer.webhook.url", "http://mailer.example"),
    ("https://mailer.example", "mailer.example", BadUrl, "destinations.mailer.webhook.url", "url = \"mailer.example"),
    ("https://mailer.example", "https://me:secret@mailer.example", BadUrl, "destinations.mailer.webhook.url", "url = \"https://me"),
    ("http://10.1.2.3", "http://11.1.2.3", BadUrl, "destinations.warehouse.webhook.url", "http://11.1.2.3"),
    ("allow_networks = [\"10.0.0.0/8\"]", "allow_networks = [\"10.0.0.0/8\", \"10.0.0.0/33\"]", BadNetwork, "destinations.warehouse.webhook.allow_networks[1]", "/33"),
    ("signing_secret = \"whsec_Mf", "signing_secret = \"whsec_M", BadSecret, "destinations.mailer.webhook.signing_secret", "whsec_MKQ"),
    ("signing_secret = \"whsec_Mf", "signing_secret = \"whsec_AA== whsec_Mf", BadSecret, "destinations.mailer.webhook.signing_secret", "whsec_AA=="),
    ("signing_secret = \"env:WAREHOUSE_SECRET\"", "signing_secret = \"env:\"", BadSecret, "destinations.warehouse.webhook.signing_secret", "\"env:\""),
    ("brand = \"trail\"\nwhere", "where", BrandMismatch, "audiences.regulars.brand", "[[audiences]]"),
    ("brands = [\"summit\", \"trail\"]", "brands = [\"summit\"]", BrandMismatch, "audiences.regulars.brand", "brand = \"trail\"\nwhere"),
    ("brands = [\"summit\", \"trail\"]", "brands = [\"trail\"]", BrandMismatch, "sources.summit_web.collects[1]", "collects = [\"shop\", \"newsletter\""),
    ("where = \"orders >= 2\"\ndestinations = [\"mailer\"]", "where = \"orders >= 2\"\ndestinations = [\"warehouse\"]", RecipientNotNamed, "audiences.regulars.destinations[0]", "destinations = [\"warehouse\"]"),
    ("country = \"DE\"", "country = \"Germany\"", BadCountry, "organisation.country", "\"Germany\""),
    ("regions = [\"DE\", \"AT\"]", "regions = [\"DE\", \"XX\"]", BadCountry, "purposes.newsletter.regions[1]", "\"XX\""),
    ("country = \"IE\"", "country = \"ie\"", BadCountry, "destinations.mailer.country", "\"ie\""),
    ("jurisdiction = \"DE\"", "jurisdiction = \"Germany\"", BadCountry, "sources.summit_web.jurisdiction", "\"Germany\""),
    ("jurisdiction = \"DE\"", "jurisdiction = \"US-\"", BadCountry, "sources.summit_web.jurisdiction", "\"US-\""),
    ("since = \"2025-05-01\"", "since = \"May 2025\"", BadDate, "notices.privacy.since", "\"May 2025\""),
    ("time_zone = \"Europe/Berlin\"", "time_zone = \"Berlin\"", BadTimeZone, "organisation.time_zone", "\"Berlin\""),
    ("[purposes.texts.de]", "[purposes.texts.german_]", BadLanguage, "purposes.newsletter.texts.german_", "[purposes.texts.german_]"),
    ("purpose = \"newsletter\"\n\n[topics", "purpose = \"news\"\n\n[topics", UnknownReference, "topics.tours.purpose", "purpose = \"news\""),
    ("de = \"Touren\"", "de = \" \"", MissingText, "topics.tours.name.de", "de = \" \""),
    ("de = \"Touren\"", "german_ = \"Touren\"", BadLanguage, "topics.tours.name.german_", "german_ = \"Touren\""),
    ("code = \"repairs\"", "code = \"tours\" # again", Duplicate, "topics[1].code", "# again"),
    ("where = \"orders >= 2\"", "where = \"orders / 0 >= 2\"", BadPredicate, "audiences.regulars.where", "where = \"orders / 0"),
    ("where = \"orders >= 2\"", "where = \" \"", BadPredicate, "audiences.regulars.where", "where = \" \""),
];

fn problems_of(text: &str) -> Vec<Problem> {
    Catalog::read(text).err().unwrap_or_default()
}

/// The line, from 1, on which some text stands: the last one up to the end of what was replaced, else the first.
fn line_of(text: &str, wanted: &str, replacement: &str, replaced_at: usize) -> usize {
    let end = replaced_at + replacement.len();
    let up_to = text[..end].rfind(wanted).or_else(|| text.find(wanted)).expect("the case names a line that is there");
    text[..up_to].matches('\n').count() + 1
}

#[test]
fn every_mistake_is_told_with_its_line_field_and_rule() {
    for (found, replacement, code, path, line) in CASES {
        let text = sample_with(found, replacement);
        let problems = problems_of(&text);
        let told = problems.iter().find(|problem| problem.code == *code && problem.path.to_string() == *path);
        let told = told.unwrap_or_else(|| panic!("{replacement:?}: {code:?} at {path} is not among {problems:#?}"));
        let expected = line_of(&text, line, replacement, SAMPLE.find(found).unwrap());
        assert_eq!(told.line, Some(expected), "{replacement:?}: {told}");
        assert!(!told.expected.is_empty() && !told.message.is_empty());
    }
}

#[test]
fn every_rule_has_a_case() {
    let elsewhere = [TooBig, TooMany, VersionLower, WiderWithoutVersion, NotInForce];
    let tested: BTreeSet<_> = CASES.iter().map(|case| case.2).chain(elsewhere).collect();
    assert_eq!(tested, ProblemCode::ALL.into_iter().collect());
}

#[test]
fn a_problem_reads_like_a_compilers() {
    let problems = problems_of(&sample_with("keep = \"P3Y\"", "keep = \"3 years\""));
    let line = SAMPLE[..SAMPLE.find("keep").unwrap()].matches('\n').count() + 1;
    let expected = format!(
        "org.toml:{line}:8: purposes.shop.keep: \"3 years\" is not a duration; \
         expected an ISO 8601 duration above zero, such as \"P2Y\" or \"P30D\""
    );
    assert_eq!(problems.iter().map(|problem| problem.in_file("org.toml").to_string()).collect::<Vec<_>>(), [expected]);
}

#[test]
fn a_mistake_that_would_only_show_later_is_told_with_what_to_do() {
    let told = |found: &str, replacement: &str| problems_of(&sample_with(found, replacement)).remove(0).to_string();
    let event = told("\"Account Closed\"", "\"Account Clsed\"");
    assert!(event.contains("did you mean \"Account Closed\"?"), "{event}");
    let strange = told("\"Account Created\"", "\"Moved In\"");
    assert!(strange.contains("declared in `events`") && !strange.contains("did you mean"), "{strange}");
    let withheld = told("destinations = [\"mailer\"]", "destinations = [\"warehouse\"]");
    assert!(withheld.contains("a recipient of the purpose (mailer)") && withheld.contains("`version`"), "{withheld}");
    let register = told("code = \"rescue-assessment\"", "code = \"rescue_assesment\"");
    assert!(register.contains("did you mean \"rescue_assesment\"?"), "{register}");
    let zero = told("orders >= 2", "orders / 0 >= 2");
    assert!(zero.contains("line 1, column 10 of the predicate"), "{zero}");
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once_and_in_its_order() {
    let shape = SAMPLE.replace("\nkeep = ", "\nkept = ").replace("\nrole = ", "\nroll = ");
    let problems = problems_of(&shape);
    assert_eq!(problems.len(), 14, "{problems:#?}");
    assert!(problems.is_sorted_by_key(|problem| (problem.line, problem.column)));
    let sense = SAMPLE.replace("\"P", "\"Q").replace("https:", "ftp:");
    assert_eq!(problems_of(&sense).len(), 9, "seven durations, an event and a URL");
}

#[test]
fn what_is_too_much_is_refused() {
    let long = format!("# {}\n{SAMPLE}", "x".repeat(CATALOG_BYTES_MAX));
    assert_eq!(problems_of(&long)[0].code, TooBig);
    let brands: String = (0..70).map(|n| format!("[[brands]]\ncode = \"b{n}\"\nname = \"B\"\n")).collect();
    let many = problems_of(&format!("{SAMPLE}{brands}"));
    assert_eq!((many[0].code, many[0].path.to_string().as_str()), (TooMany, "brands"));
    let deep = format!("a = {}{}", "[".repeat(5_000), "]".repeat(5_000));
    assert!(problems_of(&deep).iter().all(|problem| problem.code == Syntax));
    let categories: String = (0..600).map(|n| format!("[[categories]]\ncode = \"c{n}\"\nname = \"C\"\n")).collect();
    assert!(problems_of(&format!("{SAMPLE}{categories}")).iter().any(|problem| problem.code == TooMany));
}

#[test]
fn too_many_slots_are_refused_without_harm() {
    let mut catalog = sample();
    let template = catalog.purposes[1].clone();
    catalog.purposes.extend((0..260).map(|n| {
        let mut purpose = template.clone();
        purpose.code = format!("purpose{n}");
        purpose
    }));
    assert!(catalog.check().iter().any(|problem| problem.code == TooMany));
    let problems = Numbers::default().assign(&catalog).unwrap_err();
    assert_eq!(problems.iter().map(|problem| problem.code).collect::<Vec<_>>(), [TooMany]);
}

#[test]
fn secrets_are_not_repeated_in_problems() {
    let text = SAMPLE.replace("whsec_Mf", "whsec_canary").replace("\"aa23456789", "\"canary");
    let told: String = problems_of(&text).iter().map(ToString::to_string).collect();
    assert!(!told.is_empty() && !told.contains("canary"), "{told}");
}

#[test]
fn the_place_of_a_field_is_found_by_its_path() {
    let place = |path: &str| Catalog::place_of(SAMPLE, &Path::parse(path).unwrap());
    let line = |wanted: &str| SAMPLE[..SAMPLE.find(wanted).unwrap()].matches('\n').count() + 1;
    assert_eq!(place("audiences.regulars.where"), Some((line("where ="), 9)));
    assert_eq!(place("events.\"Tour Booked\".fields.price.type"), Some((line("\"price\""), 30)));
    assert_eq!(place("purposes[0].keep"), Some((line("keep ="), 8)));
    assert_eq!(place("audiences.regulars.nothing"), Some((line("[[audiences]]"), 1)), "what is missing: its entry");
    assert_eq!(place("nothing.at.all"), Some((1, 1)));
    assert_eq!(Path::parse("purposes.\"x").map(|path| path.to_string()), None);
}

#[test]
fn what_is_probably_not_meant_is_warned_of() {
    let warned = |text: &str| -> Vec<String> {
        let warnings = super::read(text).warnings();
        warnings.iter().map(|warning| warning.path.to_string()).collect()
    };
    assert_eq!(warned(SAMPLE), Vec::<String>::new());
    assert_eq!(warned(&SAMPLE.replace("in_force = true\n", "")), ["registers.rescue-assessment.in_force"]);
    assert_eq!(warned(&SAMPLE.replace("notices = [\"privacy\"]\n", "")), ["purposes.recommendations.starts_on"]);
    assert_eq!(warned(&SAMPLE.replace("trust = \"public\"", "trust = \"server\"")), ["sources.summit_web.write_key"]);
    assert_eq!(
        warned(&SAMPLE.replace("device_ground = \"strictly_necessary\"\n", "")),
        ["sources.summit_web.reads_device"]
    );
    let shared = SAMPLE.replace("reads_device = true", "reads_device = true\nshared_devices = true");
    assert_eq!(warned(&shared), Vec::<String>::new());
    let mut joins_nobody = super::read(&shared);
    joins_nobody.purposes.iter_mut().for_each(|purpose| purpose.uses = vec![UseKind::Collect, UseKind::Store]);
    let warnings = joins_nobody.warnings();
    let warned: Vec<String> = warnings.iter().map(|warning| warning.path.to_string()).collect();
    assert_eq!(warned, ["sources.summit_web.shared_devices"]);
}
