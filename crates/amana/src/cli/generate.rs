//! `amana generate`: the files that are made from the code, committed and compared.

use super::{Failure, say};
use std::path::Path;

pub(super) fn generate(folder: &Path, check: bool) -> Result<(), Failure> {
    let schema = serde_json::to_string_pretty(&amana_core::catalog::catalog_json_schema())?;
    let files = [("openapi.json", crate::api::openapi_json()), ("catalog.schema.json", schema + "\n")];
    for (name, wanted) in files {
        let path = folder.join(name);
        if !check {
            std::fs::write(&path, wanted)?;
            say(format!("wrote {}", path.display()));
        } else if std::fs::read_to_string(&path).ok().as_deref() != Some(wanted.as_str()) {
            return Err(format!("{} is not up to date: run `cargo run -p amana -- generate`", path.display()).into());
        }
    }
    Ok(())
}
