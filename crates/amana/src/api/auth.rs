//! Who is asking: the key of a request, the role it has and the purposes it may name.

use super::problem::{Code, FieldError, Problem};
use super::roles::{self, Access};
use crate::app::App;
use crate::hash::sha256;
use crate::profile::spelling::word;
use amana_core::catalog::Role;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

/// How many bytes of a key are looked at.
const KEY_BYTES_MAX: usize = 256;

/// Marks requests that came by the local socket: whoever may open the folder of an installation may do with it what
/// an admin may.
#[derive(Clone, Copy, Debug)]
pub struct LocalAdmin;

/// Who is asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Caller {
    /// Name of the key.
    pub(super) key: String,
    /// What it may do.
    pub(super) role: Role,
    /// The purposes it may name; empty: all.
    pub(super) purposes: Vec<String>,
    /// It came by the local socket, without a key.
    pub(super) local: bool,
}

impl Caller {
    /// Whether this key may name a purpose.
    #[must_use]
    pub(super) fn may_name(&self, purpose: &str) -> bool {
        self.purposes.is_empty() || self.purposes.iter().any(|named| named == purpose)
    }

    /// Refuses purposes that this key may not name.
    ///
    /// # Errors
    /// When it may not.
    pub(super) fn check_purpose(&self, purpose: &str) -> Result<(), Problem> {
        if self.may_name(purpose) {
            return Ok(());
        }
        let expected = format!("one of {}", self.purposes.join(", "));
        let error = FieldError {
            existing: self.purposes.clone(),
            ..FieldError::new("purpose", "purpose_not_for_key", "this key may not name this purpose", expected)
        };
        Err(Problem::of(Code::PurposeNotForKey).with(vec![error]))
    }
}

/// Lets a request through to its route when its key's role may take it.
pub(super) async fn authorise(State(app): State<App>, mut request: Request, next: Next) -> Response {
    match admit(&app, &request) {
        Ok(caller) => {
            if let Some(caller) = caller {
                request.extensions_mut().insert(caller);
            }
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

fn admit(app: &App, request: &Request) -> Result<Option<Caller>, Problem> {
    // Without a matched path nothing is here; the router says so to everybody alike.
    let Some(path) = request.extensions().get::<MatchedPath>() else { return Ok(None) };
    let allowed = match roles::access(request.method().as_str(), path.as_str()) {
        Some(Access::Open) => return Ok(None),
        Some(Access::Roles(allowed)) => allowed,
        // What does not stand in the list is taken by nobody, also where the router has a handler for it.
        None => return Err(unlisted(path.as_str())),
    };
    let caller = caller(app, request)?;
    let local = caller.local && roles::is_local(request.method().as_str(), path.as_str());
    if !allowed.contains(&caller.role) && !local {
        let names: Vec<_> = allowed.iter().map(word).collect();
        let detail =
            format!("a key of role {} may not do this; a key of role {} may", word(&caller.role), names.join(" or "));
        return Err(Problem::new(Code::RoleNotAllowed, detail));
    }
    if app.doubt().is_there()
        && !roles::is_taken_in_doubt(request.method().as_str(), path.as_str(), request.uri().query())
    {
        return Err(Problem::of(Code::RestoreUnconfirmed));
    }
    Ok(Some(caller))
}

fn unlisted(path: &str) -> Problem {
    let methods: Vec<_> = roles::ROUTES.iter().filter(|route| route.path == path).map(|route| route.method).collect();
    match HeaderValue::from_str(&methods.join(", ")) {
        Ok(allow) if !methods.is_empty() => Problem::of(Code::MethodNotAllowed).with_header(header::ALLOW, allow),
        _ => Problem::of(Code::NotFound),
    }
}

fn caller(app: &App, request: &Request) -> Result<Caller, Problem> {
    let unknown = || {
        let challenge = HeaderValue::from_static("Bearer realm=\"amana\"");
        Problem::of(Code::Unauthorized).with_header(header::WWW_AUTHENTICATE, challenge)
    };
    let Some(key) = bearer(request.headers()) else {
        // A key, where one is sent, says what its holder may do, also by the local socket.
        let local = request.extensions().get::<LocalAdmin>().is_some();
        let absent = !request.headers().contains_key(header::AUTHORIZATION);
        let admin = || Caller { key: "local".into(), role: Role::Admin, purposes: Vec::new(), local: true };
        return (local && absent).then(admin).ok_or_else(unknown);
    };
    // Compared by hash: what the time of a look-up tells is about a hash nobody can choose.
    let current = app.current();
    let rule = current.policy.api_keys.get(&sha256(key.as_bytes())).ok_or_else(unknown)?;
    Ok(Caller { key: rule.name.clone(), role: rule.role, purposes: rule.purposes.clone(), local: false })
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().filter(|_| values.next().is_none())?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && (1..=KEY_BYTES_MAX).contains(&key.len())).then_some(key)
}
