//! An installation as a process of its own, which can be killed.

use super::{Reply, api_key, log_folder, reply, write_key};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value as Json, json};
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader};
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// A server at an address of its own.
pub(crate) struct Server {
    pub(crate) base: String,
    pub(crate) client: Client,
    log: PathBuf,
    folder: PathBuf,
    listen: String,
    store: Option<String>,
    watcher: Vec<String>,
    child: Option<Child>,
}

impl Server {
    /// Starts on a folder with a catalogue file, storing in PostgreSQL where a URL is given. `name` names its log.
    pub(crate) fn start(name: &str, folder: &Path, catalog: &Path, store: Option<&str>) -> Self {
        let mut server = Self::new(name, folder, store);
        server.spawn(Some(catalog));
        server
    }

    /// Starts under a program that watches it: its arguments come before the server's.
    pub(crate) fn start_under(watcher: &[&str], name: &str, folder: &Path, catalog: &Path) -> Self {
        let mut server = Self::new(name, folder, None);
        server.watcher = watcher.iter().map(|&part| part.to_owned()).collect();
        server.spawn(Some(catalog));
        server
    }

    fn new(name: &str, folder: &Path, store: Option<&str>) -> Self {
        let listen = own_address();
        Self {
            base: format!("http://{listen}"),
            client: amana::http_client::client_builder().build().unwrap(),
            folder: folder.to_owned(),
            listen,
            store: store.map(str::to_owned),
            log: log_folder().join(format!("{name}-{}.log", std::process::id())),
            watcher: Vec::new(),
            child: None,
        }
    }

    /// Starts again after it was killed.
    pub(crate) fn start_again(&mut self) {
        self.spawn(None);
    }

    /// Starts again, and kills it while it is still starting (or just after).
    pub(crate) async fn start_again_and_kill(&mut self, after: Duration) {
        assert!(self.child.is_none(), "it runs already");
        self.child = Some(self.command(None).stdout(Stdio::null()).stderr(self.open_log()).spawn().unwrap());
        tokio::time::sleep(after).await;
        self.kill();
    }

    /// The command that starts it.
    pub(crate) fn command(&self, catalog: Option<&Path>) -> Command {
        let program = program();
        let mut words = self.watcher.iter().map(String::as_str).chain([program.as_str()]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words).arg("serve").arg("--data").arg(&self.folder).arg("--listen").arg(&self.listen);
        command.env("AMANA_LOG", "debug,hyper=info,reqwest=info");
        // Tests must not fail because somebody else fills the disk.
        command.env("AMANA_FREE_SPACE_FLOOR_MIB", "0");
        if let Some(url) = &self.store {
            command.arg("--store").arg(url);
        }
        if let Some(catalog) = catalog {
            command.arg("--apply").arg(catalog);
        }
        command
    }

    fn open_log(&self) -> File {
        OpenOptions::new().create(true).append(true).open(&self.log).unwrap()
    }

    fn spawn(&mut self, catalog: Option<&Path>) {
        assert!(self.child.is_none(), "it runs already");
        let mut child = self.command(catalog).stdout(Stdio::piped()).stderr(self.open_log()).spawn().unwrap();
        // It says that it listens once everybody can come in.
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let listens = tokio::task::block_in_place(|| lines.any(|line| line.unwrap().contains("listens on")));
        if !listens {
            let _ = child.wait();
            panic!("the server did not start; see {}", self.log.display());
        }
        self.child = Some(child);
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        let id = self.child.as_ref().unwrap().id();
        if self.watcher.is_empty() {
            return id;
        }
        // The watcher is our child, and the server is its only one.
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
        children.split_whitespace().next().expect("the watcher has started the server").parse().unwrap()
    }

    /// What it has logged so far, all runs together.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// The most memory that its process has had at once.
    pub(crate) fn peak_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Lets it end by itself, as a service manager would.
    pub(crate) fn terminate(&mut self) {
        let id = self.id().to_string();
        let mut child = self.child.take().unwrap();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let ended = tokio::task::block_in_place(|| child.wait()).unwrap();
        assert!(ended.success(), "it ended with a failure; see {}", self.log.display());
    }

