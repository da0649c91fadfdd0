//! The user agent, reduced to what statistics need: family, major version, system.
//!
//! A whole user agent string helps to tell one device from another (it is part of every fingerprint), and apps write
//! names and serial numbers into theirs. What comes out of here is from closed lists, with at most four digits.

use super::limits::USER_AGENT_BYTES_MAX;

/// Names browsers and libraries give themselves, the family they stand for, and their rank: nearly all claim to be
/// Chrome and Safari too, so the highest rank is what it is.
const FAMILIES: &[(&str, &str, u8)] = &[
    ("Edg", "Edge", 4),
    ("EdgA", "Edge", 4),
    ("EdgiOS", "Edge", 4),
    ("Edge", "Edge", 4),
    ("OPR", "Opera", 4),
    ("OPiOS", "Opera", 4),
    ("Opera", "Opera", 4),
    ("SamsungBrowser", "SamsungBrowser", 4),
    ("YaBrowser", "YaBrowser", 4),
    ("Vivaldi", "Vivaldi", 4),
    ("UCBrowser", "UCBrowser", 4),
    ("MiuiBrowser", "MiuiBrowser", 4),
    ("HuaweiBrowser", "HuaweiBrowser", 4),
    ("DuckDuckGo", "DuckDuckGo", 4),
    ("Ddg", "DuckDuckGo", 4),
    ("Firefox", "Firefox", 3),
    ("FxiOS", "Firefox", 3),
    ("Chrome", "Chrome", 2),
    ("CriOS", "Chrome", 2),
    ("Chromium", "Chrome", 2),
    ("IE", "IE", 2),
    ("analytics-node", "analytics-node", 2),
    ("analytics-node-next", "analytics-node", 2),
    ("analytics-python", "analytics-python", 2),
    ("okhttp", "okhttp", 2),
    ("python-requests", "python-requests", 2),
    ("axios", "axios", 2),
    ("curl", "curl", 2),
    ("Dart", "Dart", 2),
    ("CFNetwork", "CFNetwork", 2),
    ("Safari", "Safari", 1),
];

/// Words for systems, the system, and their rank: Android says Linux too.
const SYSTEMS: &[(&str, &str, u8)] = &[
    ("Android", "Android", 3),
    ("iPhone", "iOS", 3),
    ("iPad", "iOS", 3),
    ("iPod", "iOS", 3),
    ("iOS", "iOS", 3),
    ("CrOS", "ChromeOS", 3),
    ("ChromeOS", "ChromeOS", 3),
    ("Windows", "Windows", 2),
    ("Macintosh", "macOS", 2),
    ("macOS", "macOS", 2),
    ("Linux", "Linux", 1),
];

#[derive(Default)]
struct Found<'a> {
    family: Option<(&'static str, &'a str, u8)>,
    system: Option<(&'static str, u8)>,
    safari_version: Option<&'a str>,
}

/// Reduces a user agent, whole or already reduced, to the form `Chrome/126 Android`; `other` when nothing is known.
#[must_use]
pub fn reduced(user_agent: &str) -> String {
    let found = look(beginning(user_agent));
    let mut text = String::with_capacity(32);
    if let Some((family, version, _)) = found.family {
        text.push_str(family);
        let version = if family == "Safari" { found.safari_version.unwrap_or(version) } else { version };
        let digits = version.bytes().take_while(u8::is_ascii_digit).count().min(4);
        if digits > 0 {
            text.push('/');
            text.push_str(&version[..digits]);
        }
    }
    if let Some((system, _)) = found.system {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(system);
    }
    if text.is_empty() { "other".to_owned() } else { text }
}

/// The part of a user agent that is looked at.
pub(super) fn beginning(user_agent: &str) -> &str {
    let end = user_agent.floor_char_boundary(USER_AGENT_BYTES_MAX);
    &user_agent[..end]
}

fn look(user_agent: &str) -> Found<'_> {
    let mut found = Found::default();
    let words = user_agent.split([' ', ';', '(', ')', ',']).filter(|word| !word.is_empty());
    let mut expects_ie_version = false;
    for word in words {
        let (name, version) = word.split_once('/').unwrap_or((word, ""));
        match name {
            "Version" => found.safari_version = Some(version),
            "MSIE" => expects_ie_version = true,
            // Internet Explorer 11 no longer says MSIE; Trident/7.0 is its engine.
            "Trident" if found.family.is_none() => found.family = Some(("IE", "11", 2)),
            _ if expects_ie_version => {
                expects_ie_version = false;
                found.family = Some(("IE", name, 2));
            }
            _ => consider(&mut found, name, version),
        }
    }
    found
}

fn consider<'a>(found: &mut Found<'a>, name: &str, version: &'a str) {
    if let Some(&(_, family, rank)) = FAMILIES.iter().find(|(known, ..)| *known == name)
        && found.family.is_none_or(|(.., other)| rank > other)
    {
        found.family = Some((family, version, rank));
    }
    if let Some(&(_, system, rank)) = SYSTEMS.iter().find(|(known, ..)| *known == name)
        && found.system.is_none_or(|(_, other)| rank > other)
    {
        found.system = Some((system, rank));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SAMPLES: &[(&str, &str)] = &[
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
            "Chrome/126 Android",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
            "Edge/126 Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            "Safari/17 iOS",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605 (KHTML) CriOS/125.0 Mobile Safari/604.1",
            "Chrome/125 iOS",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox/127 macOS"),
        (
            "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36",
            "Chrome/126 ChromeOS",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0", "Firefox/115 Linux"),
        ("Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0)", "IE/9 Windows"),
        ("Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko", "IE/11 Windows"),
        ("analytics-node-next/latest", "analytics-node"),
        ("analytics-python/2.3.4", "analytics-python/2"),
        ("AnnsApp/1.0 (serial 4711; iOS 17)", "iOS"),
        ("ann@example.org", "other"),
        ("Chrome/1234567890123 x", "Chrome/1234"),
        ("", "other"),
    ];

    #[test]
    fn family_major_version_and_system_are_all_that_stays() {
        for (user_agent, expected) in SAMPLES {
            assert_eq!(reduced(user_agent), *expected, "{user_agent}");
        }
    }

    #[test]
    fn what_is_reduced_stays_as_it_is() {
        for (_, reduced_once) in SAMPLES {
            assert_eq!(reduced(reduced_once), *reduced_once);
        }
    }

    proptest! {
        #[test]
        fn nothing_free_comes_through(user_agent in "[A-Za-z0-9/;() .é-]{0,80}|.{0,600}") {
            let reduced = reduced(&user_agent);
            prop_assert!(reduced.len() <= 40);
            for word in reduced.split([' ', '/']) {
                let listed = FAMILIES.iter().any(|(_, family, _)| *family == word)
                    || SYSTEMS.iter().any(|(_, system, _)| *system == word);
                prop_assert!(listed || word == "other" || word.bytes().all(|byte| byte.is_ascii_digit()));
            }
        }
    }
}
