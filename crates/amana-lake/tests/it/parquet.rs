//! Parquet files as rows: what is written comes out again, and nothing that is damaged does harm.

use amana_lake::{ParquetError, ParquetFile, RandomAccess};
use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array, Int64Array, ListArray,
    RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{Int32Type, Int64Type};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::sync::Arc;

struct InMemory(Vec<u8>);

impl RandomAccess for InMemory {
    fn bytes(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> std::io::Result<usize> {
        let there = self.0.get(usize::try_from(at).unwrap()..).unwrap_or_default();
        let read = there.len().min(into.len());
        into[..read].copy_from_slice(&there[..read]);
        Ok(read)
    }
}

fn write(columns: Vec<(&str, ArrayRef)>, compression: Compression) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)));
    let batch = batch.unwrap();
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn read(bytes: Vec<u8>, wanted: impl Fn(&str) -> bool) -> Result<Vec<Json>, ParquetError> {
    let rows = ParquetFile::open(Arc::new(InMemory(bytes)))?.rows(wanted)?;
    rows.map(|row| row.map(Json::Object)).collect()
}

fn columns() -> Vec<(&'static str, ArrayRef)> {
    vec![
        ("id", Arc::new(StringArray::from(vec![Some("a"), None]))),
        ("count", Arc::new(Int64Array::from(vec![i64::MAX, -1]))),
        ("ratio", Arc::new(Float64Array::from(vec![1.5, f64::NAN]))),
        ("open", Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ("at", Arc::new(TimestampMicrosecondArray::from(vec![1_772_366_400_000_000, 0]).with_timezone("UTC"))),
        ("day", Arc::new(Date32Array::from(vec![20_513, 0]))),
        ("amount", Arc::new(Decimal128Array::from(vec![1_250, -5]).with_precision_and_scale(20, 2).unwrap())),
        ("land", Arc::new(["DE", "AT"].into_iter().collect::<DictionaryArray<Int32Type>>())),
    ]
}

#[test]
fn values_are_what_they_were() {
    for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::ZSTD(Default::default())] {
        let rows = read(write(columns(), compression), |_| true).unwrap();
        let first = json!({
            "id": "a", "count": i64::MAX, "ratio": 1.5, "open": true, "at": "2026-03-01T12:00:00Z", "day": "2026-03-01",
            "amount": "12.50", "land": "DE",
        });
        assert_eq!(rows[0], first);
        assert_eq!((rows[1].get("id"), &rows[1]["ratio"], &rows[1]["amount"]), (None, &Json::Null, &json!("-0.05")));
    }
}

#[test]
fn only_wanted_columns_are_read_and_nested_ones_are_refused() {
    let list = ListArray::from_iter_primitive::<Int64Type, _, _>([Some([Some(1)]), Some([Some(2)])]);
    let mut columns = columns();
    columns.push(("list", Arc::new(list)));
    let bytes = write(columns, Compression::SNAPPY);
    assert_eq!(read(bytes.clone(), |name| name == "land").unwrap(), [json!({"land": "DE"}), json!({"land": "AT"})]);
    assert_eq!(read(bytes, |_| true), Err(ParquetError::Nested { column: "list".into() }));
}

proptest! {
    #[test]
    fn damaged_bytes_end_with_a_reason(at in 0_usize..3_000, byte: u8, cut in 0_usize..200) {
        let mut bytes = write(columns(), Compression::SNAPPY);
        let at = at % bytes.len();
        bytes[at] = byte;
        bytes.truncate(bytes.len() - cut % bytes.len());
        // Reading happens on a thread whose panic is a broken file: the library is not free of them.
        let _ = std::panic::catch_unwind(|| read(bytes, |_| true).map(|rows| rows.len()));
    }
}
