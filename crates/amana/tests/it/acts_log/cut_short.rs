//! A folder of acts whose end was cut off is whole in itself. Without a head that was noted elsewhere nobody can know, and
//! then nothing is done with people's data (DESIGN §7 *Acts log*).

use super::restore::{apply_acts, back_up, head_of};
use super::{house, ship, viewed};
use crate::support::{Engine, House, act_on, on_both_engines};
use amana::acts_log::apply::ApplyError;
use amana::acts_log::{ActsError, ActsShipping, Head, Outgoing};
use amana::key_archive;
use bytes::Bytes;
use reqwest::Method;
use serde_json::json;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

on_both_engines!(
    a_folder_whose_end_is_cut_off_is_not_applied,
    without_a_head_nothing_but_subject_access_is_served_until_staff_confirm,
);

/// A copy of yesterday, the keys of now, and the acts of today without the last: a withdrawal.
struct Restored {
    copy: House,
    archive: std::path::PathBuf,
    whole: TempDir,
    cut: TempDir,
    noted: Head,
    _keys: TempDir,
}

async fn restored(engine: Engine) -> Restored {
    let (whole, cut, keys) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let archive = keys.path().join("keys.archive");
    let mut house = house(engine).await;
    let now = house.clock.now().to_string();
    house.send("panel", viewed("dan", "m1", true, &now)).await.expect(200);
    house.act("privacy", "user_id/dan", act_on("grant", "news")).await.expect(200);
    ship(&house, whole.path()).await;
    house.leave().await;
    let mut copy = house.copied().await;
    house.acts.dir = Some(whole.path().to_owned());
    copy.acts.dir = Some(cut.path().to_owned());
    house.enter().await;
    for act in ["withdraw", "grant", "withdraw"] {
        house.advance(Duration::from_secs(60));
        house.act("privacy", "user_id/dan", act_on(act, "news")).await.expect(200);
    }
    let noted = house.app().acts().head().await.unwrap();
    back_up(&house, &archive).await;
    house.leave().await;
    assert_eq!(head_of(whole.path()), noted);
    cut_last(whole.path(), cut.path());
    Restored { copy, archive, whole, cut, noted, _keys: keys }
}

/// The records of a folder but the last, in a folder that is whole.
pub(super) fn cut_last(from: &Path, to: &Path) {
    let mut incoming = amana::acts_log::Incoming::open(from).unwrap();
    let (mut records, mut begins): (Vec<Bytes>, _) = (Vec::new(), None);
    while let Some((before, record)) = incoming.next_record().unwrap() {
        begins.get_or_insert(before);
        records.push(record.into());
    }
    records.pop();
    Outgoing::resume(to, begins.unwrap()).unwrap().append(&records).unwrap();
}

async fn a_folder_whose_end_is_cut_off_is_not_applied(engine: Engine) {
    let Restored { mut copy, archive, whole, cut, noted, _keys } = restored(engine).await;
    key_archive::restore_keys(&copy.config(), &archive).await.unwrap();
    let refused = apply_acts(&copy, cut.path(), Some(noted)).await.unwrap_err();
    let ApplyError::Acts(ActsError::Short { .. }) = &refused else { panic!("{refused}") };
    // What was noted before the copy was made proves nothing.
    let refused = apply_acts(&copy, cut.path(), Some(Head { next: 1, ..noted })).await.unwrap_err();
    assert!(matches!(refused, ApplyError::HeadTooOld { .. }), "{refused}");
    // Nothing was applied of what was too short, and nothing is served as if it were whole.
    copy.acts = ActsShipping { end: true, ..ActsShipping::default() };
    copy.enter().await;
    copy.get("privacy", "profiles/user_id/dan?purpose=news").await.problem(503, "restore_unconfirmed");
    copy.leave().await;
    assert_eq!(apply_acts(&copy, whole.path(), Some(noted)).await.unwrap().acts, 3);
    assert_eq!(apply_acts(&copy, whole.path(), Some(noted)).await.unwrap().acts, 0, "again");
    copy.enter().await;
    assert_eq!(copy.state("user_id/dan", "news").await, "withdrawn");
    copy.leave().await;
}

