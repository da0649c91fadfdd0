//! What to try next: lines that work when they are pasted.

use super::book::Book;
use super::world::{FactKind, World};
use std::fmt::Write as _;

/// What to try with this demo, as text for a terminal.
#[must_use]
pub fn what_to_try(book: &Book) -> String {
    let base = &book.base_url;
    let key = |role: &str| book.api_keys.get(role).map(String::as_str).unwrap_or_default();
    let mut text = String::from("\nWhat to try next\n");
    let mut add = |about: &str, command: String| {
        let _ = write!(text, "\n# {about}\n{command}\n");
    };
    let get =
        |role: &str, path: &str| format!("curl -s -H 'Authorization: Bearer {}' '{base}/api/v1/{path}'", key(role));
    let world = World::new(book.seed, book.people, book.from);
    for kind in FactKind::ALL {
        let Some(fact) = world.fact(kind) else { continue };
        let brand = fact.brand.map(|brand| format!("&brand={brand}")).unwrap_or_default();
        let path = format!("profiles/user_id/{}?purpose={}{brand}&explain=true", fact.user_id, fact.purpose);
        add(&fact.sentence, get("privacy", &path));
    }
    if let Some(fact) = world.fact(FactKind::SeveralDevices) {
        let person = format!("profiles/user_id/{}/permissions", fact.user_id);
        add("What is permitted for that person, why, and since when", get("privacy", &person));
        add(
            "They object to direct marketing: everything direct marketing stops using them, service goes on",
            format!(
                "curl -s -X PUT -H 'Authorization: Bearer {}' -H 'Content-Type: application/json' \\\n  \
                 -d '{{\"act\":\"object\",\"target\":\"direct_marketing\",\"method\":\"call\"}}' '{base}/api/v1/{person}'",
                key("privacy")
            ),
        );
    }
    add("The audiences, with live counts", get("marketing", "audiences"));
    add("Who is in one of them", get("marketing", "audiences/regulars-mountain/members?limit=5"));
    add(
        "What left for the mail service, and what was withheld and why",
        get("marketing", "destinations/mailer/deliveries?limit=5"),
    );
    add("Fields that came and nobody declared: counted, never kept", get("privacy", "quarantine"));
    add(
        "Send something yourself, as any Segment or RudderStack SDK would",
        format!(
            "curl -s -u '{}:' -H 'Content-Type: application/json' \\\n  \
             -d '{{\"userId\":\"you\",\"event\":\"Order Completed\",\"properties\":{{\"order_id\":\"1\",\"revenue\":9.5}}}}' \\\n  \
             '{base}/v1/track'",
            book.write_keys.get("till").map(String::as_str).unwrap_or_default()
        ),
    );
    let _ = write!(
        text,
        "\nHome page        {base}/\nAPI reference    {base}/api/v1/docs\nWhat recipients got  {}/\nKeys             {}\n",
        book.receiver_url,
        super::BOOK_FILE
    );
    text
}
