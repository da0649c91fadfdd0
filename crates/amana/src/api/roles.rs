//! Who may do what: every route with the roles that may take it. The only place where that is said.
//!
//! A role is given what its work needs and nothing more. A route that stands in the router and not here is refused
//! to everybody; one that stands nowhere is told to be nowhere, whoever asks.

use crate::profile::spelling::{ACTS_OF_PEOPLE, ACTS_OF_STAFF};
use amana_core::catalog::Role;
use amana_core::catalog::Role::{Admin, Analyst, Marketing, Privacy, Service};
use amana_core::permission::ActKind;

/// Who may take a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody, without a key: it tells nothing of people or of what the organisation declares.
    Open,
    /// Keys of these roles.
    Roles(&'static [Role]),
}

/// A route and who may take it.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The method. `HEAD` is taken as `GET`.
    pub method: &'static str,
    /// The path, as the router writes it.
    pub path: &'static str,
    /// Who may take it.
    pub access: Access,
}

const fn open(method: &'static str, path: &'static str) -> Route {
    Route { method, path, access: Access::Open }
}

const fn only(method: &'static str, path: &'static str, roles: &'static [Role]) -> Route {
    Route { method, path, access: Access::Roles(roles) }
}

/// All roles.
pub const ROLES: [Role; 5] = [Admin, Privacy, Marketing, Analyst, Service];

/// All routes of the API and of the pages beside it.
pub const ROUTES: &[Route] = &[
    open("GET", "/"),
    open("GET", "/assets/{file}"),
    open("GET", "/problems/{code}"),
    open("GET", "/api/v1/docs"),
    open("GET", "/api/v1/openapi.json"),
    open("GET", "/api/v1/health"),
    open("GET", "/api/v1/ready"),
    only("GET", "/api/v1/metrics", &[Admin]),
    // A person is read for a purpose. The catalogue's keeper and those who count or choose read nobody.
    only("GET", "/api/v1/profiles/{kind}/{value}", &[Privacy, Service]),
    only("GET", "/api/v1/profiles/{kind}/{value}/permissions", &[Privacy, Service]),
    only("PUT", "/api/v1/profiles/{kind}/{value}/permissions", &[Privacy, Service]),
    only("GET", KEYS_OF_A_PERSON, &[Privacy]),
    only("GET", "/api/v1/profiles/{kind}/{value}/timeline", &[Privacy, Service]),
    // How people want to be written to is for those who write to them.
    only("GET", "/api/v1/profiles/{kind}/{value}/preferences", &[Privacy, Service]),
    only("PUT", "/api/v1/profiles/{kind}/{value}/preferences", &[Privacy, Service]),
    only("POST", "/api/v1/acts", &[Privacy, Service]),
    only("GET", "/api/v1/restrictions", &[Privacy]),
    only("POST", "/api/v1/restrictions", &[Privacy]),
    only("POST", "/api/v1/restrictions/told", &[Privacy]),
    only("POST", "/api/v1/restrictions/lift", &[Privacy]),
    // Who is one person is the privacy office's to look at and to decide: it reaches over purposes.
    only("GET", "/api/v1/profiles/{kind}/{value}/identity", &[Privacy]),
    only("POST", "/api/v1/identity/join", &[Privacy]),
    only("POST", "/api/v1/identity/split", &[Privacy]),
    only("POST", "/api/v1/identity/ban", &[Privacy]),
    only("POST", "/api/v1/identity/ban/lift", &[Privacy]),
    // About somebody unknown it is a question about the catalogue; about a person only for those who may read them.
    only("POST", "/api/v1/permit", &[Admin, Privacy, Marketing, Service]),
    only("GET", "/api/v1/audiences", &[Admin, Privacy, Marketing, Analyst]),
    only("PUT", "/api/v1/audiences", &[Admin, Marketing]),
    only("GET", "/api/v1/audiences/{code}", &[Admin, Privacy, Marketing, Analyst]),
    only("PUT", "/api/v1/audiences/{code}", &[Admin, Marketing]),
    only("DELETE", "/api/v1/audiences/{code}", &[Admin, Marketing]),
    only("GET", "/api/v1/audiences/{code}/members", &[Privacy, Marketing, Analyst]),
    only("GET", "/api/v1/destinations", &[Admin, Privacy, Marketing]),
    only("PUT", "/api/v1/destinations", &[Admin]),
    only("GET", "/api/v1/destinations/{code}", &[Admin, Privacy, Marketing]),
    only("PUT", "/api/v1/destinations/{code}", &[Admin]),
    only("GET", "/api/v1/destinations/{code}/deliveries", &[Privacy, Marketing]),
    // The catalogue holds signing secrets and the hashes of keys.
    only("GET", "/api/v1/catalog", &[Admin]),
    only("PUT", "/api/v1/catalog", &[Admin]),
    only("POST", "/api/v1/catalog/plan", &[Admin]),
    only("GET", "/api/v1/quarantine", &[Admin, Privacy]),
    // Whoever answers for the machine, or for people's rights, takes it on themselves.
    only("POST", CONFIRM_RESTORE, &[Admin, Privacy]),
];

