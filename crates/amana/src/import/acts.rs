//! From what a row says that somebody did to acts that can be recorded. Whether they can is checked where it is checked for
//! requests, too; here is only what rows are: whose act it is where a row names several identifiers, and what a missing
//! time or brand means.

use super::map::{ImportMap, needs_time};
use super::reject::Wrong;
use super::row::{Draft, Names, Row};
use crate::govern::Current;
use crate::journal::Decided;
use crate::profile::Sought;
use crate::profile::record::{About, ActAsk, ActRefused, Checked, Teller, checked, part_id, slots_meant};
use amana_core::Moment;
use amana_core::catalog::SourceRule;
use amana_core::identity::normalise;
use amana_core::permission::ActKind;

/// What the acts of rows are made with.
#[derive(Clone, Copy)]
pub(super) struct Deciding<'a> {
    pub(super) current: &'a Current,
    pub(super) source: &'a SourceRule,
    pub(super) map: &'a ImportMap,
    pub(super) names: Names<'a>,
    pub(super) received_at: Moment,
}

impl Deciding<'_> {
    /// The acts of a row. A no is one of every identifier in the row, so that it is found by whichever comes next; a
    /// yes, a value and a preference are of the identifier with the highest priority, for the others may be somebody
    /// else's as well.
    pub(super) fn decided(&self, row: &Row, drafts: Vec<Draft>) -> Result<Vec<Decided>, Wrong> {
        if drafts.is_empty() {
            return Ok(Vec::new());
        }
        let identifiers = self.identifiers(row)?;
        let mut decided = Vec::new();
        for (place, draft) in (0..).zip(drafts) {
            let at = self.time(&draft)?;
            let whose = if is_for_all(draft.act) { &identifiers[..] } else { &identifiers[..1] };
            let Checked { act, targets, contents, evidence } = self.checked(&draft, &identifiers[0], at)?;
            for (kind, value) in whose {
                let id = self.names.import.act_id(row.number, place, kind);
                decided.extend(contents.iter().enumerate().map(|(part, content)| Decided {
                    id: part_id(id, part),
                    kind: kind.clone(),
                    value: value.clone(),
                    scope: self.source.identity_scope.clone(),
                    act,
                    targets: targets.clone(),
                    at,
                    received_at: self.received_at,
                    until: None,
                    evidence: evidence.clone(),
                    content: content.clone(),
                    words: None,
                }));
            }
        }
        Ok(decided)
    }

    /// A draft, held against the catalogue and the law.
    fn checked(&self, draft: &Draft, whose: &(String, String), at: Moment) -> Result<Checked, Wrong> {
        let wrong = |refused: ActRefused| self.wrong(draft, refused);
        let scope = &self.source.identity_scope;
        let (sought, by) =
            (Sought { kind: &whose.0, value: &whose.1, scope }, Teller::File { source: &self.source.code });
        let mut evidence = draft.evidence.clone();
        // What names no system was recorded by the one whose file it is.
        if let Some((system, _)) = evidence.system.as_mut().filter(|(system, _)| system.is_empty()) {
            system.clone_from(&self.source.code);
        }
        let ask = ActAsk {
            at: draft.at,
            said: draft.said.clone(),
            evidence,
            ..ActAsk::new(sought, draft.act, self.about(draft), by)
        };
        let slots = slots_meant(&self.current.policy, ask.act, ask.about).map_err(|unclear| wrong(unclear.into()))?;
        checked(self.current, &ask, &slots, at, self.received_at).map_err(wrong)
    }

    /// What a draft is about. Who agrees to something here agrees with the brand of this source; who says no without
    /// naming one says so to all.
    fn about<'d>(&'d self, draft: &'d Draft) -> About<'d> {
        match draft.about() {
            About::Purpose { purpose, brand: None } if agrees(draft.act) => {
                About::Purpose { purpose, brand: Some(&self.source.brand) }
            }
            about => about,
        }
    }

    /// The usable identifiers of a row, that with the highest priority first: kinds are declared in this order.
    fn identifiers(&self, row: &Row) -> Result<Vec<(String, String)>, Wrong> {
        let cells = super::cell::Cells { map: self.map, row: &row.fields };
        let policy = &self.current.policy;
        let country = &policy.catalog.organisation.country;
        let (mut found, mut unusable) = (Vec::new(), None);
        for rule in &policy.identifiers {
            let columns = self.map.identifiers.iter().filter(|(kind, _)| *kind == rule.code);
            for (_, column) in columns {
                let Some(value) = cells.text(column)? else { continue };
                match normalise(rule, &value, country) {
                    Ok(value) => found.push((rule.code.clone(), value)),
                    Err(why) => unusable = Some(Wrong::new(column, "identifier_unusable", format!("it is {why}"))),
                }
            }
        }
        if !found.is_empty() {
            return Ok(found);
        }
        let columns: Vec<&str> = self.map.identifiers.iter().map(|(_, column)| column.as_str()).collect();
        let missing = || Wrong::new(columns.join(", "), "missing_identifier", "the row says of nobody who it is");
        Err(unusable.unwrap_or_else(missing))
    }

    /// When it was done. A no whose time nobody knows is taken as of now, which stops what goes on; what could undo
    /// something that was said since is not.
    fn time(&self, draft: &Draft) -> Result<Moment, Wrong> {
        let missing = "without its time it could undo what was said later";
        match draft.at {
            None if needs_time(draft.act) => Err(Wrong::new(&draft.time_column, "missing_time", missing)),
            None => Ok(self.received_at),
            Some(at) if at > self.received_at => {
                Err(Wrong::new(&draft.time_column, "in_future", "it is a time that has not come yet"))
            }
            Some(at) => Ok(at),
        }
    }

    /// Why a row is refused, by the column that says it.
    fn wrong(&self, draft: &Draft, refused: ActRefused) -> Wrong {
        let of = |field: &str, code: &'static str, reason: String| {
            let column = match field {
                "at" => Some(draft.time_column.as_str()).filter(|column| !column.is_empty()),
                field => self.map.acts.get(draft.place).and_then(|act| act.column_of(field)),
            };
            Wrong::new(column.unwrap_or(field), code, reason)
        };
        match refused {
            ActRefused::Slot(_) => {
                of("purpose", "no_such_purpose", "no purpose of that name and brand is pursued".to_owned())
            }
            ActRefused::Earlier { field, why, expected } => {
                of(field, "earlier_version", format!("{why}; expected {expected}"))
            }
            ActRefused::Impossible { field, why, expected, .. } => {
                of(field, "act_impossible", format!("{why}; expected {expected}"))
            }
            ActRefused::Wrong { field, message, expected, .. } => {
                of(field, "not_as_declared", format!("{message}; expected {expected}"))
            }
            ActRefused::Missing { field, expected } => of(field, "missing_value", format!("expected {expected}")),
            other => of("", "refused", other.to_string()),
        }
    }
}

fn agrees(act: ActKind) -> bool {
    matches!(act, ActKind::Grant | ActKind::Request)
}

/// Whether an act narrows whatever it is about, so that it is one of everybody whom the row names.
fn is_for_all(act: ActKind) -> bool {
    matches!(act, ActKind::Refuse | ActKind::Withdraw | ActKind::Object | ActKind::Restrict)
}
