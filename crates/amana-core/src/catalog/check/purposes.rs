//! Purposes and notices: whether the law lets them stand as they are declared.

use super::{Check, words};
use crate::catalog::registers::day;
use crate::catalog::{Basis, DeviceGround, MailGround, Path, ProblemCode, Purpose, Text, Trigger, UseKind, nearest};
use std::collections::BTreeMap;

impl Check<'_> {
    pub(super) fn purposes(&mut self) {
        for (place, purpose) in self.catalog.purposes.iter().enumerate() {
            let path = Path::root("purposes").item(place, &purpose.code);
            self.references(purpose, &path);
            self.durations(purpose, &path);
            self.triggers(&path.key("starts_on"), &purpose.starts_on);
            self.triggers(&path.key("ends_on"), &purpose.ends_on);
            self.basis(purpose, &path);
            self.grounds(purpose, &path);
            self.special(purpose, &path);
            self.texts(&path.key("texts"), &purpose.texts);
            self.version(&path, purpose.version);
        }
    }

    pub(super) fn notices(&mut self) {
        for (place, notice) in self.catalog.notices.iter().enumerate() {
            let path = Path::root("notices").item(place, &notice.code);
            self.purpose_list(&path.key("purposes"), &notice.purposes);
            self.texts(&path.key("texts"), &notice.texts);
            self.version(&path, notice.version);
            if let Some(since) = notice.since.as_ref().filter(|since| day(since).is_none()) {
                let expected = "the day since which this version is in force, such as \"2025-05-01\"";
                self.say(path.key("since"), ProblemCode::BadDate, format!("{since:?} is not a day"), expected);
            }
        }
    }

    fn references(&mut self, purpose: &Purpose, path: &Path) {
        for (place, code) in purpose.categories.iter().enumerate() {
            self.category(path.key("categories").item(place, ""), code);
        }
        if purpose.categories.is_empty() {
            let message = "a purpose with no data category can use nothing";
            self.say(path.key("categories"), ProblemCode::MissingField, message, "at least one data category");
        }
        for (place, code) in purpose.brands.iter().enumerate() {
            if !self.brands.contains(code.as_str()) {
                self.unknown(path.key("brands").item(place, ""), "brand", code, "brands");
            }
        }
        for (place, region) in purpose.regions.iter().enumerate() {
            self.country(path.key("regions").item(place, ""), region);
        }
        self.destination_list(&path.key("recipients"), &purpose.recipients);
        self.register_list(&path.key("blocked_by"), &purpose.blocked_by);
        self.no_doubles(&path.key("categories"), &purpose.categories);
        self.no_doubles(&path.key("brands"), &purpose.brands);
        self.no_doubles(&path.key("regions"), &purpose.regions);
    }

    fn durations(&mut self, purpose: &Purpose, path: &Path) {
        let fields = [("keep", Some(&purpose.keep)), ("consent_expires_after", purpose.consent_expires_after.as_ref())];
        for (field, text) in fields.into_iter().filter_map(|(field, text)| Some((field, text?))) {
            if !words::is_duration(text) {
                let message = format!("{text:?} is not a duration");
                let expected = "an ISO 8601 duration above zero, such as \"P2Y\" or \"P30D\"";
                self.say(path.key(field), ProblemCode::BadDuration, message, expected);
            }
        }
    }

    fn triggers(&mut self, path: &Path, triggers: &[Trigger]) {
        for (place, trigger) in triggers.iter().enumerate() {
            let path = path.item(place, "");
            match (&trigger.event, &trigger.notice) {
                (Some(event), None) if self.events.contains_key(event) => {}
                (Some(event), None) if words::is_name(event) => self.unknown_event(path.key("event"), event),
                (Some(event), None) => {
                    let message = format!("{event:?} is not the name of an event");
                    self.say(path.key("event"), ProblemCode::BadName, message, "the name as sources send it");
                }
                (None, Some(notice)) if self.notices.contains(notice.as_str()) => {}
                (None, Some(notice)) => self.unknown(path.key("notice"), "notice", notice, "notices"),
                (Some(_), Some(_)) => {
                    let message = "a trigger with both an event and a notice";
                    self.say(path, ProblemCode::BadTrigger, message, "one of both; write two triggers for either");
                }
                (None, None) => {
                    let message = "a trigger with neither an event nor a notice";
                    self.say(path, ProblemCode::BadTrigger, message, "one of both");
                }
            }
        }
    }

    /// A trigger that no event ever pulls: one slip of the pen, and a contract never ends.
    fn unknown_event(&mut self, path: Path, event: &str) {
        let message = match nearest(event, self.events.keys().map(String::as_str)) {
            Some(meant) => format!("there is no event {event:?}; did you mean {meant:?}?"),
            None => format!("there is no event {event:?}"),
        };
        let expected = "a built-in event, or one declared in `events`";
        self.say(path, ProblemCode::UnknownReference, message, expected);
    }

    fn basis(&mut self, purpose: &Purpose, path: &Path) {
        let consent = purpose.basis == Basis::Consent;
        if purpose.direct_marketing && !matches!(purpose.basis, Basis::Consent | Basis::LegitimateInterest) {
            let message = "direct marketing cannot rest on this basis";
            let expected = "basis = \"consent\" or \"legitimate_interest\" (GDPR Art. 6(1), recital 47)";
            self.say(path.key("basis"), ProblemCode::BasisMismatch, message, expected);
        }
        if purpose.double_opt_in && !consent {
            let message = "only consent is confirmed in a second step";
            self.say(
                path.key("double_opt_in"),
                ProblemCode::BasisMismatch,
                message,
                "basis = \"consent\", or no such field",
            );
        }
        if purpose.consent_expires_after.is_some() && !consent {
            let expected = "basis = \"consent\", or no such field";
            let message = "only consent expires";
            self.say(path.key("consent_expires_after"), ProblemCode::BasisMismatch, message, expected);
        }
        if consent && !purpose.retired && purpose.texts.is_empty() {
            let message = "nobody can consent to what they cannot read";
            let expected = "a title and a text in at least one language, as in [purposes.texts.en] (GDPR Art. 7(2))";
            self.say(path.key("texts"), ProblemCode::MissingText, message, expected);
        }
        let needs_start = matches!(purpose.basis, Basis::Contract | Basis::LegalObligation);
        if needs_start && !purpose.retired && purpose.starts_on.is_empty() {
            let message = "nothing ever starts this basis, so everything for it would be denied";
            let expected = "what starts it, such as starts_on = [{ event = \"Order Completed\" }]";
            self.say(path.key("starts_on"), ProblemCode::NothingStarts, message, expected);
        }
    }

    fn grounds(&mut self, purpose: &Purpose, path: &Path) {
        let consent = purpose.basis == Basis::Consent;
        if purpose.device_ground == Some(DeviceGround::Consent) && !consent {
            let message = "this ground is the purpose's own consent, and its basis is another";
            let expected = "basis = \"consent\", or device_ground = \"strictly_necessary\" (ePrivacy Art. 5(3))";
            self.say(path.key("device_ground"), ProblemCode::Ground, message, expected);
        }
        match purpose.mail_ground {
            Some(MailGround::Consent) if !consent => {
                let message = "this ground is the purpose's own consent, and its basis is another";
                let expected =
                    "basis = \"consent\", or mail_ground = \"soft_opt_in\" or \"service\" (ePrivacy Art. 13)";
                self.say(path.key("mail_ground"), ProblemCode::Ground, message, expected);
            }
            Some(MailGround::Service) if purpose.direct_marketing => {
                let message = "direct marketing is not a service message";
                let expected = "mail_ground = \"consent\" or \"soft_opt_in\" (ePrivacy Art. 13(1), (2))";
                self.say(path.key("mail_ground"), ProblemCode::Ground, message, expected);
            }
            None if purpose.direct_marketing && purpose.uses.contains(&UseKind::Contact) => {
                let message = "\"mail_ground\" is missing for direct marketing that contacts people";
                let expected = "mail_ground = \"consent\" or \"soft_opt_in\" (ePrivacy Art. 13(1), (2))";
                self.say(path.key("mail_ground"), ProblemCode::Ground, message, expected);
            }
            _ => {}
        }
    }

    /// A special category that the purpose names, or that is above one it names. What lies below a category it names
    /// is no reason to refuse the purpose: it is denied there, value by value.
    fn special(&mut self, purpose: &Purpose, path: &Path) {
        let special = |code: &&String| self.tree.find(code).is_some_and(|category| self.tree.is_special(category));
        let condition = purpose.special_condition.as_deref().is_some_and(|text| !text.trim().is_empty());
        if let Some(code) = purpose.categories.iter().find(special).filter(|_| !condition) {
            let message = format!("{code:?} is a special category and no condition is recorded");
            let expected = "the condition of GDPR Art. 9(2), and where it is recorded";
            self.say(path.key("special_condition"), ProblemCode::MissingCondition, message, expected);
        }
    }

    fn texts(&mut self, path: &Path, texts: &BTreeMap<String, Text>) {
        for (language, text) in texts {
            if !words::is_language(language) {
                let message = format!("{language:?} is not a language");
                let expected = "a BCP 47 tag, such as \"en\" or \"pt-BR\"";
                self.say(path.key(language), ProblemCode::BadLanguage, message, expected);
            }
            for (field, words) in [("title", &text.title), ("text", &text.text)] {
                if words.trim().is_empty() {
                    let path = path.key(language).key(field);
                    self.say(path, ProblemCode::MissingText, "it is empty", "plain language (GDPR Art. 12(1))");
                }
            }
        }
    }

    fn version(&mut self, path: &Path, version: u32) {
        if version == 0 {
            self.say(path.key("version"), ProblemCode::OutOfRange, "found 0", "1 or more");
        }
    }
}
