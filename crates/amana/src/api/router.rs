//! All routes of the API and of the pages beside it, in one list. Who may take them stands in [`super::roles`].

use super::problem::{Code, Problem};
use super::{
    acts, audiences, auth, catalog, deliveries, destinations, docs, headers, health, identity, identity_ban, keys,
    members, metrics, permissions, permit, preferences, profiles, quarantine, restore, restrictions, timeline,
};
use crate::app::App;
use crate::home;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use std::any::Any;
use tower_http::catch_panic::CatchPanicLayer;

/// All routes. Its fallback answers what no router that it is merged with knows.
pub fn router(app: App) -> Router {
    let profile = "/api/v1/profiles/{kind}/{value}";
    let permissions_of = "/api/v1/profiles/{kind}/{value}/permissions";
    let audience =
        get(audiences::get_audience).put(audiences::put_audience_named).delete(audiences::delete_audience_named);
    Router::new()
        .route("/", get(home::get_home))
        .route("/assets/{file}", get(home::get_asset))
        .route("/problems/{code}", get(docs::get_problem))
        .route("/api/v1/docs", get(docs::get_docs))
        .route("/api/v1/openapi.json", get(docs::get_openapi))
        .route("/api/v1/health", get(health::get_health))
        .route("/api/v1/ready", get(health::get_ready))
        .route("/api/v1/metrics", get(metrics::get_metrics))
        .route(profile, get(profiles::get_profile))
        .route(permissions_of, get(permissions::get_permissions).put(permissions::put_permissions))
        .route("/api/v1/profiles/{kind}/{value}/keys", get(keys::get_keys))
        .route("/api/v1/profiles/{kind}/{value}/timeline", get(timeline::get_timeline))
        .route("/api/v1/profiles/{kind}/{value}/identity", get(identity::get_identity))
        .route("/api/v1/identity/join", post(identity::post_join))
        .route("/api/v1/identity/split", post(identity::post_split))
        .route("/api/v1/identity/ban", post(identity_ban::post_ban))
        .route("/api/v1/identity/ban/lift", post(identity_ban::post_lift))
        .route(
            "/api/v1/profiles/{kind}/{value}/preferences",
            get(preferences::get_preferences).put(preferences::put_preferences),
        )
        .route("/api/v1/acts", post(acts::post_acts))
        .route("/api/v1/restrictions", get(restrictions::get_restrictions).post(restrictions::post_restrictions))
        .route("/api/v1/restrictions/told", post(restrictions::post_told))
        .route("/api/v1/restrictions/lift", post(restrictions::post_lift))
        .route("/api/v1/permit", post(permit::post_permit))
        .route("/api/v1/audiences", get(audiences::get_audiences).put(audiences::put_audiences))
        .route("/api/v1/audiences/{code}", audience)
        .route("/api/v1/audiences/{code}/members", get(members::get_members))
        .route("/api/v1/destinations", get(destinations::get_destinations).put(destinations::put_destinations))
        .route(
            "/api/v1/destinations/{code}",
            get(destinations::get_destination).put(destinations::put_destination_named),
        )
        .route("/api/v1/destinations/{code}/deliveries", get(deliveries::get_deliveries))
        .route("/api/v1/catalog", get(catalog::get_catalog).put(catalog::put_catalog))
        .route("/api/v1/catalog/plan", post(catalog::post_plan))
        .route("/api/v1/quarantine", get(quarantine::get_quarantine))
        .route("/api/v1/restore/confirm", post(restore::post_confirm))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found)
        .layer(from_fn_with_state(app.clone(), auth::authorise))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn(metrics::count_request))
        .layer(from_fn(headers::secure))
        .with_state(app)
}

async fn not_found() -> Problem {
    Problem::of(Code::NotFound)
}

async fn method_not_allowed() -> Problem {
    Problem::of(Code::MethodNotAllowed)
}

/// What a panic says may quote data, so it is neither answered nor logged here; the hook of the process tells where.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Problem::of(Code::Internal).into_response()
}
