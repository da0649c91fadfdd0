//! What a decision needs to know of some deliveries, read from one state of the store.

use super::owed::owed_key;
use super::told::{Told, told_key};
use crate::app::App;
use crate::profile::{Classes, KeepError, People, READS_MAX, View};
use amana_core::catalog::Number;
use amana_core::identity::FragmentId;
use amana_store::space::key;
use amana_store::{Key, Snapshot, Space, StoreError};
use std::collections::{BTreeSet, HashMap, HashSet};

/// The people that deliveries are about, as they are now.
pub(super) struct Facts {
    /// The people.
    pub(super) people: People,
    /// Of whom nobody can say what they decided: they, or somebody joined to them, cannot be read.
    unreadable: BTreeSet<FragmentId>,
    /// Who is a member of which audience.
    members: HashSet<(FragmentId, Number)>,
    /// What the destination was told.
    told: HashMap<(FragmentId, Number), Told>,
    /// Of whom it is owed something.
    owed: HashSet<(FragmentId, Number)>,
}

impl Facts {
    /// Reads what is known of profiles, each with the audience that is at stake, as they are now.
    pub(super) async fn now(
        app: &App,
        destination: Number,
        about: &[(FragmentId, Number)],
        classes: &mut Classes,
    ) -> Result<Self, KeepError> {
        for _ in 1..READS_MAX {
            let snapshot = app.store().snapshot().await?;
            match Self::load(app, &snapshot, destination, about, classes, false).await {
                // Keys were destroyed since the snapshot.
                Err(error) if error.is_superseded() => {}
                done => return done,
            }
        }
        let snapshot = app.store().snapshot().await?;
        Self::load(app, &snapshot, destination, about, classes, true).await
    }

    async fn load(
        app: &App,
        snapshot: &Snapshot,
        destination: Number,
        about: &[(FragmentId, Number)],
        classes: &mut Classes,
        last: bool,
    ) -> Result<Self, KeepError> {
        let ids: Vec<FragmentId> = about.iter().map(|(profile, _)| *profile).collect();
        let people = People::load_readable(app.keeper(), View::Still(snapshot), &ids, last).await?;
        let unreadable = people.out_of_reach([]);
        let kept = || people.iter().flat_map(|entry| entry.holdings.keys());
        if kept().any(|class| classes.slots(*class).is_empty()) {
            // Classes only ever become more, so those of a later moment hold for the snapshot, too.
            *classes = Classes::load(app.store()).await?;
        }
        let member = |(profile, audience): &(FragmentId, Number)| key::member(*audience, *profile.0.as_bytes());
        let member_keys: Vec<Key> = about.iter().map(member).collect();
        let found = snapshot.get_many(Space::Member, &member_keys).await?;
        let members = about.iter().zip(found).filter(|(_, row)| row.is_some()).map(|(about, _)| *about).collect();
        let told = told(app, snapshot, destination, about).await?;
        // Of those alone who cannot be read does it matter.
        let out_of_reach: Vec<_> = about.iter().filter(|(profile, _)| unreadable.contains(profile)).copied().collect();
        let owed_keys: Vec<Key> = out_of_reach.iter().map(|about| owed_key(destination, *about)).collect();
        let found = snapshot.get_many(Space::Delivery, &owed_keys).await?;
        let owed =
            out_of_reach.into_iter().zip(found).filter(|(_, row)| row.is_some()).map(|(about, _)| about).collect();
        Ok(Self { people, unreadable, members, told, owed })
    }

    /// Whether what a profile decided can be read.
    pub(super) fn is_readable(&self, profile: FragmentId) -> bool {
        !self.unreadable.contains(&profile)
    }

    /// Whether a profile is a member of an audience.
    pub(super) fn is_member(&self, profile: FragmentId, audience: Number) -> bool {
        self.members.contains(&(profile, audience))
    }

    /// Whether the destination is owed something of a profile's being in an audience or not.
    pub(super) fn is_owed(&self, profile: FragmentId, audience: Number) -> bool {
        self.owed.contains(&(profile, audience))
    }

    /// What the destination was told of a profile's being in an audience.
    pub(super) fn told(&self, profile: FragmentId, audience: Number) -> Option<Told> {
        self.told.get(&(profile, audience)).copied()
    }
}

/// What a destination was told of profiles' being in audiences.
pub(super) async fn told(
    app: &App,
    snapshot: &Snapshot,
    destination: Number,
    about: &[(FragmentId, Number)],
) -> Result<HashMap<(FragmentId, Number), Told>, StoreError> {
    let keys: Vec<Key> = about.iter().map(|(profile, audience)| told_key(destination, *audience, *profile)).collect();
    let mut told = HashMap::new();
    let found = snapshot.get_many(Space::Delivery, &keys).await?;
    for ((about, key), row) in about.iter().zip(&keys).zip(found) {
        if let Some(row) = row {
            told.insert(*about, Told::read(app.root(), key, &row)?);
        }
    }
    Ok(told)
}
