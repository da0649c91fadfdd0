//! All acts of a fragment, page by page: nobody's history is cut.

use super::entry::{Entry, RECORD};
use super::keeper::{KeepError, Keeper, View, opened};
use amana_core::permission::Act;
use amana_store::space::key;
use amana_store::{KeyRange, Space};

/// How many acts are read at a time.
const PAGE_ACTS: usize = 1_000;

impl Keeper {
    /// Looks at every act of a fragment, oldest receipt first.
    ///
    /// # Errors
    /// When the store cannot be read or an act cannot be opened.
    pub async fn each_act(&self, view: View<'_>, entry: &Entry, mut look: impl FnMut(Act)) -> Result<(), KeepError> {
        let mut range = KeyRange::prefix(key::of_fragment(amana_store::FragmentId(entry.id.0)));
        loop {
            let rows = view.scan(Space::Act, range.clone(), PAGE_ACTS).await?;
            for (key, row) in &rows {
                look(opened(&entry.ring, RECORD, Space::Act, key, &row.value)?);
            }
            match rows.last() {
                Some((last, _)) if rows.len() == PAGE_ACTS => range = range.after(last),
                _ => return Ok(()),
            }
        }
    }
}
