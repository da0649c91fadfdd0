//! What can stand and is probably a mistake: the catalogue is applied, and whoever applies it is told.

use super::Check;
use crate::catalog::{Basis, Catalog, Path, Problem, ProblemCode, Purpose, Trust, UseKind};

impl Catalog {
    /// What is allowed and probably not meant: everything here leads to denials that would surprise.
    #[must_use]
    pub fn warnings(&self) -> Vec<Problem> {
        let mut check = Check::new(self);
        for (place, purpose) in self.purposes.iter().enumerate().filter(|(_, purpose)| !purpose.retired) {
            let path = Path::root("purposes").item(place, &purpose.code);
            check.nobody_is_informed(purpose, &path);
        }
        check.registers_not_in_force();
        for (place, source) in self.sources.iter().enumerate() {
            let path = Path::root("sources").item(place, &source.code);
            if source.trust == Trust::Server && source.write_key.is_some() {
                let message = "the key of a trusted source can be read in this file";
                check.say(path.key("write_key"), ProblemCode::BadWriteKey, message, "`write_key_sha256`");
            }
            let purposes = source.collects.iter().filter_map(|code| check.purposes.get(code.as_str()).copied());
            let purposes: Vec<&Purpose> = purposes.collect();
            if source.reads_device && !purposes.is_empty() && purposes.iter().all(|p| p.device_ground.is_none()) {
                let message = "it reads devices, and no purpose it collects for has a ground to";
                check.say(path.key("reads_device"), ProblemCode::Ground, message, "`device_ground` in such a purpose");
            }
            let joins = |purpose: &&Purpose| purpose.uses.is_empty() || purpose.uses.contains(&UseKind::Link);
            if source.shared_devices && !purposes.iter().any(joins) {
                let message = "no purpose it collects for joins identifiers, so its devices are nobody's anyway";
                let expected = "`link` among the uses of such a purpose, or no `shared_devices`";
                check.say(path.key("shared_devices"), ProblemCode::OutOfRange, message, expected);
            }
        }
        check.problems
    }
}

impl Check<'_> {
    /// Legitimate interest and public task begin when people are told (GDPR Art. 13(1)(c), (d), 21(4)).
    fn nobody_is_informed(&mut self, purpose: &Purpose, path: &Path) {
        let served =
            |notice: &str| self.catalog.sources.iter().any(|source| source.notices.iter().any(|n| n == notice));
        let told =
            self.catalog.notices.iter().any(|notice| notice.purposes.contains(&purpose.code) && served(&notice.code))
                || purpose
                    .starts_on
                    .iter()
                    .any(|trigger| trigger.event.is_some() || trigger.notice.as_deref().is_some_and(served));
        if matches!(purpose.basis, Basis::LegitimateInterest | Basis::PublicTask) && !told {
            let message = "no source serves a notice about it, so nobody counts as informed and everything is denied";
            let expected = "a notice that names it, among the `notices` of a source";
            self.say(path.key("starts_on"), ProblemCode::NothingStarts, message, expected);
        }
    }
}
