//! The rules of time for programs: read by whoever may look them up, changed by
//! the security administrator, refused as on screen.

use super::rule_pages::{KEEPERS, READERS};
use super::rules::{change_rule, history};
use super::{Made, book};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::rules::codes;
use crate::rules::rule_change::{RuleWish, is_law};
use crate::rules::rulebook::{Rule, Rulebook};
use crate::state::App;
use crate::web::{Json, Routes};
use axum::extract::{Path, State};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/api/v1/deadline-rules", READERS, index)
        .get("/api/v1/deadline-rules/{code}", READERS, show)
        .post("/api/v1/deadline-rules/{code}", KEEPERS, change)
}

#[derive(OpenApi)]
#[openapi(
    paths(index, show, change),
    components(schemas(RuleOut, RuleList, RuleDetail, RuleVersionOut, RuleChange))
)]
struct Doc;

/// The feature's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Doc::openapi()
}

/// A rule as it holds now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleOut {
    /// The row of the table.
    #[schema(example = "DL13-normal")]
    code: &'static str,
    /// The family that the row belongs to.
    #[schema(example = "DL13")]
    family: &'static str,
    name: String,
    /// Code of the event that starts it.
    event: &'static str,
    /// The event in words.
    event_name: String,
    /// Who owes it.
    owner: String,
    /// How many units; before the event where `before` says so.
    amount: u32,
    /// `minutes`, `hours`, `natural_days`, `working_days`, `months` …
    unit: String,
    /// Whether it lies before its event (到期前提醒).
    before: bool,
    /// 法定, 建议 …
    nature: &'static str,
    /// Whether law sets it; everything else may be set here (本地可配置).
    law: bool,
    /// What happens when it passes.
    on_expiry: String,
    /// What the figure rests on.
    source: String,
    /// The version to send with a change; 1 is what the system came with.
    version: i32,
    /// The year without a working calendar through which it would be counted
    /// now; null where nothing is guessed.
    guessed_year: Option<i32>,
}

impl RuleOut {
    fn of(book: &Rulebook, rule: Rule<'_>, now: DateTime<Utc>) -> Self {
        let row = rule.row();
        let event = codes::deadline_event(&row.event).map(|event| event.name.clone());
        Self {
            code: rule.code(),
            family: rule.rule(),
            name: rule.name().to_owned(),
            event: &row.event,
            event_name: event.unwrap_or_default(),
            owner: rule.owner().to_owned(),
            amount: rule.amount().unsigned_abs(),
            unit: rule.unit().to_owned(),
            before: row.amount < 0,
            nature: &row.nature,
            law: is_law(&row.nature),
            on_expiry: rule.on_expiry().to_owned(),
            source: rule.source().to_owned(),
            version: rule.version(),
            guessed_year: book.due(rule, now).guessed,
        }
    }
}

/// Every rule.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleList {
    items: Vec<RuleOut>,
    /// When people work on a working day.
    #[schema(example = "08:00-12:00，14:30-18:00")]
    working_hours: String,
}

/// The rules of time in force.
#[utoipa::path(
    get,
    path = "/api/v1/deadline-rules",
    tag = "deadline rules",
    responses((
        status = 200, description = "Every rule, in the order of the table", body = RuleList,
        example = json!({
            "items": [{
                "code": "DL13-normal", "family": "DL13", "name": "人身安全保护令裁定",
                "event": "protection_order_filed", "event_name": "法院受理保护令申请", "owner": "法院", "amount": 72,
                "unit": "hours", "before": false, "nature": "法定", "law": true, "on_expiry": "提醒代申请人",
                "source": "反家庭暴力法§28", "version": 1, "guessed_year": null
            }],
            "working_hours": "08:00-12:00，14:30-18:00"
        })
    ))
)]
async fn index(State(app): State<App>, ctx: Ctx) -> Result<Json<RuleList>> {
    let book = book(app.db.read(), ctx.now).await?;
    Ok(Json(RuleList {
        items: book.rules().map(|rule| RuleOut::of(&book, rule, ctx.now)).collect(),
        working_hours: book.calendar().hours().to_string(),
    }))
}

/// A version that was made here.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleVersionOut {
    version: i32,
    name: String,
    amount: u32,
    unit: String,
    on_expiry: String,
    source: String,
    /// Why it was changed.
    reason: String,
    /// The login name of who changed it.
    changed_by: String,
    valid_from: DateTime<Utc>,
}

impl From<Made> for RuleVersionOut {
    fn from(made: Made) -> Self {
        Self {
            version: made.row.version,
            name: made.row.name,
            amount: made.row.amount.unsigned_abs(),
            unit: made.row.unit,
            on_expiry: made.row.on_expiry,
            source: made.row.source,
            reason: made.reason,
            changed_by: made.who,
            valid_from: made.row.valid_from,
        }
    }
}

