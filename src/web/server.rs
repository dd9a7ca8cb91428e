//! The listener: hyper's HTTP/1 with a deadline for headers, one for whoever
//! does not read the answer, and a cap on connections, because a bare `serve`
//! keeps silent clients for ever.

use super::patience::Patience;
use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt;

/// How long clients may take, and how many there may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// To send the head of a request, and between two requests.
    pub header: Duration,
    /// For a whole request: its body, the work, the answer's head.
    pub request: Duration,
    /// Without taking a single byte of the answer.
    pub write: Duration,
    /// Connections at a time; further ones wait in the listener's queue.
    pub connections: u32,
    /// For what is under way when the service stops.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header: Duration::from_secs(10),
            request: Duration::from_secs(30),
            write: Duration::from_secs(30),
            connections: 1024,
            grace: Duration::from_secs(10),
        }
    }
}

/// A longer head is answered with a bare 431.
const HEAD_BYTES: usize = 64 * 1024;

/// Serves until told to stop, then waits a while for what is under way.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stop: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let slots = Arc::new(Semaphore::new(
        usize::try_from(limits.connections).unwrap_or(usize::MAX),
    ));
    tokio::pin!(stop);
    loop {
        let slot = tokio::select! {
            slot = slots.clone().acquire_owned() => slot,
            () = &mut stop => break,
        };
        let Ok(slot) = slot else { return Ok(()) };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let router = router.clone();
                tokio::spawn(async move {
                    connection(stream, peer, router, limits).await;
                    drop(slot);
                });
            }
            Err(error) => {
                tracing::warn!(error = %error, "accept");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    // Idle keep-alive connections may outlast the grace; writes have tasks of their own.
    let all = slots.acquire_many(limits.connections);
    if tokio::time::timeout(limits.grace, all).await.is_err() {
        tracing::info!("connections still open after the grace period");
    }
    Ok(())
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, limits: Limits) {
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(Patience::new(stream, limits.write)), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(error = %error, "connection");
    }
}
