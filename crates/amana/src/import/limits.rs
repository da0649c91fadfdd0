//! Every limit of imports by its name. What passes one is refused with a clear error, never cut silently.

use std::time::Duration;

/// Bytes of a map.
pub const MAP_BYTES_MAX: usize = 64 * 1024;

/// Bytes of a map's name.
pub const MAP_NAME_BYTES_MAX: usize = 64;

/// Maps that a source may keep.
pub const MAPS_MAX: usize = 200;

/// Acts that one row may be.
pub const ACTS_PER_ROW_MAX: usize = 32;

/// Topics that one act of preferences may be about.
pub const TOPICS_PER_ACT_MAX: usize = 200;

/// Columns of a file.
pub const COLUMNS_MAX: usize = 1_000;

/// Bytes of one row as it stands in the file. What becomes of it is bounded again, as every event is.
pub const ROW_BYTES_MAX: usize = 256 * 1024;

/// Bytes of JSON Lines after which there must have been a row: empty lines and lines that are too long end the file then.
pub const ROWLESS_BYTES_MAX: usize = 4 << 20;

/// Bytes of a file as it is sent to the HTTP door in one request. The command line sends larger ones in pieces.
pub const FILE_BYTES_MAX: u64 = 4 << 30;

/// Bytes of a packed file when it is unpacked.
pub const UNPACKED_BYTES_MAX: u64 = 64 << 30;

/// How many times its size a packed file may become beyond [`UNPACKED_BYTES_FREE`]: lists of people pack to a tenth or
/// a fiftieth, bombs to a thousandth.
pub const UNPACKED_TIMES_MAX: u64 = 400;

/// Bytes to which anything may unpack, however small it was.
pub const UNPACKED_BYTES_FREE: u64 = 64 << 20;

/// Bytes of a packed Parquet file when it is unpacked: it lies on the disk meanwhile, for its end is read first.
pub const UNPACKED_PARQUET_BYTES_MAX: u64 = FILE_BYTES_MAX;

/// Rows of one piece of a file.
pub const PIECE_ROWS_MAX: u64 = 20_000;

/// Bytes of one piece of a file.
pub const PIECE_BYTES_MAX: usize = 16 << 20;

/// Rows that become durable together.
pub const BATCH_ROWS: u64 = 1_000;

/// About how many bytes become durable together: far less than a record of the journal may have.
pub const BATCH_BYTES: usize = 1 << 20;

/// Batches that the pipeline has still to work on before the next one is written: what comes from people's devices in
/// the meantime must not stand behind a whole file.
pub const BATCHES_AHEAD_MAX: usize = 8;

/// Rejected rows that an answer tells of one by one.
pub const REJECTS_TOLD_MAX: usize = 100;

/// Refused rows of one import that are remembered, to be tried again when the catalogue has changed. Those beyond have to
/// come in a file of their own.
pub const REFUSED_ROWS_MAX: u64 = 1_000_000;

/// Imports that are worked on at the same time.
pub const IMPORTS_AT_ONCE_MAX: usize = 4;

/// How long a request works before it answers how far it has come: less than proxies wait for an answer.
pub const WORK_MAX: Duration = Duration::from_secs(45);

/// How long the next bytes of a body are waited for.
pub const BODY_PAUSE_MAX: Duration = Duration::from_secs(60);

/// How long the pipeline knows an event again that it has seen. Rows of which it is not known whether they became
/// durable are sent again within this time only: a day less than the seven days it remembers.
pub const SENT_AGAIN_MAX_MILLIS: i64 = 6 * 86_400_000;
