//! Notices: where people are told of a purpose no more (GDPR Art. 13). Whoever was told before stays told.

use crate::catalog::{Catalog, Notice, Source};
use std::collections::BTreeSet;

/// Why a source of this brand tells of a purpose no more that told of it before: the notices that it was taken out of, and
/// the sources that show them no longer. Of a source that is gone its own removal is told.
pub(super) fn untold(base: &Catalog, next: &Catalog, purpose: &str, brand: Option<&str>) -> Vec<String> {
    if base.notices == next.notices && base.sources == next.sources {
        return Vec::new();
    }
    let mut fields = BTreeSet::new();
    for source in base.sources.iter().filter(|source| is_of(source, brand)) {
        let Some(new) = next.sources.iter().find(|known| known.code == source.code) else { continue };
        if is_of(new, brand) && telling(next, new, purpose).next().is_some() {
            continue;
        }
        fields.extend(telling(base, source, purpose).map(|notice| match new.notices.contains(&notice.code) {
            true => format!("notices.{}", notice.code),
            false => format!("sources.{}.notices", source.code),
        }));
    }
    fields.into_iter().collect()
}

fn is_of(source: &Source, brand: Option<&str>) -> bool {
    brand.is_none_or(|brand| brand == source.brand)
}

/// The notices that a source shows and that tell of a purpose.
fn telling<'c>(catalog: &'c Catalog, source: &'c Source, purpose: &'c str) -> impl Iterator<Item = &'c Notice> {
    let shown = catalog.notices.iter().filter(|notice| source.notices.contains(&notice.code));
    shown.filter(move |notice| notice.purposes.iter().any(|code| code == purpose))
}
