//! From what a row says that somebody decided to acts about declared purposes.

use super::map::{AGREES_TO_ALL, AimedAt, ImportMap};
use super::reject::Wrong;
use super::row::{About, Draft, Names, Row};
use crate::journal::Decided;
use crate::profile::{SlotUnclear, slot_named, slots_reached};
use amana_core::Moment;
use amana_core::catalog::{Basis, Policy, SlotRule, SourceRule};
use amana_core::identity::normalise;
use amana_core::permission::{ActKind, Evidence, Method, Target};

/// What the acts of rows are made with.
#[derive(Clone, Copy)]
pub(super) struct Deciding<'a> {
    pub(super) policy: &'a Policy,
    pub(super) source: &'a SourceRule,
    pub(super) map: &'a ImportMap,
    pub(super) names: Names<'a>,
    pub(super) received_at: Moment,
}

impl<'a> Deciding<'a> {
    /// The acts of a row. A no is one of every identifier in the row, so that it is found by whichever comes next; a
    /// yes is one of the identifier with the highest priority, for the others may be somebody else's as well.
    pub(super) fn decided(&self, row: &Row, drafts: Vec<Draft>) -> Result<Vec<Decided>, Wrong> {
        if drafts.is_empty() {
            return Ok(Vec::new());
        }
        let identifiers = self.identifiers(row)?;
        let mut decided = Vec::new();
        for (place, draft) in (0..).zip(drafts) {
            let (kind, rules) = self.meaning(&draft)?;
            let at = self.time(&draft, kind)?;
            if rules.iter().any(|rule| !rule.can_be_meant(kind, at)) {
                let why = "a wider version of the purpose was declared later: this is about an earlier one";
                return Err(Wrong::new(&draft.time_column, "earlier_version", why));
            }
            let targets = targets(&draft.about, &rules);
            let whose = if agrees(kind) { &identifiers[..1] } else { &identifiers[..] };
            for (kind_code, value) in whose {
                decided.push(Decided {
                    id: self.names.import.act_id(row.number, place, kind_code),
                    kind: kind_code.clone(),
                    value: value.clone(),
                    scope: self.source.identity_scope.clone(),
                    act: kind,
                    targets: targets.clone(),
                    at,
                    received_at: self.received_at,
                    until: None,
                    content: None,
                    words: None,
                    evidence: self.evidence(&draft, &rules),
                });
            }
        }
        Ok(decided)
    }

    /// The usable identifiers of a row, that with the highest priority first: kinds are declared in this order.
    fn identifiers(&self, row: &Row) -> Result<Vec<(String, String)>, Wrong> {
        let cells = super::cell::Cells { map: self.map, row: &row.fields };
        let country = &self.policy.catalog.organisation.country;
        let (mut found, mut unusable) = (Vec::new(), None);
        for rule in &self.policy.identifiers {
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

    /// What a draft means for the purposes it is about.
    fn meaning(&self, draft: &Draft) -> Result<(ActKind, Vec<&'a SlotRule>), Wrong> {
        let (purpose, brand) = match &draft.about {
            About::Aimed(AimedAt::DirectMarketing | AimedAt::Person) if agrees(draft.act) => {
                return Err(Wrong::new("act", "act_impossible", AGREES_TO_ALL));
            }
            About::Aimed(_) if draft.act == ActKind::Request => {
                return Err(Wrong::new("act", "act_impossible", "a request to confirm is about one purpose"));
            }
            About::Aimed(_) => return Ok((draft.act, Vec::new())),
            About::Purpose { purpose, brand } => (purpose, brand.as_deref()),
        };
        // Who agrees to something here agrees with the brand of this source; who says no without naming one says so
        // to all.
        let brand = brand.or(agrees(draft.act).then_some(self.source.brand.as_str()));
        let rules: Vec<&'a SlotRule> = match slot_named(self.policy, purpose, brand) {
            _ if !agrees(draft.act) => slots_reached(self.policy, purpose, brand),
            Ok(rule) => vec![rule],
            Err(SlotUnclear::BrandNeeded { .. } | SlotUnclear::Unknown) => Vec::new(),
        };
        if rules.is_empty() {
            let why = "no purpose of that name and brand is pursued";
            return Err(Wrong::new("purpose", "no_such_purpose", why));
        }
        if draft.act == ActKind::Request && rules.iter().any(|rule| rule.basis != Basis::Consent) {
            let why = "the purpose does not rest on consent (GDPR Art. 6(1)(a))";
            return Err(Wrong::new("act", "act_impossible", why));
        }
        let double_opt_in = rules.iter().any(|rule| rule.double_opt_in);
        let confirmed = self.evidence(draft, &rules).confirms();
        Ok((draft.act.until_confirmed(double_opt_in, confirmed), rules))
    }

    /// When it was done. A no whose time nobody knows is taken as of now, which stops what goes on; a yes is not, for
    /// it could undo a no that was said since.
    fn time(&self, draft: &Draft, kind: ActKind) -> Result<Moment, Wrong> {
        let missing = "a yes without its time could undo a later no";
        match draft.at {
            None if agrees(kind) => Err(Wrong::new(&draft.time_column, "missing_time", missing)),
            None => Ok(self.received_at),
            Some(at) if at > self.received_at => {
                Err(Wrong::new(&draft.time_column, "in_future", "it is a time that has not come yet"))
            }
            Some(at) => Ok(at),
        }
    }

    fn evidence(&self, draft: &Draft, rules: &[&SlotRule]) -> Evidence {
        let said = draft.evidence.clone();
        let rule = rules.first();
        Evidence {
            notice: said.notice,
            purpose_version: said.purpose_version,
            language: said.language,
            text_sha256: said.text_sha256,
            jurisdiction: said.jurisdiction,
            note: said.note,
            purpose: rule.map(|rule| rule.purpose.clone()),
            brand: rule.filter(|_| rules.len() == 1).and_then(|rule| rule.brand.clone()),
            document: said.document,
            verified: said.verified,
            system: said
                .system
                .map(|(system, id)| (if system.is_empty() { self.source.code.clone() } else { system }, id)),
            ..Evidence::new(said.method.unwrap_or(Method::Import), &self.source.code, "person")
        }
    }
}

fn agrees(act: ActKind) -> bool {
    matches!(act, ActKind::Grant | ActKind::Request)
}

fn targets(about: &About, rules: &[&SlotRule]) -> Vec<Target> {
    match about {
        About::Purpose { .. } => rules.iter().map(|rule| Target::Slot(rule.slot)).collect(),
        About::Aimed(AimedAt::DirectMarketing) => vec![Target::DirectMarketing],
        About::Aimed(AimedAt::Person) => vec![Target::Person],
        About::Aimed(AimedAt::Channel(channel)) => vec![Target::Channel(*channel)],
    }
}
