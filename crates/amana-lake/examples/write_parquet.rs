//! Writes a Parquet file with sample people, for tests and measurements: `write_parquet FILE ROWS`.

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use std::fs::File;
use std::sync::Arc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(path), Some(rows)) = (arguments.next(), arguments.next()) else {
        return Err("write_parquet FILE ROWS".into());
    };
    let rows: i64 = rows.parse()?;
    let text = |make: fn(i64) -> String| -> ArrayRef { Arc::new(StringArray::from_iter_values((0..rows).map(make))) };
    let changed = TimestampMillisecondArray::from_iter_values((0..rows).map(|row| 1_770_000_000_000 + row));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("customer", text(|row| format!("p{row}"))),
        ("first_name", text(|row| format!("Name {row}"))),
        ("changed", Arc::new(changed.with_timezone("UTC"))),
        ("points", Arc::new(Int64Array::from_iter_values(0..rows))),
        ("open", Arc::new((0..rows).map(|row| (row % 3 > 0).then_some(row % 2 == 0)).collect::<BooleanArray>())),
    ];
    let batch = RecordBatch::try_from_iter(columns)?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = ArrowWriter::try_new(File::create(path)?, batch.schema(), Some(properties))?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(())
}
