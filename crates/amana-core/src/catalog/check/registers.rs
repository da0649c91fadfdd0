//! Registers: that they are declared, and when they lapse.

use super::Check;
use crate::catalog::registers::day;
use crate::catalog::{Path, ProblemCode, nearest};

impl Check<'_> {
    pub(super) fn registers(&mut self) {
        for (place, register) in self.catalog.registers.iter().enumerate() {
            let path = Path::root("registers").item(place, &register.code);
            if let Some(until) = register.until.as_ref().filter(|until| day(until).is_none()) {
                let message = format!("{until:?} is not a day");
                let expected = "the day at whose beginning it lapses, such as \"2027-01-31\"";
                self.say(path.key("until"), ProblemCode::BadDate, message, expected);
            }
        }
    }

    /// The registers that a purpose names. One that nobody declares would block it for ever.
    pub(super) fn register_list(&mut self, path: &Path, codes: &[String]) {
        let declared = || self.catalog.registers.iter().map(|register| register.code.as_str());
        let unknown: Vec<(usize, String)> = codes
            .iter()
            .enumerate()
            .filter(|(_, code)| !declared().any(|known| known == *code))
            .map(|(place, code)| match nearest(code, declared()) {
                Some(meant) => (place, format!("there is no register {code:?}; did you mean {meant:?}?")),
                None => (place, format!("there is no register {code:?}")),
            })
            .collect();
        for (place, message) in unknown {
            let expected = "the code of an entry of `registers`";
            self.say(path.item(place, ""), ProblemCode::UnknownReference, message, expected);
        }
        self.no_doubles(path, codes);
    }

    /// A paper that is not signed yet closes whatever names it, which nobody would guess from an empty answer.
    pub(super) fn registers_not_in_force(&mut self) {
        for (place, register) in self.catalog.registers.iter().enumerate().filter(|(_, register)| !register.in_force) {
            let pursued = self.catalog.purposes.iter().filter(|purpose| !purpose.retired);
            let blocked = pursued.filter(|purpose| purpose.blocked_by.contains(&register.code));
            let blocked: Vec<&str> = blocked.map(|purpose| purpose.code.as_str()).collect();
            if !blocked.is_empty() {
                let path = Path::root("registers").item(place, &register.code).key("in_force");
                let message = format!("it is not in force, so nobody is processed for {}", blocked.join(", "));
                self.say(path, ProblemCode::NotInForce, message, "`in_force = true` once it is approved or signed");
            }
        }
    }
}
