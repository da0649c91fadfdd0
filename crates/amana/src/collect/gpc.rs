//! The Global Privacy Control signal of a request (W3C GPC §3.2).

/// Whether a request's `Sec-GPC` headers carry the signal.
///
/// Only the value `1` counts, exactly; of several headers one `1` is enough. Trailers do not count: pass headers only.
pub fn signalled<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> bool {
    values.into_iter().any(|value| value == b"1")
}

#[cfg(test)]
mod tests {
    use super::signalled;

    #[test]
    fn only_exactly_one_is_a_signal() {
        assert!(signalled([b"1".as_slice()]));
        for other in ["", "0", "2", "11", "1, 1", "true", "?1", "\"1\"", " 1"] {
            assert!(!signalled([other.as_bytes()]), "{other}");
        }
        assert!(!signalled([]));
    }

    #[test]
    fn one_signal_among_several_headers_is_enough() {
        assert!(signalled([b"0".as_slice(), b"1".as_slice()]));
    }
}
