//! What every door and job is handed: the store and its keys, the journal, the catalogue in force, time and dice.

use crate::acts_log::ActsLog;
use crate::clock::Clock;
use crate::dice::Dice;
use crate::govern::{Current, Doubt};
use crate::journal::Journal;
use crate::pipeline::Stages;
use crate::profile::Keeper;
use amana_core::Moment;
use amana_store::Store;
use amana_store::seal::Root;
use arc_swap::ArcSwap;
use std::sync::Arc;

/// One installation, as doors and jobs see it. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What an installation consists of.
pub struct Parts {
    /// The store.
    pub store: Store,
    /// The acts log.
    pub acts: Arc<ActsLog>,
    /// Opens and seals people's state; holds the root keys.
    pub keeper: Keeper,
    /// The journal.
    pub journal: Journal,
    /// The catalogue in force.
    pub current: Arc<ArcSwap<Current>>,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub dice: Dice,
    /// Where the pipeline's time goes.
    pub stages: Arc<Stages>,
    /// Whether it is a restore that is not known to be complete.
    pub doubt: Doubt,
    /// When this process started.
    pub started_at: Moment,
}

impl App {
    /// An installation of these parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The acts log.
    #[must_use]
    pub fn acts(&self) -> &Arc<ActsLog> {
        &self.0.acts
    }

    /// Opens and seals people's state.
    #[must_use]
    pub fn keeper(&self) -> &Keeper {
        &self.0.keeper
    }

    /// The keys that are no person's.
    #[must_use]
    pub fn root(&self) -> &Root {
        self.0.keeper.root()
    }

    /// The journal.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.0.journal
    }

    /// The catalogue in force.
    #[must_use]
    pub fn current(&self) -> Arc<Current> {
        self.0.current.load_full()
    }

    /// Puts another catalogue in force, unless a newer one is already.
    pub fn set_current(&self, current: Arc<Current>) {
        self.0.current.rcu(
            |known| {
                if known.policy.version > current.policy.version { known.clone() } else { current.clone() }
            },
        );
    }

    /// Where the catalogue in force is found, for those who follow it.
    #[must_use]
    pub fn current_cell(&self) -> Arc<ArcSwap<Current>> {
        self.0.current.clone()
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The instant it is now.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.0.clock.now()
    }

    /// Dice to throw.
    #[must_use]
    pub fn dice(&self) -> Dice {
        self.0.dice.clone()
    }

    /// Where the pipeline's time goes.
    #[must_use]
    pub fn stages(&self) -> &Arc<Stages> {
        &self.0.stages
    }

    /// Whether it is a restore that is not known to be complete.
    #[must_use]
    pub fn doubt(&self) -> &Doubt {
        &self.0.doubt
    }

    /// When this process started.
    #[must_use]
    pub fn started_at(&self) -> Moment {
        self.0.started_at
    }
}
