//! Topics: what people can ask to be told about.

use super::{Check, words};
use crate::catalog::{Path, ProblemCode};

impl Check<'_> {
    pub(super) fn topics(&mut self) {
        for (place, topic) in self.catalog.topics.iter().enumerate() {
            let path = Path::root("topics").item(place, &topic.code);
            if let Some(purpose) = topic.purpose.as_deref().filter(|code| !self.purposes.contains_key(code)) {
                self.unknown(path.key("purpose"), "purpose", purpose, "purposes");
            }
            if topic.name.is_empty() {
                let message = "nobody can choose what has no name";
                let expected = "a name in at least one language, as in [topics.name]";
                self.say(path.key("name"), ProblemCode::MissingText, message, expected);
            }
            for (language, name) in &topic.name {
                if !words::is_language(language) {
                    let message = format!("{language:?} is not a language");
                    let expected = "a BCP 47 tag, such as \"en\" or \"pt-BR\"";
                    self.say(path.key("name").key(language), ProblemCode::BadLanguage, message, expected);
                }
                if name.trim().is_empty() {
                    let path = path.key("name").key(language);
                    self.say(path, ProblemCode::MissingText, "it is empty", "a few words people understand");
                }
            }
        }
    }
}