const CONFIRM_RESTORE: &str = "/api/v1/restore/confirm";

/// The routes that read one person, and read them for themselves with `use=disclose:subject`.
const OF_A_PERSON: [&str; 4] = [
    "/api/v1/profiles/{kind}/{value}",
    "/api/v1/profiles/{kind}/{value}/timeline",
    "/api/v1/profiles/{kind}/{value}/preferences",
    "/api/v1/profiles/{kind}/{value}/identity",
];

/// Whether a route is taken while a restore is not known to be complete: subject access, confirming it, and what is
/// counted.
#[must_use]
pub fn is_taken_in_doubt(method: &str, path: &str, query: Option<&str>) -> bool {
    let mut query = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    match (method, path) {
        ("POST", CONFIRM_RESTORE) | ("GET", "/api/v1/metrics") => true,
        ("GET", path) if OF_A_PERSON.contains(&path) => {
            query.any(|(name, value)| name == "use" && value == "disclose:subject")
        }
        _ => false,
    }
}

/// Which keys a person's data has tells that they are known, and for what.
const KEYS_OF_A_PERSON: &str = "/api/v1/profiles/{kind}/{value}/keys";

/// Whether whoever may open the folder of an installation takes a route by its socket, beside what an admin may: a key of
/// role `admin` comes from anywhere and reads nobody.
#[must_use]
pub fn is_local(method: &str, path: &str) -> bool {
    method == "GET" && path == KEYS_OF_A_PERSON
}

/// Who may take the route of a method and path; `None` for one that does not stand in the list.
#[must_use]
pub fn access(method: &str, path: &str) -> Option<Access> {
    let method = if method == "HEAD" { "GET" } else { method };
    ROUTES.iter().find(|route| route.method == method && route.path == path).map(|route| route.access)
}

/// Ways to say no. Every key that may record an act may record these, for whatever purpose (GDPR Art. 7(3), 12(2)): a
/// wrong no is mended by a yes of the person, a lost no by nothing.
pub const SAYS_NO: [ActKind; 3] = [ActKind::Refuse, ActKind::Withdraw, ActKind::Object];

/// What a key that is for some purposes may record of the whole person besides: it takes nothing from anybody and permits
/// nothing. Whatever lets data be used again (`lift`, and `told`, without which nothing is lifted) needs a key that is for
/// all purposes.
pub const REACH_BEYOND_PURPOSES: [ActKind; 3] = [ActKind::Restrict, ActKind::Prefer, ActKind::Correct];

/// The acts that a role may record: what people say to whoever serves them, and what only the privacy office decides.
#[must_use]
pub fn acts(role: Role) -> Vec<ActKind> {
    match role {
        Privacy => ACTS_OF_PEOPLE.into_iter().chain(ACTS_OF_STAFF).collect(),
        Service => ACTS_OF_PEOPLE.to_vec(),
        Admin | Marketing | Analyst => Vec::new(),
    }
}

/// Whether a role may learn why somebody is not shown, and what names a person beyond the purposes of a key.
#[must_use]
pub fn sees_reasons(role: Role) -> bool {
    role == Privacy
}

/// Whether a role may read for the person themselves, or for a legal claim: what a restriction leaves open (GDPR
/// Art. 18(2)) and what needs no basis of a purpose.
#[must_use]
pub fn reads_of_right(role: Role) -> bool {
    role == Privacy
}

/// Whether a role may ask what is permitted about a person, and not only about somebody unknown.
#[must_use]
pub fn asks_about_people(role: Role) -> bool {
    matches!(role, Privacy | Service)
}

/// Whether a role may say what this server may reach in private networks, and read its environment.
#[must_use]
pub fn opens_networks(role: Role) -> bool {
    role == Admin
}

/// Whether a role is told counts only, and none of small groups.
#[must_use]
pub fn counts_only(role: Role) -> bool {
    role == Analyst
}
