//! What browser SDKs read before they send anything.
//!
//! Both documents say the same: there is one destination, this server, and nothing else is to be loaded into the page.

use serde_json::{Value as Json, json};

/// What the documents are made of.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// The write key of the public source, as it came.
    pub write_key: &'a str,
    /// The source's code.
    pub source: &'a str,
    /// The consent categories that the source maps to purposes.
    pub consent_categories: &'a [&'a str],
    /// Host and base path that events go to, without scheme (`collect.shop.example/v1`), when it is known; else the
    /// page must configure it.
    pub api_host: Option<&'a str>,
    /// `https`, or `http` on a developer's machine.
    pub protocol: &'a str,
}

/// `GET /v1/projects/{writeKey}/settings` for `@segment/analytics-next` and its consent wrapper.
///
/// `hasUnmappedDestinations` is always true: false would make the wrapper drop every event of somebody who consented
/// to nothing, also the one that says so, and a withdrawal must always arrive. What may be kept is decided here, and
/// not by a script on the page. A page that must not send anything before consent sets `shouldLoadSegment`.
#[must_use]
pub fn segment(site: &Site<'_>) -> Json {
    let mut collect = json!({
        "apiKey": site.write_key,
        "unbundledIntegrations": [],
        "addBundledMetadata": false,
        "maybeBundledConfigIds": {},
        "versionSettings": {"version": "4.4.7", "componentTypes": ["browser"]},
        "protocol": site.protocol,
    });
    if let Some(api_host) = site.api_host {
        collect["apiHost"] = api_host.into();
    }
    let plan = json!({"__default": {"enabled": true, "integrations": {}}});
    json!({
        "integrations": {"Segment.io": collect},
        "plan": {"track": plan, "identify": plan, "group": plan},
        "edgeFunction": {},
        "analyticsNextEnabled": true,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "legacyVideoPluginsEnabled": false,
        "remotePlugins": [],
        "autoInstrumentationSettings": {"sampleRate": 0},
        "consentSettings": {"allCategories": site.consent_categories, "hasUnmappedDestinations": true},
    })
}

/// `GET /sourceConfig/` for rudder-sdk-js. Its own telemetry is off: it would go to its makers.
#[must_use]
pub fn rudder(site: &Site<'_>) -> Json {
    json!({
        "source": {
            "id": site.source,
            "name": site.source,
            "writeKey": site.write_key,
            "workspaceId": "amana",
            "enabled": true,
            "config": {"statsCollection": {"errors": {"enabled": false}, "metrics": {"enabled": false}}},
            "connections": [],
            "destinations": [],
            "dataplanes": {},
        },
        "updatedAt": "1970-01-01T00:00:00.000Z",
        "consentManagementMetadata": {"providers": []},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: Site<'_> = Site {
        write_key: "web_key",
        source: "shop_web",
        consent_categories: &["analytics", "marketing"],
        api_host: Some("collect.shop.example/v1"),
        protocol: "https",
    };

    #[test]
    fn segment_is_told_the_categories_and_where_to_send() {
        let settings = segment(&SITE);
        assert_eq!(settings["integrations"]["Segment.io"]["apiKey"], "web_key");
        assert_eq!(settings["integrations"]["Segment.io"]["apiHost"], "collect.shop.example/v1");
        assert_eq!(settings["consentSettings"]["allCategories"], json!(["analytics", "marketing"]));
        assert_eq!(settings["integrations"].as_object().unwrap().len(), 1, "nobody else is loaded into the page");
    }

    #[test]
    fn a_withdrawal_of_everything_is_still_sent() {
        assert_eq!(segment(&SITE)["consentSettings"]["hasUnmappedDestinations"], true);
    }

    #[test]
    fn rudder_finds_the_parts_it_insists_on() {
        let config = rudder(&SITE);
        assert_eq!(config["source"]["id"], "shop_web");
        assert!(config["source"]["config"].is_object());
        assert_eq!(config["source"]["destinations"], json!([]));
        assert_eq!(config["source"]["config"]["statsCollection"]["errors"]["enabled"], false);
    }
}
