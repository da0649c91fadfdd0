//! `amana import`: what people type.

use super::{CUSTOMERS, ORDERS, orders_csv};
use crate::keys::withdrawal::PANEL;
use crate::support::{CATALOG, Engine, House, act_on, on_both_engines, write_key};
use amana::pipeline::TallyName;
use std::path::Path;
use std::process::{Command, Output};

on_both_engines!(
    the_command_imports_tells_and_is_safe_to_run_again,
    what_nobody_may_keep_is_not_said_to_be_kept,
    rejected_rows_end_in_a_file_and_a_code,
    a_dry_run_shows_what_rows_become_and_sends_nothing,
    a_dry_run_shows_every_kind_of_act,
    what_cannot_be_done_says_why_and_ends_with_two,
);

/// Looks at products, which are kept by consent and by nothing else.
const LOOKS: &str = "kind = \"track\"\nevent = \"Product Viewed\"\ntimestamp = \"at\"\nidentifiers.user_id = \"customer\"\n\
    properties.name = \"product\"\n";

async fn import(house: &House, folder: &Path, file: &str, map: &str, more: &[&str]) -> (i32, String) {
    import_of("shop", house, folder, file, map, more).await
}

/// Imports what a source has.
async fn import_of(source: &str, house: &House, folder: &Path, file: &str, map: &str, more: &[&str]) -> (i32, String) {
    std::fs::write(folder.join("map.toml"), map).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_amana"));
    command.current_dir(folder).args(["import", file, "--map", "map.toml", "--source", &write_key(source)]);
    command.args(["--server", &house.base]).args(more);
    let Output { status, stdout, stderr } = tokio::task::block_in_place(|| command.output()).unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    house.settle().await;
    (status.code().unwrap(), told)
}

async fn the_command_imports_tells_and_is_safe_to_run_again(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("orders.csv"), orders_csv(12_000)).unwrap();
    let (code, told) = import(&house, folder.path(), "orders.csv", ORDERS, &[]).await;
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("12000 accepted, 0 were there already"), "{told}");
    let (code, told) = import(&house, folder.path(), "orders.csv", ORDERS, &[]).await;
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("0 accepted, 12000 were there already"), "{told}");
    assert_eq!(house.orders_of("u7").await, 1_200);
}

/// What may be kept is decided when a row is worked on, and what a person refused is not.
async fn what_nobody_may_keep_is_not_said_to_be_kept(engine: Engine) {
    let house = House::open(engine, &format!("{CATALOG}{PANEL}")).await;
    let folder = tempfile::tempdir().unwrap();
    house.act("privacy", "user_id/dan", act_on("refuse", "taste")).await.expect(200);
    std::fs::write(
        folder.path().join("looks.csv"),
        "customer,product,at\ndan,p1,2026-02-03\ndan,p2,2026-02-03\ndan,p3,2026-02-03\n",
    )
    .unwrap();
    let (code, told) = import_of("panel", &house, folder.path(), "looks.csv", LOOKS, &[]).await;
    assert_eq!((house.tally(TallyName::EventsKept).await, house.tally(TallyName::EventsUnpermitted).await), (0, 3));
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("3 accepted, 0 were there already") && !told.contains("kept"), "{told}");
}

async fn rejected_rows_end_in_a_file_and_a_code(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let folder = tempfile::tempdir().unwrap();
    let file =
        "customer,order,amount,at\nu1,\"two\nlines\",1,2026-02-01\nu2,o2,much,2026-02-01\nu3,o3\nu4,o4,4,2026-02-01\n";
    std::fs::write(folder.path().join("orders.csv"), file).unwrap();
    for accepted in ["2 accepted, 0 were there already", "0 accepted, 2 were there already"] {
        let (code, told) = import(&house, folder.path(), "orders.csv", ORDERS, &["--rejects", "rejects.csv"]).await;
        assert_eq!(code, 1, "{told}");
        assert!(told.contains(accepted) && told.contains("2 rejected"), "{told}");
        let rejects = std::fs::read_to_string(folder.path().join("rejects.csv")).unwrap();
        let lines: Vec<&str> = rejects.lines().collect();
        assert_eq!(lines[0], "line,field,code,reason");
        assert!(lines[1].starts_with("4,\"amount\",wrong_type,"), "{rejects}");
        assert!(lines[2].starts_with("5,\"\",column_count,"), "{rejects}");
        assert_eq!(lines.len(), 3);
    }
}

async fn a_dry_run_shows_what_rows_become_and_sends_nothing(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let folder = tempfile::tempdir().unwrap();
    let file = "kunde_nr;vorname;mail;geaendert;intern\nk1;Ann;;01.02.2026 13:00;x\n";
    std::fs::write(folder.path().join("people.csv"), file).unwrap();
    let (code, told) = import(&house, folder.path(), "people.csv", CUSTOMERS, &["--dry-run"]).await;
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("\"firstName\": \"Ann\"") && told.contains("Not used: intern"), "{told}");
    assert!(!house.is_known("user_id/k1").await);
}

async fn a_dry_run_shows_every_kind_of_act(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let folder = tempfile::tempdir().unwrap();
    let map = "kind = \"acts\"\ntimestamp = \"at\"\nidentifiers.user_id = \"id\"\n\
        [[acts]]\nact = \"restrict\"\ntarget = \"person\"\nevidence.note = \"why\"\n\
        [[acts]]\nact = \"correct\"\nfield = \"firstName\"\nvalue = \"name\"\n\
        [[acts]]\nact = \"prefer\"\npreferences.channels = \"by\"\n\
        preferences.at_most = { count = \"most\", period = { value = \"P1W\" } }\n\
        preferences.topics.tours = { value = \"x\" }\n";
    std::fs::write(
        folder.path().join("acts.csv"),
        "id,at,why,name,by,most\nk1,2026-02-01,disputed,Ann,\"post email\",2\n",
    )
    .unwrap();
    let (code, told) = import(&house, folder.path(), "acts.csv", map, &["--dry-run"]).await;
    assert_eq!(code, 2, "a word that no topic knows is refused with its place: {told}");
    assert!(told.contains("acts[2].preferences.topics.tours"), "{told}");
    let map = map.replace("preferences.topics.tours = { value = \"x\" }\n", "");
    let (code, told) = import(&house, folder.path(), "acts.csv", &map, &["--dry-run"]).await;
    assert_eq!(code, 0, "{told}");
    for shown in ["\"restrict\"", "\"disputed\"", "\"firstName\"", "\"Ann\"", "\"post\"", "\"count\": 2", "\"P7D\""] {
        assert!(told.contains(shown), "{shown}: {told}");
    }
    assert!(told.contains("Every column is used") && !house.is_known("user_id/k1").await, "{told}");
}

async fn what_cannot_be_done_says_why_and_ends_with_two(engine: Engine) {
    let house = House::open(engine, CATALOG).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("people.csv"), "kunde_nr\nk1\n").unwrap();
    for (file, map, why) in [
        ("people.csv", "kind = \"identify\"\nidentifers.user_id = \"kunde_nr\"\n", "map.toml:2:"),
        ("people.csv", CUSTOMERS, "the file has no column"),
        ("nothing.csv", CUSTOMERS, "nothing.csv"),
    ] {
        let (code, told) = import(&house, folder.path(), file, map, &[]).await;
        assert_eq!(code, 2, "{told}");
        assert!(told.contains(why), "{told}");
    }
}
