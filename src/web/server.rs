//! The listener: hyper's HTTP/1 with a deadline for headers and a cap on
//! connections, because a bare `serve` keeps silent clients for ever.

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

const HEADER_DEADLINE: Duration = Duration::from_secs(10);
const CONNECTIONS: usize = 1024;
const HEADER_BYTES: usize = 64 * 1024;
const GRACE: Duration = Duration::from_secs(10);

/// Serves until told to stop, then waits a while for what is under way.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) -> std::io::Result<()> {
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    tokio::pin!(stop);
    loop {
        let Ok(slot) = slots.clone().acquire_owned().await else {
            return Ok(());
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let router = router.clone();
                tokio::spawn(async move {
                    connection(stream, peer, router).await;
                    drop(slot);
                });
            }
            Err(error) => {
                tracing::warn!(error = %error, "accept");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    let all = u32::try_from(CONNECTIONS).unwrap_or(u32::MAX);
    // Idle keep-alive connections may outlast the grace; writes have tasks of their own.
    if tokio::time::timeout(GRACE, slots.acquire_many(all)).await.is_err() {
        tracing::info!("connections still open after the grace period");
    }
    Ok(())
}

async fn connection(stream: TcpStream, peer: SocketAddr, router: Router) {
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_DEADLINE)
        .max_buf_size(HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(error = %error, "connection");
    }
}
