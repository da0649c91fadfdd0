//! Where in the text of a catalogue a field stands.

use super::problem::{Path, Step};
use super::{Catalog, Problem};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A text with its fields and where they stand.
pub(super) struct Places<'a> {
    text: &'a str,
    /// Byte offsets at which lines begin.
    lines: Vec<usize>,
}

impl<'a> Places<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self { text, lines: std::iter::once(0).chain(breaks.map(|(offset, _)| offset + 1)).collect() }
    }

    /// Line and column of an offset, both from 1, the column in characters.
    pub(super) fn line_and_column(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.lines[line - 1];
        let column = self.text.get(start..offset).map_or(offset - start, |before| before.chars().count());
        (line, column + 1)
    }

    /// The problem with the place of a span.
    pub(super) fn put(&self, problem: Problem, span: Range<usize>) -> Problem {
        let (line, column) = self.line_and_column(span.start);
        Problem { line: Some(line), column: Some(column), ..problem }
    }

    /// The problem with the place of the field its path names.
    pub(super) fn put_by_path(&self, root: &DeTable<'_>, problem: Problem) -> Problem {
        let span = find(root, &problem.path);
        self.put(problem, span)
    }
}

/// The span of the field, or of the nearest entry around it when the field itself is missing.
fn find(root: &DeTable<'_>, path: &Path) -> Range<usize> {
    let Some((Step::Key(first), rest)) = path.0.split_first() else { return 0..0 };
    let Some(mut here) = root.iter().find(|(key, _)| key.get_ref() == first).map(|(_, value)| value) else {
        return 0..0;
    };
    for step in rest {
        match below(here, step) {
            Some(next) => here = next,
            None => break,
        }
    }
    here.span()
}

fn below<'t, 'i>(here: &'t Spanned<DeValue<'i>>, step: &Step) -> Option<&'t Spanned<DeValue<'i>>> {
    match (here.get_ref(), step) {
        (DeValue::Table(table), Step::Key(name) | Step::Item(_, name)) => {
            table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
        }
        (DeValue::Array(entries), Step::Item(place, _)) => entries.get(*place),
        (DeValue::Array(entries), Step::Key(name)) => {
            entries.iter().find(|entry| name_of(entry.get_ref()) == Some(name.as_str()))
        }
        _ => None,
    }
}

/// What an entry of a list goes by: its code, else its name.
pub(super) fn name_of<'t>(entry: &'t DeValue<'_>) -> Option<&'t str> {
    let DeValue::Table(table) = entry else { return None };
    let field =
        |name: &str| table.iter().find(|(key, _)| key.get_ref() == name).and_then(|(_, value)| value.as_ref().as_str());
    field("code").or_else(|| field("name"))
}

impl Catalog {
    /// Line and column, from 1, of the field at a path such as `audiences.frequent.where`, for problems that others
    /// find. When the field is missing, the place of the entry it belongs to; `None` when the text is not TOML.
    #[must_use]
    pub fn place_of(text: &str, path: &Path) -> Option<(usize, usize)> {
        let root = DeTable::parse(text).ok()?;
        Some(Places::new(text).line_and_column(find(root.get_ref(), path).start))
    }

    /// Problems found after reading (by [`Numbers::assign`](super::Numbers::assign), by the SQL engine), with their
    /// places in the text.
    #[must_use]
    pub fn place(text: &str, problems: Vec<Problem>) -> Vec<Problem> {
        let Ok(root) = DeTable::parse(text) else { return problems };
        let places = Places::new(text);
        problems.into_iter().map(|problem| places.put_by_path(root.get_ref(), problem)).collect()
    }
}
