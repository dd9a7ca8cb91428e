//! The description of the JSON interface, generated from the code that serves
//! it. What any route may answer besides its own — refusals, limits, faults —
//! is added here once, by rules, so that no route forgets it.

use crate::web::problem::{self, ProblemBody};
use crate::web::{Access, Routes};
use crate::{
    accounts, casefile, clocks, dayboard, directory, hotline, intake, knowledge, measures, notices, ops, referrals,
    tasks, telephone, transfers, visits,
};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::sync::LazyLock;
use utoipa::OpenApi;
use utoipa::openapi::{InfoBuilder, OpenApiBuilder};

const ABOUT: &str = "人员凭会话 cookie，服务账号凭 Authorization: Bearer，12345 等接入方凭签名（X-Tonghu-*，见 docs/12345.md），话务平台凭地址中的令牌（见 docs/telephone.md）；出错时返回 application/problem+json：\
    type、title、status、detail、errors[{pointer, message}]、request_id。";

/// What a wrong token brings on any route.
const TOKEN: [u16; 2] = [401, 429];

static DOCUMENT: LazyLock<Value> = LazyLock::new(whole);

/// `/api/v1/openapi.json`.
#[must_use]
pub fn routes() -> Routes {
    Routes::new().get("/api/v1/openapi.json", Access::Public, show)
}

/// Every JSON endpoint of every feature.
#[must_use]
pub fn document() -> &'static Value {
    &DOCUMENT
}

#[derive(OpenApi)]
#[openapi(paths(show), components(schemas(ProblemBody)))]
struct Own;

/// This description.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    tag = "operation",
    security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = Value, example = json!({ "openapi": "3.1.0" })))
)]
async fn show() -> Response {
    axum::Json(document()).into_response()
}

fn whole() -> Value {
    let info = InfoBuilder::new()
        .title("童护")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .build();
    let mut whole = OpenApiBuilder::new().info(info).build();
    // Kept off the stack: each is large.
    for part in vec![
        Own::openapi(),
        ops::openapi(),
        accounts::api::openapi(),
        clocks::openapi(),
        intake::openapi(),
        hotline::openapi(),
        telephone::openapi(),
        casefile::openapi(),
        tasks::openapi(),
        transfers::openapi(),
        measures::openapi(),
        notices::openapi(),
        visits::openapi(),
        referrals::openapi(),
        knowledge::openapi(),
        directory::openapi(),
        dayboard::openapi(),
    ] {
        whole.merge(part);
    }
    let mut document = serde_json::to_value(whole).unwrap_or_default();
    document["components"]["securitySchemes"] = json!({
        "session": { "type": "apiKey", "in": "cookie", "name": "tonghu", "description": "__Host-tonghu over TLS" },
        "bearer": { "type": "http", "scheme": "bearer", "description": "A service account's token" },
    });
    open_composed(&mut document);
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, operations) in paths {
        for (method, operation) in operations.as_object_mut().into_iter().flatten() {
            operation["operationId"] = json!(format!("{method}{}", identifier(path)));
            complete(path, operation);
        }
    }
    document
}

/// `/api/v1/cases/{id}/steps` as `_cases_id_steps`: one name per route.
fn identifier(path: &str) -> String {
    let words = path.split(|letter: char| !letter.is_ascii_alphanumeric());
    words
        .filter(|word| !matches!(*word, "" | "api" | "v1"))
        .flat_map(|word| ["_", word])
        .collect()
}

/// A schema that is one part of a whole cannot refuse what the other parts
/// name, so it stops refusing what it does not name itself.
fn open_composed(document: &mut Value) {
    let mut parts = BTreeSet::new();
    composed(document, &mut parts);
    for name in parts {
        if let Some(schema) = document["components"]["schemas"][name].as_object_mut() {
            schema.remove("additionalProperties");
        }
    }
}

