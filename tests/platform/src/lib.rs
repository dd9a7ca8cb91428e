//! A stand-in for the 12345 platform, so that whoever tries the service sees
//! orders arrive and answers leave. It knows the contract alone
//! (`docs/12345.md`), signs by code of its own, and is slow, fails, hangs up,
//! repeats itself and gets things out of order as it is told on its one page.
//! Everything that it sends is invented.

mod answers;
mod book;
mod call;
mod doors;
mod page;
mod pushes;
mod samples;
mod signature;

use anyhow::{Context, ensure};
use axum::extract::Request;
use book::Book;
use chrono::{DateTime, FixedOffset, Utc};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

/// Where the service brings its answers, below the stand-in's own address.
pub const BACK: &str = "/12345/back";

/// What a slow platform takes its time for.
const SLOW: Duration = Duration::from_secs(3);

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The stand-in: cheap to clone.
#[derive(Clone)]
pub struct Platform(Arc<Inner>);

struct Inner {
    service: SocketAddr,
    client: String,
    secret: String,
    slow: Duration,
    clock: Clock,
    book: Mutex<Book>,
}

impl Platform {
    /// A stand-in that speaks to the service at `http://ADDRESS:PORT` of this
    /// machine in the name of a partner.
    ///
    /// # Errors
    /// When that is no such address, or when there is nothing to sign with.
    pub fn new(service: &str, client: &str, secret: &str) -> anyhow::Result<Self> {
        let bare = service.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
        let address = bare.and_then(|text| text.parse::<SocketAddr>().ok());
        let service = address.context("服务地址应形如 http://127.0.0.1:8080")?;
        ensure!(service.ip().is_loopback(), "替身只连接本机的服务");
        ensure!(!client.is_empty() && !secret.is_empty(), "缺少接入方编号或签名密钥");
        Ok(Self(Arc::new(Inner {
            service,
            client: client.to_owned(),
            secret: secret.to_owned(),
            slow: SLOW,
            clock: Arc::new(now),
            book: Mutex::default(),
        })))
    }

    /// The same by another clock, and with another idea of slow: for tests.
    #[must_use]
    pub fn with(self, clock: Clock, slow: Duration) -> Self {
        Self(Arc::new(Inner {
            service: self.0.service,
            client: self.0.client.clone(),
            secret: self.0.secret.clone(),
            slow,
            clock,
            book: Mutex::default(),
        }))
    }

    /// Serves its page and takes answers, until the listener fails.
    ///
    /// # Errors
    /// When the listener is none of this machine's own.
    pub async fn serve(self, listener: TcpListener) -> anyhow::Result<()> {
        ensure!(listener.local_addr()?.ip().is_loopback(), "替身只在本机提供");
        let router = doors::router(&self);
        loop {
            let (stream, _) = listener.accept().await.context("替身的监听")?;
            tokio::spawn(connection(stream, router.clone()));
        }
    }

    /// Pushes the next order, as the button does.
    pub async fn push(&self) {
        pushes::push(self, pushes::What::Order).await;
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> DateTime<Utc> {
        (self.0.clock)()
    }

    fn local(&self) -> DateTime<FixedOffset> {
        let east = FixedOffset::east_opt(8 * 3600).unwrap_or_else(|| unreachable!("eight hours is a valid offset"));
        self.now().with_timezone(&east)
    }
}

#[expect(clippy::disallowed_methods, reason = "the platform has a clock of its own")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

/// One connection. An answer that is marked with [`answers::HangUp`] is none: the connection ends
/// without a word.
async fn connection(stream: TcpStream, router: axum::Router) {
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let router = router.clone();
        async move {
            let Ok(response) = router.oneshot(request).await;
            if response.extensions().get::<answers::HangUp>().is_some() {
                return Err(std::io::Error::other("hung up as told"));
            }
            Ok(response)
        }
    });
    // Whoever hangs up first, there is nobody left to tell.
    drop(
        http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await,
    );
}