    /// Waits until it ends by itself.
    pub(crate) async fn ended(&mut self) -> std::process::ExitStatus {
        let mut deaths = signal(SignalKind::child()).unwrap();
        let ended = loop {
            if let Some(ended) = self.child.as_mut().unwrap().try_wait().unwrap() {
                break ended;
            }
            let _ = deaths.recv().await;
        };
        self.child = None;
        ended
    }

    /// A request with events of a source.
    pub(crate) fn batch(&self, source: &str, events: &Json) -> RequestBuilder {
        let request = self.client.post(format!("{}/v1/batch", self.base)).basic_auth(write_key(source), None::<&str>);
        with_json(request, &json!({ "batch": events }))
    }

    /// A request to the API as a role.
    pub(crate) fn request(&self, role: &str, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}/api/v1/{path}", self.base)).bearer_auth(api_key(role))
    }

    /// Reads from the API as a role.
    pub(crate) async fn get(&self, role: &str, path: &str) -> (StatusCode, Json) {
        self.reader().get(role, path).await
    }

    /// Reads from its API without holding it.
    pub(crate) fn reader(&self) -> Reader {
        Reader { client: self.client.clone(), base: self.base.clone() }
    }

    /// A counter of the pipeline.
    pub(crate) async fn tally(&self, name: &str) -> u64 {
        let text = reply(self.request("admin", Method::GET, "metrics")).await.expect(200).text;
        let value = text.lines().find_map(|line| line.strip_prefix(&format!("amana_{name}_total ")));
        value.unwrap_or_else(|| panic!("there is no counter {name}")).parse().unwrap()
    }

    /// Waits until everything that was acknowledged is worked on: acts take the same journal, and are answered when
    /// they are in force.
    pub(crate) async fn settle(&self) {
        let act = json!({ "act": "object", "target": "direct_marketing" });
        loop {
            let request = self.request("privacy", Method::PUT, "profiles/user_id/somebody-else/permissions");
            let answer = reply(with_json(request, &act)).await;
            match answer.code() {
                "" => return drop(answer.expect(200)),
                // It is behind, and says so every ten seconds.
                "not_yet_in_force" => {}
                other => panic!("{other}: {}", answer.text),
            }
        }
    }
}

/// The program under test, held open by the first who asks: a build beside a long test must not change it under its
/// feet from one start to the next.
pub(crate) fn program() -> String {
    static OPEN: LazyLock<File> = LazyLock::new(|| File::open(env!("CARGO_BIN_EXE_amana")).unwrap());
    format!("/proc/{}/fd/{}", std::process::id(), OPEN.as_raw_fd())
}

/// Reads from the API of a server.
pub(crate) struct Reader {
    client: Client,
    base: String,
}

impl Reader {
    /// Reads as a role.
    pub(crate) async fn get(&self, role: &str, path: &str) -> (StatusCode, Json) {
        let request = self.client.get(format!("{}/api/v1/{path}", self.base)).bearer_auth(api_key(role));
        let Reply { status, json, .. } = reply(request).await;
        (status, json)
    }
}

/// A request with a JSON body.
pub(crate) fn with_json(request: RequestBuilder, body: &Json) -> RequestBuilder {
    request.header("content-type", "application/json").body(body.to_string())
}

/// A loopback address that nobody else uses. A port of 127.0.0.1 could be taken by any outgoing connection while the
/// server is down; nothing goes out from the other addresses.
fn own_address() -> String {
    static PORT: AtomicU16 = AtomicU16::new(20_000);
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    format!("127.{}.{middle}.{low}:{}", high.max(1), PORT.fetch_add(1, Ordering::Relaxed))
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.watcher.is_empty() && self.child.is_some() {
            let _ = Command::new("kill").args(["-KILL", &self.id().to_string()]).status();
        }
        self.kill();
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let panicked = log.lines().any(|line| line.contains("panicked at"));
        assert!(!panicked || std::thread::panicking(), "the server panicked; see {}", self.log.display());
    }
}
