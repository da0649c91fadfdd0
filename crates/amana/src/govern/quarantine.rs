//! The quarantine as people look at it: which undeclared fields came, from where and how often.

use crate::app::App;
use crate::pipeline::QuarantineRow;
use crate::profile::{KeepError, View};
use amana_store::space::key;
use amana_store::{KeyRange, Space};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use utoipa::ToSchema;

/// The most fields of one page.
pub const QUARANTINE_PAGE_MAX: usize = 1_000;

/// A field that was set aside. No value is ever stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct QuarantinedField {
    /// Code of the source it came through.
    #[schema(example = "site")]
    pub source: String,
    /// Its place; keys that look like values stand as `*`.
    #[schema(example = "Order Completed.properties.colour")]
    pub field: String,
    /// Why: `undeclared` or `wrong_type`.
    #[schema(example = "undeclared")]
    pub reason: String,
    /// How often it came.
    pub count: u64,
    /// When first.
    pub first: String,
    /// When last.
    pub last: String,
}

/// A page of fields, by source and place.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Quarantined {
    /// The fields.
    pub fields: Vec<QuarantinedField>,
    /// What to name as `after` for the next page; none on the last.
    pub next: Option<String>,
}

/// Fields set aside, of one source or of all, after a place that an earlier page ended with.
///
/// # Errors
/// When they cannot be read.
pub async fn list_quarantine(
    app: &App,
    source: Option<&str>,
    after: Option<&str>,
    limit: usize,
) -> Result<Quarantined, KeepError> {
    let all = source.map_or_else(KeyRange::all, |source| KeyRange::prefix(key::quarantine_of_source(source)));
    let after = after.and_then(|after| URL_SAFE_NO_PAD.decode(after).ok());
    let range = match after {
        Some(after) => all.after(&after),
        None => all,
    };
    let limit = limit.clamp(1, QUARANTINE_PAGE_MAX);
    let rows = View::Live(app.store()).scan(Space::Quarantine, range, limit + 1).await?;
    let next = (rows.len() > limit).then(|| URL_SAFE_NO_PAD.encode(&rows[limit - 1].0));
    let mut fields = Vec::with_capacity(rows.len().min(limit));
    for (key, row) in rows.iter().take(limit) {
        let (source, field, row) = QuarantineRow::open(app.root(), key, &row.value)?;
        fields.push(QuarantinedField {
            source,
            field,
            reason: crate::profile::spelling::word(&row.reason),
            count: row.count,
            first: row.first.to_string(),
            last: row.last.to_string(),
        });
    }
    Ok(Quarantined { fields, next })
}