/// A rule with what it was.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RuleDetail {
    #[serde(flatten)]
    rule: RuleOut,
    /// The text beyond which it cannot be made longer; null for none.
    legal_limit: Option<String>,
    /// The versions after the first, latest first.
    history: Vec<RuleVersionOut>,
}

async fn detail(app: &App, ctx: &Ctx, code: &str) -> Result<RuleDetail> {
    let book = book(app.db.read(), ctx.now).await?;
    let rule = book.rule(code).ok_or(Error::NotFound)?;
    Ok(RuleDetail {
        rule: RuleOut::of(&book, rule, ctx.now),
        legal_limit: codes::legal_limit(code).map(|limit| limit.source.clone()),
        history: history(app, code).await?.into_iter().map(Into::into).collect(),
    })
}

/// One rule.
#[utoipa::path(
    get,
    path = "/api/v1/deadline-rules/{code}",
    tag = "deadline rules",
    params(("code" = String, Path, description = "The row of the table")),
    responses((
        status = 200, description = "The rule with its versions", body = RuleDetail,
        example = json!({
            "code": "DL05", "family": "DL05", "name": "蓝色个案入户", "event": "blue_case_received",
            "event_name": "蓝色个案受理", "owner": "儿童主任", "amount": 2, "unit": "working_days", "before": false,
            "nature": "建议", "law": false, "on_expiry": "催办", "source": "本系统默认（可配置）", "version": 2,
            "guessed_year": null, "legal_limit": null,
            "history": [{
                "version": 2, "name": "蓝色个案入户", "amount": 2, "unit": "working_days", "on_expiry": "催办",
                "source": "本系统默认（可配置）", "reason": "市级会议纪要第3号", "changed_by": "secadmin",
                "valid_from": "2026-11-23T01:00:00Z"
            }]
        })
    ))
)]
async fn show(State(app): State<App>, ctx: Ctx, Path(code): Path<String>) -> Result<Json<RuleDetail>> {
    detail(&app, &ctx, &code).await.map(Json)
}

/// What a rule shall say from now on; what is left out stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleChange {
    /// The version that was seen.
    version: i32,
    name: Option<String>,
    owner: Option<String>,
    /// How many units; before the event where the rule lies before it.
    amount: Option<u32>,
    unit: Option<String>,
    on_expiry: Option<String>,
    source: Option<String>,
    /// Why it is changed.
    #[serde(default)]
    reason: String,
}

impl RuleChange {
    fn wish(self, rule: Rule<'_>) -> (i32, RuleWish) {
        let or = |said: Option<String>, now: &str| said.unwrap_or_else(|| now.to_owned());
        let amount = self.amount.unwrap_or_else(|| rule.amount().unsigned_abs());
        let wish = RuleWish {
            name: or(self.name, rule.name()),
            owner: or(self.owner, rule.owner()),
            amount: amount.to_string(),
            unit: or(self.unit, rule.unit()),
            on_expiry: or(self.on_expiry, rule.on_expiry()),
            source: or(self.source, rule.source()),
            reason: self.reason,
        };
        (self.version, wish)
    }
}

/// Changes a rule for the clocks that start from now on. Clocks that run keep
/// the version by which they were counted.
#[utoipa::path(
    post,
    path = "/api/v1/deadline-rules/{code}",
    tag = "deadline rules",
    params(("code" = String, Path, description = "The row of the table")),
    request_body(
        content = RuleChange,
        example = json!({ "version": 1, "amount": 2, "reason": "市级会议纪要第3号" })
    ),
    responses(
        (
            status = 200, description = "The rule as it is then", body = RuleDetail,
            example = json!({
                "code": "DL05", "family": "DL05", "name": "蓝色个案入户", "event": "blue_case_received",
                "event_name": "蓝色个案受理", "owner": "儿童主任", "amount": 2, "unit": "working_days", "before": false,
                "nature": "建议", "law": false, "on_expiry": "催办", "source": "本系统默认（可配置）", "version": 2,
                "guessed_year": null, "legal_limit": null, "history": []
            })
        ),
        (status = 409, description = "Changed meanwhile"),
        (status = 422, description = "Fields that cannot be kept: a limit of the law is never made longer"),
    )
)]
async fn change(
    State(app): State<App>,
    ctx: Ctx,
    Path(code): Path<String>,
    Json(body): Json<RuleChange>,
) -> Result<Json<RuleDetail>> {
    let (seen, wish) = {
        let book = book(app.db.read(), ctx.now).await?;
        body.wish(book.rule(&code).ok_or(Error::NotFound)?)
    };
    change_rule(&app, &ctx, &code, seen, &wish).await?;
    detail(&app, &ctx, &code).await.map(Json)
}
