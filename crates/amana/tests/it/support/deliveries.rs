//! Waiting for deliveries: for what their books say, never for a time.

use super::house::WAIT_MAX;
use super::{House, Message};
use amana::deliver::{DeliveryView, Totals, deliveries, totals};

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

    /// The messages that arrived about an audience, of one kind (`audience.entered`, `audience.exited`).
    pub(crate) fn heard(&self, kind: &str, audience: &str) -> Vec<Message> {
        let about = |message: &Message| {
            let json = message.json();
            json["type"] == kind && json["data"]["audience"] == audience
        };
        self.recipient.messages().into_iter().filter(about).collect()
    }
}
