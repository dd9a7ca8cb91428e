//! The knowledge base for programs: searching and reading what is published.

use super::find::{Asked, Hit, find};
use super::shown::{Sheet, sheet};
use super::text::Piece;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::state::App;
use crate::web::{Access, Json, Routes};
use axum::extract::{Path, Query, State};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

pub(super) fn routes() -> Routes {
    Routes::new().get("/api/v1/knowledge", Access::CASEWORK, search).get(
        "/api/v1/knowledge/{id}",
        Access::CASEWORK,
        show,
    )
}

#[derive(OpenApi)]
#[openapi(paths(search, show), components(schemas(HitOut, FoundOut, ArticleOut)))]
struct Doc;

/// The feature's part of the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    Doc::openapi()
}

/// An article that was found.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HitOut {
    id: Uuid,
    #[schema(example = "ZS-20261123-0001")]
    number: String,
    version: i32,
    title: String,
    /// What is read out to the caller.
    reply: String,
    /// The text around what was found.
    snippet: String,
    /// The words of it that were searched for, in order.
    marks: Vec<String>,
}

impl From<Hit> for HitOut {
    fn from(hit: Hit) -> Self {
        let marked = |piece: &Piece| piece.hit.then(|| piece.text.clone());
        Self {
            id: hit.row.id,
            number: hit.row.number,
            version: hit.row.version,
            title: hit.row.title,
            reply: hit.row.reply,
            snippet: hit.snippet.iter().map(|piece| piece.text.as_str()).collect(),
            marks: hit.snippet.iter().filter_map(marked).collect(),
        }
    }
}

/// What was found, best first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FoundOut {
    items: Vec<HitOut>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    q: String,
    case_type: String,
    demand_type: String,
}

/// Searches the published articles that hold today.
#[utoipa::path(
    get,
    path = "/api/v1/knowledge",
    tag = "knowledge",
    params(
        ("q" = Option<String>, Query, description = "one character or more; the first 100 are read"),
        ("case_type" = Option<String>, Query, description = "articles for this case type stand before others"),
        ("demand_type" = Option<String>, Query, description = "likewise for this demand type"),
    ),
    responses(
        (
            status = 200, description = "Up to 20 articles, best first", body = FoundOut,
            example = json!({ "items": [{
                "id": "01993f00-0000-7000-8000-000000000041", "number": "ZS-20261123-0001", "version": 2,
                "title": "怎样申请人身安全保护令", "reply": "向居住地或家庭暴力发生地的基层人民法院申请。",
                "snippet": "向居住地或家庭暴力发生地的基层人民法院申请。", "marks": ["家庭暴力"]
            }] })
        ),
        (status = 422, description = "Nothing to search for: no character, letter or digit"),
    )
)]
async fn search(State(app): State<App>, ctx: Ctx, Query(wanted): Query<Wanted>) -> Result<Json<FoundOut>> {
    let asked = Asked {
        q: wanted.q,
        case_type: wanted.case_type,
        demand_type: wanted.demand_type,
    };
    let found = find(&app, &ctx, &asked).await?;
    if !found.asked {
        return Err(Error::field("q", "写要查的字或词"));
    }
    Ok(Json(FoundOut {
        items: found.hits.into_iter().map(HitOut::from).collect(),
    }))
}

/// An article as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticleOut {
    id: Uuid,
    number: String,
    version: i32,
    /// `draft`, `published`, `withdrawn`.
    state: &'static str,
    title: String,
    /// What is read out to the caller.
    reply: String,
    /// `# ` begins a heading, `- ` an item; nothing in it is markup.
    body: String,
    keywords: Vec<String>,
    case_types: Vec<String>,
    demand_types: Vec<String>,
    source: String,
    /// The unit that answers for it.
    owner: String,
    valid_from: NaiveDate,
    valid_until: Option<NaiveDate>,
    review_on: Option<NaiveDate>,
}

impl From<Sheet> for ArticleOut {
    fn from(sheet: Sheet) -> Self {
        let row = sheet.row;
        Self {
            id: row.id,
            number: row.number,
            version: row.version,
            state: sheet.state.code(),
            title: row.title,
            reply: row.reply,
            body: row.body,
            keywords: row.keywords.0,
            case_types: row.case_types.0,
            demand_types: row.demand_types.0,
            source: row.source,
            owner: sheet.owner,
            valid_from: row.valid_from,
            valid_until: row.valid_until,
            review_on: row.review_on,
        }
    }
}

/// One article.
#[utoipa::path(
    get,
    path = "/api/v1/knowledge/{id}",
    tag = "knowledge",
    params(("id" = Uuid, Path, description = "The article")),
    responses((
        status = 200, description = "The article as it stands", body = ArticleOut,
        example = json!({
            "id": "01993f00-0000-7000-8000-000000000041", "number": "ZS-20261123-0001", "version": 2,
            "state": "published", "title": "怎样申请人身安全保护令",
            "reply": "向居住地或家庭暴力发生地的基层人民法院申请。", "body": "# 谁可以申请\n当事人本人。",
            "keywords": ["保护令"], "case_types": ["0101"], "demand_types": ["inquiry"],
            "source": "反家庭暴力法", "owner": "朔州市12345热线", "valid_from": "2026-11-23", "valid_until": null,
            "review_on": "2027-11-23"
        })
    ))
)]
async fn show(State(app): State<App>, ctx: Ctx, Path(id): Path<Uuid>) -> Result<Json<ArticleOut>> {
    Ok(Json(sheet(&app, &ctx, id).await?.into()))
}
