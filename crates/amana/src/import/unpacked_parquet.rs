//! A Parquet file without what the way has packed it by: kept aside, for its end is read first.

use super::file::{FileBroken, Packing, Stopper, packing, unpacked, unreadable};
use super::limits::UNPACKED_PARQUET_BYTES_MAX;
use super::spool::{FromStart, Spool, Spooling};
use crate::dice::Dice;
use amana_lake::RandomAccess;
use std::sync::Arc;

/// Bytes that are unpacked at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// The file as it was before it was packed. What it may become, and ask for while it does, is what text may; whoever
/// waits for it may stop it.
pub(super) fn unpacked_parquet(
    file: Arc<Spool>,
    dice: Dice,
    stop: Stopper,
) -> Result<Arc<dyn RandomAccess>, FileBroken> {
    let broken = |error: std::io::Error| unreadable(&error);
    let mut first = [0; 4];
    let read = file.read_at(0, &mut first).map_err(broken)?;
    if packing(&first[..read]) == Packing::None {
        return Ok(file);
    }
    let mut plain = unpacked(Box::new(FromStart::new(file)), stop).map_err(broken)?;
    let mut spooling = Spooling::new(dice).map_err(broken)?;
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read = plain.read(&mut piece).map_err(broken)?;
        if read == 0 {
            return Ok(spooling.finish().map_err(broken)?.0);
        }
        spooling.push(&piece[..read]).map_err(broken)?;
        if spooling.bytes() > UNPACKED_PARQUET_BYTES_MAX {
            let why = format!("it unpacks to more than {UNPACKED_PARQUET_BYTES_MAX} bytes");
            return Err(FileBroken::Unreadable(why));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn spooled(bytes: &[u8]) -> Arc<Spool> {
        let mut spooling = Spooling::new(Dice::seeded(1)).unwrap();
        spooling.push(bytes).unwrap();
        spooling.finish().unwrap().0
    }

    #[test]
    fn who_was_told_to_stop_unpacks_nothing() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&vec![7; 1 << 20]).unwrap();
        let packed = packed.finish().unwrap();
        let unpack = |stop| unpacked_parquet(spooled(&packed), Dice::seeded(2), stop);
        assert_eq!(unpack(Stopper::default()).unwrap().bytes(), 1 << 20);
        let stop = Stopper::default();
        stop.stop();
        assert_eq!(unpack(stop).err(), Some(FileBroken::Stopped));
    }
}
