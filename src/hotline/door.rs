//! The door for partners: a call is let in when its signature, its time, its
//! nonce and its address all hold. Whatever fails, the answer is the same 401,
//! nothing is changed, and the administrator finds it counted.

use super::{clients, network};
use crate::accounts::Visitor;
use crate::ctx::Ctx;
use crate::entity::{hotline_client, hotline_nonce, hotline_refusal};
use crate::error::{Error, Result};
use crate::journal;
use crate::outbox::sign::{self, Signable};
use crate::state::App;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use sm3::{Digest, Sm3};

/// A call's time may be so far from ours.
const SKEW: i64 = 300;
/// Counts of refusals are kept so long.
const REFUSALS_KEPT: TimeDelta = TimeDelta::days(90);
/// The one answer to whatever is wrong.
const WRONG: &str = "签名校验未通过：核对接入方编号、密钥、时间（相差不超过 300 秒）、随机数（只用一次）和来源地址";

/// Why a call is refused. The caller is not told which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// 缺少签名请求头
    Header,
    /// 不认识或已停用的接入方
    Client,
    /// 来源地址不在白名单
    Address,
    /// 时间不符
    Time,
    /// 随机数不合格
    NonceForm,
    /// 签名不符
    Signature,
    /// 随机数已用过
    Replay,
    /// 话务平台令牌不符
    Token,
    /// 回调地址在内部网络：工单照收，地址不用
    CallbackLocal,
    /// 回调地址不是登记的地址：工单照收，地址不用
    CallbackOther,
}

impl Refusal {
    const ALL: [Self; 10] = [
        Self::Header,
        Self::Client,
        Self::Address,
        Self::Time,
        Self::NonceForm,
        Self::Signature,
        Self::Replay,
        Self::Token,
        Self::CallbackLocal,
        Self::CallbackOther,
    ];

    fn code(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Client => "client",
            Self::Address => "address",
            Self::Time => "time",
            Self::NonceForm => "nonce_form",
            Self::Signature => "signature",
            Self::Replay => "replay",
            Self::Token => "token",
            Self::CallbackLocal => "callback_local",
            Self::CallbackOther => "callback_other",
        }
    }

    /// The words of a stored code for the administrator.
    pub(super) fn label(code: &str) -> &'static str {
        match Self::ALL.into_iter().find(|reason| reason.code() == code) {
            Some(Self::Header) => "缺少签名请求头",
            Some(Self::Client) => "接入方不存在或已停用",
            Some(Self::Address) => "来源地址不在白名单",
            Some(Self::Time) => "时间戳相差超过 300 秒",
            Some(Self::NonceForm) => "随机数不合格",
            Some(Self::Signature) => "签名不符",
            Some(Self::Replay) => "随机数已用过（重放）",
            Some(Self::Token) => "话务平台令牌不符",
            Some(Self::CallbackLocal) => "工单的回调地址在内部网络：工单已收，地址不用",
            Some(Self::CallbackOther) => "工单的回调地址不是登记的：工单已收，地址不用",
            None => "",
        }
    }
}

/// A call that was let in, with its body.
#[derive(Debug)]
pub struct Signed {
    /// Who calls.
    pub(super) client: hotline_client::Model,
    /// In whose name what it brings is written: the system's, from there.
    pub(super) ctx: Ctx,
    /// The body.
    pub(super) body: Bytes,
    /// Whether the body is said to be JSON.
    pub(super) is_json: bool,
    /// Whether a person brought it in with a file, which says only a part.
    pub(super) by_file: bool,
}

impl FromRequest<App> for Signed {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let visitor = Visitor::of(app, request.headers(), request.extensions());
        let method = request.method().as_str().to_owned();
        let target = request.uri().path_and_query().map_or("", |target| target.as_str());
        let target = target.to_owned();
        let headers = request.headers().clone();
        let is_json = crate::web::json::is_json(&headers);
        let body = crate::web::json::bytes(request, app).await?;
        let call = Call {
            visitor: &visitor,
            headers: &headers,
            method: &method,
            target: &target,
            body: &body,
        };
        match enter(app, &call).await? {
            Ok(client) => Ok(Self {
                client,
                ctx: visitor.ctx(),
                body,
                is_json,
                by_file: false,
            }),
            Err((reason, known)) => {
                count(app, &visitor.ctx(), (reason, known.as_ref())).await?;
                Err(Error::Unauthenticated(WRONG.to_owned()))
            }
        }
    }
}

struct Call<'a> {
    visitor: &'a Visitor,
    headers: &'a HeaderMap,
    method: &'a str,
    target: &'a str,
    body: &'a [u8],
}

type Refused = (Refusal, Option<hotline_client::Model>);

/// Who calls, or why the call is refused and by whom it says it is.
async fn enter(app: &App, call: &Call<'_>) -> Result<Result<hotline_client::Model, Refused>> {
    let text = |name: &str| call.headers.get(name).and_then(|value| value.to_str().ok());
    let headers = (
        text(sign::CLIENT),
        text(sign::TIMESTAMP),
        text(sign::NONCE),
        text(sign::SIGNATURE),
    );
    let (Some(code), Some(timestamp), Some(nonce), Some(signature)) = headers else {
        return Ok(Err((Refusal::Header, None)));
    };
    let client = clients::by_code(app.db.read(), code).await?;
    let Some(client) = client.filter(|client| client.disabled_at.is_none()) else {
        return Ok(Err((Refusal::Client, None)));
    };
    let refuse = |reason, client| Ok(Err((reason, Some(client))));
    if !network::admits(&client.addresses, &call.visitor.address) {
        return refuse(Refusal::Address, client);
    }
    let now = app.clock.real();
    if !fresh(timestamp, now) {
        return refuse(Refusal::Time, client);
    }
    let fits = (16..=64).contains(&nonce.len()) && nonce.bytes().all(|byte| byte.is_ascii_graphic());
    if !fits {
        return refuse(Refusal::NonceForm, client);
    }
    let signed = Signable {
        method: call.method,
        target: call.target,
        timestamp,
        nonce,
        body: call.body,
    };
    let secrets = clients::secrets(app.db.read(), &app.vault, (client.id, call.visitor.now)).await?;
    // Every secret is tried, so that the time does not tell which one held.
    let held = secrets.iter().filter(|secret| sign::holds(secret, &signed, signature));
    if held.count() == 0 {
        return refuse(Refusal::Signature, client);
    }
    // Only what is signed uses a nonce up: nobody else can spend a partner's.
    if spend(app, &client, (nonce, now)).await? {
        Ok(Ok(client))
    } else {
        refuse(Refusal::Replay, client)
    }
}

