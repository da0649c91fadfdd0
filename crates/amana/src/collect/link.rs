//! Addresses of pages, without what they say about the visitor.
//!
//! Query strings carry e-mail addresses, reset tokens, search terms and the click ids of advertisers; fragments and
//! the part before `@` carry sessions and passwords. Nobody declared a purpose for those, so they go before the
//! journal sees them. `utm_…` stays: it names a campaign of the sender, which the SDKs read from the same place.

use serde_json::{Map, Value as Json};

/// Takes user, query (except `utm_…`) and fragment off an address, whole or relative.
pub(super) fn bare(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let (place, rest) = url.split_at(end);
    let mut bare = without_user(place);
    if let Some(query) = rest.strip_prefix('?') {
        bare.push_str(&campaign(query));
    }
    bare
}

/// What may stay of a query string, with its `?`, or nothing.
pub(super) fn campaign(query: &str) -> String {
    let query = query.strip_prefix('?').unwrap_or(query);
    let query = query.split('#').next().unwrap_or_default();
    let mut kept = String::new();
    for pair in query.split('&').filter(|pair| names_a_campaign(pair)) {
        kept.push(if kept.is_empty() { '?' } else { '&' });
        kept.push_str(pair);
    }
    kept
}

fn names_a_campaign(pair: &str) -> bool {
    let named = pair.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("utm_"));
    // Some newsletters write the reader's address into utm_content.
    named && !pair.contains('@') && !pair.contains("%40")
}

fn without_user(place: &str) -> String {
    let authority = if let Some(scheme_end) = place.find("://") {
        scheme_end + 3
    } else if place.starts_with("//") {
        2
    } else {
        // `mailto:ann@example.org` is somebody's address and no page's.
        return if place.contains('@') { String::new() } else { place.to_owned() };
    };
    let (scheme, rest) = place.split_at(authority);
    let host_end = rest.find('/').unwrap_or(rest.len());
    let host_start = rest[..host_end].rfind('@').map_or(0, |at| at + 1);
    format!("{scheme}{}", &rest[host_start..])
}

/// Makes the named fields of a page's description bare; other kinds of values than text stay.
pub(super) fn make_bare(page: &mut Map<String, Json>, fields: &[&str]) {
    for field in fields {
        if let Some(Json::String(url)) = page.get_mut(*field)
            && url.contains(['?', '#', '@'])
        {
            *url = bare(url);
        }
    }
}

/// The same for `search`, which is a query string alone. In a track event it may be a word somebody searched for,
/// whose fate the schema decides: there only what begins with `?` is taken for a query.
pub(super) fn make_search_bare(page: &mut Map<String, Json>, always: bool) {
    if let Some(Json::String(search)) = page.get_mut("search")
        && (always || search.starts_with('?'))
    {
        *search = campaign(search);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_the_campaign_stays_of_a_query() {
        for (url, expected) in [
            ("https://shop.example/a/b", "https://shop.example/a/b"),
            ("https://shop.example/a?email=ann@example.org", "https://shop.example/a"),
            (
                "https://shop.example/a?q=x&utm_source=mail&gclid=1&UTM_Term=b",
                "https://shop.example/a?utm_source=mail&UTM_Term=b",
            ),
            ("https://shop.example/a?utm_content=ann%40example.org&utm_id=4", "https://shop.example/a?utm_id=4"),
            ("https://shop.example/#access_token=1?utm_source=x", "https://shop.example/"),
            ("https://shop.example?utm_id=1#token", "https://shop.example?utm_id=1"),
            ("https://ann:secret@shop.example/x@y", "https://shop.example/x@y"),
            ("https://ann@shop.example", "https://shop.example"),
            ("//u@shop.example/a", "//shop.example/a"),
            ("mailto:ann@example.org", ""),
            ("/checkout?step=2&token=abc", "/checkout"),
            ("?token=abc", ""),
            ("", ""),
        ] {
            assert_eq!(bare(url), expected, "{url}");
        }
        assert_eq!(campaign("?q=tents&utm_source=x"), "?utm_source=x");
        assert_eq!(campaign("q=tents"), "");
    }

    proptest! {
        #[test]
        fn making_bare_twice_changes_nothing_more(url in "(https?://)?[a-z@:/?#&=é%4]{0,40}(utm_a=1)?") {
            let once = bare(&url);
            prop_assert_eq!(bare(&once), once);
        }

        #[test]
        fn no_address_makes_it_panic(url in ".{0,60}") {
            let _ = (bare(&url), campaign(&url));
        }
    }
}
