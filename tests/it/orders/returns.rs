//! 退回与仲裁.

use super::{case, refused, take, taken, unit_of};
use crate::given;
use crate::support::{App, Client};
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use tonghu::entity::{case_unit, deadline, order_return};
use tonghu::rules::level::RiskLevel::{Blue, Red, Yellow};
use uuid::Uuid;

fn ask() -> Value {
    json!({
        "step": "return", "reason": "R02", "explanation": "附职责清单第3项。", "done_first": "已到场，儿童安全。",
    })
}

async fn returns(app: &App, case: Uuid) -> Vec<order_return::Model> {
    order_return::Entity::find()
        .filter(order_return::Column::CaseId.eq(case))
        .order_by_asc(order_return::Column::Round)
        .all(app.state.db.read())
        .await
        .unwrap()
}

/// A case that was returned once, refused, and returned again.
async fn disputed(app: &App, township: &Client) -> Uuid {
    let case = case(app, Blue).await.id;
    let lead = app.sign_in("lead").await;
    taken(app, township, case, ask()).await;
    let no = json!({ "step": "refuse_return", "reason": "属本镇职责。" });
    taken(app, &lead, case, no).await;
    taken(app, township, case, ask()).await;
    case
}

#[tokio::test]
async fn the_second_return_is_ruled_by_the_city_alone_and_for_good() {
    let app = App::start().await;
    let (township, city) = (app.sign_in("township").await, app.sign_in("city").await);
    let case = disputed(&app, &township).await;
    assert_eq!(given::now(&app, case).await.stage, "arbitrating");
    let civil = unit_of(&app, "civil").await;
    let send = json!({ "step": "redispatch", "unit": civil, "reason": "改派民政。" });
    let no = json!({ "step": "refuse_return", "reason": "属本镇职责。" });
    let rule = json!({ "step": "arbitrate", "unit": civil, "reason": "监护问题由民政承办。" });
    for who in ["lead", "county"] {
        let client = app.sign_in(who).await;
        for step in [&send, &no] {
            assert_eq!(
                take(&app, &client, case, step.clone()).await.status,
                422,
                "{who} {step}"
            );
        }
        assert_eq!(take(&app, &client, case, rule.clone()).await.status, 403, "{who}");
    }
    let ruled = taken(&app, &city, case, rule).await;
    assert_eq!(
        (ruled["stage"].as_str(), &ruled["lead_unit"]),
        (Some("assigned"), &json!(civil))
    );
    let handler = app.sign_in("civil").await;
    refused(&app, &handler, case, (ask(), "不得再次退回")).await;
    let lead = app.sign_in("lead").await;
    let back = json!({ "step": "redispatch", "unit": unit_of(&app, "township").await, "reason": "退回镇里。" });
    refused(&app, &lead, case, (back, "由市级办理")).await;
    taken(&app, &handler, case, json!({ "step": "sign" })).await;
    refused(&app, &handler, case, (ask(), "不得再次退回")).await;
    let rows = returns(&app, case).await;
    let told: Vec<(i32, bool, Option<&str>)> = rows
        .iter()
        .map(|row| (row.round, row.arbitration, row.ruling.as_deref()))
        .collect();
    assert_eq!(told, [(1, false, Some("refused")), (2, true, Some("designated"))]);
}

#[tokio::test]
async fn the_city_may_leave_the_case_where_it_is_and_it_is_signed_anew() {
    let app = App::start().await;
    let (township, city) = (app.sign_in("township").await, app.sign_in("city").await);
    let id = case(&app, Yellow).await.id;
    taken(&app, &township, id, json!({ "step": "sign" })).await;
    let lead = app.sign_in("lead").await;
    let cross = json!({ "step": "dispute", "reason": "镇与民政均称不属本单位职责。" });
    assert_eq!(take(&app, &township, id, cross.clone()).await.status, 403);
    assert_eq!(taken(&app, &lead, id, cross).await["stage"], "arbitrating");
    taken(
        &app,
        &city,
        id,
        json!({ "step": "arbitrate", "reason": "仍由镇里承办。" }),
    )
    .await;
    assert_eq!(
        taken(&app, &township, id, json!({ "step": "sign" })).await["stage"],
        "accepted"
    );
    refused(&app, &township, id, (ask(), "不得再次退回")).await;
    refused(
        &app,
        &city,
        id,
        (json!({ "step": "arbitrate", "reason": "再裁。" }), "不能执行"),
    )
    .await;
}

