//! The routes of imports. They stand beside the tracking API and take the write keys of its sources.
//!
//! ```text
//! PUT    /v1/import/maps/{name}             keep a map; GET reads it, DELETE forgets it
//! POST   /v1/import?map=name                a whole file
//! POST   /v1/import?map=name&file=…&from=…  a piece of one: rows as JSON Lines, the file by its SHA-256
//! GET    /v1/import?map=name&file=…         how far the import of that file has come
//! ```
//!
//! `POST /v1/import` with JSON is what it is elsewhere: a batch of the tracking API.

use super::file::Rows;
use super::id::{ImportId, from_hex};
use super::limits::{BODY_PAUSE_MAX, FILE_BYTES_MAX, IMPORTS_AT_ONCE_MAX, MAP_BYTES_MAX, PIECE_BYTES_MAX};
use super::map::{Format, ImportMap, check};
use super::record::{delete_map, is_name, load_map, save_map};
use super::refusal::Refusal;
use super::run::{Outcome, Work, progress, run};
use super::spool::{FromStart, Spool, Spooling};
use super::unpacked_parquet::unpacked_parquet;
use crate::app::App;
use crate::request_body::{Unread, read_whole};
use amana_core::catalog::{SourceRule, Trust};
use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{post, put};
use serde_json::{Value as Json, json};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

/// What the door needs.
#[derive(Clone)]
struct Door {
    app: App,
    /// The collect door, which takes what is no file.
    batches: Router,
    room: Arc<Semaphore>,
}

/// The routes of imports.
pub fn router(app: App) -> Router {
    let batches = crate::collect::door::router(app.clone());
    let door = Door { app, batches, room: Arc::new(Semaphore::new(IMPORTS_AT_ONCE_MAX)) };
    Router::new()
        .route("/v1/import", post(post_import).get(get_import).options(pass_on))
        .route("/v1/import/maps/{name}", put(put_map).get(get_map).delete(forget_map))
        .with_state(door)
}

async fn pass_on(State(door): State<Door>, request: Request) -> Response {
    door.batches.oneshot(request).await.unwrap_or_else(|never| match never {})
}

async fn post_import(State(door): State<Door>, request: Request) -> Response {
    let Some(format) = essence(request.headers()).as_deref().and_then(Format::of_content_type) else {
        return pass_on(State(door), request).await;
    };
    match door.import(format, request).await {
        Ok(outcome) => answered(&json!(outcome)),
        Err(refusal) => refusal.into_response(),
    }
}

async fn get_import(State(door): State<Door>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    match door.progress(&headers, query.as_deref()).await {
        Ok(answer) => answered(&answer),
        Err(refusal) => refusal.into_response(),
    }
}

async fn put_map(State(door): State<Door>, Path(name): Path<String>, headers: HeaderMap, body: Body) -> Response {
    match door.keep_map(&name, &headers, body).await {
        Ok(answer) => answered(&answer),
        Err(refusal) => refusal.into_response(),
    }
}

