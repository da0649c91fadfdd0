//! Lines to try that work with the catalogue in force: they name purposes it has, with a brand where one is needed.

use amana_core::catalog::{Basis, Catalog, Purpose, UseKind};
use serde_json::json;

/// What the lines name.
pub(super) struct Examples {
    /// A body for `POST /v1/track`.
    pub(super) event: String,
    /// A body for `POST /api/v1/permit`.
    pub(super) question: String,
    /// The query for reading the person the event was about.
    pub(super) query: String,
}

impl Examples {
    pub(super) fn of(catalog: &Catalog) -> Self {
        let pursued = || catalog.purposes.iter().filter(|purpose| !purpose.retired);
        let begun = pursued().filter(|purpose| event_of(purpose).is_some()).min_by_key(|p| p.basis != Basis::Contract);
        let contacts = |purpose: &&Purpose| purpose.uses.is_empty() || purpose.uses.contains(&UseKind::Contact);
        let agreed = pursued().filter(contacts).min_by_key(|purpose| purpose.basis != Basis::Consent);
        let event = begun.and_then(event_of).unwrap_or("Order Completed");
        let (code, brand) = begun.map_or(("orders", None), named);
        let brand = brand.map(|brand| format!("&brand={brand}")).unwrap_or_default();
        let (asked, asked_brand) = agreed.map_or(("news", None), named);
        let mut question = json!({"purpose": asked, "use": "contact:email"});
        if let Some(brand) = asked_brand {
            question["brand"] = brand.into();
        }
        Self {
            event: quoted(&json!({"userId": "you", "event": event, "properties": {}}).to_string()),
            question: quoted(&question.to_string()),
            query: format!("purpose={code}{brand}&explain=true"),
        }
    }
}

fn event_of(purpose: &Purpose) -> Option<&str> {
    purpose.starts_on.iter().find_map(|trigger| trigger.event.as_deref())
}

/// A purpose and the brand that has to be named with it.
fn named(purpose: &Purpose) -> (&str, Option<&str>) {
    (&purpose.code, purpose.brands.first().map(String::as_str))
}

/// A text between single quotes of a shell.
fn quoted(text: &str) -> String {
    text.replace('\'', "'\\''")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_name_what_the_catalogue_has_with_the_brand_it_needs() {
        let purpose = |code: &str, basis: &str, more: &str| {
            let texts = "texts.en = { title = \"T\", text = \"T\" }";
            format!(
                "[[purposes]]\ncode = \"{code}\"\nbasis = \"{basis}\"\ncategories = [\"commerce\"]\nkeep = \"P1Y\"\n{more}\n{texts}\n"
            )
        };
        let text = format!(
            "[organisation]\ncode = \"o\"\nname = \"O\"\ncountry = \"DE\"\n[[brands]]\ncode = \"hill\"\nname = \"H\"\n\
             [[brands]]\ncode = \"lake\"\nname = \"L\"\n{}{}{}",
            purpose("books", "legal_obligation", "starts_on = [{ event = \"Order Refunded\" }]"),
            purpose(
                "trade",
                "contract",
                "starts_on = [{ event = \"Order Completed\" }]\nbrands = [\"hill\", \"lake\"]"
            ),
            purpose("letters", "consent", "brands = [\"lake\"]"),
        );
        let catalog = Catalog::read(&text).unwrap();
        let examples = Examples::of(&catalog);
        assert!(examples.event.contains("Order Completed"));
        assert_eq!(examples.query, "purpose=trade&brand=hill&explain=true");
        assert!(examples.question.contains("\"letters\"") && examples.question.contains("\"lake\""));
        assert_eq!(Examples::of(&Catalog::default()).query, "purpose=orders&explain=true");
    }
}
