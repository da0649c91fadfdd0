//! Whoever names a folder in which no installation is gets an error and no installation: "nobody is known" would be taken
//! for the proof that somebody's data is gone (law 5: say only what is proved).

use crate::importing::{ORDERS, orders_csv};
use crate::support::{CATALOG, Engine, House, on_both_engines, write_key};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

on_both_engines!(
    every_command_that_looks_or_works_refuses_a_folder_without_an_installation,
    a_plan_is_refused_when_another_version_is_in_force,
);

/// What commands are given beside the folder.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        std::fs::write(desk.file("orders.csv"), orders_csv(3)).unwrap();
        std::fs::write(desk.file("map.toml"), ORDERS).unwrap();
        let catalog = crate::support::catalog(CATALOG, "http://127.0.0.1:9");
        std::fs::write(desk.file("org.toml"), catalog).unwrap();
        std::fs::create_dir(desk.file("acts")).unwrap();
        desk
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs a command about a folder: whether it was done, and what was said.
    fn run(&self, words: &[&str], data: &Path, store: Option<&str>) -> (bool, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_amana"));
        command.current_dir(self.0.path()).args(words).arg("--data").arg(data).stdin(Stdio::null());
        command.env("AMANA_FREE_SPACE_FLOOR_MIB", "0").env("AMANA_WRITE_KEY", write_key("shop"));
        store.map(|url| command.args(["--store", url]));
        let Output { status, stdout, stderr } = tokio::task::block_in_place(|| command.output()).unwrap();
        (status.success(), format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr)))
    }
}

/// Every command about an installation that is there.
const COMMANDS: &[&[&str]] = &[
    &["inspect", "keys", "user_id=dan"],
    &["inspect", "set-aside"],
    &["inspect", "set-aside", "--content"],
    &["set-aside", "resend"],
    &["set-aside", "delete", "--note", "none"],
    &["set-aside", "delete", "--note", "none", "--yes"],
    &["export"],
    &["apply", "org.toml", "--plan"],
    &["import", "orders.csv", "--map", "map.toml"],
    &["key", "archive", "keys.archive"],
    &["key", "index"],
    &["key", "rotate-index"],
    &["key", "rotate-master"],
    &["acts", "head"],
    &["acts", "verify", "acts"],
    &["acts", "apply", "acts", "--without-head"],
];

async fn every_command_that_looks_or_works_refuses_a_folder_without_an_installation(engine: Engine) {
    let desk = Desk::new();
    let (missing, empty) = (desk.file("typo"), desk.file("empty"));
    std::fs::create_dir(&empty).unwrap();
    for words in COMMANDS {
        for folder in [&missing, &empty] {
            let (done, told) = desk.run(words, folder, engine.url());
            assert!(!done, "{words:?} was done: {told}");
            let refused = format!("there is no installation in {}", folder.display());
            assert!(told.contains(&refused) && told.contains("--data"), "{words:?}: {told}");
            assert!(!told.contains("nobody is known"), "{words:?}: {told}");
        }
        assert!(!missing.exists(), "{words:?} made the folder");
        assert_eq!(std::fs::read_dir(&empty).unwrap().count(), 0, "{words:?} made something in the folder");
    }
    assert!(!desk.file("keys.archive").exists());
    // Keys are put into a copy that is there.
    let mut house = House::open(engine, CATALOG).await;
    let archive = desk.file("real.archive");
    let words = ["key", "archive", archive.to_str().unwrap()];
    let (done, told) = desk.run(&words, house.folder.path(), house.database());
    assert!(done, "{told}");
    house.leave().await;
    let words = ["key", "restore", archive.to_str().unwrap()];
    let (done, told) = desk.run(&words, &missing, house.database());
    assert!(!done && told.contains("there is no copy of an installation in"), "{told}");
    assert!(!missing.exists());
}

/// The folder of an installation has its keys also where PostgreSQL has everything else, so keys alone prove nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_forgets_or_mistypes_the_database_is_not_told_that_nobody_is_known() {
    let engine = Engine::postgres().await;
    let Engine::Postgres { server, .. } = &engine else { panic!("it is one") };
    let other = server.new_database().await;
    let (desk, mut house) = (Desk::new(), House::open(engine, CATALOG).await);
    house.leave().await;
    let folder = house.folder.path();
    for words in COMMANDS {
        let (done, told) = desk.run(words, folder, None);
        assert!(!done && told.contains("has no store there") && told.contains("--store"), "{words:?}: {told}");
        assert!(!folder.join("store").exists(), "{words:?} made a store");
    }
    for words in [&["inspect", "keys", "user_id=dan"], &["export"] as &[&str], &["acts", "head"]] {
        let (done, told) = desk.run(words, folder, Some(&other));
        assert!(!done && told.contains("the database of --store is empty"), "{words:?}: {told}");
        let (done, told) = desk.run(words, folder, house.database());
        assert!(done, "{words:?}: {told}");
    }
}

/// Applying is one way to begin, and says that it does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn applying_begins_an_installation_only_when_told_to() {
    let desk = Desk::new();
    let data = desk.file("new");
    let (done, told) = desk.run(&["apply", "org.toml"], &data, None);
    assert!(!done && told.contains("there is no installation in") && told.contains("--yes"), "{told}");
    assert!(!data.exists(), "nobody was asked");
    let (done, told) = desk.run(&["apply", "org.toml", "--yes"], &data, None);
    assert!(done && told.contains("a new one begins") && told.contains("version 1 is in force"), "{told}");
    let (done, told) = desk.run(&["export"], &data, None);
    assert!(done && told.contains("A Shop"), "{told}");
    let (done, told) = desk.run(&["apply", "org.toml", "--plan"], &data, None);
    assert!(done && !told.contains("begins"), "{told}");
}

/// A plan is one against a version: who names another has planned something else.
async fn a_plan_is_refused_when_another_version_is_in_force(engine: Engine) {
    let (desk, mut house) = (Desk::new(), House::open(engine, CATALOG).await);
    std::fs::write(desk.file("next.toml"), house.filled(&CATALOG.replacen("A Shop", "The Shop", 1))).unwrap();
    for served in [true, false] {
        let run = |base: &str| {
            let words = ["apply", "next.toml", "--plan", "--base", base];
            desk.run(&words, house.folder.path(), house.database())
        };
        let (done, told) = run("99");
        assert!(
            !done && told.contains("version 99 was planned against, but version 1 is in force"),
            "{served}: {told}"
        );
        assert!(!told.contains("The Shop"), "nothing is shown: {told}");
        let (done, told) = run("1");
        assert!(done && told.contains("The Shop"), "{served}: {told}");
        house.leave().await;
    }
}
