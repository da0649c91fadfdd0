//! A private PostgreSQL cluster from the system's binaries.

use std::{
    ffi::OsStr,
    net::TcpListener,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Command, Output},
    str::FromStr as _,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU32, Ordering},
    },
};

use tempfile::TempDir;
use tokio_postgres::{Config, NoTls};

/// Where Debian and Ubuntu put the binaries, one folder per version.
const BINARIES: &str = "/usr/lib/postgresql";
const INSTALL: &str = "the tests need PostgreSQL's server: run `apt-get install -y postgresql`";
/// Somebody else may take the port between looking for it and using it.
const START_TRIES_MAX: usize = 5;

static SHARED: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());

/// A PostgreSQL cluster that belongs to one test run. It is stopped and removed when dropped.
#[derive(Debug)]
pub struct Postgres {
    binaries: PathBuf,
    folder: TempDir,
    /// The user that the server runs as, when we are root: it refuses to run as root itself.
    user: Option<(u32, u32)>,
    port: u16,
    fsync: bool,
    databases: AtomicU32,
}

impl Postgres {
    /// Starts a cluster that is as durable as in production.
    ///
    /// # Panics
    /// When the binaries are missing or the server does not start, with what to do.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(true)
    }

    /// Starts a cluster that does not wait for the disk: faster, and enough for everything but pulling the plug.
    ///
    /// # Panics
    /// As with [`Postgres::start`].
    #[must_use]
    pub fn start_without_fsync() -> Self {
        Self::start_with(false)
    }

    /// One cluster without fsync for all tests that run at the same time.
    ///
    /// # Panics
    /// As with [`Postgres::start`].
    #[must_use]
    pub fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let started = Arc::new(Self::start_without_fsync());
            *shared = Arc::downgrade(&started);
            started
        })
    }

    fn start_with(fsync: bool) -> Self {
        let binaries = newest_binaries().unwrap_or_else(|| panic!("{INSTALL}"));
        let folder = tempfile::Builder::new().prefix("amana-pg-").tempdir().expect("a temporary folder can be made");
        let user = server_user();
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid)).expect("root may give a folder away");
        }
        let databases = AtomicU32::new(0);
        let mut cluster = Self { binaries, folder, user, port: 0, fsync, databases };
        let data = cluster.data();
        let arguments = ["-A", "trust", "-U", "amana", "-E", "UTF8", "--locale=C", "--no-sync", "-D"].map(OsStr::new);
        cluster.must_run("initdb", arguments.into_iter().chain([data.as_os_str()]));
        for _ in 0..START_TRIES_MAX {
            cluster.port = free_port();
            if cluster.try_start().status.success() {
                return cluster;
            }
        }
        panic!("PostgreSQL does not start: {}", std::fs::read_to_string(cluster.log()).unwrap_or_default());
    }

    /// The URL of the database that every cluster has.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    fn url_of(&self, database: &str) -> String {
        format!("postgres://amana@127.0.0.1:{}/{database}", self.port)
    }

    /// Makes an empty database and returns its URL.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn new_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.execute(&format!("create database {name} template template0")).await;
        self.url_of(&name)
    }

    /// Copies a database that nobody is connected to, file by file, and returns the copy's URL.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn copy_database(&self, url: &str) -> String {
        let source = url.rsplit('/').next().unwrap_or_default();
        let name = format!("{source}_copy_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.execute(&format!("create database {name} template {source}")).await;
        self.url_of(&name)
    }

    /// Runs SQL in the database that every cluster has.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn execute(&self, sql: &str) {
        Self::execute_in(&self.url(), sql).await;
    }

    /// Runs SQL in the database of a URL.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn execute_in(url: &str, sql: &str) {
        let config = Config::from_str(url).expect("the URL is one of ours");
        let (client, connection) = config.connect(NoTls).await.expect("the server answers");
        let connection = tokio::spawn(connection);
        client.batch_execute(sql).await.expect("the server does as told");
        drop(client);
        let _ = connection.await;
    }

    /// Stops the server as a crash does, without letting it finish anything, and starts it again.
    ///
    /// # Panics
    /// When the server does not start again.
    pub fn restart_hard(&self) {
        self.stop();
        assert!(self.try_start().status.success(), "PostgreSQL does not start again");
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn try_start(&self) -> Output {
        let fsync = if self.fsync { "on" } else { "off" };
        let options = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1 -c fsync={fsync} -c shared_buffers=32MB -c max_connections=200",
            self.port,
            self.folder.path().display()
        );
        let (data, log) = (self.data(), self.log());
        // It returns when the server takes connections.
        let arguments = [OsStr::new("-D"), data.as_os_str(), OsStr::new("-l"), log.as_os_str(), OsStr::new("-w")];
        self.run("pg_ctl", arguments.into_iter().chain(["-o", &options, "start"].map(OsStr::new)))
    }

    /// Stops the one server whose process id stands in our folder.
    fn stop(&self) {
        let data = self.data();
        let arguments = [OsStr::new("-D"), data.as_os_str()];
        self.run("pg_ctl", arguments.into_iter().chain(["-m", "immediate", "-w", "stop"].map(OsStr::new)));
    }

    fn must_run<'a>(&self, program: &str, arguments: impl Iterator<Item = &'a OsStr>) {
        let output = self.run(program, arguments);
        assert!(output.status.success(), "{program} failed: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn run<'a>(&self, program: &str, arguments: impl Iterator<Item = &'a OsStr>) -> Output {
        let mut command = Command::new(self.binaries.join(program));
        // The server keeps the output of whoever starts it open, so it must not be a pipe that we read to its end.
        let out = self.folder.path().join(format!("{program}.out"));
        let file = std::fs::File::create(&out).expect("a file can be made in our folder");
        command.args(arguments).current_dir(self.folder.path()).env("LC_ALL", "C").env_remove("PGDATA");
        command.stdin(std::process::Stdio::null()).stderr(file.try_clone().expect("a file can be shared")).stdout(file);
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        let status = command.status().unwrap_or_else(|error| panic!("{program} cannot be run ({error}): {INSTALL}"));
        let said = std::fs::read(out).unwrap_or_default();
        Output { status, stdout: Vec::new(), stderr: said }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

fn newest_binaries() -> Option<PathBuf> {
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let folders = std::fs::read_dir(BINARIES).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let newest = folders.filter(|path| path.join("bin/postgres").exists()).max_by_key(|path| version(path))?;
    Some(newest.join("bin"))
}

/// User and group `postgres`, when we are root.
fn server_user() -> Option<(u32, u32)> {
    use std::os::unix::fs::MetadataExt as _;
    let root = std::fs::metadata("/proc/self").ok()?.uid() == 0;
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let fields = users.lines().find_map(|line| line.strip_prefix("postgres:"));
    root.then(|| {
        let mut fields = fields.unwrap_or_else(|| panic!("{INSTALL}")).split(':').skip(1);
        let mut number = || fields.next().and_then(|field| field.parse().ok()).expect("/etc/passwd has two numbers");
        (number(), number())
    })
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback has a free port");
    listener.local_addr().expect("it was bound").port()
}
