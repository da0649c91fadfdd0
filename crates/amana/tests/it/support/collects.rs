//! Requests to the collect door, as devices and systems send them.

use super::{House, Reply, reply, write_key};
use reqwest::RequestBuilder;
use serde_json::Value as Json;
use std::io::Write as _;

impl House {
    /// A request to a path of the collect door with the write key of a source.
    pub(crate) fn collect(&self, source: &str, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.base)).basic_auth(write_key(source), None::<&str>)
    }

    /// Sends one call of a source and waits until it is worked on.
    pub(crate) async fn call(&self, source: &str, call: &str, body: Json) -> Reply {
        let request = self.collect(source, &format!("/v1/{call}")).header("content-type", "application/json");
        let reply = reply(request.body(body.to_string())).await;
        self.settle().await;
        reply
    }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn br(bytes: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::new();
    brotli::CompressorWriter::new(&mut compressed, 4_096, 1, 22).write_all(bytes).unwrap();
    compressed
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}