#[tokio::test]
async fn a_return_that_was_refused_after_signing_is_signed_anew() {
    let app = App::start().await;
    let (township, lead) = (app.sign_in("township").await, app.sign_in("lead").await);
    let id = case(&app, Blue).await.id;
    taken(&app, &township, id, json!({ "step": "sign" })).await;
    taken(&app, &township, id, ask()).await;
    taken(
        &app,
        &lead,
        id,
        json!({ "step": "refuse_return", "reason": "属本镇职责。" }),
    )
    .await;
    let row = case_unit::Entity::find()
        .filter(case_unit::Column::CaseId.eq(id))
        .filter(case_unit::Column::Part.eq("lead"))
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    assert!(row.signed_at.is_none());
    let signing = deadline::Entity::find()
        .filter(deadline::Column::CaseId.eq(id))
        .filter(deadline::Column::Milestone.eq("sign"))
        .filter(deadline::Column::MetAt.is_null())
        .filter(deadline::Column::CancelledAt.is_null())
        .all(app.state.db.read())
        .await
        .unwrap();
    assert_eq!(signing.len(), 1);
    assert_eq!(
        taken(&app, &township, id, json!({ "step": "sign" })).await["stage"],
        "accepted"
    );
}

#[tokio::test]
async fn a_return_that_comes_too_late_counts_as_received() {
    let app = App::start().await;
    let (red, blue) = (case(&app, Red).await.id, case(&app, Blue).await.id);
    app.clock.advance(TimeDelta::minutes(30));
    let township = app.sign_in("township").await;
    app.clock.advance(TimeDelta::minutes(1));
    refused(&app, &township, red, (ask(), "DL09")).await;
    refused(&app, &township, red, (ask(), "视为接收")).await;
    taken(&app, &township, blue, ask()).await;
    let late = case(&app, Blue).await.id;
    // Monday's order may be returned until the end of Wednesday.
    app.clock.advance(TimeDelta::hours(63));
    let township = app.sign_in("township").await;
    refused(&app, &township, late, (ask(), "2026-11-25 23:59")).await;
}

#[tokio::test]
async fn the_forms_of_a_dispute_ask_for_what_is_missing_and_keep_what_was_typed() {
    let app = App::start().await;
    let (township, city) = (app.sign_in("township").await, app.sign_in("city").await);
    let id = disputed(&app, &township).await;
    let page = city.get(&format!("/cases/{id}")).await.text();
    assert!(page.contains("/do/arbitrate") && page.contains("争议待仲裁"), "{page}");
    assert!(city.get("/cases").await.text().contains("待裁定的退回"));
    let form = format!("/cases/{id}/do/arbitrate");
    let version = given::now(&app, id).await.version.to_string();
    let reply = city
        .post(
            &form,
            &[("version", &version), ("reason", "由民政承办更合适"), ("unit", "")],
        )
        .await;
    assert_eq!(reply.status, 422);
    assert!(reply.text().contains("选择指定的承办单位") && reply.text().contains("由民政承办更合适"));
    let civil = unit_of(&app, "civil").await.to_string();
    let reply = city
        .post(&form, &[("version", "1"), ("reason", "由民政承办"), ("unit", &civil)])
        .await;
    assert_eq!(reply.status, 409, "{}", reply.text());
    let reply = city
        .post(
            &form,
            &[("version", &version), ("reason", "由民政承办"), ("unit", &civil)],
        )
        .await;
    assert_eq!(reply.status, 303, "{}", reply.text());
    let page = city.get(&format!("/cases/{id}")).await.text();
    assert!(page.contains("市级仲裁"), "{page}");
}
