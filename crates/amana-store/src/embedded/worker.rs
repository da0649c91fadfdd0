//! A thread that does blocking work for asynchronous callers, many requests at a time.

use std::{
    sync::{Mutex, PoisonError},
    thread::JoinHandle,
};

use tokio::sync::{mpsc, oneshot};

use crate::error::StoreError;

/// How many requests may wait for a thread; the next one waits for room.
const REQUESTS_WAITING_MAX: usize = 4_096;

/// What a thread was asked to do; it must be answered.
pub(crate) trait Request: Send + 'static {
    /// The request to finish in good order, which ends the thread.
    fn close(answer: oneshot::Sender<()>) -> Self;
}

/// The handle of a thread. Dropping it waits for the thread to end.
pub(crate) struct Worker<R> {
    /// `None` only while dropping.
    requests: Option<mpsc::Sender<R>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl<R: Request> Worker<R> {
    pub(crate) fn start(
        name: &'static str,
        run: impl FnOnce(mpsc::Receiver<R>) + Send + 'static,
    ) -> Result<Self, StoreError> {
        let (requests, receiver) = mpsc::channel(REQUESTS_WAITING_MAX);
        let thread = std::thread::Builder::new().name(name.into()).spawn(move || run(receiver));
        let thread = thread.map_err(StoreError::io("start the thread", name.as_ref()))?;
        Ok(Self { requests: Some(requests), thread: Mutex::new(Some(thread)) })
    }

    /// Sends a request and waits for its answer.
    pub(crate) async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> R) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let requests = self.requests.as_ref().ok_or(StoreError::Closed)?;
        requests.send(request(answer)).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)
    }

    /// Lets the thread finish in good order. Being closed already is fine.
    pub(crate) async fn close(&self) {
        let _ = self.ask(R::close).await;
    }
}

impl<R> Drop for Worker<R> {
    fn drop(&mut self) {
        self.requests = None;
        let thread = self.thread.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            // A thread that panicked has said so; there is nobody left to tell it to.
            let _ = thread.join();
        }
    }
}

/// The requests that wait now, the first of them waited for; empty when nobody can ask any more.
pub(crate) fn next_group<R>(
    receiver: &mut mpsc::Receiver<R>,
    weight: impl Fn(&R) -> usize,
    weight_max: usize,
) -> Vec<R> {
    let Some(first) = receiver.blocking_recv() else { return Vec::new() };
    let mut weight_sum = weight(&first);
    let mut group = vec![first];
    while weight_sum < weight_max {
        let Ok(request) = receiver.try_recv() else { break };
        weight_sum += weight(&request);
        group.push(request);
    }
    group
}