/// Whether Unix seconds are near enough.
fn fresh(timestamp: &str, now: DateTime<Utc>) -> bool {
    let digits = !timestamp.is_empty() && timestamp.len() <= 12 && timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = timestamp.parse::<i64>().ok().filter(|_| digits);
    seconds.is_some_and(|seconds| (now.timestamp() - seconds).abs() <= SKEW)
}

/// Uses a nonce up; false when it was used before. Of two at once one gets it.
async fn spend(app: &App, client: &hotline_client::Model, (nonce, now): (&str, DateTime<Utc>)) -> Result<bool> {
    let row = hotline_nonce::ActiveModel {
        key: Set(format!("{}:{}", client.id, hex::encode(Sm3::digest(nonce.as_bytes())))),
        // Until then a call of the latest time that passes could come again.
        expires_at: Set(now + TimeDelta::seconds(2 * SKEW + 1)),
    };
    let inserted = hotline_nonce::Entity::insert(row)
        .on_conflict(OnConflict::column(hotline_nonce::Column::Key).do_nothing().to_owned())
        .exec_without_returning(app.db.upkeep())
        .await?;
    Ok(inserted == 1)
}

/// Counts a wrong token of a telephone exchange; the token is not kept, nor
/// whose call it was about.
///
/// # Errors
/// When the database refuses.
pub async fn count_token_refusal(app: &App, visitor: &Visitor) -> Result<()> {
    count(app, &visitor.ctx(), (Refusal::Token, None)).await
}

/// Counts an address to call back that an order named and that is not called,
/// so that the administrator learns which partner sends such ones; the address
/// itself stands with the order, for those who may see it.
///
/// # Errors
/// When the database refuses.
pub(super) async fn count_callback(app: &App, signed: &Signed, is_local: bool) -> Result<()> {
    let reason = if is_local {
        Refusal::CallbackLocal
    } else {
        Refusal::CallbackOther
    };
    count(app, &signed.ctx, (reason, Some(&signed.client))).await
}

/// Counts a refused call by day, address and reason. Only the first of its kind
/// and day is a line of the journal, so that nobody fills it.
async fn count(app: &App, ctx: &Ctx, (reason, client): (Refusal, Option<&hotline_client::Model>)) -> Result<()> {
    use hotline_refusal::Column;
    // What a stranger calls itself is not kept: it may be anything.
    let known = client.map_or("", |client| client.code.as_str());
    let day = crate::clock::day(ctx.now);
    let key = format!("{day}|{known}|{}|{}", ctx.address, reason.code());
    let again = hotline_refusal::Entity::update_many()
        .col_expr(Column::Count, Expr::col(Column::Count).add(1))
        .col_expr(Column::LastAt, Expr::value(ctx.now))
        .filter(Column::Key.eq(&key))
        .exec(app.db.upkeep())
        .await?;
    if again.rows_affected > 0 {
        return Ok(());
    }
    let row = hotline_refusal::ActiveModel {
        key: Set(key),
        client: Set(known.to_owned()),
        address: Set(ctx.address.clone()),
        reason: Set(reason.code().to_owned()),
        count: Set(1),
        first_at: Set(ctx.now),
        last_at: Set(ctx.now),
    };
    hotline_refusal::Entity::insert(row)
        .on_conflict(OnConflict::column(Column::Key).do_nothing().to_owned())
        .exec_without_returning(app.db.upkeep())
        .await?;
    let denial = Error::denied(&format!("hotline {}", reason.code()), None);
    journal::denied(&app.db, ctx, &denial).await
}

/// Drops nonces whose time has run out and counts that nobody looks at any more.
///
/// # Errors
/// When the database refuses.
pub async fn tidy(app: &App, now: DateTime<Utc>) -> Result<u64> {
    let spent = hotline_nonce::Entity::delete_many()
        .filter(hotline_nonce::Column::ExpiresAt.lt(app.clock.real()))
        .exec(app.db.upkeep())
        .await?;
    let counted = hotline_refusal::Entity::delete_many()
        .filter(hotline_refusal::Column::LastAt.lt(now - REFUSALS_KEPT))
        .exec(app.db.upkeep())
        .await?;
    Ok(spent.rows_affected + counted.rows_affected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_fresh_within_300_seconds_and_only_as_plain_digits() {
        let now = DateTime::from_timestamp(1_764_032_400, 900_000_000).unwrap();
        for fine in ["1764032400", "1764032100", "1764032700"] {
            assert!(fresh(fine, now), "{fine}");
        }
        for bad in [
            "1764032099",
            "1764032701",
            "",
            "-1764032400",
            "+1764032400",
            "1764032400.0",
            " 1764032400",
            "1764032400000",
            "99999999999999999999",
        ] {
            assert!(!fresh(bad, now), "{bad}");
        }
    }
}
