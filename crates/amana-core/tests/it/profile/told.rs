//! Which notices somebody was shown: of each the latest version, in whatever order it is learned.

use amana_core::profile::Fragment;
use proptest::prelude::*;

proptest! {
    #[test]
    fn of_each_notice_the_latest_version_is_remembered(shown in prop::collection::vec((0..6_u32, 1..9_u32), 0..40)) {
        let mut fragment = Fragment::default();
        for (place, (notice, version)) in shown.iter().enumerate() {
            let before = shown[..place].iter().filter(|(known, _)| known == notice).map(|(_, version)| *version).max();
            prop_assert_eq!(fragment.told(*notice), before);
            prop_assert_eq!(fragment.tell(*notice, *version), before.is_none_or(|latest| latest < *version));
        }
        prop_assert!(fragment.told.is_sorted_by(|one, next| one.0 < next.0), "{:?}", fragment.told);
        let mut turned = Fragment::default();
        shown.iter().rev().for_each(|(notice, version)| { turned.tell(*notice, *version); });
        prop_assert_eq!(turned.told, fragment.told);
    }
}
