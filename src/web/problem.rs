//! What a program is told when something is refused or fails: the body of
//! `application/problem+json` (RFC 9457).

use crate::error::Problem;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The media type.
pub const MEDIA: &str = "application/problem+json";

/// The body. It never holds a person's data, a query or a stack.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemBody {
    /// A stable name of the kind of fault.
    #[serde(rename = "type")]
    #[schema(example = "urn:tonghu:problem:invalid")]
    kind: String,
    /// What happened and what to do, in Chinese.
    title: String,
    /// The status once more.
    status: u16,
    /// The title once more, for clients that show only this.
    detail: String,
    /// Faults of single fields.
    errors: Vec<FieldFault>,
    /// Names the request in the log and the journal.
    request_id: Uuid,
    /// The version that was sent and the one that stands, where they differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    versions: Option<Versions>,
}

/// A fault of one field.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldFault {
    /// Where in the body or among the parameters.
    #[schema(example = "/version")]
    pointer: String,
    /// What to do, in Chinese.
    message: String,
}

/// Two versions of one record.
#[derive(Debug, Serialize, ToSchema)]
pub struct Versions {
    /// The one that was sent.
    seen: i32,
    /// The one that stands.
    now: i32,
}

/// The stable name of a kind of fault.
#[must_use]
pub fn name(kind: &str) -> String {
    format!("urn:tonghu:problem:{kind}")
}

/// Writes a problem for a program.
pub(super) fn answer(problem: &Problem, request_id: Uuid) -> Response {
    let errors = problem.errors.iter().map(|error| FieldFault {
        pointer: format!("/{}", error.field),
        message: error.message.clone(),
    });
    let body = ProblemBody {
        kind: name(problem.kind),
        title: problem.title.clone(),
        status: problem.status.as_u16(),
        detail: problem.title.clone(),
        errors: errors.collect(),
        request_id,
        versions: problem.versions.map(|(seen, now)| Versions { seen, now }),
    };
    let mut response = (problem.status, axum::Json(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA));
    if problem.status == axum::http::StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
