//! The one error of the crate: variants are named by what the person can do.
//! The web layer writes the body; nothing here prints a person's data.

use crate::rules::orderflow::IllegalOrderStep;
use crate::rules::taskflow::IllegalTaskStep;
use crate::rules::transferflow::IllegalTransferStep;
use crate::rules::workflow::IllegalStep;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sea_orm::{DbErr, RuntimeErr, SqlxError};
use uuid::Uuid;

/// Shorthand.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One fault of one field: where it is and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The form control's id, also the JSON pointer without its slash.
    pub field: String,
    /// What to do, in Chinese.
    pub message: String,
}

impl FieldError {
    /// A fault of a field.
    #[must_use]
    pub fn new(field: &str, message: &str) -> Self {
        Self {
            field: field.to_owned(),
            message: message.to_owned(),
        }
    }
}

/// A refused attempt, for the journal: codes and ids only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// What was tried.
    pub act: String,
    /// On which case, where it was one.
    pub case: Option<Uuid>,
    /// On which report, where it was one.
    pub report: Option<Uuid>,
}

/// Why an operation did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in, or the session has ended.
    #[error("登录已失效，重新登录后继续")]
    SignedOut,
    /// The initial password must be changed first.
    #[error("首次登录须先修改初始密码")]
    MustChangePassword,
    /// Visible, but this person may not do it.
    #[error("当前账号无权执行此操作；如需办理，联系主办单位或上级")]
    Forbidden(Denial),
    /// Exists, but does not exist for this person: told like [`Error::NotFound`].
    #[error("没有找到该记录，核对编号后重试")]
    Hidden(Denial),
    /// There is no such thing.
    #[error("没有找到该记录，核对编号后重试")]
    NotFound,
    /// The request cannot be read.
    #[error("{0}")]
    BadRequest(String),
    /// A form that does not carry the token of this session, or one that
    /// another site sent.
    #[error("{0}")]
    NotFromHere(&'static str),
    /// The body is not of the type that the route reads.
    #[error("请求头 Content-Type 应为 application/json")]
    MediaType,
    /// More than the limit allows.
    #[error("提交内容过大，减少后重试")]
    TooLarge,
    /// The body is of another kind than the address takes.
    #[error("{0}")]
    WrongKind(String),
    /// Fields are missing or wrong; what was typed is kept.
    #[error("有 {} 处需要更正", .0.len())]
    Invalid(Vec<FieldError>),
    /// Somebody else changed the record meanwhile.
    #[error("该记录已被他人更新，刷新后在最新内容上操作")]
    Stale {
        /// The version the person had seen.
        seen: i32,
        /// The version now.
        now: i32,
    },
    /// The same key or number came again with other content.
    #[error("{0}")]
    Conflict(String),
    /// The stage does not allow the step.
    #[error(transparent)]
    IllegalStep(#[from] IllegalStep),
    /// The state of a joint task does not allow the step.
    #[error(transparent)]
    IllegalTaskStep(#[from] IllegalTaskStep),
    /// The state of an order does not allow the step.
    #[error(transparent)]
    IllegalOrderStep(#[from] IllegalOrderStep),
    /// The state of a transfer does not allow the step.
    #[error(transparent)]
    IllegalTransferStep(#[from] IllegalTransferStep),
    /// Too many attempts; try again after so many seconds.
    #[error("尝试过于频繁，{0} 秒后再试")]
    TooMany(u64),
    /// Signature, token or credentials do not hold.
    #[error("{0}")]
    Unauthenticated(String),
    /// The database or a part of the machine is out of service.
    #[error("系统暂时无法保存，内容仍在页面上，稍后重试")]
    Unavailable,
    /// A fault on our side; the cause goes to the log, never to the page.
    #[error("系统内部错误，已记录；稍后重试")]
    Internal(#[from] anyhow::Error),
}

impl Error {
    /// One wrong field.
    #[must_use]
    pub fn field(field: &str, message: &str) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }

    /// A denial of an act on a case.
    #[must_use]
    pub fn denied(act: &str, case: Option<Uuid>) -> Denial {
        Denial {
            act: act.to_owned(),
            case,
            report: None,
        }
    }
}

/// Whether PostgreSQL gave up one of two transactions that stood in each
/// other's way (`40P01`, `40001`): nothing was changed, and once more it works.
fn stood_in_the_way(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause))) = error else {
        return false;
    };
    let code = cause
        .as_database_error()
        .and_then(sea_orm::sqlx::error::DatabaseError::code);
    code.is_some_and(|code| matches!(&*code, "40P01" | "40001"))
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if stood_in_the_way(&error) {
            return Self::Conflict("该记录正被他人更新，刷新后重试".to_owned());
        }
        match out_of_service(&error) {
            Some(code) => {
                tracing::error!(code, "database out of service");
                Self::Unavailable
            }
            None => Self::Internal(anyhow::Error::new(error).context("database")),
        }
    }
}

