//! A result with its papers: several at once, each with number and authority.

use super::{case, now, on_task, opened};
use crate::support::{App, Client};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tonghu::entity::{measure, task};
use tonghu::rules::level::RiskLevel;

async fn signed(app: &App) -> (task::Model, Client, Client) {
    let case = case(app, RiskLevel::Yellow).await.id;
    let township = app.sign_in("township").await;
    let task = opened(app, &township, case, "T31").await;
    let police = app.sign_in("police").await;
    let reply = on_task(app, &police, task.id, json!({ "step": "sign" })).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    (task, police, township)
}

fn paper(kind: &str, number: &str, authority: &str) -> Value {
    json!({ "kind": kind, "paper_no": number, "issued_by": authority, "issued_on": "2026-11-23" })
}

fn report(papers: &[Value]) -> Value {
    json!({ "step": "report", "result": "已受理并立案", "papers": papers })
}

#[tokio::test]
async fn a_paper_without_number_or_authority_is_refused_and_named() {
    let app = App::start().await;
    let (task, police, _) = signed(&app).await;
    let good = paper("case_filing", "应公（刑）立字〔2026〕5号", "应县公安局");
    for (papers, pointers) in [
        (vec![], vec!["/paper_no"]),
        (vec![paper("case_filing", "", "应县公安局")], vec!["/paper_no"]),
        (vec![paper("case_filing", "1号", " ")], vec!["/issued_by"]),
        (
            vec![good.clone(), paper("case_acceptance", "", "")],
            vec!["/paper_no2", "/issued_by2"],
        ),
        (vec![paper("alarm_receipt", "8号", "应县公安局")], vec!["/kind"]),
        (vec![good.clone(); 6], vec!["/kind"]),
    ] {
        let reply = on_task(&app, &police, task.id, report(&papers)).await;
        assert_eq!(reply.status, 422, "{}", reply.text());
        let json = reply.json();
        let found: Vec<&str> = json["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e["pointer"].as_str().unwrap())
            .collect();
        assert_eq!(found, pointers);
    }
    let kept = measure::Entity::find().filter(measure::Column::TaskId.eq(task.id));
    assert_eq!(kept.count(app.state.db.read()).await.unwrap(), 0, "nothing was kept");
    assert_eq!(now(&app, task.id).await.state, "working");
}

#[tokio::test]
async fn several_papers_come_with_one_report_and_the_lead_counts_what_it_sends_back() {
    let app = App::start().await;
    let (task, police, township) = signed(&app).await;
    let page = format!("/tasks/{}/report", task.id);
    let fields = [
        ("version", "2"),
        ("result", "已受理并立案"),
        ("kind", "case_acceptance"),
        ("paper_no", "应公受字〔2026〕3号"),
        ("issued_by", "应县公安局"),
        ("issued_on", "2026-11-23"),
        ("kind3", "case_filing"),
        ("paper_no3", "应公（刑）立字〔2026〕5号"),
        ("issued_by3", "应县公安局"),
        ("issued_on3", "2026-11-23"),
    ];
    let reported = police.post(&page, &fields).await;
    assert_eq!(reported.status, 303, "{}", reported.text());
    let shown = township.get(&format!("/api/v1/tasks/{}", task.id)).await.json();
    assert_eq!(shown["papers"].as_array().unwrap().len(), 2);
    for (round, reason) in [(1, "缺受案时间"), (2, "缺送达回证")] {
        let back = on_task(&app, &township, task.id, json!({ "step": "reject", "reason": reason })).await;
        assert_eq!(back.json()["sent_back"], round, "{}", back.text());
        let seen = police.get(&format!("/tasks/{}", task.id)).await.text();
        assert!(seen.contains(reason), "{seen}");
        let again = report(&[paper("case_filing", "应公（刑）立字〔2026〕5号", "应县公安局")]);
        let reply = on_task(&app, &police, task.id, again).await;
        assert_eq!(
            reply.json()["papers"].as_array().unwrap().len(),
            2,
            "the same paper is there once"
        );
    }
    let done = on_task(&app, &township, task.id, json!({ "step": "accept" })).await;
    assert_eq!(done.json()["state"], "done", "{}", done.text());
    let late = on_task(&app, &township, task.id, json!({ "step": "reject", "reason": "迟了" })).await;
    let message = late.json()["detail"].to_string();
    assert_eq!(late.status, 422);
    assert!(message.contains("已完成"), "{}", late.text());
}

/// A decision on custody that comes out of a task says on which ground of the
/// law it rests.
#[tokio::test]
async fn custody_that_a_task_brings_has_its_ground() {
    let app = App::start().await;
    let id = case(&app, RiskLevel::Yellow).await.id;
    let township = app.sign_in("township").await;
    let task = opened(&app, &township, id, "T10").await;
    let civil = app.sign_in("civil").await;
    assert_eq!(
        on_task(&app, &civil, task.id, json!({ "step": "sign" })).await.status,
        200
    );
    let page = civil.get(&format!("/tasks/{}", task.id)).await.text();
    assert!(
        page.contains("name=\"ground\"") && page.contains("TC7") && !page.contains("MR1"),
        "{page}"
    );
    let custody = |ground: &str| {
        let mut paper = paper("temp_custody", "应民监字1号", "应县民政局");
        paper["ground"] = json!(ground);
        report(&[paper])
    };
    for ground in ["", "TC9", "LC1"] {
        let reply = on_task(&app, &civil, task.id, custody(ground)).await;
        assert_eq!(reply.status, 422, "{ground}: {}", reply.text());
        assert_eq!(reply.json()["errors"][0]["pointer"], "/ground");
        assert!(reply.text().contains("未成年人保护法§92"), "{}", reply.text());
    }
    let reply = on_task(&app, &civil, task.id, custody("TC4")).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let found = measure::Entity::find().filter(measure::Column::TaskId.eq(task.id));
    let row = found.one(app.state.db.read()).await.unwrap().unwrap();
    let shown = civil.get(&format!("/cases/{id}/measures/{}", row.id)).await.text();
    assert!(shown.contains("TC4"), "{shown}");
}

/// No other paper is asked for a ground.
#[tokio::test]
async fn a_ground_on_any_other_paper_is_refused() {
    let app = App::start().await;
    let (task, police, _) = signed(&app).await;
    let mut filing = paper("case_filing", "应公（刑）立字〔2026〕5号", "应县公安局");
    let page = police.get(&format!("/tasks/{}", task.id)).await.text();
    assert!(!page.contains("name=\"ground\""), "{page}");
    filing["ground"] = json!("TC1");
    let reply = on_task(&app, &police, task.id, report(&[filing])).await;
    assert_eq!(reply.status, 422, "{}", reply.text());
    assert_eq!(reply.json()["errors"][0]["pointer"], "/ground");
}
