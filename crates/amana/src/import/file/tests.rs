//! What any bytes do to the readers: rows, rejects or an end with a reason, never a panic and never a row too large.

use super::super::limits::{ROW_BYTES_MAX, ROWLESS_BYTES_MAX};
use super::super::map::{Format, ImportMap};
use super::{FileBroken, Next, Rows, Stopper};
use proptest::prelude::*;
use serde_json::json;
use std::io::{Cursor, Write as _};

const MAP: &str = "kind = \"identify\"\nidentifiers.user_id = \"id\"\n";

fn map(more: &str) -> ImportMap {
    ImportMap::read(&format!("{more}{MAP}")).unwrap()
}

fn read(bytes: &[u8], format: Format, map: &ImportMap) -> Vec<Result<Next, FileBroken>> {
    match Rows::of_text(Box::new(Cursor::new(bytes.to_vec())), format, map, Stopper::default()) {
        Ok(rows) => rows.collect(),
        Err(broken) => vec![Err(broken)],
    }
}

/// What holds for every file: rows and rejects are numbered without a gap, and nothing comes after an end.
fn check(found: &[Result<Next, FileBroken>]) {
    for (number, next) in found.iter().enumerate() {
        match next {
            Ok(Ok(row)) => assert_eq!(row.number, number as u64),
            Ok(Err(reject)) => assert_eq!(reject.row, number as u64),
            Err(_) => assert_eq!(number, found.len() - 1),
        }
    }
}

#[test]
fn lines_are_those_of_the_file() {
    let found = read(b"id,a\n1,\"x\ny\"\n\n2,z\n", Format::Csv, &map(""));
    let lines: Vec<u64> = found.iter().map(|next| next.as_ref().unwrap().as_ref().unwrap().line).collect();
    // Empty lines count to the row after them.
    assert_eq!(lines, [2, 4]);
    let found = read(b"{\"id\":1}\n\n  \n{\"id\":2}", Format::JsonLines, &map(""));
    let lines: Vec<u64> = found.iter().map(|next| next.as_ref().unwrap().as_ref().unwrap().line).collect();
    assert_eq!(lines, [1, 4]);
}

#[test]
fn a_file_without_heading_has_the_columns_of_its_map() {
    let map = map("csv = { delimiter = \"|\", quote = \"'\", columns = [\"id\", \"a\"] }\n");
    let found = read("\u{feff}1|'x|y'\n".as_bytes(), Format::Csv, &map);
    assert_eq!(json!(found[0].as_ref().unwrap().as_ref().unwrap().fields), json!({"id": "1", "a": "x|y"}));
}

#[test]
fn a_line_that_is_too_long_is_one_reject_and_a_csv_row_without_end_is_the_end() {
    let long = "x".repeat(3 * ROW_BYTES_MAX);
    let found = read(format!("{{\"id\":\"{long}\"}}\n{{\"id\":2}}\n").as_bytes(), Format::JsonLines, &map(""));
    assert_eq!(found[0].as_ref().unwrap().as_ref().unwrap_err().code, "row_too_large");
    assert!(found[1].as_ref().unwrap().is_ok());
    let found = read(format!("id\n1\n\"{long}").as_bytes(), Format::Csv, &map(""));
    assert!(matches!(&found[1], Err(FileBroken::At { line: 3, .. })), "{:?}", found[1]);
}

#[test]
fn a_packed_file_is_read_and_a_broken_one_ends_with_a_reason() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(b"id\n1\n").unwrap();
    let packed = encoder.finish().unwrap();
    let twice = [packed.clone(), packed.clone()].concat();
    assert_eq!(read(&twice, Format::Csv, &map("")).len(), 3, "streams after each other are one file");
    let broken = read(&packed[..packed.len() - 6], Format::Csv, &map(""));
    assert!(broken.last().unwrap().is_err());
}

#[test]
fn lines_without_end_and_without_rows_are_the_end() {
    for filling in [b'\n', b' '] {
        let found = read(&vec![filling; ROWLESS_BYTES_MAX + (1 << 20)], Format::JsonLines, &map(""));
        assert!(matches!(found.last(), Some(Err(FileBroken::At { .. }))));
    }
}

#[test]
fn whoever_is_told_to_stop_stops() {
    let stop = Stopper::default();
    let mut rows =
        Rows::of_text(Box::new(Cursor::new(vec![b' '; 10 << 20])), Format::JsonLines, &map(""), stop.clone()).unwrap();
    stop.stop();
    assert_eq!(rows.next(), Some(Err(FileBroken::Stopped)));
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        magic in proptest::sample::select(vec![&b""[..], &[0x1f, 0x8b, 8], &[0x28, 0xb5, 0x2f, 0xfd], b"id,b\n", b"\xef\xbb\xbfid\n"]),
        latin: bool,
    ) {
        let map = map(if latin { "encoding = \"windows-1252\"\n" } else { "" });
        let bytes = [magic, &bytes].concat();
        check(&read(&bytes, Format::Csv, &map));
        check(&read(&bytes, Format::JsonLines, &map));
    }

    #[test]
    fn what_csv_writers_write_is_read_as_it_was(
        rows in proptest::collection::vec(("[a-z,;\"\n é]{1,12}", "[a-z,;\"\r\n é]{0,12}"), 0..20),
        delimiter in proptest::sample::select(vec![b',', b';', b'\t']),
    ) {
        let mut writer = ::csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
        writer.write_record(["id", "other"]).unwrap();
        rows.iter().for_each(|(id, other)| writer.write_record([id, other]).unwrap());
        let sign = if delimiter == b'\t' { "\\t".to_owned() } else { char::from(delimiter).to_string() };
        let map = map(&format!("csv.delimiter = \"{sign}\"\n"));
        let found = read(&writer.into_inner().unwrap(), Format::Csv, &map);
        prop_assert_eq!(found.len(), rows.len());
        for (next, (id, other)) in found.into_iter().zip(&rows) {
            let fields = next.unwrap().unwrap().fields;
            prop_assert_eq!(json!(fields), json!({"id": id, "other": other}));
        }
    }

    #[test]
    fn what_json_writers_write_is_read_as_it_was(
        rows in proptest::collection::vec(("[a-z\"\\\\\n é]{0,12}", any::<i64>()), 0..20),
        returns: bool,
    ) {
        let end = if returns { "\r\n" } else { "\n" };
        let text: String = rows.iter().map(|(id, n)| format!("{}{end}", json!({"id": id, "n": n}))).collect();
        let found = read(text.as_bytes(), Format::JsonLines, &map(""));
        prop_assert_eq!(found.len(), rows.len());
        for (next, (id, n)) in found.into_iter().zip(&rows) {
            prop_assert_eq!(json!(next.unwrap().unwrap().fields), json!({"id": id, "n": n}));
        }
    }
}
