//! What a row may say that was done, and what no file may.

use super::Word;
use super::fields::Fields;
use super::parts::word;
use crate::profile::spelling::spelt;
use amana_core::catalog::ProblemCode;
use amana_core::permission::ActKind;

/// What a row may say that somebody did.
const ACTS: [ActKind; 6] =
    [ActKind::Grant, ActKind::Refuse, ActKind::Withdraw, ActKind::Object, ActKind::Request, ActKind::Restrict];
/// What the map itself must say, for it has fields of its own.
const ACTS_THAT_SAY_MORE: [ActKind; 2] = [ActKind::Correct, ActKind::Prefer];
const ACTS_IN_WORDS: &str = "grant, refuse, withdraw, object, request, restrict, correct or prefer";
const COLUMN_ACTS_IN_WORDS: &str = "grant, refuse, withdraw, object, request or restrict";

/// Reads what was done. What says more than its kind is the same in every row, for the map has fields for it.
pub(super) fn read_kind(fields: &mut Fields<'_>) -> Option<Word<ActKind>> {
    let staff = refuse_staff(fields);
    if staff {
        drop(fields.take("act"));
        return None;
    }
    let says_more = fields.peek("act").and_then(toml::Value::as_str).and_then(|text| spelt(&ACTS_THAT_SAY_MORE, text));
    if let Some(act) = says_more {
        drop(fields.take("act"));
        return Some(Word::Fixed(act));
    }
    let is_column = fields.peek("act").is_some_and(toml::Value::is_table);
    let expected = if is_column { COLUMN_ACTS_IN_WORDS } else { ACTS_IN_WORDS };
    let act = word(fields, "act", expected, act_kind);
    if act.is_none() && !fields.has("act") {
        fields.missing("act", &format!("{ACTS_IN_WORDS}, or {{ column = \"…\", values = {{ … }} }}"));
    }
    act
}

/// Reads what a row may say that somebody did.
pub(in crate::import) fn act_kind(text: &str) -> Option<ActKind> {
    spelt(&ACTS, text)
}

/// Whether an act counts by its time, so that one of which nobody knows when it was done cannot be taken: a yes, a right
/// value and a preference would stand against what the person said since.
pub(in crate::import) fn needs_time(act: ActKind) -> bool {
    matches!(act, ActKind::Grant | ActKind::Request | ActKind::Correct | ActKind::Prefer)
}

pub(super) fn may_need_time(act: &Word<ActKind>) -> bool {
    match act {
        Word::Fixed(act) => needs_time(*act),
        Word::Column { values: Some(values), .. } => values.values().any(|act| needs_time(*act)),
        Word::Column { values: None, .. } => true,
    }
}

/// What is told of an act that is not for files.
const STAFF_DECIDES: &str = "staff decide this for one person, not for the rows of a file";
/// What to do instead.
const ONE_BY_ONE: &str = "grant, refuse, withdraw, object, request, restrict, correct or prefer; all else is recorded one by one through the API";

/// Whether a word names an act that no file brings: what permits something again or decides against the person's word, and
/// who is one person. It needs a look at the one case, by somebody who answers for it.
pub(in crate::import) fn is_of_staff(text: &str) -> bool {
    use ActKind::{
        Assert, Ban, End, Erase, Guardian, Inform, Invalidate, Join, Lift, LiftBan, Override, PrivacyControl, Split,
        Start, Told, Uphold,
    };
    let kinds = [
        Assert,
        Ban,
        End,
        Erase,
        Guardian,
        Inform,
        Invalidate,
        Join,
        Lift,
        LiftBan,
        Override,
        PrivacyControl,
        Split,
        Start,
        Told,
        Uphold,
    ];
    spelt(&kinds, text).is_some()
}

/// Notes that the field `act` names an act that no file brings. Says whether it does.
fn refuse_staff(fields: &Fields<'_>) -> bool {
    let named = fields.peek("act").is_some_and(|value| match value {
        toml::Value::String(text) => is_of_staff(text),
        toml::Value::Table(table) => {
            let values = table.get("values").and_then(toml::Value::as_table);
            values.is_some_and(|values| values.values().any(|value| value.as_str().is_some_and(is_of_staff)))
        }
        _ => false,
    });
    if named {
        fields.wrong("act", ProblemCode::UnknownWord, STAFF_DECIDES, ONE_BY_ONE);
    }
    named
}
