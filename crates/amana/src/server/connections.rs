//! Connections: who sends a byte a minute must not hold one for ever, and too many at once wait outside.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

/// Connections open at the same time; more wait until one is closed.
pub const CONNECTIONS_MAX: usize = 10_000;
/// Bytes of a request's head: its address and its headers.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;
/// The pause after the system gave no connection: it has no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long a stop waits for what is under way: less than service managers wait before they kill.
const CLOSE_WAIT_MAX: Duration = Duration::from_secs(5);

/// How long is waited for a client.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For the head of a request, also of the next one on an open connection.
    pub head: Duration,
    /// For everything from the head to the answer.
    pub request: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        // Longer than proxies keep a connection, so that they close it first and never send into a closed one.
        Self { head: Duration::from_secs(75), request: Duration::from_secs(60) }
    }
}

/// Somewhere connections come from.
pub(super) enum Entrance {
    /// The network.
    Public(TcpListener),
    /// The socket in the folder.
    Local(UnixListener),
}

trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

impl Entrance {
    async fn accept(&self) -> std::io::Result<(Box<dyn Wire>, Option<SocketAddr>)> {
        match self {
            Self::Public(listener) => {
                let (stream, peer) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok((Box::new(stream), Some(peer)))
            }
            Self::Local(listener) => Ok((Box::new(listener.accept().await?.0), None)),
        }
    }
}

/// Serves until it is told to stop, then lets what is under way finish.
pub(super) async fn serve(entrance: Entrance, routes: Router, patience: Patience, mut stop: watch::Receiver<bool>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let next = async {
            let seat = room.clone().acquire_owned().await;
            (seat, entrance.accept().await)
        };
        let (seat, accepted) = tokio::select! {
            next = next => next,
            Some(_) = connections.join_next() => continue,
            () = told(&mut stop) => break,
        };
        match accepted {
            Ok((wire, peer)) => {
                let (routes, stop) = (routes.clone(), stop.clone());
                connections.spawn(async move {
                    converse(wire, peer, routes, patience, stop).await;
                    drop(seat);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(entrance);
    let ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(CLOSE_WAIT_MAX, ended).await.is_err() {
        tracing::warn!("requests that did not end were cut off");
    }
}

async fn converse(
    wire: Box<dyn Wire>,
    peer: Option<SocketAddr>,
    routes: Router,
    patience: Patience,
    mut stop: watch::Receiver<bool>,
) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        if let Some(peer) = peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        let answer = routes.clone().oneshot(request.map(Body::new));
        async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(patience.head).max_buf_size(HEAD_BYTES_MAX);
    let connection = builder.serve_connection(TokioIo::new(wire), service);
    let mut connection = std::pin::pin!(connection);
    // What goes wrong with a connection is the other side's doing, and tells nothing that could be mended here.
    let stopped = tokio::select! {
        _ = connection.as_mut() => false,
        () = told(&mut stop) => true,
    };
    if stopped {
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}

/// Waits until it is told to stop, or nobody is left who could tell.
async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}
