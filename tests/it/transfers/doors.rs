//! Who sees what of a transfer: both sides what is handed over, the place of
//! registration a summary, everybody else nothing.

use super::{asked, take, taken, yellow};
use crate::given::{self, PEOPLE, Spec};
use crate::support::App;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use std::collections::BTreeSet;
use tonghu::entity::{journal_entry, protection_case, transfer};
use tonghu::rules::level::RiskLevel;
use uuid::Uuid;

#[tokio::test]
async fn whoever_has_no_part_in_a_transfer_finds_nothing_of_it() {
    let app = App::start().await;
    let case = yellow(&app).await;
    let row = asked(&app, &case).await;
    for username in ["township2", "education", "police"] {
        let who = app.sign_in(username).await;
        for path in [
            format!("/transfers/{}", row.id),
            format!("/transfers/{}/letter", row.id),
            format!("/api/v1/transfers/{}", row.id),
        ] {
            assert_eq!(who.get(&path).await.status, 404, "{username} {path}");
        }
        let list = who.get("/transfers").await.text() + &who.get("/api/v1/transfers").await.text();
        assert!(!list.contains(&row.number), "{username}");
        for step in ["confirm", "refuse", "withdraw", "rule_move"] {
            let body = json!({ "step": step, "version": 1, "reason": "核实" });
            assert_eq!(take(&who, row.id, body).await.status, 404, "{username} {step}");
            let form = who
                .post(
                    &format!("/transfers/{}/{step}", row.id),
                    &[("version", "1"), ("reason", "核实")],
                )
                .await;
            assert_eq!(form.status, 404, "{username} {step}");
        }
    }
    for username in ["village", "operator", "secadmin", "auditor", "hospital"] {
        let who = app.sign_in(username).await;
        assert_eq!(who.get("/transfers").await.status, 403, "{username}");
    }
    assert_eq!(super::latest(&app, case.id).await, row);
    let denied = journal_entry::Entity::find()
        .filter(journal_entry::Column::CaseId.eq(case.id))
        .filter(journal_entry::Column::Outcome.eq("denied"))
        .count(app.state.db.read())
        .await
        .unwrap();
    assert_eq!(denied, 3 * (3 + 4 + 4), "each attempt is on record");
}

#[tokio::test]
async fn each_side_takes_its_own_steps_only() {
    let app = App::start().await;
    let case = yellow(&app).await;
    let row = asked(&app, &case).await;
    for (who, step) in [
        ("township", "confirm"),
        ("county", "refuse"),
        ("county", "rule_move"),
        ("county2", "withdraw"),
        ("city", "confirm"),
        ("lead", "confirm"),
    ] {
        let reply = taken(&app, who, row.id, json!({ "step": step, "reason": "核实" })).await;
        assert_eq!(reply.status, 403, "{who} {step}: {}", reply.text());
    }
    assert_eq!(super::latest(&app, case.id).await, row);
}

/// A case of a child that is registered in 应县 and lives in 右玉县, on its way
/// to a third county.
async fn leaving_its_second_home(app: &App) -> transfer::Model {
    let spec = Spec {
        place: given::account_of(app, "village2").await.division,
        ..Spec::at(app, RiskLevel::Yellow).await
    };
    let case = given::case(app, spec).await;
    let home = protection_case::ActiveModel {
        domicile: Set(Some("140622100000".to_owned())),
        ..Default::default()
    };
    given::set(app, case.id, home).await;
    super::asked_by(app, "township2", &case, "140621100").await
}

