//! Content encodings: decompressing a body without ever holding more than its limit.

use super::code::Code;
use super::limits::{BODY_BYTES_MAX, ENCODINGS_MAX};
use super::refusal::{Fault, Refusal};
use std::borrow::Cow;
use std::io::{BufRead, Read};

/// First bytes of gzip (RFC 1952 §2.3.1). JSON, form and base64 bodies never begin so.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// What a decompressor gets as its own buffer, and what is reserved for its first output.
const CHUNK_BYTES: usize = 8 * 1024;

/// Base-two logarithm of the window a zstd stream may ask for: RFC 8878 §3.1.1.1.2 recommends to support 8 MB.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// Takes off all compression of a body: what its `Content-Encoding` headers name, then gzip that nobody announced
/// (rudder-sdk-node sends it through proxies that drop the header). At most [`ENCODINGS_MAX`] in all.
///
/// # Errors
///
/// An encoding that is not known or too many (415), a broken stream (400), or more than [`BODY_BYTES_MAX`] at any
/// step (413): reading stops there, so that a bomb costs no more than an honest body.
pub(super) fn expand<'a>(body: &'a [u8], content_encoding: &[&[u8]]) -> Result<Cow<'a, [u8]>, Refusal> {
    if body.len() > BODY_BYTES_MAX {
        return Err(Refusal::body_too_large(false));
    }
    let encodings = named(content_encoding)?;
    let mut left = ENCODINGS_MAX - encodings.len();
    let mut expanded = Cow::Borrowed(body);
    // They are named in the order they were applied (RFC 9110 §8.4), so they come off in the other.
    for encoding in encodings.into_iter().rev() {
        expanded = Cow::Owned(undo(encoding, &expanded)?);
    }
    while left > 0 && expanded.starts_with(&GZIP_MAGIC) {
        expanded = Cow::Owned(undo(Encoding::Gzip, &expanded)?);
        left -= 1;
    }
    Ok(expanded)
}

fn named(content_encoding: &[&[u8]]) -> Result<Vec<Encoding>, Refusal> {
    const UNKNOWN: Refusal = Refusal::UnsupportedEncoding {
        detail: "the content encoding is not one of gzip, br, zstd, deflate or identity",
    };
    let mut encodings = Vec::new();
    for name in content_encoding.iter().flat_map(|value| value.split(|byte| *byte == b',')) {
        let encoding = match name.trim_ascii().to_ascii_lowercase().as_slice() {
            b"" | b"identity" => continue,
            b"gzip" | b"x-gzip" => Encoding::Gzip,
            b"deflate" => Encoding::Deflate,
            b"br" => Encoding::Brotli,
            b"zstd" => Encoding::Zstd,
            _ => return Err(UNKNOWN),
        };
        encodings.push(encoding);
        if encodings.len() > ENCODINGS_MAX {
            return Err(Refusal::UnsupportedEncoding { detail: "more than two content encodings inside each other" });
        }
    }
    Ok(encodings)
}

fn undo(encoding: Encoding, compressed: &[u8]) -> Result<Vec<u8>, Refusal> {
    match encoding {
        Encoding::Gzip => {
            let mut decoder = flate2::bufread::GzDecoder::new(compressed);
            let expanded = read_within_limit(&mut decoder, encoding)?;
            nothing_left(decoder.into_inner(), encoding)?;
            Ok(expanded)
        }
        Encoding::Deflate if has_zlib_header(compressed) => {
            let mut decoder = flate2::bufread::ZlibDecoder::new(compressed);
            let expanded = read_within_limit(&mut decoder, encoding)?;
            nothing_left(decoder.into_inner(), encoding)?;
            Ok(expanded)
        }
        // "deflate" means zlib (RFC 9110 §8.4.1.2), but some senders leave its header out.
        Encoding::Deflate => read_within_limit(flate2::bufread::DeflateDecoder::new(compressed), encoding),
        Encoding::Brotli => read_within_limit(brotli::Decompressor::new(compressed, CHUNK_BYTES), encoding),
        Encoding::Zstd => {
            let mut decoder =
                zstd::stream::read::Decoder::with_buffer(compressed).map_err(|_| broken(Encoding::Zstd))?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(|_| broken(Encoding::Zstd))?;
            read_within_limit(decoder, encoding)
        }
    }
}

fn read_within_limit(decoder: impl Read, encoding: Encoding) -> Result<Vec<u8>, Refusal> {
    let mut expanded = Vec::with_capacity(CHUNK_BYTES);
    let limit = BODY_BYTES_MAX as u64 + 1;
    decoder.take(limit).read_to_end(&mut expanded).map_err(|_| broken(encoding))?;
    if expanded.len() > BODY_BYTES_MAX {
        return Err(Refusal::body_too_large(true));
    }
    Ok(expanded)
}

/// Bytes behind the end of a stream would be lost without a word, so they are an error.
fn nothing_left(mut rest: impl BufRead, encoding: Encoding) -> Result<(), Refusal> {
    match rest.fill_buf() {
        Ok([]) => Ok(()),
        _ => Err(broken(encoding)),
    }
}

