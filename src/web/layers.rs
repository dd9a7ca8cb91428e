//! What surrounds every route: request ids, headers, cross-site refusal,
//! problems as pages or JSON, refusals into the journal, and a task of its own
//! for whatever may write.

use super::kept::{Again, Kept};
use super::page::{Shell, render_with};
use super::problem;
use crate::ctx::Ctx;
use crate::error::{Error, Problem};
use crate::journal;
use crate::state::App;
use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

/// The id of a request, for the log, the journal and the error page.
#[derive(Debug, Clone, Copy)]
pub struct RequestId(pub Uuid);

const CSP: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'";

/// Gives the request an id and the response its security headers.
pub async fn dress(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let id = Uuid::now_v7();
    request.extensions_mut().insert(RequestId(id));
    let asset = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, CSP);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(self), geolocation=(), microphone=()",
    );
    if !asset {
        set(header::CACHE_CONTROL, "no-store");
    }
    if app.config.secure_cookies() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
    response
}

/// Refuses what another site's page sends with this site's cookie.
pub async fn same_site(request: Request, next: Next) -> Response {
    if is_safe(request.method()) || from_here(request.headers()) {
        return next.run(request).await;
    }
    Error::NotFromHere("请求来自其他网站，已拒绝").into_response()
}

fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn from_here(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    match text(HeaderName::from_static("sec-fetch-site")) {
        Some("same-origin" | "none") => return true,
        Some(_) => return false,
        None => {}
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (None, _) => true,
        (Some(origin), Some(host)) => origin.split("://").nth(1) == Some(host),
        (Some(_), None) => false,
    }
}

/// Runs whatever may write in a task of its own, so that a caller who hangs
/// up cannot cut it in half.
pub async fn detached(request: Request, next: Next) -> Response {
    if is_safe(request.method()) {
        return next.run(request).await;
    }
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(error) => Error::Internal(anyhow::anyhow!("handler: {error}")).into_response(),
    }
}

/// Refuses a request whose address or headers are longer than anything that
/// this service's own pages send, or whose question holds a NUL, which
/// PostgreSQL refuses in any text.
pub async fn modest(request: Request, next: Next) -> Response {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let headers = request.headers().iter();
    let headers: usize = headers.map(|(name, value)| name.as_str().len() + value.len()).sum();
    if request.uri().query().is_some_and(|query| query.contains("%00")) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    match (target > HEAD, headers > HEAD) {
        (true, _) => StatusCode::URI_TOO_LONG.into_response(),
        (_, true) => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE.into_response(),
        _ => next.run(request).await,
    }
}

/// Longest address, and longest headers together, in bytes.
const HEAD: usize = 16 * 1024;

/// Writes the body of a problem: a page for people, JSON for machines; and
/// records what was refused.
pub async fn problems(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let api = speaks_json(&request);
    let id = request.extensions().get::<RequestId>().map_or(Uuid::nil(), |id| id.0);
    let partial = request.headers().contains_key("hx-request");
    let listens = wants_events(request.headers());
    let path = request.uri().path().to_owned();
    let kept = Kept::default();
    request.extensions_mut().insert(kept.clone());
    let mut response = next.run(request).await;
    let ctx = response.extensions_mut().remove::<Ctx>();
    let Some(problem) = problem_of(&mut response) else {
        return response;
    };
    if let (Some(denial), Some(ctx)) = (&problem.denial, &ctx)
        && let Err(error) = journal::denied(&app.db, ctx, denial).await
    {
        tracing::error!(error = %error, request_id = %id, "refusal not recorded");
        return Error::Unavailable.into_response();
    }
    // A page that listens cannot sign in: told that there is nothing, it stops.
    if listens && matches!(problem.kind, "signed-out" | "must-change-password") {
        return StatusCode::NO_CONTENT.into_response();
    }
    if !api && !partial {
        match problem.kind {
            "signed-out" => return Redirect::to("/login").into_response(),
            "must-change-password" => return Redirect::to("/password").into_response(),
            _ => {}
        }
    }
    let mut answer = if api {
        problem::answer(&problem, id)
    } else {
        let again = kept.again(&path, problem.status);
        as_page(&app, ctx.as_ref(), problem, (id, again))
    };
    if let Some(retry) = response.headers().get(header::RETRY_AFTER) {
        answer.headers_mut().insert(header::RETRY_AFTER, retry.clone());
    }
    answer
}

/// Whether a browser's `EventSource` asks.
#[must_use]
pub fn wants_events(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|value| value.contains("text/event-stream"))
}

fn speaks_json(request: &Request) -> bool {
    let path = request.uri().path();
    path.starts_with("/api/") || matches!(path, "/healthz" | "/readyz" | "/metrics")
}

/// The problem of an error, or of what the router and its limits refused.
fn problem_of(response: &mut Response) -> Option<Problem> {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return Some(problem);
    }
    let (kind, title) = match response.status() {
        StatusCode::NOT_FOUND => ("not-found", "没有找到该页面，核对地址后重试"),
        StatusCode::METHOD_NOT_ALLOWED => ("method-not-allowed", "该地址不支持此操作"),
        StatusCode::PAYLOAD_TOO_LARGE => ("too-large", "提交内容过大，减少后重试"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ("media-type", "提交内容的类型不受支持"),
        StatusCode::REQUEST_TIMEOUT => ("timeout", "处理超时，内容可能未保存，刷新后核对"),
        StatusCode::BAD_REQUEST => ("bad-request", "请求无法读取，刷新页面后重试"),
        StatusCode::URI_TOO_LONG => ("too-long", "网址过长，缩短查找内容后重试"),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => ("too-long", "请求头过长，清除浏览器数据后重试"),
        // Whatever fails on our side says so itself, but for the keeping of sessions.
        StatusCode::INTERNAL_SERVER_ERROR => return problem_of(&mut Error::Unavailable.into_response()),
        _ => return None,
    };
    Some(Problem {
        status: response.status(),
        kind,
        title: title.to_owned(),
        errors: Vec::new(),
        versions: None,
        denial: None,
    })
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    shell: Shell,
    problem: Problem,
    request_id: Uuid,
    again: Option<Again>,
}

fn as_page(app: &App, ctx: Option<&Ctx>, problem: Problem, (id, again): (Uuid, Option<Again>)) -> Response {
    let title = problem
        .status
        .canonical_reason()
        .map_or("提示", |_| title(problem.status));
    let shell = match ctx {
        Some(ctx) => Shell::new(app, ctx, title, ""),
        None => Shell::public(app, title),
    };
    let status = problem.status;
    let page = ProblemPage {
        shell,
        problem,
        request_id: id,
        again,
    };
    render_with(status, &page).unwrap_or_else(|_| status.into_response())
}

fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "没有找到",
        StatusCode::FORBIDDEN => "无权操作",
        StatusCode::CONFLICT => "内容已更新",
        StatusCode::UNPROCESSABLE_ENTITY => "需要更正",
        StatusCode::TOO_MANY_REQUESTS => "稍后再试",
        StatusCode::BAD_REQUEST => "无法处理",
        StatusCode::METHOD_NOT_ALLOWED => "不支持此操作",
        StatusCode::PAYLOAD_TOO_LARGE => "内容过大",
        _ => "暂时无法完成",
    }
}
