//! Which keys a person's fragments still have: what can still be read, and for whom, without reading any of it.

use super::entry::Entry;
use super::find::{FindError, FoundPerson, Sought, find};
use super::keeper::View;
use super::restricted_people::slots_of;
use crate::app::App;
use crate::pipeline::Rekeying;
use amana_core::catalog::Policy;
use amana_store::seal::bucket;
use amana_store::space::key;
use amana_store::{KeyRange, Space, StoreError};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How many rows of a fragment are counted.
const ROWS_MAX: usize = 100_000;

/// The keys of a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonKeys {
    /// Raised with each replacement of the root file: which state of the keys this is.
    pub root_generation: u64,
    /// How many epochs of the journal can be read. With more than one, what was destroyed lately can still be read in an
    /// older copy of the journal: the older epochs go when everything written in them was worked on.
    #[schema(example = 1)]
    pub journal_epochs: usize,
    /// One for each identifier.
    pub fragments: Vec<FragmentKeys>,
}

/// The keys of one fragment.
#[derive(Debug, Serialize, ToSchema)]
pub struct FragmentKeys {
    /// The fragment.
    pub fragment: String,
    /// Code of its identifier's kind.
    #[schema(example = "user_id")]
    pub kind: String,
    /// The bucket whose key wraps its ring.
    pub bucket: u16,
    /// Keys of its bucket were destroyed, and the key that wrapped the rings with them in older copies of the store is
    /// still there: until it goes, within seconds as a rule, what has no key here can be read in such a copy.
    pub pending: bool,
    /// What it holds keys for, besides its own record.
    pub classes: Vec<ClassKeys>,
    /// Rows that no key opens any more and that wait to be cleared away.
    pub unreadable_rows: usize,
}

/// The keys of one hold class.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct ClassKeys {
    /// Number of the hold class.
    pub class: u32,
    /// The purposes it is kept for, with the brand where each has a permission of its own.
    pub purposes: Vec<String>,
    /// Whether traits, metrics and identifiers can be read.
    pub holding: bool,
    /// The months (UTC) whose events can be read.
    #[schema(example = json!(["2026-03"]))]
    pub months: Vec<String>,
    /// How many rows of events there are.
    pub rows: usize,
}

/// Which keys a person has, as far as these purposes see it; without any all. A fragment of which nothing is kept for what
/// is seen is left out.
///
/// # Errors
/// When the identifier is not one, or something cannot be read.
pub async fn keys_of(app: &App, sought: Sought<'_>, purposes: &[String]) -> Result<PersonKeys, FindError> {
    let current = app.current();
    let found = find(app, &current.policy, sought, app.now()).await?;
    let sight = slots_of(&current.policy, purposes);
    // The note comes with the commit that takes keys out of rings and goes after the root file was replaced, so a state in
    // which a ring has lost keys and that has no note was read when they had gone.
    let noted = Rekeying::noted(View::Still(&found.snapshot)).await.map_err(super::keeper::KeepError::from)?;
    let root = app.root().summary();
    let mut fragments = Vec::new();
    for entry in found.whole.component.fragments.keys().filter_map(|id| found.people.get(*id)) {
        let keys = fragment_keys(&current.policy, &found, entry).await;
        let mut keys = keys.map_err(super::keeper::KeepError::from)?;
        keys.pending = noted.contains(&keys.bucket) || root.rekeying.contains(&keys.bucket);
        if let Some(seen) = sight {
            keys.classes.retain(|class| !found.classes.slots(class.class).and(seen).is_empty());
        }
        if sight.is_none() || !keys.classes.is_empty() {
            fragments.push(keys);
        }
    }
    let journal_epochs = root.journal_epochs.len();
    Ok(PersonKeys { root_generation: root.generation, journal_epochs, fragments })
}

async fn fragment_keys(policy: &Policy, found: &FoundPerson, entry: &Entry) -> Result<FragmentKeys, StoreError> {
    let id = amana_store::FragmentId(entry.id.0);
    let mut classes = BTreeMap::<u32, ClassKeys>::new();
    for known in entry.ring.ids().filter(|known| known.class > 0) {
        let class = classes.entry(known.class).or_default();
        if known.epoch == 0 {
            class.holding = true;
        } else {
            class.months.push(month(known.epoch));
        }
    }
    let prefix = KeyRange::prefix(key::of_fragment(id));
    let rows = View::Still(&found.snapshot).scan(Space::Event, prefix, ROWS_MAX).await?;
    let mut unreadable_rows = 0;
    for (row, _) in &rows {
        let place = key::fragment_and_class(row).and_then(|(_, class)| classes.get_mut(&class));
        let epoch = key::epoch_of_event(row).map(month);
        match place.filter(|class| epoch.is_some_and(|month| class.months.contains(&month))) {
            Some(class) => class.rows += 1,
            None => unreadable_rows += 1,
        }
    }
    for (number, class) in &mut classes {
        class.class = *number;
        class.purposes = purposes(policy, found.classes.slots(*number));
    }
    let kind = entry.fragment.kind.clone();
    let classes = classes.into_values().collect();
    let fragment = entry.id.to_string();
    Ok(FragmentKeys { fragment, kind, bucket: bucket(id), pending: false, classes, unreadable_rows })
}

fn purposes(policy: &Policy, slots: amana_core::SlotSet) -> Vec<String> {
    let named = slots.iter().filter_map(|slot| policy.slot(slot)).map(|rule| {
        let brand = rule.brand.as_ref().map(|brand| format!(" ({brand})")).unwrap_or_default();
        let closed = if rule.retired { ", no longer pursued" } else { "" };
        format!("{}{brand}{closed}", rule.purpose)
    });
    named.collect()
}

/// An epoch as people write it.
fn month(epoch: u16) -> String {
    let months = u32::from(epoch).saturating_sub(1);
    format!("{:04}-{:02}", 1970 + months / 12, months % 12 + 1)
}