#[tokio::test]
async fn the_place_of_registration_is_told_the_necessary_summary_alone() {
    let app = App::start().await;
    let row = leaving_its_second_home(&app).await;
    let at = format!("/transfers/{}", row.id);
    let early = app.sign_in("county").await.get(&at).await;
    assert_eq!(early.status, 404, "not before it has moved");
    app.clock.advance(chrono::TimeDelta::hours(24));
    let body = json!({ "step": "rule_move", "reason": "逾期未答复" });
    let ruled = taken(&app, "city", row.id, body).await;
    assert_eq!(ruled.status, 200, "{}", ruled.text());
    let home = app.sign_in("county").await;
    let page = home.get(&at).await;
    assert_eq!(page.status, 200);
    let text = page.text();
    assert!(text.contains("必要摘要") && !text.contains("交接会谈"), "{text}");
    assert!(!text.contains("邻居反映"), "no matter, no child");
    let told = home.get(&format!("/api/v1{at}")).await.json();
    assert!(told["handed_over"].is_null() && told["steps"] == json!([]), "{told}");
    assert!(home.get("/transfers?list=home").await.text().contains(&row.number));
}

#[tokio::test]
async fn what_a_special_case_is_about_is_not_told_to_a_township_before_it_takes_it() {
    let app = App::start().await;
    let spec = Spec {
        kind: "0202",
        ..Spec::at(&app, RiskLevel::Yellow).await
    };
    let case = given::case(&app, spec).await;
    assert_eq!(case.sensitivity, 4);
    let to = tonghu::network::units_of(
        app.state.db.read(),
        "TMP",
        &tonghu::rules::division::Division::parse("140622").unwrap(),
    )
    .await
    .unwrap();
    let to = to.iter().find(|unit| !unit.division.starts_with("140622100")).unwrap();
    let row = super::asked_by(&app, "county", &case, &to.division).await;
    let ctx = tonghu::ctx::Ctx {
        actor: tonghu::rules::policy::Actor {
            account: Uuid::now_v7(),
            role: tonghu::rules::policy::Role::Township,
            unit: Some(to.id),
            unit_kind: "TMP".to_owned(),
            division: tonghu::rules::division::Division::parse(&to.division).unwrap(),
            also: Vec::new(),
        },
        ..given::ctx_of(&app, "township").await
    };
    let handed = tonghu::transfers::view(&app.state, &ctx, row.id)
        .await
        .unwrap()
        .handed
        .unwrap();
    assert!(!handed.title.contains("邻居") && handed.kind.is_empty(), "{handed:?}");
}

/// The list shows what the page shows, for everybody.
#[tokio::test]
async fn the_list_and_the_page_agree_for_every_person() {
    let app = App::start().await;
    let mut rows = Vec::new();
    for end in ["asked", "confirmed", "refused", "disputed", "withdrawn", "recused"] {
        let case = yellow(&app).await;
        let home = protection_case::ActiveModel {
            domicile: Set(Some("140623100000".to_owned())),
            ..Default::default()
        };
        given::set(&app, case.id, home).await;
        let row = asked(&app, &case).await;
        match end {
            "confirmed" => drop(taken(&app, "county2", row.id, json!({ "step": "confirm" })).await),
            "withdrawn" => drop(taken(&app, "county", row.id, json!({ "step": "withdraw", "reason": "不搬" })).await),
            "refused" | "disputed" => {
                taken(&app, "county2", row.id, json!({ "step": "refuse", "reason": "未到" })).await;
                if end == "disputed" {
                    taken(&app, "county", row.id, json!({ "step": "dispute", "reason": "已到" })).await;
                }
            }
            "recused" => {
                let version = given::now(&app, case.id).await.version;
                let account = given::account_of(&app, "county2").await.id;
                let body = json!({ "step": "recuse", "version": version, "account": account, "reason": "近亲属" });
                let reply = super::ask(&app.sign_in("county").await, case.id, body).await;
                assert_eq!(reply.status, 200, "{}", reply.text());
            }
            _ => {}
        }
        rows.push(row.id);
    }
    for username in PEOPLE {
        let who = app.sign_in(username).await;
        let list = who.get("/api/v1/transfers?limit=100").await;
        if list.status == 403 {
            continue;
        }
        let listed: BTreeSet<String> = list.json()["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect();
        for id in &rows {
            let seen = who.get(&format!("/transfers/{id}")).await.status == 200;
            assert_eq!(seen, listed.contains(&id.to_string()), "{username} {id}");
        }
    }
}