/// The code of a fault that lies with the machine and not with what was
/// asked: no room, no connection, no lock. Trying again later may help.
fn out_of_service(error: &DbErr) -> Option<String> {
    let cause = match error {
        DbErr::ConnectionAcquire(_) => return Some("acquire".to_owned()),
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => cause,
        DbErr::Conn(_) => return Some("connection".to_owned()),
        _ => return None,
    };
    match cause.as_ref() {
        SqlxError::Io(_) => Some("io".to_owned()),
        SqlxError::PoolTimedOut | SqlxError::PoolClosed | SqlxError::WorkerCrashed => Some("pool".to_owned()),
        SqlxError::Database(refused) => refused
            .code()
            .filter(|code| is_of_the_machine(code))
            .map(std::borrow::Cow::into_owned),
        _ => None,
    }
}

/// SQLite tells numbers (of which the low byte counts), PostgreSQL five
/// characters.
fn is_of_the_machine(code: &str) -> bool {
    match code.parse::<u32>() {
        // BUSY, LOCKED, NOMEM, READONLY, IOERR, FULL, CANTOPEN
        Ok(number) if code.len() < 5 => matches!(number % 256, 5 | 6 | 7 | 8 | 10 | 13 | 14),
        // Connection, rollback, resources, operator's intervention, lock, read-only.
        _ => {
            ["08", "40", "53", "57", "58"]
                .iter()
                .any(|class| code.starts_with(class))
                || matches!(code, "55P03" | "25006")
        }
    }
}

impl From<crate::rules::division::BadDivision> for Error {
    fn from(error: crate::rules::division::BadDivision) -> Self {
        Self::BadRequest(error.to_string())
    }
}

/// What a client is told; the web layer renders it as a page or as
/// `application/problem+json`.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The status.
    pub status: StatusCode,
    /// A stable word for the kind of fault.
    pub kind: &'static str,
    /// What happened and what to do, in Chinese.
    pub title: String,
    /// Faults of single fields.
    pub errors: Vec<FieldError>,
    /// The version seen and the version now, when the page was stale.
    pub versions: Option<(i32, i32)>,
    /// A refusal that the journal must hear of.
    pub denial: Option<Denial>,
}

impl Error {
    fn status(&self) -> (StatusCode, &'static str) {
        match self {
            Self::SignedOut => (StatusCode::UNAUTHORIZED, "signed-out"),
            Self::Unauthenticated(_) => (StatusCode::UNAUTHORIZED, "unauthenticated"),
            Self::MustChangePassword => (StatusCode::FORBIDDEN, "must-change-password"),
            Self::Forbidden(_) => (StatusCode::FORBIDDEN, "forbidden"),
            Self::NotFromHere(_) => (StatusCode::FORBIDDEN, "not-from-here"),
            Self::Hidden(_) | Self::NotFound => (StatusCode::NOT_FOUND, "not-found"),
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, "bad-request"),
            Self::MediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large"),
            Self::WrongKind(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong-kind"),
            Self::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
            Self::Stale { .. } => (StatusCode::CONFLICT, "stale"),
            Self::Conflict(_) => (StatusCode::CONFLICT, "conflict"),
            Self::IllegalStep(_)
            | Self::IllegalTaskStep(_)
            | Self::IllegalOrderStep(_)
            | Self::IllegalTransferStep(_) => (StatusCode::UNPROCESSABLE_ENTITY, "illegal-step"),
            Self::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, "too-many"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Self::Internal(cause) = &self {
            tracing::error!(error = format!("{cause:#}"), "request failed");
        }
        let (status, kind) = self.status();
        let title = self.to_string();
        let retry = match &self {
            Self::TooMany(seconds) => Some(*seconds),
            Self::Unavailable => Some(5),
            _ => None,
        };
        let versions = match &self {
            Self::Stale { seen, now } => Some((*seen, *now)),
            _ => None,
        };
        let (errors, denial) = match self {
            Self::Invalid(errors) => (errors, None),
            Self::Forbidden(denial) | Self::Hidden(denial) => (Vec::new(), Some(denial)),
            _ => (Vec::new(), None),
        };
        let problem = Problem {
            status,
            kind,
            title,
            errors,
            versions,
            denial,
        };
        let mut response = (status, axum::Extension(problem)).into_response();
        if let Some(seconds) = retry {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_apart_from_a_wrong_statement() {
        for code in [
            "13", "5", "261", "778", "14", "53100", "57P01", "08006", "40001", "25006",
        ] {
            assert!(is_of_the_machine(code), "{code}");
        }
        for code in ["1", "19", "2067", "23505", "22003", "42601", "42P01"] {
            assert!(!is_of_the_machine(code), "{code}");
        }
    }
}
