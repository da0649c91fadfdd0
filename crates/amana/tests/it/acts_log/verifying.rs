//! `amana acts verify`, the weekly look at the folder: it passes when the acts are there, and not because nothing is.

use super::cut_short::cut_last;
use super::{ship, three_acts};
use crate::support::{CATALOG, Engine, House, on_both_engines};
use amana::acts_log::{ActsError, ActsShipping, verify};
use std::path::Path;
use std::process::{Command, Output};

on_both_engines!(a_folder_that_holds_less_than_was_shipped_is_refused_by_whom_it_came_from);

/// What the command says, and whether it passes.
fn look(folder: &Path, more: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_amana"));
    command.args(["acts", "verify"]).arg(folder).args(more);
    let Output { status, stdout, stderr } = tokio::task::block_in_place(|| command.output()).unwrap();
    (status.success(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
}

/// How the installation is named.
fn of(house: &House) -> Vec<&str> {
    let store = house.database().into_iter().flat_map(|url| ["--store", url]);
    ["--data", house.folder.path().to_str().unwrap()].into_iter().chain(store).collect()
}

/// A disk that is not mounted leaves an empty folder behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_without_any_record_is_not_whole() {
    let mut house = House::open(Engine::Embedded, CATALOG).await;
    let (whole, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    ship(&house, whole.path()).await;
    let head = house.app().acts().head().await.unwrap();
    house.leave().await;
    let noted = head.to_string();
    let refused = |why: &str| {
        assert!(matches!(verify(folder.path(), None, None), Err(ActsError::Nothing { .. })), "{why}");
        for more in [vec![], vec!["--head", &noted], of(&house)] {
            let (passed, told) = look(folder.path(), &more);
            assert!(!passed && told.contains("there are no shipped acts in"), "{why} {more:?}: {told}");
            assert!(told.contains(folder.path().to_str().unwrap()) && told.contains("acts-"), "{why}: {told}");
            assert!(told.contains("mounted") && !told.contains("whole"), "{why}: {told}");
        }
    };
    refused("empty");
    std::fs::write(folder.path().join("lost+found"), b"").unwrap();
    refused("something else lies there");
    // Whoever ships was cut off before the beginning of the first file was written, and then right after it.
    let name = format!("acts-{:020}.open", 0);
    let file = folder.path().join(&name);
    std::fs::write(&file, b"AMA").unwrap();
    refused("a torn beginning");
    let shipped = std::fs::read(whole.path().join(name)).unwrap();
    std::fs::write(&file, &shipped[..49]).unwrap();
    refused("a beginning without a record");
    std::fs::write(&file, shipped).unwrap();
    assert!(look(folder.path(), &["--head", &noted]).0);
    let (passed, told) = look(&folder.path().join("not-there"), &[]);
    assert!(!passed && told.contains("not-there"), "{told}");
}

async fn a_folder_that_holds_less_than_was_shipped_is_refused_by_whom_it_came_from(engine: Engine) {
    let mut house = House::open(engine, CATALOG).await;
    let (whole, cut) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    three_acts(&house, "dan").await;
    ship(&house, whole.path()).await;
    cut_last(whole.path(), cut.path());
    assert!(look(cut.path(), &[]).0, "the chain alone is whole: nobody can know");
    // What is not shipped yet is not missing.
    three_acts(&house, "eve").await;
    for served in [true, false] {
        let (passed, told) = look(whole.path(), &of(&house));
        assert!(passed && told.contains("as far as the installation has shipped: 4 records"), "{served}: {told}");
        assert!(told.contains("catalog"), "the records are opened: {told}");
        let (passed, told) = look(cut.path(), &of(&house));
        assert!(!passed && told.contains("1 records are missing at its end"), "served: {served}: {told}");
        assert!(told.contains(cut.path().to_str().unwrap()) && !told.contains("is whole"), "{told}");
        house.leave().await;
    }
    // A folder that goes further than the copy of a store remembers has everything of it.
    let mut copy = house.copied().await;
    house.acts.dir = Some(whole.path().to_owned());
    house.enter().await;
    house.leave().await;
    let (passed, told) = look(whole.path(), &of(&copy));
    assert!(passed && told.contains("7 records in") && told.contains("has shipped: 4 records"), "{told}");
    // Acts of the same number from another history are others: this copy was never brought up to date.
    let other = tempfile::tempdir().unwrap();
    copy.acts = ActsShipping { dir: Some(other.path().to_owned()), anew: true, end: false };
    copy.enter().await;
    three_acts(&copy, "fay").await;
    copy.leave().await;
    assert!(look(other.path(), &of(&copy)).0);
    house.enter().await;
    three_acts(&house, "gil").await;
    house.leave().await;
    assert!(look(whole.path(), &of(&house)).0);
    let (passed, told) = look(other.path(), &of(&house));
    assert!(!passed && told.contains("holds other acts than this installation"), "{told}");
}

/// Who names no database, or another one, asks a store that knows of nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_looks_into_another_database_is_not_told_that_all_is_there() {
    let engine = Engine::postgres().await;
    let Engine::Postgres { server, .. } = &engine else { panic!("it is one") };
    let other = server.new_database().await;
    let mut house = House::open(engine, CATALOG).await;
    let whole = tempfile::tempdir().unwrap();
    ship(&house, whole.path()).await;
    house.leave().await;
    let data = house.folder.path().to_str().unwrap();
    let (passed, told) = look(whole.path(), &["--data", data]);
    assert!(!passed && told.contains("--store"), "{told}");
    let (passed, told) = look(whole.path(), &["--data", data, "--store", &other]);
    assert!(!passed && told.contains("is empty"), "{told}");
    assert!(look(whole.path(), &of(&house)).0);
}
