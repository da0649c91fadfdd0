//! The codes of everything that can go wrong at this door: a closed set that the reference lists.

use axum::http::StatusCode;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal, $status:ident, $title:literal;)+) => {
        /// What went wrong. Besides these, a use that `permit` denies has the code of its reason.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $name,)+ }

        impl Code {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The code, as answers have it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The status it is answered with.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)+ }
            }

            /// A few words, the same for every problem of this code.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }

            /// What it means and what to do.
            #[must_use]
            pub fn words(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc,)+).trim_ascii_start(),)+ }
            }
        }
    };
}

codes! {
    /// The path, or something percent-encoded in it, cannot be read.
    BadPath = "bad_path", BAD_REQUEST, "The path cannot be read";
    /// A query parameter is unknown, missing, named twice or out of its range; `errors` names each, with those that exist.
    BadQuery = "bad_query", BAD_REQUEST, "The query is wrong";
    /// The body is not JSON; line and column are told.
    BadJson = "bad_json", BAD_REQUEST, "The body is not JSON";
    /// The body could not be read to its end.
    BadBody = "bad_body", BAD_REQUEST, "The body cannot be read";
    /// No key came with the request, or one that is not declared. Send `Authorization: Bearer amk_…`.
    Unauthorized = "unauthorized", UNAUTHORIZED, "No valid API key";
    /// The key's role may not do this. Use a key of one of the roles named.
    RoleNotAllowed = "role_not_allowed", FORBIDDEN, "Not for this key's role";
    /// The key may name only the purposes it is declared with.
    PurposeNotForKey = "purpose_not_for_key", FORBIDDEN, "Not for this key's purposes";
    /// There is nothing at this path.
    NotFound = "not_found", NOT_FOUND, "Nothing is here";
    /// Nobody is known by this identifier, or nothing may be read of them for this purpose. Keys of services cannot
    /// tell one from the other, so that nobody can find out who is known.
    ProfileNotAvailable = "profile_not_available", NOT_FOUND, "No profile is available for this purpose";
    /// No audience of this code is declared.
    AudienceUnknown = "audience_unknown", NOT_FOUND, "No such audience";
    /// No destination of this code is declared.
    DestinationUnknown = "destination_unknown", NOT_FOUND, "No such destination";
    /// The path exists and does not know this method; `Allow` lists those it knows.
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "Not with this method";
    /// The catalogue changed since the version that was named. Read it again, plan again, apply again.
    CatalogOutdated = "catalog_outdated", PRECONDITION_FAILED, "The catalogue has changed meanwhile";
    /// The body is larger than its limit.
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "The body is too large";
    /// The body has a content type that is not understood here.
    ContentType = "content_type", UNSUPPORTED_MEDIA_TYPE, "Not of a content type that is understood";
    /// Fields of the body are unknown, missing or of another type; `errors` names each, with those that exist.
    InvalidFields = "invalid_fields", UNPROCESSABLE_ENTITY, "Fields of the body are wrong";
    /// No identifier kind of this code is declared.
    IdentifierKindUnknown = "identifier_kind_unknown", UNPROCESSABLE_ENTITY, "No such identifier kind";
    /// No source has this identity scope or ever had it, so nobody is known there and an act would be nobody's; `errors`
    /// names those that sources declare.
    IdentityScopeUnknown = "identity_scope_unknown", UNPROCESSABLE_ENTITY, "No such identity scope";
    /// The value cannot be anybody's: it is blocked, too long, or not of the form of its kind.
    IdentifierUnusable = "identifier_unusable", UNPROCESSABLE_ENTITY, "Not an identifier of this kind";
    /// No purpose of this name and brand is pursued.
    NoSuchPurpose = "no_such_purpose", UNPROCESSABLE_ENTITY, "No such purpose";
    /// Each brand has a permission of its own for this purpose, and none was named; `errors` lists the brands.
    BrandNeeded = "brand_needed", UNPROCESSABLE_ENTITY, "The brand is needed";
    /// The law, the basis of the purpose or the act's own meaning rules it out; the detail names the article, and
    /// `existing` the acts that are possible.
    ActImpossible = "act_impossible", UNPROCESSABLE_ENTITY, "The act is not possible";
    /// There is more history of this person than one answer can be made of. Ask without `history`, or for an earlier
    /// `known_at`.
    HistoryTooLong = "history_too_long", UNPROCESSABLE_ENTITY, "Too much history";
    /// These cannot be joined, or parted: `errors` names who, and why. Nothing was recorded.
    IdentityImpossible = "identity_impossible", UNPROCESSABLE_ENTITY, "This cannot be joined or parted";
    /// Another act of this person was recorded under this `id`, or under this `Idempotency-Key` at this place of the
    /// list, within the last days. This one was not recorded: send it under a name of its own.
    ActIdUsed = "act_id_used", CONFLICT, "The name was used for another act";
    /// Somebody else has decided who is one person just before, so this decision came to nothing. Look again.
    IdentityChanged = "identity_changed", CONFLICT, "Who is one person has changed meanwhile";
    /// The predicate of an audience is wrong; `errors` tells the place, what was expected and the columns that exist.
    PredicateInvalid = "predicate_invalid", UNPROCESSABLE_ENTITY, "The predicate is wrong";
    /// The catalogue is wrong; `errors` tells line, column, field and what was expected. Nothing of it was applied.
    CatalogInvalid = "catalog_invalid", UNPROCESSABLE_ENTITY, "The catalogue is wrong";
    /// A catalogue is in force: name its version in `If-Match` or `base`, so that nobody's change is lost.
    BaseNeeded = "base_needed", PRECONDITION_REQUIRED, "The version to change must be named";
    /// Something failed here. It is in the log; nothing was half-applied.
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something failed here";
    /// The act is durable and takes effect soon. It need not be sent again.
    NotYetInForce = "not_yet_in_force", SERVICE_UNAVAILABLE, "Recorded, not yet in force";
    /// The journal is too far ahead of what is worked on it; nothing was recorded. Try again after `Retry-After`.
    TooFarBehind = "too_far_behind", SERVICE_UNAVAILABLE, "Too much is waiting";
    /// The store cannot be read or written now. Try again later.
    StoreUnavailable = "store_unavailable", SERVICE_UNAVAILABLE, "The store is not available";
    /// This process cannot do its work now; `errors` tells why.
    NotReady = "not_ready", SERVICE_UNAVAILABLE, "Not ready";
    /// This store was restored and not every act since is known to be applied, so consents that were taken back may be in
    /// force. Until that is put right or confirmed nothing is answered but what people are shown of themselves.
    RestoreUnconfirmed = "restore_unconfirmed", SERVICE_UNAVAILABLE, "A restore is not confirmed";
    /// Less space is free than the floor; nothing was written.
    DiskFull = "disk_full", INSUFFICIENT_STORAGE, "Too little space is left";
}
