//! What people see of an import while it runs: a bar on a terminal, and lines alone where there is none.

use super::{ORDERS, orders_csv};
use crate::support::{CATALOG, Engine, House, write_key};
use std::path::Path;
use std::process::{Command, Output};

/// Runs a program on a terminal of 100 columns and passes on what it writes there.
const ON_A_TERMINAL: &str = r#"
import fcntl, os, pty, struct, sys, termios
process, terminal = pty.fork()
if process == 0:
    fcntl.ioctl(2, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    os.execv(sys.argv[1], sys.argv[1:])
while True:
    try:
        written = os.read(terminal, 65536)
    except OSError:
        break
    if not written:
        break
    sys.stdout.buffer.write(written)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
"#;

/// Rows enough for several pieces.
const ROWS: u64 = 12_000;

async fn house() -> (House, tempfile::TempDir) {
    let (house, folder) = (House::open(Engine::Embedded, CATALOG).await, tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("orders.csv"), orders_csv(ROWS)).unwrap();
    std::fs::write(folder.path().join("map.toml"), ORDERS).unwrap();
    (house, folder)
}

fn import(mut command: Command, house: &House, folder: &Path) -> Output {
    command.current_dir(folder).args(["import", "orders.csv", "--map", "map.toml", "--source", &write_key("shop")]);
    command.args(["--server", &house.base]);
    tokio::task::block_in_place(|| command.output()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_shows_a_bar_with_rate_and_rest_and_then_the_summary_alone() {
    let (house, folder) = house().await;
    let python = std::env::var_os("AMANA_TEST_PYTHON").expect("AMANA_TEST_PYTHON is not set: run `cargo xtask setup`");
    let mut command = Command::new(python);
    command.args(["-c", ON_A_TERMINAL, env!("CARGO_BIN_EXE_amana")]).env("TERM", "xterm");
    let output = import(command, &house, folder.path());
    let written = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{written} {}", String::from_utf8_lossy(&output.stderr));
    let drawn: Vec<&str> = written.split(['\r', '\n']).filter(|line| line.contains(" left")).collect();
    assert!(drawn.len() > 1, "it moves: {written:?}");
    for line in &drawn {
        assert!(line.contains(" %  ") && line.contains(" rows  ") && line.contains("/s  "), "{line:?}");
    }
    // A line that is cleared is gone; what was written after it is what stays.
    let (_, after) = written.rsplit_once(" left").unwrap();
    let (_, stays) = after.split_once("\u{1b}[2K").expect("the bar is taken away");
    assert!(stays.contains("12000 accepted, 0 were there already") && stays.contains("0 rejected"), "{stays:?}");
    let took = stays.lines().find(|line| line.starts_with("12000 rows in ")).unwrap();
    assert!(took.trim_end().ends_with("/s"), "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_terminal_there_are_lines_and_no_bar() {
    let (house, folder) = house().await;
    let Output { status, stdout, stderr } = import(Command::new(env!("CARGO_BIN_EXE_amana")), &house, folder.path());
    let (told, beside) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert!(status.success() && beside.is_empty(), "{beside}");
    let lines: Vec<&str> = told.lines().collect();
    let [import, took, accepted, rejected] = lines.as_slice() else { panic!("{told}") };
    assert!(import.starts_with("import ") && took.starts_with("12000 rows in ") && took.ends_with("/s"), "{told}");
    assert_eq!((*accepted, *rejected), ("12000 accepted, 0 were there already", "0 rejected"));
    assert!(!told.contains('\u{1b}') && !told.contains('\r'), "nothing that only a terminal understands: {told:?}");
}
