//! Fields, read from what was sent and from what should not have been.

use super::*;
use serde_json::json;

fn fields(json: &Json) -> Fields {
    Fields::of_body(json.as_object().unwrap().clone())
}

#[test]
fn everything_wrong_is_told_at_once_and_no_value_is_repeated() {
    let mut body = fields(&json!({"name": 7, "when": "canary", "list": ["canary", 1], "canary": true}));
    body.text("name", 10);
    body.text("other", 10);
    assert_eq!(body.optional_instant("when"), None);
    assert!(body.texts("list", 3, 10).is_empty());
    let problem = body.finish().unwrap_err();
    let told: Vec<_> = problem.errors.iter().map(|error| (error.field.as_str(), error.code.as_str())).collect();
    let expected = [
        ("name", "wrong_type"),
        ("other", "missing_field"),
        ("when", "unknown_word"),
        ("list", "wrong_type"),
        ("canary", "unknown_field"),
    ];
    assert_eq!(told, expected);
    // The name is told, since its sender must find it; the values are not.
    assert_eq!(serde_json::to_string(&problem.body()).unwrap().matches("canary").count(), 1);
}

#[test]
fn fields_inside_fields_are_named_by_their_way() {
    let mut body = fields(&json!({"webhook": {"url": 1}, "fields": [{"from": "email"}, {"as": "mail"}]}));
    let mut webhook = body.object("webhook").unwrap();
    webhook.text("url", 10);
    body.end(webhook);
    for mut field in body.objects("fields", 5) {
        field.text("from", 10);
        field.optional_text("as", 10);
        body.end(field);
    }
    let problem = body.finish().unwrap_err();
    let told: Vec<_> = problem.errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(told, ["webhook.url", "fields[1].from"]);
}

#[test]
fn queries_are_read_from_text() {
    let mut query = Fields::of_query(Some("limit=7&explain=true&after=")).unwrap();
    assert_eq!(query.optional_number("limit", 1..=10), Some(7));
    assert!(query.flag("explain"));
    assert_eq!(query.optional_text("after", 10), None);
    assert_eq!(query.finish().unwrap_err().errors.len(), 1);
    let twice = Fields::of_query(Some("limit=7&limit=8")).err().unwrap();
    assert_eq!((twice.code, twice.errors[0].field.as_str()), ("bad_query", "limit"));
    let mut high = Fields::of_query(Some("limit=11")).unwrap();
    assert_eq!(high.optional_number("limit", 1..=10), None);
    assert_eq!(high.finish().unwrap_err().code, "bad_query");
}

#[test]
fn the_code_of_the_path_may_be_repeated_and_not_changed() {
    let code = |sent: Json, of_path: Option<&str>| {
        let mut body = fields(&sent);
        let code = body.code(of_path.map(str::to_owned));
        body.finish().map(|()| code).map_err(|problem| problem.errors[0].code.clone())
    };
    assert_eq!(code(json!({"code": "a"}), None), Ok("a".into()));
    assert_eq!(code(json!({"code": "a"}), Some("a")), Ok("a".into()));
    assert_eq!(code(json!({}), Some("a")), Ok("a".into()));
    assert_eq!(code(json!({"code": "b"}), Some("a")), Err("out_of_range".into()));
    assert_eq!(code(json!({}), None), Err("missing_field".into()));
}
