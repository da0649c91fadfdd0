//! The JSON of answers. The SDKs ignore it; people who look why something is missing do not.

use super::Receipt;
use super::refusal::ItemRefusal;
use serde_json::{Value as Json, json};

/// The body of a 200, to be sent once the events are durable: `success`, how many were `accepted`, and what was
/// `refused`, if anything was.
#[must_use]
pub fn accepted(receipt: &Receipt) -> Json {
    let mut answer = json!({"success": true, "accepted": receipt.events.len()});
    if !receipt.refused.is_empty() {
        answer["refused"] = refused(&receipt.refused);
    }
    answer
}

/// What was refused, for an answer or for the problem of a batch of which nothing was accepted.
#[must_use]
pub fn refused(items: &[ItemRefusal]) -> Json {
    items.iter().map(one).collect()
}

fn one(item: &ItemRefusal) -> Json {
    let mut json = json!({"index": item.index, "code": item.code.as_str(), "message": item.message});
    if !item.field.is_empty() {
        json["field"] = item.field.into();
    }
    if let Some(message_id) = &item.message_id {
        json["messageId"] = message_id.as_str().into();
    }
    json
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::Code;

    #[test]
    fn an_answer_tells_what_was_refused_and_why() {
        let item = ItemRefusal {
            index: 2,
            message_id: Some("m3".to_owned()),
            code: Code::MissingField,
            field: "event",
            message: "`event` is needed for track".to_owned(),
        };
        let receipt = Receipt { events: vec![], refused: vec![item], gpc: false, bot: false };
        let expected = json!({"success": true, "accepted": 0, "refused": [{
            "index": 2, "code": "missing_field", "field": "event", "messageId": "m3",
            "message": "`event` is needed for track",
        }]});
        assert_eq!(accepted(&receipt), expected);
    }

    #[test]
    fn nothing_refused_is_not_mentioned() {
        let receipt = Receipt { events: vec![], refused: vec![], gpc: true, bot: true };
        assert_eq!(accepted(&receipt), json!({"success": true, "accepted": 0}));
    }
}
