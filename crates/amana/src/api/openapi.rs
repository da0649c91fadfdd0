//! The description of this API (OpenAPI), made from the handlers, their types and the list of roles.

use super::problem::ProblemBody;
use super::problem::reference::{Meaning, all};
use super::roles::{self, Access, ROUTES};
use super::{
    acts, audiences, catalog, deliveries, destinations, docs, health, identity, identity_ban, keys, members, metrics,
    permissions, permit, preferences, profiles, quarantine, restore, restrictions, timeline,
};
use crate::profile::spelling::word;
use serde_json::{Value as Json, json};
use std::sync::OnceLock;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{IntoResponses, Modify, OpenApi};

/// Answers that most routes have besides their own.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "documents answers")]
pub(super) enum Refused {
    /// Path, query or body cannot be read.
    #[response(status = 400, content_type = "application/problem+json")]
    Unreadable(ProblemBody<'static>),
    /// No key, or one that is not declared.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(ProblemBody<'static>),
    /// Not for this key, or not permitted: `code` is then the reason.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(ProblemBody<'static>),
    /// Nothing is here, or nothing is available.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(ProblemBody<'static>),
    /// Fields are wrong: `errors` names each.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(ProblemBody<'static>),
    /// It can't be done now; try again later.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(ProblemBody<'static>),
    /// Whatever else goes wrong.
    #[response(status = "default", content_type = "application/problem+json")]
    Other(ProblemBody<'static>),
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Amana API",
        description = "Amana treats every fact about a person as entrusted for a purpose. So does this API: whoever reads \
            a person names the purpose, gets what that purpose may see, and is told why when it is nothing.\n\n\
            Send `Authorization: Bearer amk_…`. A key has one role and may be limited to some purposes. Instants are \
            RFC 3339 in UTC. Every error is `application/problem+json` (RFC 9457) with a `code` from a closed set, and its `type` \
            leads to a page, or JSON, that says what it means. A parameter or field that no route reads is refused with \
            its name and the ones that exist.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "People", description = "One person at a time, for a purpose."),
        (name = "Audiences", description = "People chosen by a predicate, for a purpose."),
        (name = "Destinations", description = "Recipient systems, and what became of each message to them."),
        (name = "Catalogue", description = "What the organisation declares, and what came that it did not declare."),
        (name = "Operation", description = "Is it alive, is it ready, what does it count."),
    ),
    paths(
        profiles::get_profile,
        permissions::get_permissions,
        permissions::put_permissions,
        timeline::get_timeline,
        identity::get_identity,
        identity::post_join,
        identity::post_split,
        identity_ban::post_ban,
        identity_ban::post_lift,
        preferences::get_preferences,
        preferences::put_preferences,
        acts::post_acts,
        restrictions::get_restrictions,
        restrictions::post_restrictions,
        restrictions::post_told,
        restrictions::post_lift,
        permit::post_permit,
        audiences::get_audiences,
        audiences::put_audiences,
        audiences::get_audience,
        audiences::put_audience_named,
        audiences::delete_audience_named,
        members::get_members,
        destinations::get_destinations,
        destinations::put_destinations,
        destinations::get_destination,
        destinations::put_destination_named,
        deliveries::get_deliveries,
        catalog::get_catalog,
        catalog::put_catalog,
        catalog::post_plan,
        keys::get_keys,
        quarantine::get_quarantine,
        restore::post_confirm,
        health::get_health,
        health::get_ready,
        metrics::get_metrics,
        docs::get_openapi,
    ),
    components(schemas(ProblemBody<'static>)),
    security(("key" = [])),
    modifiers(&KeyScheme),
)]
struct Description;

struct KeyScheme;

impl Modify for KeyScheme {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        openapi.components.get_or_insert_default().add_security_scheme("key", scheme);
    }
}

/// The description as JSON, with who may take each route and all codes of problems.
pub(super) fn document() -> &'static Json {
    static DOCUMENT: OnceLock<Json> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let mut document = serde_json::to_value(Description::openapi()).unwrap_or_default();
        for route in ROUTES {
            let operation = &mut document["paths"][route.path][route.method.to_lowercase()];
            if operation.is_object() {
                operation["x-roles"] = match route.access {
                    Access::Open => json!([]),
                    Access::Roles(roles) => roles.iter().map(word).collect(),
                };
            }
        }
        // Looking a missing path up has made empty ones of pages that are not part of the API.
        if let Some(paths) = document["paths"].as_object_mut() {
            paths.retain(|_, path| path.as_object().is_some_and(|path| path.values().any(Json::is_object)));
        }
        document["x-problems"] = codes_of("api");
        document["x-collect-problems"] = codes_of("collect");
        document["x-reasons"] = codes_of("permit");
        document
    })
}

/// The description as it is committed in `docs/openapi.json`.
#[must_use]
pub fn openapi_json() -> String {
    let mut text = serde_json::to_string_pretty(document()).unwrap_or_default();
    text.push('\n');
    text
}

/// The codes of one door with their status and words.
fn codes_of(door: &str) -> Json {
    let of_door = all().into_iter().filter(|(_, meaning)| meaning.door == door);
    let row = |(code, meaning): (&str, Meaning)| json!({"code": code, "status": meaning.status, "title": meaning.title, "words": meaning.words});
    of_door.map(row).collect()
}

const _: () = assert!(!roles::ROUTES.is_empty(), "the list of routes is what this is made of");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_described_and_nothing_else_is() {
        let paths = document()["paths"].as_object().unwrap();
        let of_api = |path: &str| path.starts_with("/api/v1/") && path != "/api/v1/docs";
        let mut routes: Vec<String> = ROUTES
            .iter()
            .filter(|route| of_api(route.path))
            .map(|route| format!("{} {}", route.method, route.path))
            .collect();
        let operations = paths.iter().flat_map(|(path, operations)| {
            operations.as_object().unwrap().keys().map(move |method| format!("{} {path}", method.to_uppercase()))
        });
        let mut described: Vec<String> = operations.collect();
        routes.sort_unstable();
        described.sort_unstable();
        assert_eq!(described, routes);
    }

    #[test]
    fn every_operation_says_what_it_is_for_and_how_it_answers() {
        for (path, operations) in document()["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                let told = |key: &str| operation[key].as_str().is_some_and(|text| !text.is_empty());
                assert!(told("summary") && told("operationId"), "{method} {path}");
                assert!(operation["x-roles"].is_array(), "{method} {path}");
                assert!(operation["responses"].as_object().unwrap().keys().any(|status| status.starts_with('2')));
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn references<'a>(json: &'a Json, found: &mut Vec<&'a str>) {
            match json {
                Json::Object(object) => {
                    found.extend(object.get("$ref").and_then(Json::as_str));
                    object.values().for_each(|value| references(value, found));
                }
                Json::Array(list) => list.iter().for_each(|value| references(value, found)),
                _ => {}
            }
        }
        let mut found = Vec::new();
        references(document(), &mut found);
        assert!(found.len() > 50);
        for reference in found {
            let place = document().pointer(reference.trim_start_matches('#'));
            assert!(place.is_some(), "{reference}");
        }
    }
}
