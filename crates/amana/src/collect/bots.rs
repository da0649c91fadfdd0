//! Which senders are bots: crawlers that run a page's scripts, and with them the page's SDK.
//!
//! Only public sources are asked this: their events come from a page, and what a crawler does there is nobody's
//! behaviour. HTTP libraries, which the list of patterns counts as bots, are not: an app's SDK is built on one, and so
//! is every test and every `curl` line of the documentation. Somebody pointed those at this door on purpose.

use super::agent::beginning;
use super::limits::BOTS_REMEMBERED_MAX;
use quick_cache::sync::Cache;

/// Patterns of `isbot` that name what SDKs are built on, and browsers that it takes for crawlers.
const NO_BOTS: &[&str] = &[
    "^curl",
    "^ddg_android",
    "^duckduckgo",
    "^java/",
    "^lua-resty-http",
    "^php",
    "^php-curl-class",
    "^postmanruntime",
    "^unityplayer",
    "ahc/",
    "aiohttp",
    "axios",
    "coccoc",
    "go-http-client",
    "guzzlehttp",
    "httpclient",
    "httpurlconnection",
    "httpx",
    "node-fetch/",
    "okhttp",
    "pycurl",
    "python-requests",
    "python-urllib",
    "wget",
];

/// Knows bots by their user agent. One for the whole server: the patterns are compiled once.
#[derive(Debug)]
pub struct Bots {
    patterns: isbot::Bots,
    /// A visitor sends the same user agent with every event, so it is asked once.
    remembered: Cache<String, bool>,
}

impl Default for Bots {
    fn default() -> Self {
        Self::new()
    }
}

impl Bots {
    /// Compiles the patterns: some milliseconds.
    #[must_use]
    pub fn new() -> Self {
        let mut patterns = isbot::Bots::default();
        patterns.remove(NO_BOTS);
        Self { patterns, remembered: Cache::new(BOTS_REMEMBERED_MAX) }
    }

    /// Whether the user agent is one of a known bot. An empty one is not: some browsers and proxies hide it.
    #[must_use]
    pub fn is_bot(&self, user_agent: &str) -> bool {
        let user_agent = beginning(user_agent);
        if user_agent.is_empty() {
            return false;
        }
        if let Some(known) = self.remembered.get(user_agent) {
            return known;
        }
        let is_bot = self.patterns.is_bot(user_agent);
        self.remembered.insert(user_agent.to_owned(), is_bot);
        is_bot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crawlers_are_bots() {
        let bots = Bots::new();
        for user_agent in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm) Chrome/103.0.5060.134 Safari/537.36",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36",
            "DuckDuckBot/1.1; (+http://duckduckgo.com/duckduckbot.html)",
            "facebookexternalhit/1.1",
        ] {
            assert!(bots.is_bot(user_agent), "{user_agent}");
            assert!(bots.is_bot(user_agent), "remembered: {user_agent}");
        }
    }

    #[test]
    fn people_and_sdks_are_not_bots() {
        let bots = Bots::new();
        for user_agent in [
            "",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            "okhttp/4.12.0",
            "analytics-node-next/latest",
            "analytics-node/3.0.0",
            "analytics-python/2.3.3",
            "python-requests/2.32.3",
            "axios/1.7.2",
            "curl/8.5.0",
            "node",
            "Dart/3.4 (dart:io)",
            "MyShop/4.2 CFNetwork/1494.0.7 Darwin/23.4.0",
        ] {
            assert!(!bots.is_bot(user_agent), "{user_agent}");
        }
    }

    #[test]
    fn a_huge_user_agent_is_looked_at_only_in_part() {
        let bots = Bots::new();
        assert!(!bots.is_bot(&"é".repeat(100_000)));
        assert!(bots.is_bot(&format!("Googlebot {}", "x".repeat(100_000))));
    }
}
