//! Who still uses what a number names: an epoch of the journal, a generation of the root file.

use std::collections::BTreeMap;

use tokio::sync::watch;

/// Counts living guards by number. Clones share the count.
#[derive(Clone)]
pub(super) struct InUse(watch::Sender<BTreeMap<u64, usize>>);

/// Says, as long as it lives, that something is done with what its number names.
pub(super) struct Guard {
    number: u64,
    of: InUse,
}

impl InUse {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(BTreeMap::new()))
    }

    /// Takes what `take` finds together with its number. Both happen in one moment for whoever asks for the oldest: a
    /// number that is out of use then and not the newest can never be taken again.
    pub(super) fn hold<T>(&self, take: impl FnOnce() -> (u64, T)) -> (Guard, T) {
        let mut taken = None;
        self.0.send_modify(|held| {
            let (number, what) = take();
            *held.entry(number).or_default() += 1;
            taken = Some((number, what));
        });
        let (number, what) = taken.expect("the function above was called");
        (Guard { number, of: self.clone() }, what)
    }

    /// The smallest number in use.
    pub(super) fn oldest(&self) -> Option<u64> {
        self.0.borrow().keys().next().copied()
    }

    /// Waits until no number below this one is in use.
    pub(super) async fn gone_before(&self, number: u64) {
        let gone = |held: &BTreeMap<u64, usize>| held.keys().next().is_none_or(|oldest| *oldest >= number);
        // The sender lives in `self`, so waiting cannot end otherwise.
        let _ = self.0.subscribe().wait_for(gone).await;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.of.0.send_modify(|held| {
            if let Some(count) = held.get_mut(&self.number) {
                *count -= 1;
                if *count == 0 {
                    held.remove(&self.number);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_in_use_until_its_last_guard_is_gone() {
        let in_use = InUse::new();
        let (first, ()) = in_use.hold(|| (1, ()));
        let (again, ()) = in_use.hold(|| (1, ()));
        let (second, ()) = in_use.hold(|| (2, ()));
        drop(first);
        assert_eq!(in_use.oldest(), Some(1));
        drop(again);
        assert_eq!(in_use.oldest(), Some(2));
        drop(second);
        assert_eq!(in_use.oldest(), None);
    }

    #[tokio::test]
    async fn who_waits_is_woken_by_the_last_guard() {
        let in_use = InUse::new();
        let (old, ()) = in_use.hold(|| (1, ()));
        let _new = in_use.hold(|| (2, ()));
        let waiting = tokio::spawn({
            let in_use = in_use.clone();
            async move { in_use.gone_before(2).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(old);
        waiting.await.unwrap();
    }
}