async fn get_map(State(door): State<Door>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let found = async {
        let source = door.source(&headers)?;
        load_map(&door.app, &source.code, &name).await?.ok_or_else(Refusal::map_unknown)
    };
    match found.await {
        Ok(text) => ([(header::CONTENT_TYPE, "application/toml")], text).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

async fn forget_map(State(door): State<Door>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let forgotten = async {
        let source = door.source(&headers)?;
        Ok::<_, Refusal>(delete_map(&door.app, &source.code, &name).await?)
    };
    match forgotten.await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// What a query says.
#[derive(Default)]
struct Query {
    map: String,
    file: Option<[u8; 32]>,
    from: Option<u64>,
}

impl Query {
    fn read(text: Option<&str>) -> Result<Self, Refusal> {
        let (mut query, mut map) = (Self::default(), None);
        for (name, value) in url::form_urlencoded::parse(text.unwrap_or_default().as_bytes()) {
            match name.as_ref() {
                "map" => map = Some(value.into_owned()),
                "file" => {
                    let hash = from_hex(&value);
                    query.file = Some(hash.ok_or_else(|| Refusal::query("`file` must be a SHA-256 in hex"))?);
                }
                "from" => {
                    let row =
                        value.parse().map_err(|_| Refusal::query("`from` must be the number of a row, from 0"))?;
                    query.from = Some(row);
                }
                _ => return Err(Refusal::query("only `map`, `file` and `from` are known")),
            }
        }
        query.map = map.ok_or_else(|| Refusal::query("`map` is needed: the name of a map that was sent before"))?;
        Ok(query)
    }
}

impl Door {
    async fn import(&self, format: Format, request: Request) -> Result<Outcome, Refusal> {
        let source = self.source(request.headers())?;
        let query = Query::read(request.uri().query())?;
        let map = self.map(&source, &query.map).await?;
        check_encoding(request.headers())?;
        let _seat = self.room.clone().try_acquire_owned().map_err(|_| Refusal::busy())?;
        let body = request.into_body();
        match (query.file, query.from) {
            (None, None) => self.whole(source, map, format, body).await,
            (Some(file), Some(from)) if format == Format::JsonLines => self.piece(source, map, file, from, body).await,
            (Some(_), Some(_)) => Err(Refusal::content_type("a piece of a file is sent as application/x-ndjson")),
            _ => Err(Refusal::query("`file` and `from` go together: they say where a piece belongs")),
        }
    }

    /// A whole file: kept aside until it is there, for its hash is part of the import's id.
    async fn whole(&self, source: SourceRule, map: ImportMap, format: Format, body: Body) -> Result<Outcome, Refusal> {
        let (file, sha256) = self.receive(body).await?;
        let import = ImportId::of(&source.code, &map.sha256, &sha256);
        let map = Arc::new(map);
        let work = Work { source, map: map.clone(), import, piece_from: None };
        let dice = self.app.dice();
        let (outcome, ended) = run(&self.app, work, move |stop| match format {
            Format::Parquet => Rows::of_parquet(unpacked_parquet(file, dice, stop)?, &map, false),
            text => Rows::of_text(Box::new(FromStart::new(file)), text, &map, stop),
        })
        .await;
        ended.map(|()| outcome.clone()).map_err(|ended| Refusal::ended(&ended, outcome))
    }

    async fn piece(
        &self,
        source: SourceRule,
        map: ImportMap,
        file: [u8; 32],
        from: u64,
        body: Body,
    ) -> Result<Outcome, Refusal> {
        let read = tokio::time::timeout(BODY_PAUSE_MAX, read_whole(body, PIECE_BYTES_MAX)).await;
        let bytes = read.map_err(|_| Refusal::body_broke_off())?.map_err(|unread| match unread {
            Unread::TooLarge => Refusal::too_large(format!("a piece has at most {PIECE_BYTES_MAX} bytes")),
            Unread::Broken => Refusal::body_broke_off(),
        })?;
        let import = ImportId::of(&source.code, &map.sha256, &file);
        // A piece is always UTF-8, whatever the file was that it comes from.
        let map = Arc::new(ImportMap { encoding: encoding_rs::UTF_8, ..map });
        let work = Work { source, map: map.clone(), import, piece_from: Some(from) };
        let open = move |stop| Rows::of_text(Box::new(std::io::Cursor::new(bytes)), Format::JsonLines, &map, stop);
        let (outcome, ended) = run(&self.app, work, open).await;
        ended.map(|()| outcome.clone()).map_err(|ended| Refusal::ended(&ended, outcome))
    }

    async fn progress(&self, headers: &HeaderMap, query: Option<&str>) -> Result<Json, Refusal> {
        let source = self.source(headers)?;
        let query = Query::read(query)?;
        let map = self.map(&source, &query.map).await?;
        let file = query.file.ok_or_else(|| Refusal::query("`file` is needed: the SHA-256 of the file in hex"))?;
        let import = ImportId::of(&source.code, &map.sha256, &file);
        let (progress, from) = progress(&self.app, &import).await?;
        Ok(json!({
            "import_id": import.to_string(), "next": progress.rows, "from": from, "accepted": progress.accepted,
            "rejected": progress.rejected, "silent": progress.silent,
        }))
    }

    async fn keep_map(&self, name: &str, headers: &HeaderMap, body: Body) -> Result<Json, Refusal> {
        let source = self.source(headers)?;
        if !is_name(name) {
            return Err(Refusal::query("a map's name has up to 64 letters of ASCII, digits and `-`, `_`, `.`"));
        }
        let read = tokio::time::timeout(BODY_PAUSE_MAX, read_whole(body, MAP_BYTES_MAX)).await;
        let bytes = read.map_err(|_| Refusal::body_broke_off())?.map_err(|unread| match unread {
            Unread::TooLarge => Refusal::too_large(format!("a map has at most {MAP_BYTES_MAX} bytes")),
            Unread::Broken => Refusal::body_broke_off(),
        })?;
        let text = String::from_utf8(bytes).map_err(|_| Refusal::content_type("a map is UTF-8"))?;
        self.read_map(&source, &text)?;
        save_map(&self.app, &source.code, name, &text).await?;
        Ok(json!({ "map": name }))
    }

    /// A kept map, held against the catalogue in force: that may have changed since it was sent.
    async fn map(&self, source: &SourceRule, name: &str) -> Result<ImportMap, Refusal> {
        let text = load_map(&self.app, &source.code, name).await?.ok_or_else(Refusal::map_unknown)?;
        self.read_map(source, &text)
    }

    fn read_map(&self, source: &SourceRule, text: &str) -> Result<ImportMap, Refusal> {
        let map = ImportMap::read(text).map_err(|problems| Refusal::map_invalid(&problems))?;
        let problems = check(&map, &self.app.current().policy, source);
        if problems.is_empty() {
            return Ok(map);
        }
        Err(Refusal::map_invalid(&amana_core::catalog::Catalog::place(text, problems)))
    }

    fn source(&self, headers: &HeaderMap) -> Result<SourceRule, Refusal> {
        let header = headers.get(header::AUTHORIZATION).map(|value| value.as_bytes());
        let key = crate::collect::write_key(header).ok().flatten().ok_or_else(Refusal::unauthorized)?;
        let current = self.app.current();
        let source = crate::collect::source_of(&current.policy, &key).ok_or_else(Refusal::unauthorized)?;
        // Acts of a file count without asking who says so, and a public key is nobody's.
        if source.trust == Trust::Public { Err(Refusal::public_key()) } else { Ok(source.clone()) }
    }

    async fn receive(&self, mut body: Body) -> Result<(Arc<Spool>, [u8; 32]), Refusal> {
        let kept = |error: std::io::Error| {
            tracing::error!(kind = %error.kind(), "a file cannot be kept aside");
            Refusal::failed()
        };
        let mut spooling = Spooling::new(self.app.dice()).map_err(kept)?;
        loop {
            let next = poll_fn(|context| Pin::new(&mut body).poll_frame(context));
            let next = tokio::time::timeout(BODY_PAUSE_MAX, next).await.map_err(|_| Refusal::body_broke_off())?;
            let Some(frame) = next else { break };
            let Ok(data) = frame.map_err(|_| Refusal::body_broke_off())?.into_data() else { continue };
            if spooling.bytes() + data.len() as u64 > FILE_BYTES_MAX {
                let detail =
                    format!("a file has at most {FILE_BYTES_MAX} bytes here; `amana import` sends larger ones");
                return Err(Refusal::too_large(detail));
            }
            let pushed = tokio::task::spawn_blocking(move || spooling.push(&data).map(|()| spooling)).await;
            spooling = pushed.map_err(|_| Refusal::failed())?.map_err(kept)?;
        }
        tokio::task::spawn_blocking(move || spooling.finish()).await.map_err(|_| Refusal::failed())?.map_err(kept)
    }
}

/// Files are unpacked by what their first bytes say, which gzip and zstd always do; the header may only agree.
fn check_encoding(headers: &HeaderMap) -> Result<(), Refusal> {
    let known = |value: &header::HeaderValue| {
        let names = value.to_str().unwrap_or("?").split(',').map(|name| name.trim().to_ascii_lowercase());
        let mut names = names.filter(|name| !name.is_empty() && name != "identity");
        names.all(|name| matches!(name.as_str(), "gzip" | "x-gzip" | "zstd"))
    };
    if headers.get_all(header::CONTENT_ENCODING).iter().all(known) {
        return Ok(());
    }
    Err(Refusal::content_type("a file may be packed by gzip or zstd"))
}

fn essence(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

fn answered(body: &Json) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
