//! The body of an act, as it is documented.

use crate::api::preferences::PreferencesBody;
use utoipa::ToSchema;

/// An act to be recorded: exactly one of `purpose` and `target` says what it is about.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(in crate::api) struct ActBody {
    /// What was done: `grant`, `refuse`, `withdraw`, `object`, `request` (asked to confirm); for the privacy office
    /// also `inform`, `start`, `end`, `uphold`, `override`, `assert`, `invalidate`, `guardian`, `restrict`, `told`,
    /// `lift`, `correct`. `prefer` says how the person wants to be written to.
    #[schema(example = "withdraw")]
    act: String,
    /// Code of the purpose.
    #[schema(example = "news")]
    purpose: Option<String>,
    /// Code of the brand. Who says no without naming one says no to all brands; agreeing needs one.
    brand: Option<String>,
    /// Instead of a purpose: `direct_marketing`, `person` or `channel:email`, `sms`, `push`, `phone`, `post`. For
    /// `correct` and `prefer` neither is needed.
    target: Option<String>,
    /// When it was done, RFC 3339; left out: now. Never later than now.
    #[schema(example = "2026-03-01T12:00:00Z")]
    at: Option<String>,
    /// For `assert`: until when. For `guardian`: the day from which the child decides alone; left out: taken from the
    /// birthday and the law, and never later than that.
    until: Option<String>,
    /// How it reached us: `form`, `call`, `paper`, `api`, `double_opt_in`; left out: `api`.
    #[schema(example = "call")]
    method: Option<String>,
    /// With `grant`: how the person confirmed it in a second step, which needs `method`. With `guardian`: how the guardian
    /// proved to hold parental responsibility (GDPR Art. 8(2)).
    #[schema(example = "called back on the number we had")]
    verified: Option<String>,
    /// With `guardian`: an identifier of the guardian, which must not be the child's. It is compared and not kept.
    guardian: Option<GuardianIdentifier>,
    /// Where the paper, the recording or the scan lies.
    #[schema(example = "archive/2026/0317")]
    document: Option<String>,
    /// For what another system recorded: that system, and its own id of the act.
    system: Option<RecordedIn>,
    /// With `correct`: the trait that is put right (GDPR Art. 16).
    #[schema(example = "firstName")]
    field: Option<String>,
    /// With `correct`: the right value in the declared type; null: there is no right one, and the wrong one is deleted.
    #[schema(value_type = Option<Object>)]
    value: Option<String>,
    /// With `prefer`: the parts that change.
    preferences: Option<PreferencesBody>,
    /// Code of the notice that was shown; it must be declared and inform about the purpose.
    notice: Option<String>,
    /// The version of that notice, never above that of today; left out: the one of today where the act was done since
    /// it is in force, else none is recorded.
    notice_version: Option<u32>,
    /// The version of the purpose whose text was shown, never above that of today; left out: the one of today where the
    /// act was done since it is in force, else none is recorded. A yes to a version before the last widening is refused.
    purpose_version: Option<u32>,
    /// Language (BCP 47) of the text that was shown: one that the purpose or the notice has a text in, unless an older
    /// version or `system` says that it was another text.
    #[schema(example = "en")]
    language: Option<String>,
    /// SHA-256 in hex of the text that was shown (title, line feed, text), which must be a text of the purpose or the
    /// notice; left out: taken from the catalogue by `language`. With an older version, an `at` before the texts of today
    /// were in force, or `system`, it is taken as told.
    text_sha256: Option<String>,
    /// The law that applied: a country (ISO 3166-1 alpha-2) or a part of one (ISO 3166-2).
    #[schema(example = "US-CA")]
    jurisdiction: Option<String>,
    /// What is to be remembered with it: a reason, grounds. Needed for `override`, `assert` and `told`.
    note: Option<String>,
    /// The identity scope the identifier belongs to; left out: `default`.
    scope: Option<String>,
}

/// An identifier of a guardian.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(in crate::api) struct GuardianIdentifier {
    /// Code of its kind.
    #[schema(example = "email")]
    kind: String,
    /// The value.
    #[schema(example = "parent@example.com")]
    value: String,
}

/// Another system that recorded an act.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, whose fields are read one by one")]
pub(in crate::api) struct RecordedIn {
    /// The system.
    #[schema(example = "old-crm")]
    name: String,
    /// Its id of the act.
    id: String,
}
