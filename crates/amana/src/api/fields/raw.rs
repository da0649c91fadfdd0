//! Fields whose emptiness says something, and objects whose names are the caller's.

use super::Fields;
use serde_json::Value as Json;

impl Fields {
    /// Whether a field was sent with null, which clears what it stands for; then it is taken out.
    pub(in crate::api) fn is_cleared(&mut self, name: &'static str) -> bool {
        let cleared = self.map.get(name).is_some_and(Json::is_null);
        if cleared {
            self.known.push(name);
            self.map.shift_remove(name);
        }
        cleared
    }

    /// A value of whatever type, null included. None: it was not sent.
    pub(in crate::api) fn any(&mut self, name: &'static str) -> Option<Json> {
        self.known.push(name);
        self.map.shift_remove(name)
    }

    /// Takes everything out of an object whose names are not known beforehand.
    pub(in crate::api) fn entries(&mut self) -> Vec<(String, Json)> {
        std::mem::take(&mut self.map).into_iter().collect()
    }
}
