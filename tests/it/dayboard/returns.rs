//! Callbacks after resolving: who owes them, whom nobody may call.

use super::board;
use crate::given::{self, Spec};
use crate::support::App;
use chrono::TimeDelta;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use tonghu::entity::{report, reporter_identity};
use tonghu::rules::level::RiskLevel;
use uuid::Uuid;

/// A case whose result was accepted, with a caller whose number is marked so.
async fn resolved(app: &App, level: RiskLevel, safe: bool) -> Uuid {
    let case = given::case(app, Spec::at(app, level).await).await;
    let steps = format!("/api/v1/cases/{}/steps", case.id);
    let (township, county) = (app.sign_in("township").await, app.sign_in("county").await);
    for (who, mut step) in [
        (&township, json!({ "step": "sign" })),
        (
            &township,
            json!({ "step": "hand_in", "summary": "已由姑姑照料。", "papers": "" }),
        ),
        (&county, json!({ "step": "accept_result" })),
    ] {
        step["version"] = json!(given::now(app, case.id).await.version);
        let reply = who.json("POST", &steps, step).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    let id = crate::quality::answered(&app.sign_in("operator").await, "反映情况").await;
    report::Entity::update_many()
        .col_expr(report::Column::CaseId, Expr::value(Some(case.id)))
        .filter(report::Column::Id.eq(id))
        .exec(app.state.db.schema())
        .await
        .unwrap();
    reporter_identity::Entity::update_many()
        .set(reporter_identity::ActiveModel {
            safe_phone: Set(safe),
            ..Default::default()
        })
        .filter(reporter_identity::Column::ReportId.eq(id))
        .exec(app.state.db.schema())
        .await
        .unwrap();
    case.id
}

#[tokio::test]
async fn resolved_orders_stand_red_first_with_who_owes_them_and_no_number() {
    let app = App::start().await;
    let yellow = resolved(&app, RiskLevel::Yellow, true).await;
    let red = resolved(&app, RiskLevel::Red, false).await;
    let lead = app.sign_in("lead").await;
    let page = lead.get("/orders/callbacks").await.text();
    let at = |id: Uuid| page.find(&format!("/cases/{id}/do/call-back")).unwrap();
    assert!(at(red) < at(yellow), "{page}");
    for words in [
        "承办单位回访",
        "热线回访",
        "不得拨打",
        "已标注安全",
        "登记线下核实",
        "08:00 至 22:00",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(
        !page.contains("tel:") && !page.contains("16000000077") && !page.contains("160****"),
        "{page}"
    );
    let form = lead.get(&format!("/cases/{red}/do/call-back")).await.text();
    assert!(
        !form.contains("value=\"phone\""),
        "the step does not offer a call either"
    );
    let returns = board(&lead).await["callbacks"].clone();
    assert_eq!(returns, json!({ "waiting": 2, "overdue": 0, "unsafe_numbers": 1 }));
    app.clock.advance(TimeDelta::days(9));
    let lead = app.sign_in("lead").await;
    assert_eq!(board(&lead).await["callbacks"]["overdue"], 2);
    assert!(lead.get("/orders/callbacks").await.text().contains("已超期"));
}

#[tokio::test]
async fn a_try_is_counted_and_what_was_called_back_leaves_the_list() {
    let app = App::start().await;
    let case = resolved(&app, RiskLevel::Yellow, false).await;
    let (lead, township) = (app.sign_in("lead").await, app.sign_in("township").await);
    let steps = format!("/api/v1/cases/{case}/steps");
    let call = |reached: bool| {
        json!({
            "step": "call_back", "way": "director", "reached": reached, "solved": reached, "told": "handled",
            "note": "儿童情绪平稳。",
        })
    };
    for (who, reached) in [(&lead, false), (&township, true)] {
        let mut step = call(reached);
        step["version"] = json!(given::now(&app, case).await.version);
        assert_eq!(who.json("POST", &steps, step).await.status, 200);
    }
    let page = lead.get("/orders/callbacks").await.text();
    assert!(page.contains("<span class=\"num\">2</span> 次"), "{page}");
    assert!(page.contains("热线回访") && !page.contains("承办单位回访 <"), "{page}");
    let mut step = call(true);
    step["version"] = json!(given::now(&app, case).await.version);
    assert_eq!(lead.json("POST", &steps, step).await.status, 200);
    assert!(lead.get("/orders/callbacks").await.text().contains("没有待回访的工单"));
    assert_eq!(board(&lead).await["callbacks"]["waiting"], 0);
}

#[tokio::test]
async fn others_see_only_what_they_call_back_themselves() {
    let app = App::start().await;
    let case = resolved(&app, RiskLevel::Yellow, true).await;
    let form = format!("/cases/{case}/do/call-back");
    for (who, sees) in [
        ("township", true),
        ("city", false),
        ("township2", false),
        ("village2", false),
        ("education", false),
    ] {
        let page = app.sign_in(who).await.get("/orders/callbacks").await;
        assert_eq!(page.status, 200, "{who}");
        assert_eq!(page.text().contains(&form), sees, "{who}");
        assert_eq!(
            page.text().contains(&format!("/cases/{case}\"")),
            sees || who == "city",
            "{who}"
        );
    }
    for who in ["hospital", "sysadmin", "secadmin", "auditor"] {
        assert_eq!(
            app.sign_in(who).await.get("/orders/callbacks").await.status,
            403,
            "{who}"
        );
    }
}
