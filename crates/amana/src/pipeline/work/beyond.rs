//! Claims that turn out to lead too far from somebody whom systems know: they were made before anybody knew that.

use super::Work;
use amana_core::identity::claims_beyond;
use std::collections::BTreeSet;

/// Where what was left out came from: no source said it, it follows.
const NOBODY: u32 = 0;

impl Work<'_> {
    /// Takes away the claims by which who is known would be read what was done on a device that did not name them, for
    /// whoever was joined or became known since the last time. Who typed an address later holds it as no trait any more.
    pub(in crate::pipeline) fn part_beyond(&mut self) {
        for id in std::mem::take(&mut self.joined) {
            let whole = self.whole(id);
            if !whole.component.known || whole.groups.len() <= whole.core + 1 {
                continue;
            }
            let cuts = claims_beyond(id, |id| self.people.get(id).map(|entry| &entry.fragment));
            if cuts.is_empty() {
                continue;
            }
            for (from, to) in cuts {
                self.take_claim(from, to, NOBODY, self.now);
                self.let_go_between(&BTreeSet::from([from]), &BTreeSet::from([to]));
            }
            self.touched.extend(whole.component.fragments.keys());
            whole.component.fragments.keys().for_each(|id| self.forget(*id));
        }
    }
}
