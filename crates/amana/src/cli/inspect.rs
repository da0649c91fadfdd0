//! `amana inspect`: what lies in an installation, without reading any of it.

use super::installed::opened;
use super::local::Local;
use super::{Failure, InspectKeys, say};
use crate::app::App;
use crate::profile::Sought;
use crate::profile::keys::keys_of;
use reqwest::Method;
use serde_json::Value as Json;

/// Shows which keys a person's data still has: through the process that serves, or by itself where none does.
pub(super) async fn keys(arguments: InspectKeys) -> Result<(), Failure> {
    let (kind, value) = arguments.identifier.split_once('=').ok_or("expected kind=value, such as user_id=4711")?;
    let keys = match Local::find(&arguments.place.data).await? {
        Some(local) => {
            let mut url = url::Url::parse("http://local/api/v1/profiles")?;
            url.path_segments_mut().map_err(|()| "the address has no path")?.extend([kind, value, "keys"]);
            url.query_pairs_mut().append_pair("scope", &arguments.scope);
            let path = format!("{}?{}", url.path(), url.query().unwrap_or_default());
            local.ask(Method::GET, &path, None).await?.json()?
        }
        None => {
            let sought = Sought { kind, value, scope: &arguments.scope };
            let look = async |app: &App| Ok(keys_of(app, sought, &[]).await?);
            serde_json::to_value(opened(&arguments.place, look).await?)?
        }
    };
    if arguments.json {
        say(serde_json::to_string_pretty(&keys)?);
    } else {
        in_words(&keys).into_iter().for_each(say);
    }
    Ok(())
}

fn in_words(keys: &Json) -> Vec<String> {
    let list = |json: &Json, name: &str| json[name].as_array().cloned().unwrap_or_default();
    let texts =
        |json: &Json, name: &str| list(json, name).iter().filter_map(Json::as_str).collect::<Vec<_>>().join(", ");
    let mut words = vec![format!("root file generation {}", keys["root_generation"])];
    if keys["journal_epochs"].as_u64().is_some_and(|epochs| epochs > 1) {
        words.push(format!(
            "{} epochs of the journal can be read: an older copy of it may still hold what was destroyed lately",
            keys["journal_epochs"]
        ));
    }
    let fragments = list(keys, "fragments");
    if fragments.is_empty() {
        words.push("nobody is known by this identifier".into());
    }
    for fragment in fragments {
        let name = |field: &str| fragment[field].as_str().unwrap_or_default().to_owned();
        words.push(format!("{} {} (bucket {})", name("kind"), name("fragment"), fragment["bucket"]));
        let classes = list(&fragment, "classes");
        if classes.is_empty() {
            words.push(
                "  no class has a key: none of its data can be read (what is left besides: docs/backup.md)".into(),
            );
        }
        if fragment["pending"] == true {
            words.push(
                "  keys are being destroyed: an older copy of the store may still open what has no key here".into(),
            );
        }
        for class in classes {
            words.push(format!("  class {} for {}", class["class"], texts(&class, "purposes")));
            let holding = if class["holding"] == true { "a key" } else { "no key" };
            let months = texts(&class, "months");
            let months = if months.is_empty() { "no month".into() } else { months };
            words.push(format!("    traits, metrics: {holding}; events: {} rows, keys for {months}", class["rows"]));
        }
        if fragment["unreadable_rows"] != 0 {
            words.push(format!("  {} rows that no key opens wait to be cleared away", fragment["unreadable_rows"]));
        }
    }
    words
}
