//! Sending: one request, to an address that was judged, without redirections, proxies or hidden repetitions. Nothing
//! of the answer is kept or logged but its status and when to come back.

use super::message::{Message, ORIGIN_HEADER};
use super::network::Reach;
use super::outcome::Answer;
use super::reasons::Why;
use crate::http_client::client_builder;
use amana_core::catalog::Webhook;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, redirect, retry};
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// How long making a connection may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an attempt may take, to the end of the answer.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(15);
/// How much of an answer is read, so that the connection can be used again.
pub const ANSWER_BYTES_MAX: usize = 64 << 10;
/// A `Retry-After` is a number or a date.
const RETRY_AFTER_BYTES_MAX: usize = 64;

/// Sends to one destination as it is declared.
#[derive(Clone)]
pub(super) struct Sender {
    client: Client,
    url: Url,
    /// The host is an address, and not one that may be reached: no name is asked for, so it is judged here.
    refused: bool,
}

impl Sender {
    /// A sender for a webhook.
    pub(super) fn new(webhook: &Webhook) -> Result<Self, Why> {
        let url = Url::parse(&webhook.url).map_err(|_| Why::BadTarget)?;
        let encrypted = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(Why::BadTarget),
        };
        let reach = Reach::new(&webhook.allow_networks, encrypted);
        let refused = match url.host() {
            Some(Host::Ipv4(address)) => !reach.allows(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => !reach.allows(IpAddr::V6(address)),
            Some(Host::Domain(_)) => false,
            None => return Err(Why::BadTarget),
        };
        let builder = client_builder()
            .user_agent(concat!("amana/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(Judged(Arc::new(reach))))
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(SEND_TIMEOUT)
            .https_only(encrypted);
        // Without encryption the system's certificate authorities are not asked, so it may have none.
        let builder = if encrypted { builder } else { builder.tls_certs_only([]) };
        let client = builder.build().map_err(|_| Why::TlsUnavailable)?;
        Ok(Self { client, url, refused })
    }

    /// Sends a message once.
    pub(super) async fn send(&self, message: Message) -> Answer {
        if self.refused {
            return Answer::NotSent(Why::AddressRefused);
        }
        let request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(HEADER_WEBHOOK_ID, message.id)
            .header(HEADER_WEBHOOK_TIMESTAMP, message.seconds.to_string())
            .header(HEADER_WEBHOOK_SIGNATURE, message.signature)
            .header(ORIGIN_HEADER, message.origin)
            .body(message.body);
        let mut response = match request.send().await {
            Ok(response) => response,
            Err(error) => return unanswered(&error),
        };
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = retry_after.filter(|text| text.len() <= RETRY_AFTER_BYTES_MAX).map(str::to_owned);
        let mut read = 0;
        while read < ANSWER_BYTES_MAX {
            match response.chunk().await {
                Ok(Some(chunk)) => read += chunk.len(),
                // The status has been said, whatever becomes of the rest.
                Ok(None) | Err(_) => break,
            }
        }
        Answer::Status { status, retry_after }
    }
}

/// What an attempt without an answer came to.
fn unanswered(error: &reqwest::Error) -> Answer {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = source {
        if inner.is::<AddressRefused>() {
            return Answer::NotSent(Why::AddressRefused);
        }
        source = inner.source();
    }
    // Errors of connecting come before the first byte of the request; any other may come after the last.
    if error.is_connect() || error.is_builder() { Answer::NotSent(Why::Unreachable) } else { Answer::Unknown }
}

/// Every address of a host is one that may not be reached.
#[derive(Debug, thiserror::Error)]
#[error("every address of the host is in a network that may not be reached")]
struct AddressRefused;

/// Resolves names to addresses that may be reached. The addresses it gives are those that are connected to: a name
/// that points elsewhere a moment later changes nothing.
struct Judged(Arc<Reach>);

impl Resolve for Judged {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> = found.into_iter().filter(|found| reach.allows(found.ip())).collect();
            if allowed.is_empty() {
                return Err(AddressRefused.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}
