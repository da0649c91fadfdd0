//! What maps may say, and what is told about those that are wrong.

use super::{AboutMap, AimedAt, ImportMap, RowKind, Word};
use amana_core::permission::ActKind;
use proptest::prelude::*;

fn told(text: &str) -> Vec<String> {
    ImportMap::read(text).unwrap_err().iter().map(|problem| problem.in_file("map.toml").to_string()).collect()
}

#[test]
fn a_list_of_identifiers_is_an_opt_out_list() {
    let map = ImportMap::read("kind = \"acts\"\nidentifiers.email = \"mail\"").unwrap();
    assert_eq!(map.kind, RowKind::Acts);
    assert!(matches!(map.acts[0].act, Word::Fixed(ActKind::Object)));
    assert!(matches!(map.acts[0].about, AboutMap::Target(Word::Fixed(AimedAt::DirectMarketing))));
}

#[test]
fn the_columns_that_are_looked_at_are_known() {
    let map = ImportMap::read(
        "kind = \"acts\"\ntimestamp = \"when\"\nidentifiers.email = \"mail\"\n[[acts]]\n\
        act = { column = \"said\" }\npurpose = { column = \"what\" }\nbrand = { column = \"whose\" }\n\
        [acts.evidence]\nmethod = { column = \"how\" }\ndocument = \"scan\"\nnotice = { value = \"n\" }",
    );
    let map = map.unwrap();
    assert_eq!(map.columns().into_iter().collect::<Vec<_>>(), ["how", "mail", "said", "scan", "what", "when", "whose"]);
}

#[test]
fn the_columns_of_values_and_preferences_are_known_too() {
    let map = ImportMap::read(
        "kind = \"acts\"\ntimestamp = \"when\"\nidentifiers.email = \"mail\"\n\
        [[acts]]\nact = \"correct\"\nfield = { column = \"what\" }\nvalue = \"right\"\n\
        [[acts]]\nact = \"prefer\"\n[acts.preferences]\ntopics.tours = { column = \"tours\" }\nchannels = \"by\"\n\
        at_most = { count = \"most\", period = \"time\" }\nquiet = [{ days = \"days\", from = \"a\", to = \"b\" }]\n\
        time_zone = \"zone\"\nlanguage = { value = \"de\" }",
    );
    let map = map.unwrap();
    let columns = ["a", "b", "by", "days", "mail", "most", "right", "time", "tours", "what", "when", "zone"];
    assert_eq!(map.columns().into_iter().collect::<Vec<_>>(), columns);
}

#[test]
fn what_is_wrong_is_told_with_file_line_column_and_what_was_expected() {
    for (text, expected) in [
        ("kind = ", "map.toml:1:"),
        ("identifiers.user_id = \"a\"", "kind: `kind` is missing; expected what a row is"),
        (
            "kind = \"identify\"\nidentifiers.user_id = \"a\"\ntraits.x = 5",
            "map.toml:3:12: traits.x: it is a whole number",
        ),
        ("kind = \"identify\"\nidentifiers.user_id = \"a\"\ncsv.delimiter = \"ab\"", "map.toml:3:17: csv.delimiter: "),
        ("kind = \"identify\"\nidentifiers.user_id = \"a\"\ncsv.quote = \",\"", "csv.quote: it is also the delimiter"),
        ("kind = \"identify\"\nidentifiers.user_id = \"a\"\nencoding = \"utf-16\"", "map.toml:3:12: encoding: "),
        ("kind = \"identify\"\nidentifiers.user_id = \"a\"\ntimestamp = { format = \"%H\" }", "timestamp.column: "),
        ("kind = \"track\"\nidentifiers.user_id = \"a\"", "event: `event` is missing"),
        (
            "kind = \"track\"\nevent = \"E\"\nidentifiers.user_id = \"a\"\ntraits.a = \"b\"",
            "traits: there is no such field",
        ),
        (
            "kind = \"acts\"\nidentifiers.email = \"a\"\n[[acts]]\nact = \"grant\"\ntarget = \"person\"",
            "acts[0].target: consent is specific",
        ),
        (
            "kind = \"acts\"\nidentifiers.email = \"a\"\n[[acts]]\nact = \"object\"",
            "acts[0].purpose: `purpose` is missing",
        ),
        (
            "kind = \"acts\"\nidentifiers.email = \"a\"\n[[acts]]\nact = { column = \"c\", values = { J = \"yes\" } }\ntarget = \"person\"",
            "acts[0].act.values",
        ),
        (
            "kind = \"identify\"\nidentifiers.user_id = \"a\"\ntraits.x = { column = \"c\", typ = \"text\" }",
            "traits.x.typ: there is no such field",
        ),
        (
            "kind = \"acts\"\nidentifiers.email = \"a\"\n[[acts]]\nact = \"object\"\ntarget = \"person\"\n\
             evidence.language = { value = \"Deutsch!\" }",
            "map.toml:6:21: acts[0].evidence.language: it is no language",
        ),
        (
            "kind = \"acts\"\nidentifiers.email = \"a\"\n[[acts]]\nact = \"object\"\ntarget = \"person\"\n\
             evidence.language = { column = \"l\", values = { D = \"de\", E = 5 } }",
            "acts[0].evidence.language: it is no language; expected a language tag (BCP 47)",
        ),
    ] {
        let told = told(text);
        assert!(told.iter().any(|line| line.contains(expected)), "{expected}: {told:#?}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "(kind|acts|csv|correct|prefer|lift|preferences|topics|quiet|at_most|\\[\\[acts\\]\\]|=|\"a\"|\\{|\\}|\n|5|identifiers|\\.|act|values){0,30}") {
        let _ = ImportMap::read(&text);
    }
}
