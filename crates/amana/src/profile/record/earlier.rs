//! What the acts that stand before one in the same request mean for it.
//!
//! Of the acts that can be recorded few rest on what was recorded before: lifting a restriction, telling that it is about
//! to be lifted, and a guardian's decision. They are judged as if those before them were in force: else one could restrict
//! anew and lift at once what nobody was told of, or would have to send three requests for what is one letter.

use super::{ActAsk, ActRefused, Prepared};
use crate::journal::Decided;
use crate::profile::find::FoundPerson;
use amana_core::permission::{ActKind, Mark, Marks};

/// The acts before one that are of the same person, each with the group whose they are. Those that were recorded before
/// this request are known with the person.
fn of_person<'a>(
    act: &'a Decided,
    found: &'a FoundPerson,
    earlier: &'a [Prepared],
) -> impl Iterator<Item = (usize, &'a Decided)> {
    let same_identifier =
        |said: &&Decided| (&said.kind, &said.value, &said.scope) == (&act.kind, &act.value, &act.scope);
    let group = move |before: &'a Prepared| match before.fragment {
        Some(fragment) => found.whole.group_of(fragment),
        // Somebody whom nobody knew is the same person under the same identifier alone.
        None => before.decided.first().filter(same_identifier).map(|_| 0),
    };
    let new = earlier.iter().filter(|before| !before.repeated);
    new.filter_map(move |before| Some((group(before)?, before)))
        .flat_map(|(group, before)| before.decided.iter().map(move |said| (group, said)))
}

/// The marks of each group of a person when the acts before this one are in force.
pub(super) fn marks_before(act: &Decided, found: &FoundPerson, earlier: &[Prepared]) -> Vec<Marks> {
    let mut marks = found.whole.marks.clone();
    for (group, said) in of_person(act, found, earlier) {
        if marks.len() <= group {
            marks.resize_with(group + 1, Marks::default);
        }
        let mark = Mark { at: said.at, received: said.received_at, until: said.until };
        for target in &said.targets {
            marks[group].mark(*target, said.act, mark);
        }
    }
    marks
}

/// Whether somebody else may decide for a person of whom something is put right in the same request: a birthday, or a
/// country, says who is a child, and is known when the correction is in force.
pub(super) fn check_guardian(
    ask: &ActAsk<'_>,
    act: &Decided,
    found: &FoundPerson,
    earlier: &[Prepared],
) -> Result<(), ActRefused> {
    let is_correction = |(_, said): (usize, &Decided)| said.act == ActKind::Correct;
    if ask.act != ActKind::Guardian || !of_person(act, found, earlier).any(is_correction) {
        return Ok(());
    }
    let why = "an act before it puts a value of the person right, and who is a child may depend on it (GDPR Art. 8)";
    Err(ActRefused::impossible("act", why, "the guardian's decision in a request after the correction"))
}
