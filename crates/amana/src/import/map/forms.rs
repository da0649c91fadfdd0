//! How the file itself is written: format, encoding, signs.

use super::super::limits::COLUMNS_MAX;
use super::fields::Fields;
use super::{CsvForm, Format};
use amana_core::catalog::ProblemCode;
use encoding_rs::{Encoding, UTF_8};

pub(super) fn format(fields: &mut Fields<'_>) -> Option<Format> {
    fields.read("format", "csv, jsonl or parquet", |text| match text {
        "csv" => Some(Format::Csv),
        "jsonl" => Some(Format::JsonLines),
        "parquet" => Some(Format::Parquet),
        _ => None,
    })
}

/// Encodings in which a byte is a letter: in others a part of a letter could be taken for the sign between columns.
pub(super) fn encoding(fields: &mut Fields<'_>) -> &'static Encoding {
    let expected = "utf-8, windows-1252, iso-8859-1 or another encoding of one byte a letter; convert others to UTF-8";
    let known = |text: &str| {
        let encoding = Encoding::for_label_no_replacement(text.as_bytes())?;
        (encoding == UTF_8 || encoding.is_single_byte()).then_some(encoding)
    };
    fields.read("encoding", expected, known).unwrap_or(UTF_8)
}

pub(super) fn csv(fields: &mut Fields<'_>) -> CsvForm {
    let mut form = CsvForm { delimiter: b',', quote: b'"', columns: None };
    let Some(mut csv) = fields.table("csv") else { return form };
    let expected = "one ASCII character, such as `;` or `\\t`";
    form.delimiter = csv.read("delimiter", expected, sign).unwrap_or(form.delimiter);
    form.quote = csv.read("quote", expected, sign).unwrap_or(form.quote);
    form.columns = csv.texts("columns");
    if form.delimiter == form.quote {
        csv.wrong("quote", ProblemCode::Collision, "it is also the delimiter", "another character");
    }
    if let Some(columns) = &form.columns
        && !(1..=COLUMNS_MAX).contains(&columns.len())
    {
        let expected = format!("between 1 and {COLUMNS_MAX}");
        csv.wrong("columns", ProblemCode::OutOfRange, format!("{} names", columns.len()), expected);
    }
    csv.finish();
    form
}

fn sign(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'\r' | b'\n' | 0) => Some(*byte),
        _ => None,
    }
}
