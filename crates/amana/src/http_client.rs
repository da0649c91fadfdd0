//! Making HTTP clients: one place that knows how TLS is done and that no proxy of the environment is used.

use std::sync::Once;

static PROVIDER: Once = Once::new();

/// A client to be configured further.
pub fn client_builder() -> reqwest::ClientBuilder {
    PROVIDER.call_once(|| {
        // Fails only when another provider was installed before, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder().no_proxy()
}
