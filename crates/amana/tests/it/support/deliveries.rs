//! Waiting for deliveries: for what their books say, never for a time.

use super::house::WAIT_MAX;
use super::{House, Message};
use amana::audience::Sweep;
use amana::deliver::{DeliveryView, Totals, deliveries, totals};
use std::collections::BTreeSet;

impl House {
    /// What became of everything that was to be sent to a destination.
    pub(crate) async fn deliveries(&self, destination: &str) -> Vec<DeliveryView> {
        deliveries(self.app(), destination, None, 1_000).await.unwrap()
    }

    /// Waits until the books of a destination say so.
    pub(crate) async fn until(&self, destination: &str, what: &str, says: impl Fn(&[DeliveryView]) -> bool) {
        let mut progress = self.running.as_ref().unwrap().deliveries.progress();
        let waited = tokio::time::timeout(WAIT_MAX, async {
            while !says(&self.deliveries(destination).await) {
                progress.changed().await.unwrap();
            }
        });
        if waited.await.is_err() {
            let rows: Vec<_> = self.deliveries(destination).await.iter().map(|row| (row.state, row.reason)).collect();
            panic!("waited in vain until {what}; the books say {rows:?}");
        }
    }

    /// Waits until nothing that was to be sent waits any more, and gives the totals, which balance.
    pub(crate) async fn delivered(&self, destination: &str) -> Totals {
        self.settle().await;
        let mut progress = self.running.as_ref().unwrap().deliveries.progress();
        let waited = tokio::time::timeout(WAIT_MAX, async {
            loop {
                let totals = totals(self.app(), destination).await.unwrap();
                assert!(totals.balance(), "{totals:?}");
                if totals.waiting == 0 {
                    return totals;
                }
                progress.changed().await.unwrap();
            }
        });
        match waited.await {
            Ok(totals) => totals,
            Err(_) => panic!("something still waits: {:?}", totals(self.app(), destination).await.unwrap()),
        }
    }

    /// Waits until everybody was gone over for the catalogue in force.
    pub(crate) async fn swept(&self) {
        let version = self.app().current().policy.version;
        let waited = tokio::time::timeout(WAIT_MAX, async {
            loop {
                let sweep = Sweep::load(self.app().store()).await.unwrap();
                if sweep.catalog == version && !sweep.is_under_way() {
                    return;
                }
                tokio::task::yield_now().await;
            }
        });
        assert!(waited.await.is_ok(), "not everybody was gone over");
    }

    /// The ids by which a recipient knows people, each once.
    pub(crate) async fn recipient_ids(&self, destination: &str) -> Vec<String> {
        let told = self.deliveries(destination).await;
        let ids: BTreeSet<String> = told.iter().filter_map(|row| Some(row.recipient_profile_id?.to_string())).collect();
        ids.into_iter().collect()
    }

    /// The messages that arrived about an audience, of one kind (`audience.entered`, `audience.updated`, `audience.exited`).
    pub(crate) fn heard(&self, kind: &str, audience: &str) -> Vec<Message> {
        let about = |message: &Message| {
            let json = message.json();
            json["type"] == kind && json["data"]["audience"] == audience
        };
        self.recipient.messages().into_iter().filter(about).collect()
    }
}
