//! Import: files become events and acts, once (issue 3, "Import").

mod acts;
mod again;
mod command;
mod evidence;
mod formats;
mod killed;
mod orders;
mod processes;
mod progress;
mod refusals;
mod rights;
mod tried_again;

use crate::support::{House, Reply, reply, write_key};

/// Customers, as a German system exports them.
pub(crate) const CUSTOMERS: &str = r#"
kind = "identify"
null = ["", "NULL"]
decimal_comma = true
csv.delimiter = ";"
timestamp = { column = "geaendert", format = "%d.%m.%Y %H:%M", time_zone = "Europe/Berlin" }
[identifiers]
user_id = "kunde_nr"
[traits]
firstName = "vorname"
email = "mail"
"#;

/// Orders.
pub(crate) const ORDERS: &str = r#"
kind = "track"
event = "Order Completed"
timestamp = "at"
identifiers.user_id = "customer"
[properties]
order_id = "order"
revenue = { column = "amount", type = "number" }
"#;

impl House {
    /// Keeps a map for a source.
    pub(crate) async fn put_map(&self, source: &str, name: &str, text: &str) -> Reply {
        let url = format!("{}/v1/import/maps/{name}", self.base);
        reply(self.client().put(url).basic_auth(write_key(source), None::<&str>).body(text.to_owned())).await
    }

    /// Imports a file by a map, and waits until it is worked on.
    pub(crate) async fn import(&self, source: &str, map: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Reply {
        self.put_map(source, "map", map).await.expect(200);
        self.import_by(source, content_type, body).await
    }

    /// The same by the map that was kept last.
    pub(crate) async fn import_by(&self, source: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Reply {
        let request = self.collect(source, "/v1/import?map=map").header("content-type", content_type);
        let reply = reply(request.body(body.into())).await;
        self.settle().await;
        reply
    }

    /// How many orders somebody has.
    pub(crate) async fn orders_of(&self, person: &str) -> u64 {
        self.profile(&format!("user_id/{person}"), "orders").await.json["metrics"]["orders"].as_u64().unwrap_or(0)
    }
}

/// Orders of one person.
pub(crate) fn orders_of(person: &str, rows: u64) -> String {
    let row = |row: u64| format!("{person},{person}-{row},12.5,2026-02-01T10:00:00Z\n");
    format!("customer,order,amount,at\n{}", (0..rows).map(row).collect::<String>())
}

/// Orders of ten people.
pub(crate) fn orders_csv(rows: u64) -> String {
    let row = |row: u64| format!("u{},o{row},12.5,2026-02-01T10:00:00Z\n", row % 10);
    format!("customer,order,amount,at\n{}", (0..rows).map(row).collect::<String>())
}
