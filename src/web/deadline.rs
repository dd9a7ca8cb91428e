//! A request's body has to arrive in time. What may write runs in a task of
//! its own, which outlives the request's own time limit: without this it would
//! wait for ever for a client that sends a byte now and then.

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// The request's own limit answers first.
const AFTER: Duration = Duration::from_millis(200);

/// Ends a body that has not arrived within the time of its request.
pub async fn in_time(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    let request = request.map(|body| {
        Body::new(InTime {
            body,
            until: Box::pin(sleep(limit + AFTER)),
        })
    });
    next.run(request).await
}

struct InTime {
    body: Body,
    until: Pin<Box<Sleep>>,
}

impl HttpBody for InTime {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        if self.until.as_mut().poll(task).is_ready() {
            let late = io::Error::from(io::ErrorKind::TimedOut);
            return Poll::Ready(Some(Err(axum::Error::new(late))));
        }
        Pin::new(&mut self.body).poll_frame(task)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