async fn without_a_head_nothing_but_subject_access_is_served_until_staff_confirm(engine: Engine) {
    let Restored { mut copy, archive, cut, _keys, .. } = restored(engine).await;
    key_archive::restore_keys(&copy.config(), &archive).await.unwrap();
    assert_eq!(apply_acts(&copy, cut.path(), None).await.unwrap().acts, 2);
    for _ in 0..2 {
        copy.enter().await;
        refuses_everything_but_subject_access(&copy).await;
        // Also after a start.
        copy.leave().await;
    }
    copy.enter().await;
    let confirm = async |role: &str, body| copy.ask(role, Method::POST, "restore/confirm", Some(body)).await;
    confirm("service", json!({"note": "x"})).await.problem(403, "role_not_allowed");
    confirm("privacy", json!({})).await.problem(422, "invalid_fields");
    let confirmed = confirm("privacy", json!({"note": "nobody withdrew that day"})).await.expect(200).json;
    assert_eq!(confirmed["confirmed"], true);
    assert_eq!(confirm("admin", json!({"note": "again"})).await.expect(200).json["confirmed"], false);
    let now = copy.clock.now().to_string();
    copy.send("panel", viewed("dan", "m2", true, &now)).await.expect(200);
    assert_eq!(copy.state("user_id/dan", "news").await, "given", "as the acts tell that there are");
    copy.restart().await;
    copy.get("privacy", "profiles/user_id/dan?purpose=news").await.expect(200);
    copy.ask("admin", Method::GET, "ready", None).await.expect(200);
}

async fn refuses_everything_but_subject_access(copy: &House) {
    let now = copy.clock.now().to_string();
    for path in [
        "profiles/user_id/dan?purpose=news",
        "profiles/user_id/dan/permissions",
        "profiles/user_id/dan/keys",
        "restrictions",
    ] {
        copy.get("privacy", path).await.problem(503, "restore_unconfirmed");
    }
    copy.get("marketing", "audiences/readers").await.problem(503, "restore_unconfirmed");
    copy.act("service", "user_id/dan", act_on("grant", "orders")).await.problem(503, "restore_unconfirmed");
    copy.post_events("panel", viewed("dan", "m2", true, &now)).await.problem(503, "restore_unconfirmed");
    let rows = copy.collect("shop", "/v1/import?map=m").header("content-type", "text/csv").body("id\n1\n");
    crate::support::reply(rows).await.problem(503, "restore_unconfirmed");
    let ready = copy.ask("admin", Method::GET, "ready", None).await.problem(503, "not_ready");
    assert_eq!(ready.json["errors"][0]["code"], "restore_unconfirmed", "{}", ready.text);
    let own = copy.get("privacy", "profiles/user_id/dan?purpose=news&use=disclose:subject").await.expect(200);
    assert!(own.json["profile_id"].is_string());
    for what in ["timeline", "preferences", "identity"] {
        let path = format!("profiles/user_id/dan/{what}?purpose=news");
        copy.get("privacy", &path).await.problem(503, "restore_unconfirmed");
        copy.get("privacy", &format!("{path}&use=profile")).await.problem(503, "restore_unconfirmed");
        copy.get("privacy", &format!("{path}&use=disclose:subject")).await.expect(200);
    }
    // Whoever may not ask is told no more than before.
    copy.get("service", "profiles/user_id/dan?purpose=news&use=disclose:subject")
        .await
        .problem(403, "purpose_not_for_key");
}

/// Whoever leaves the head out is told of both ways, and nothing is done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_asks_for_a_head() {
    let Restored { copy, archive, whole, cut, noted, _keys } = restored(Engine::Embedded).await;
    key_archive::restore_keys(&copy.config(), &archive).await.unwrap();
    let apply = |folder: &Path, more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_amana"));
        command.args(["acts", "apply"]).arg(folder).args(more).args(["--free-space-floor", "0", "--data"]);
        let output = tokio::task::block_in_place(|| command.arg(copy.folder.path()).output()).unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(said).unwrap())
    };
    let (done, said) = apply(whole.path(), &[]);
    assert!(!done && said.contains("--head"), "{said}");
    let noted = noted.to_string();
    let (done, said) = apply(cut.path(), &["--head", &noted]);
    assert!(!done && said.contains("1 records are missing at its end"), "{said}");
    let (done, said) = apply(cut.path(), &["--without-head"]);
    assert!(done && said.contains("restore/confirm"), "{said}");
    let (done, said) = apply(whole.path(), &["--head", &noted]);
    assert!(done && said.contains("1 acts") && !said.contains("confirm"), "{said}");
}
