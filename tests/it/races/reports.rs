//! Reports that are sent at one time: they are written together, and each is
//! answered as if it had come alone.

use super::sent;
use crate::support::{App, Client, Reply};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use tonghu::entity::{journal_entry, protection_case, report};
use tonghu::journal::Act;
use uuid::Uuid;

/// More than are written together.
const MANY: usize = 40;

fn words(which: usize) -> String {
    format!("第{which}条：孩子连续几天独自在家。")
}

fn body(which: usize) -> Value {
    json!({
        "channel": "phone", "demand_type": "tipoff", "case_types": ["0601"], "content": words(which),
        "caller": { "anonymous": true }, "reporter_type": "V04", "relation_to_child": "905",
        "child_location": { "division": "140622100" },
        "children": [{ "name": null, "sex": "1", "age": 7, "feature": "约7岁男童" }]
    })
}

async fn all(who: &Client, bodies: impl Iterator<Item = Value>) -> Vec<Reply> {
    let each: Vec<_> = bodies
        .map(|body| tokio::spawn(sent(who, "/api/v1/reports".to_owned(), body)))
        .collect();
    let mut replies = Vec::new();
    for one in each {
        replies.push(one.await.unwrap());
    }
    replies
}

async fn numbers(app: &App) -> Vec<String> {
    report::Entity::find()
        .select_only()
        .column(report::Column::Number)
        .order_by_asc(report::Column::Number)
        .into_tuple()
        .all(app.state.db.read())
        .await
        .unwrap()
}

/// Numbers of one day run from one on.
fn run_on(numbers: &[String]) {
    let last = |number: &String| number.rsplit_once('-').unwrap().1.parse::<usize>().unwrap();
    let found: Vec<usize> = numbers.iter().map(last).collect();
    assert_eq!(found, (1..=numbers.len()).collect::<Vec<_>>(), "without a gap");
}

async fn entries(app: &App, act: Act) -> u64 {
    journal_entry::Entity::find()
        .filter(journal_entry::Column::Act.eq(act.code()))
        .count(app.state.db.read())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_of_many_gets_its_own_case_and_the_numbers_have_no_gap() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let replies = all(&operator, (0..MANY).map(body)).await;
    let mut cases = BTreeSet::new();
    for (which, reply) in replies.iter().enumerate() {
        assert_eq!(reply.status, 201, "{}", reply.text());
        let answer = reply.json();
        assert!(cases.insert(answer["case"]["number"].as_str().unwrap().to_owned()));
        let path = format!("/api/v1/reports/{}", answer["id"].as_str().unwrap());
        let kept = operator.json("GET", &path, Value::Null).await.json();
        assert_eq!(kept["report"]["content"], words(which), "another's answer");
        assert_eq!(kept["number"], answer["number"]);
    }
    assert_eq!(cases.len(), MANY);
    run_on(&numbers(&app).await);
    run_on(&cases.into_iter().collect::<Vec<_>>());
    let (opened, submitted) = (Act::CaseOpened, Act::ReportSubmitted);
    assert_eq!(entries(&app, opened).await, MANY as u64);
    assert_eq!(entries(&app, submitted).await, MANY as u64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_one_of_them_is_refused_for_harms_none_of_the_others() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let twice = operator.with("idempotency-key", &Uuid::now_v7().to_string());
    for round in 0..6 {
        let before = numbers(&app).await.len();
        let again = operator.with("idempotency-key", &Uuid::now_v7().to_string());
        let same = body(900 + round);
        let others = all(&operator, (0..8).map(body));
        let wrong = all(&twice, std::iter::repeat_n(body(round * 2), 2));
        let copies = all(&again, std::iter::repeat_n(same, 4));
        let (others, wrong, copies) = tokio::join!(others, wrong, copies);
        for reply in &others {
            assert_eq!(reply.status, 201, "round {round}: {}", reply.text());
        }
        // Under a used key other words are refused, and are from the second round on.
        let status = if round == 0 { 201 } else { 409 };
        for reply in &wrong {
            assert_eq!(reply.status, status, "round {round}: {}", reply.text());
        }
        let ids: BTreeSet<String> = copies.iter().map(|reply| reply.json()["id"].to_string()).collect();
        assert_eq!(ids.len(), 1, "round {round}: one report under one key");
        let new = numbers(&app).await.len() - before;
        assert_eq!(new, 8 + 1 + usize::from(round == 0), "round {round}");
    }
    run_on(&numbers(&app).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_goes_away_takes_nothing_of_the_others_along() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let path = || "/api/v1/reports".to_owned();
    let gone: Vec<_> = (0..6)
        .map(|which| tokio::spawn(sent(&operator, path(), body(which))))
        .collect();
    let stay = tokio::spawn({
        let operator = operator.clone();
        async move { all(&operator, (10..20).map(body)).await }
    });
    tokio::time::sleep(Duration::from_millis(5)).await;
    for one in &gone {
        one.abort();
    }
    for reply in stay.await.unwrap() {
        assert_eq!(reply.status, 201, "{}", reply.text());
    }
    run_on(&numbers(&app).await);
    let cases = protection_case::Entity::find()
        .count(app.state.db.read())
        .await
        .unwrap();
    let reports = report::Entity::find().count(app.state.db.read()).await.unwrap();
    assert_eq!(cases, reports, "a report and its case, or neither");
    assert!(reports >= 10, "{reports}");
}