fn has_zlib_header(compressed: &[u8]) -> bool {
    let [first, second, ..] = compressed else { return false };
    first & 0x0f == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0
}

fn broken(encoding: Encoding) -> Refusal {
    let name = match encoding {
        Encoding::Gzip => "gzip",
        Encoding::Deflate => "deflate",
        Encoding::Brotli => "br",
        Encoding::Zstd => "zstd",
    };
    Fault::new(Code::BadCompression, "", format!("the body is not one whole {name} stream")).into()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    pub(in crate::collect) fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn br(bytes: &[u8]) -> Vec<u8> {
        let mut compressed = Vec::new();
        brotli::CompressorWriter::new(&mut compressed, 4096, 1, 24).write_all(bytes).unwrap();
        compressed
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 1).unwrap()
    }

    type Compressor = fn(&[u8]) -> Vec<u8>;

    fn compressors() -> [(&'static str, Compressor); 5] {
        [("gzip", gzip), ("deflate", zlib), ("deflate", raw_deflate), ("br", br), ("zstd", zstd)]
    }

    #[test]
    fn every_encoding_gives_back_what_was_sent() {
        let body = br#"{"userId":"u1","event":"Order Completed"}"#.repeat(20);
        for (name, compress) in compressors() {
            let expanded = expand(&compress(&body), &[name.as_bytes()]).unwrap().into_owned();
            assert_eq!(expanded, body, "{name}");
        }
    }

    #[test]
    fn gzip_is_recognised_without_its_header() {
        assert_eq!(expand(&gzip(b"{}"), &[]).unwrap().as_ref(), b"{}");
        assert_eq!(expand(&gzip(b"{}"), &[b"identity"]).unwrap().as_ref(), b"{}");
    }

    #[test]
    fn two_encodings_inside_each_other_are_the_most() {
        let twice = gzip(&br(b"{}"));
        assert_eq!(expand(&twice, &[b"br, gzip"]).unwrap().as_ref(), b"{}");
        assert_eq!(expand(&twice, &[b"BR", b"GZIP"]).unwrap().as_ref(), b"{}");
        assert_eq!(expand(&gzip(&gzip(b"{}")), &[]).unwrap().as_ref(), b"{}");
        let thrice = gzip(&gzip(&gzip(b"{}")));
        assert!(expand(&thrice, &[]).unwrap().starts_with(&GZIP_MAGIC), "the third stays on and is no JSON");
        assert_eq!(expand(&thrice, &[b"gzip,gzip,gzip"]).unwrap_err().status(), 415);
        assert_eq!(expand(b"{}", &[b"compress"]).unwrap_err().status(), 415);
    }

    #[test]
    fn a_bomb_is_refused_once_it_passes_the_limit() {
        // 64 MB of spaces inside less than the limit of a body, in each encoding that can be so dense.
        let spaces = vec![b' '; 64 * 1024 * 1024];
        for (name, compress) in compressors() {
            let bomb = compress(&spaces);
            if bomb.len() > BODY_BYTES_MAX {
                continue;
            }
            let refusal = expand(&bomb, &[name.as_bytes()]).unwrap_err();
            assert_eq!((refusal.status(), refusal.code()), (413, "too_large"), "{name}");
        }
        let nested = gzip(&gzip(&spaces));
        assert_eq!(expand(&nested, &[]).unwrap_err().status(), 413);
    }

    #[test]
    fn the_limit_holds_exactly() {
        assert!(expand(&gzip(&vec![b' '; BODY_BYTES_MAX]), &[]).is_ok());
        assert_eq!(expand(&gzip(&vec![b' '; BODY_BYTES_MAX + 1]), &[]).unwrap_err().status(), 413);
        assert!(expand(&vec![b' '; BODY_BYTES_MAX], &[]).is_ok());
        assert_eq!(expand(&vec![b' '; BODY_BYTES_MAX + 1], &[]).unwrap_err().status(), 413);
    }

    #[test]
    fn a_stream_cut_short_or_continued_is_refused() {
        let body = br#"{"a":"some text that does not repeat itself, 0123456789"}"#;
        for (name, compress) in compressors() {
            let whole = compress(body);
            let cut = &whole[..whole.len() - 5];
            assert_eq!(expand(cut, &[name.as_bytes()]).unwrap_err().code(), "bad_compression", "{name}");
        }
        for (name, compress) in &compressors()[..2] {
            let mut longer = compress(body);
            longer.extend_from_slice(b"{\"b\":1}");
            assert_eq!(expand(&longer, &[name.as_bytes()]).unwrap_err().code(), "bad_compression", "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_a_decompressor_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..600),
            names in proptest::sample::select(vec!["gzip", "deflate", "br", "zstd", "br, gzip", "deflate, zstd", ""]),
            magic in any::<bool>(),
        ) {
            let body = if magic { [&GZIP_MAGIC[..], &[8], &bytes].concat() } else { bytes };
            if let Ok(expanded) = expand(&body, &[names.as_bytes()]) {
                prop_assert!(expanded.len() <= BODY_BYTES_MAX);
            }
        }
    }
}