/// The names of schemas that stand in an `allOf`.
fn composed(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| composed(item, found)),
        Value::Object(fields) => {
            let parts = fields.get("allOf").and_then(Value::as_array).into_iter().flatten();
            let names = parts.filter_map(|part| part["$ref"].as_str()?.rsplit('/').next());
            found.extend(names.map(str::to_owned));
            fields.values().for_each(|field| composed(field, found));
        }
        _ => {}
    }
}

/// Adds what the rules say to one operation.
fn complete(path: &str, operation: &mut Value) {
    if operation.get("security").is_none() {
        operation["security"] = json!([{ "session": [] }]);
    }
    let may = match path {
        "/healthz" => BTreeSet::new(),
        path if path.starts_with("/api/") => refusals(operation),
        _ => BTreeSet::from(TOKEN),
    };
    let Some(answers) = operation["responses"].as_object_mut() else {
        return;
    };
    for status in may {
        let words = remark(status);
        answers
            .entry(status.to_string())
            .or_insert_with(|| json!({ "description": words }));
    }
    describe_problems(answers);
}

/// What may be refused, by what the operation takes.
fn refusals(operation: &Value) -> BTreeSet<u16> {
    let mut may = BTreeSet::from([408, 500, 503]);
    may.extend(TOKEN);
    if operation["security"] != json!([{}]) {
        may.insert(403);
    }
    if operation.get("requestBody").is_some() {
        may.extend([400, 413, 415, 422]);
    }
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        match parameter["in"].as_str() {
            Some("path") => may.extend([400, 404]),
            Some("query") => may.extend([400]),
            _ => {}
        }
    }
    may
}

fn describe_problems(answers: &mut Map<String, Value>) {
    for (status, answer) in answers {
        let Some(status) = status.parse::<u16>().ok().filter(|status| *status >= 400) else {
            continue;
        };
        answer["content"] = json!({ problem::MEDIA: {
            "schema": { "$ref": "#/components/schemas/ProblemBody" },
            "example": example(status),
        }});
    }
}

fn example(status: u16) -> Value {
    let (kind, title) = kind(status);
    let errors = if status == 422 {
        json!([{ "pointer": "/version", "message": "填写所见的版本号" }])
    } else {
        json!([])
    };
    json!({
        "type": problem::name(kind),
        "title": title,
        "status": status,
        "detail": title,
        "errors": errors,
        "request_id": "01993f00-0000-7000-8000-000000000000",
    })
}

fn kind(status: u16) -> (&'static str, &'static str) {
    match status {
        400 => ("bad-request", "请求体不是有效的 JSON"),
        401 => ("signed-out", "登录已失效，重新登录后继续"),
        403 => ("forbidden", "当前账号无权执行此操作；如需办理，联系主办单位或上级"),
        404 => ("not-found", "没有找到该记录，核对编号后重试"),
        408 => ("timeout", "处理超时，内容可能未保存，刷新后核对"),
        409 => ("stale", "该记录已被他人更新，刷新后在最新内容上操作"),
        413 => ("too-large", "提交内容过大，减少后重试"),
        415 => ("media-type", "请求头 Content-Type 应为 application/json"),
        422 => ("invalid", "有 1 处需要更正"),
        429 => ("too-many", "尝试过于频繁，30 秒后再试"),
        503 => ("unavailable", "系统暂时无法保存，内容仍在页面上，稍后重试"),
        _ => ("internal", "系统内部错误，已记录；稍后重试"),
    }
}

fn remark(status: u16) -> &'static str {
    match status {
        400 => "The request cannot be read: no JSON, nested too deep, an id or a parameter of another type",
        401 => "Nobody is signed in, the session has ended, or the token does not hold",
        403 => "The account may not do this",
        404 => "No such record for this account",
        408 => "The request took longer than 30 seconds",
        413 => "The body is over 1 MiB",
        415 => "The body is not application/json",
        422 => "Fields to correct, each with its pointer",
        429 => "Too many wrong tokens from this address; Retry-After in seconds",
        503 => "The database is out of service; Retry-After in seconds",
        _ => "A fault on this side",
    }
}
