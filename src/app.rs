//! The router, and the process that serves it.

use crate::error::Error;
use crate::state::App;
use crate::web::deadline::in_time;
use crate::web::layers::{detached, dress, modest, problems, same_site};
use crate::web::server::{self, Limits};
use crate::web::{Routes, assets};
use crate::{
    accounts, assessments, boards, casefile, children, clocks, dayboard, demo, directory, handover, hotline, intake,
    joint, journal, knowledge, measures, network, notices, openapi, ops, orderdesk, outbox, plans, portal, quality,
    referrals, tasks, telephone, trail, transfers, visits, worker,
};
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Router, http::StatusCode};
use std::any::Any;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

const BODY: usize = 1024 * 1024;

/// Every route of the service with its access: the access list.
#[must_use]
pub fn routes(demo: bool) -> Routes {
    let pages = Routes::new()
        .merge(assets::routes())
        .merge(ops::routes())
        .merge(accounts::routes())
        .merge(network::routes())
        .merge(outbox::routes())
        .merge(notices::routes())
        .merge(clocks::routes())
        .merge(children::routes())
        .merge(transfers::routes())
        .merge(handover::routes())
        .merge(measures::routes())
        .merge(tasks::routes())
        .merge(tasks::api_routes())
        .merge(assessments::routes())
        .merge(plans::routes())
        .merge(visits::routes())
        .merge(visits::api_routes())
        .merge(intake::pages::routes())
        .merge(intake::api_routes())
        .merge(hotline::routes())
        .merge(telephone::routes())
        .merge(portal::routes())
        .merge(casefile::routes())
        .merge(joint::routes())
        .merge(boards::routes())
        .merge(orderdesk::routes())
        .merge(trail::routes())
        .merge(openapi::routes())
        .merge(referrals::routes())
        .merge(knowledge::routes())
        .merge(directory::routes())
        .merge(quality::routes())
        .merge(dayboard::routes());
    if demo { pages.merge(demo::routes()) } else { pages }
}

/// The service, under its usual limits.
pub fn router(app: &App) -> Router {
    router_within(app, Limits::default().request)
}

/// The service; a request that takes longer than `request` is given up.
pub fn router_within(app: &App, request: Duration) -> Router {
    routes(app.config.demo)
        .into_router()
        .fallback(|| async { Error::NotFound })
        .layer(from_fn(detached))
        .layer(from_fn_with_state(app.clone(), notices::counted))
        .layer(DefaultBodyLimit::max(BODY))
        .layer(from_fn(same_site))
        .layer(from_fn_with_state(app.clone(), accounts::session::identify))
        .layer(accounts::session::layer(app))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, request))
        .layer(from_fn_with_state(request, in_time))
        .layer(from_fn(modest))
        .layer(from_fn_with_state(app.clone(), problems))
        .layer(from_fn_with_state(app.clone(), dress))
        .with_state(app.clone())
}

/// The last resort: a panic is told like any fault, its message stays here.
fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Error::Internal(anyhow::anyhow!("a handler panicked")).into_response()
}

/// Serves and works until the process is told to stop.
///
/// # Errors
/// When the address is taken or the listener fails.
pub async fn run(app: App, listener: TcpListener) -> anyhow::Result<()> {
    let (tell, told) = watch::channel(false);
    let stopped = |mut told: watch::Receiver<bool>| async move {
        // An error means the sender is gone: stop as well.
        drop(told.wait_for(|stop| *stop).await);
    };
    let working = tokio::spawn(worker::run(app.clone(), stopped(told.clone())));
    let ringing = tokio::spawn(notices::run(app.clone(), stopped(told.clone())));
    let calling = tokio::spawn(telephone::run(app.clone(), stopped(told.clone())));
    let serving = server::serve(listener, router(&app), Limits::default(), stopped(told));
    let bell = app.bell.clone();
    let signals = async move {
        signal().await;
        tell.send_replace(true);
        // Open streams would last as long as the grace of the listener.
        bell.silence();
    };
    let (served, ()) = tokio::join!(serving, signals);
    served?;
    working.await?;
    ringing.await?;
    calling.await?;
    // What was seen while the database was full or away, if it is back.
    journal::catch_up(&app.db).await?;
    Ok(())
}

async fn signal() {
    let interrupt = tokio::signal::ctrl_c();
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(stream) => stream,
        Err(error) => {
            tracing::error!(error = %error, "no termination signal");
            return;
        }
    };
    tokio::select! {
        _ = interrupt => {}
        _ = terminate.recv() => {}
    }
}
