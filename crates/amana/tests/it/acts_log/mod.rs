//! The log of all acts: complete, shipped, checked, and applied to a store that is older (DESIGN §7 *Acts log*).

mod again;
mod archive;
mod bans;
mod cut_short;
mod damage;
mod leftovers;
mod notices;
mod past;
mod restore;
mod rotation;
mod shipping;
mod verifying;

use crate::keys::withdrawal::PANEL;
use crate::support::{CATALOG, Engine, House, act_on};
use amana::acts_log::{ActsKeys, ActsLog, Incoming, LogEntry, Outgoing, Record, Shipper};
use amana_core::permission::ActKind;
use bytes::Bytes;
use serde_json::json;
use std::path::Path;

/// A shop with a panel whose data is kept by consent alone.
async fn house(engine: Engine) -> House {
    House::open(engine, &format!("{CATALOG}{PANEL}")).await
}

/// Somebody who agreed, bought, and took back.
async fn three_acts(house: &House, person: &str) {
    let person = format!("user_id/{person}");
    for act in ["grant", "withdraw", "grant"] {
        house.advance(std::time::Duration::from_secs(1));
        house.act("privacy", &person, act_on(act, "news")).await.expect(200);
    }
}

/// Everything in a store's own acts log.
async fn logged(house: &House) -> Vec<LogEntry> {
    let log = house.app().acts();
    let records = log.read(0, usize::MAX).await.unwrap();
    records.iter().map(|record| Record::read(record).unwrap().open(log.keys()).unwrap()).collect()
}

/// Everything in a folder.
fn shipped(dir: &Path, keys: &ActsKeys) -> Vec<LogEntry> {
    let mut incoming = Incoming::open(dir).unwrap();
    let mut entries = Vec::new();
    while let Some((_, record)) = incoming.next_record().unwrap() {
        entries.push(Record::read(&record).unwrap().open(keys).unwrap());
    }
    entries
}

/// Ships everything that is there.
async fn ship(house: &House, dir: &Path) {
    let mut shipper = Shipper::new(house.app().acts().clone(), dir);
    while shipper.ship().await.unwrap() {}
}

/// Ships everything that is there and copies the store as it is then; whoever goes on of both ships to the same folder.
async fn shipped_and_copied(house: &mut House, acts: &Path) -> House {
    ship(house, acts).await;
    house.leave().await;
    let mut copy = house.copied().await;
    house.acts.dir = Some(acts.to_owned());
    copy.acts.dir = Some(acts.to_owned());
    house.enter().await;
    copy
}

/// The records of a store, shipped by hand into files of a size.
async fn ship_in_files_of(house: &House, dir: &Path, bytes: u64) {
    let records: Vec<Bytes> = house.app().acts().read(0, usize::MAX).await.unwrap();
    let mut outgoing = Outgoing::resume(dir, Default::default()).unwrap().with_files_of(bytes);
    outgoing.append(&records).unwrap();
}

fn kinds(entries: &[LogEntry]) -> Vec<String> {
    entries.iter().map(LogEntry::kind).collect()
}

fn acts_of_kind(entries: &[LogEntry], kind: ActKind) -> usize {
    entries.iter().filter(|entry| matches!(entry, LogEntry::Act(of) if of.act.kind == kind)).count()
}

fn name() -> amana_store::LogName {
    ActsLog::name()
}

/// An event of the panel with its consent field.
fn viewed(person: &str, message: &str, agreed: bool, at: &str) -> serde_json::Value {
    json!([{"type": "track", "event": "Product Viewed", "userId": person, "messageId": message,
        "properties": {"name": message}, "context": {"consent": {"categoryPreferences": {"taste": agreed}}},
        "timestamp": at}])
}
