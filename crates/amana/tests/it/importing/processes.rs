//! The command and the server as processes of their own: killed, started again, and held against their memory.

use super::{ORDERS, orders_csv};
use crate::support::{CATALOG, Engine, Place, Server, on_both_engines, reply, write_key};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

on_both_engines!(
    the_command_counts_every_row_once_whoever_is_killed,
    a_folder_that_nobody_serves_is_imported_into_and_killed_meanwhile,
);

const ROWS: u64 = 20_000;

/// A file with its map, ready to be imported.
struct Ready {
    folder: PathBuf,
    to: Vec<String>,
}

impl Ready {
    fn new(place: &Place, to: &[&str]) -> Self {
        std::fs::write(place.file("orders.csv"), orders_csv(ROWS)).unwrap();
        std::fs::write(place.file("map.toml"), ORDERS).unwrap();
        let folder = place.file("orders.csv").parent().unwrap().to_owned();
        Self { folder, to: to.iter().map(|&word| word.to_owned()).collect() }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_amana"));
        command.current_dir(&self.folder).env("AMANA_FREE_SPACE_FLOOR_MIB", "0");
        command.args(["import", "orders.csv", "--map", "map.toml", "--source", &write_key("shop")]);
        command.args(&self.to).stdin(Stdio::null());
        command
    }

    fn spawn(&self) -> Child {
        self.command().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    async fn killed_after(&self, millis: u64) {
        let mut child = self.spawn();
        tokio::time::sleep(Duration::from_millis(millis)).await;
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn to_its_end(&self) -> String {
        let Output { status, stdout, stderr } = tokio::task::block_in_place(|| self.command().output()).unwrap();
        let told = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert!(status.success(), "{told}");
        told
    }
}

async fn every_row_is_there_once(server: &Server) {
    server.settle().await;
    for person in 0..10 {
        let (status, profile) = server.get("privacy", &format!("profiles/user_id/u{person}?purpose=orders")).await;
        assert_eq!((status.as_u16(), &profile["metrics"]["orders"]), (200, &(ROWS / 10).into()));
    }
}

fn name(engine: &Engine, of: &str) -> String {
    format!("{of}-{}", if engine.url().is_some() { "postgres" } else { "embedded" })
}

async fn the_command_counts_every_row_once_whoever_is_killed(engine: Engine) {
    let place = Place::new().await;
    let mut server = place.serve(&name(&engine, "importing-command"), &engine, CATALOG);
    let ready = Ready::new(&place, &["--server", &server.base.clone()]);
    for millis in [40, 120, 300, 700] {
        ready.killed_after(millis).await;
    }
    // The server dies under the command, which goes on when it is there again.
    let mut child = ready.spawn();
    for millis in [150, 400] {
        tokio::time::sleep(Duration::from_millis(millis)).await;
        server.kill();
        server.start_again();
    }
    assert!(tokio::task::block_in_place(|| child.wait()).unwrap().success());
    let told = ready.to_its_end();
    assert!(told.contains(&format!("0 accepted, {ROWS} were there already")), "{told}");
    every_row_is_there_once(&server).await;
}

async fn a_folder_that_nobody_serves_is_imported_into_and_killed_meanwhile(engine: Engine) {
    let place = Place::new().await;
    let mut server = place.serve(&name(&engine, "importing-folder"), &engine, CATALOG);
    let folder = place.data.display().to_string();
    let mut to = vec!["--data", &folder];
    to.extend(engine.url().into_iter().flat_map(|url| ["--store", url]));
    let ready = Ready::new(&place, &to);
    server.terminate();
    for millis in [200, 600, 1_000, 1_500] {
        ready.killed_after(millis).await;
    }
    ready.to_its_end();
    server.start_again();
    let told = ready.to_its_end();
    assert!(told.contains(&format!("0 accepted, {ROWS} were there already")), "through the one that serves: {told}");
    every_row_is_there_once(&server).await;
}

/// A file may be larger than the memory that there is, on both sides.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_file_needs_little_memory() {
    const ROWS: u64 = 15_000;
    const COMMENT_BYTES: usize = 20_000;
    // What the pipeline remembers of the people is in it too.
    const SERVER_BYTES_MAX: u64 = 192 << 20;
    const COMMAND_BYTES_MAX: u64 = 128 << 20;
    let place = Place::new().await;
    let server = place.serve("importing-large", &Engine::Embedded, CATALOG);
    let file = place.file("large.csv");
    write_large(&file, ROWS, COMMENT_BYTES);
    let file_bytes = file.metadata().unwrap().len();
    assert!(file_bytes > SERVER_BYTES_MAX.max(COMMAND_BYTES_MAX));
    let before = server.peak_bytes();
    let key = write_key("shop");
    std::fs::write(place.file("map.toml"), ORDERS).unwrap();
    let put = server.client.put(format!("{}/v1/import/maps/map", server.base)).basic_auth(&key, None::<&str>);
    reply(put.body(ORDERS)).await.expect(200);
    let mut next = 0;
    while next < ROWS {
        let request = server.client.post(format!("{}/v1/import?map=map", server.base)).basic_auth(&key, None::<&str>);
        let body = std::fs::read(&file).unwrap();
        let answer = reply(request.header("content-type", "text/csv").body(body)).await;
        let outcome = if answer.json["import"].is_null() { &answer.json } else { &answer.json["import"] };
        next = outcome["next"].as_u64().unwrap_or_else(|| panic!("{}", answer.text));
    }
    server.settle().await;
    let whole = server.peak_bytes() - before;
    let mut command = Command::new(env!("CARGO_BIN_EXE_amana"));
    command.args(["import", "--map"]).arg(place.file("map.toml")).args(["--source", &write_key("till"), "--server"]);
    let mut child = command.arg(&server.base).arg(&file).stdout(Stdio::null()).spawn().unwrap();
    let mut peak = 0;
    let ended = loop {
        peak = peak.max(peak_bytes(child.id()));
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(ended.success());
    server.settle().await;
    let pieces = server.peak_bytes() - before;
    let mebibytes = [file_bytes, before, whole, pieces, peak].map(|bytes| bytes >> 20);
    println!("MiB: file, server before, more by the whole file, more by pieces, command: {mebibytes:?}");
    assert!(whole < SERVER_BYTES_MAX && pieces < SERVER_BYTES_MAX, "{mebibytes:?}");
    assert!(peak < COMMAND_BYTES_MAX, "{mebibytes:?}");
}

fn write_large(file: &Path, rows: u64, comment_bytes: usize) {
    use std::io::Write as _;
    let mut file = std::io::BufWriter::new(std::fs::File::create(file).unwrap());
    writeln!(file, "customer,order,amount,at,comment").unwrap();
    let comment = "x".repeat(comment_bytes);
    for row in 0..rows {
        writeln!(file, "u{},o{row},12.5,2026-02-01T10:00:00Z,{comment}", row % 1_000).unwrap();
    }
    file.flush().unwrap();
}

/// The most memory that a process has had at once; nothing when it has ended.
fn peak_bytes(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or(0, |peak| peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10)
}
