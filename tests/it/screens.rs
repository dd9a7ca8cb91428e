//! What the screens of casework owe beyond the steps themselves: clocks that
//! somebody can end, signatures, words that are not lost, the next thing to do.

use crate::given::{self, Spec};
use crate::support::{App, Client};
use axum::http::StatusCode;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use tonghu::entity::{case_unit, deadline, task};
use tonghu::rules::codes;
use uuid::Uuid;

/// A red report in which life is in danger, saved and routed by the operator.
struct Routed {
    operator: Client,
    report: String,
    case: Uuid,
}

async fn routed(app: &App) -> Routed {
    let operator = app.sign_in("operator").await;
    let place = given::account_of(app, "village").await.division;
    let body = json!({
        "channel": "phone", "demand_type": "tipoff", "case_types": ["0101"],
        "content": "孩子胳膊上有成片淤青，打人的还在家里。",
        "answers": { "offender_present": "yes", "needs_medical": "no" },
        "caller": { "anonymous": true, "safe_phone": false },
        "child_location": { "division": place, "address": "村口第三排" },
        "children": [{ "sex": "2", "age": 7 }],
    });
    let key = Uuid::now_v7().to_string();
    let reply = operator
        .with("idempotency-key", &key)
        .json("POST", "/api/v1/reports", body)
        .await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    let body = reply.json();
    Routed {
        operator,
        report: body["id"].as_str().unwrap().to_owned(),
        case: body["case"]["id"].as_str().unwrap().parse().unwrap(),
    }
}

async fn three_way_call(app: &App, case: Uuid) -> deadline::Model {
    let found = deadline::Entity::find()
        .filter(deadline::Column::CaseId.eq(case))
        .filter(deadline::Column::Milestone.eq("transfer"))
        .all(app.state.db.read())
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    found.into_iter().next().unwrap()
}

#[tokio::test]
async fn the_desk_owes_the_three_way_call_until_the_police_take_over() {
    let app = App::start().await;
    let routed = routed(&app).await;
    let owed = three_way_call(&app, routed.case).await;
    let desk = given::account_of(&app, "operator").await.unit_id;
    assert_eq!((Some(owed.owner_unit), owed.met_at), (desk, None));
    let dispatch = task::Entity::find()
        .filter(task::Column::CaseId.eq(routed.case))
        .filter(task::Column::TypeCode.eq("T30"))
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    let police = app.sign_in("police").await;
    let signed = police
        .post(&format!("/tasks/{}/sign", dispatch.id), &[("version", "1")])
        .await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.text());
    assert!(three_way_call(&app, routed.case).await.met_at.is_some());
    let parts = case_unit::Entity::find()
        .filter(case_unit::Column::CaseId.eq(routed.case))
        .all(app.state.db.read())
        .await
        .unwrap();
    let signed: Vec<Uuid> = parts
        .iter()
        .filter(|part| part.signed_at.is_some())
        .map(|part| part.unit_id)
        .collect();
    assert_eq!(
        signed,
        [dispatch.unit_id],
        "the task's signature is the department's under the case, and nobody else's"
    );
}

#[tokio::test]
async fn a_three_way_call_may_be_recorded_on_the_receipt() {
    let app = App::start().await;
    let routed = routed(&app).await;
    let at = format!("/intake/{}", routed.report);
    let receipt = routed.operator.get(&at).await;
    assert!(receipt.text().contains("三方联动还没登记"), "{}", receipt.text());
    let call = |time| [("step", "joined"), ("emergency_line", "110"), ("emergency_time", time)];
    let path = format!("{at}/emergency");
    let wrong = routed.operator.post(&path, &call("早上")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("id=\"emergency_time-error\""), "{}", wrong.text());
    let done = routed.operator.post(&path, &call("08:59")).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert!(three_way_call(&app, routed.case).await.met_at.is_some());
    let receipt = routed.operator.get(&at).await;
    assert!(!receipt.text().contains("三方联动还没登记"));
}

#[tokio::test]
async fn a_dangerous_answer_stands_among_the_dangers_of_the_case() {
    let app = App::start().await;
    let routed = routed(&app).await;
    let page = app
        .sign_in("township")
        .await
        .get(&format!("/cases/{}", routed.case))
        .await;
    let text = page.text();
    assert!(text.contains("加害人在场"), "{text}");
    assert!(!text.contains("需就医"), "an answer that means no danger adds none");
}

#[tokio::test]
async fn a_receipt_names_who_takes_part_and_folds_who_was_passed_over() {
    let app = App::start().await;
    let routed = routed(&app).await;
    let text = routed.operator.get(&format!("/intake/{}", routed.report)).await.text();
    let (shown, folded) = text.split_once("<details><summary>未派").unwrap();
    assert!(shown.contains("应县公安局") && shown.contains("RT06"), "{shown}");
    assert!(!shown.contains("岗位空缺或请假") && folded.contains("岗位空缺或请假"));
    assert!(!shown.contains("前推送公安"), "what was met at once is owed no more");
}

#[tokio::test]
async fn an_assisting_unit_may_sign_after_the_lead_unit_has() {
    let app = App::start().await;
    let case = given::case(&app, Spec::red(&app).await).await;
    let (township, village) = (app.sign_in("township").await, app.sign_in("village").await);
    let at = format!("/cases/{}", case.id);
    let button = format!("action=\"{at}/do/sign\"");
    let sign = format!("{at}/do/sign");
    assert_eq!(
        township.post(&sign, &[("version", "1")]).await.status,
        StatusCode::SEE_OTHER
    );
    assert!(!township.get(&at).await.text().contains(&button), "nobody signs twice");
    assert!(village.get(&at).await.text().contains(&button));
    assert_eq!(
        village.post(&sign, &[("version", "2")]).await.status,
        StatusCode::SEE_OTHER
    );
    assert!(!village.get(&at).await.text().contains(&button));
}

fn assessment(version: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = [
        ("version", version),
        ("ways", "home"),
        ("on", "2026年11月23日"),
        ("who", "督导员"),
        ("place", "儿童姑姑家"),
        ("interviewed", "yes"),
        ("scene", "现场安全，姑姑在场"),
        ("conclusion", "confirmed"),
        ("child_opinion", "想先住姑姑家"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let items = codes::assessment_items().iter().filter(|item| !item.veto);
    fields.extend(items.map(|item| (format!("marks/{}", item.code), item.max.to_string())));
    fields
}

#[tokio::test]
async fn an_assessment_that_was_overtaken_comes_back_with_all_its_words_and_both_versions() {
    let app = App::start().await;
    let case = given::case(&app, Spec::red(&app).await).await;
    let township = app.sign_in("township").await;
    let at = format!("/cases/{}", case.id);
    township.post(&format!("{at}/do/sign"), &[("version", "1")]).await;
    let note = [("version", "2"), ("text", "邻居说孩子已接走")];
    assert_eq!(
        township.post(&format!("{at}/do/note"), &note).await.status,
        StatusCode::SEE_OTHER
    );
    let send = async |version: &str| {
        let fields = assessment(version);
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        township.post(&format!("{at}/assess/new"), &fields).await
    };
    let overtaken = send("2").await;
    assert_eq!(overtaken.status, StatusCode::CONFLICT);
    let text = overtaken.text();
    for words in [
        "第 2 版",
        "第 3 版",
        "儿童姑姑家",
        "想先住姑姑家",
        "name=\"version\" value=\"3\"",
    ] {
        assert!(text.contains(words), "{words} is missing: {text}");
    }
    assert_eq!(given::now(&app, case.id).await.version, 3, "nothing was saved");
    let saved = send("3").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let page = township.get(saved.location()).await.text();
    assert!(
        page.contains("已完成：评估定级") && page.contains("想先住姑姑家"),
        "{page}"
    );
}

#[tokio::test]
async fn a_paper_in_force_offers_its_end_and_an_ended_one_does_not() {
    let app = App::start().await;
    let case = given::case(&app, Spec::red(&app).await).await;
    let township = app.sign_in("township").await;
    let at = format!("/cases/{}", case.id);
    let paper = [
        ("kind", "emergency_placement"),
        ("paper_no", "东关社区安置〔2026〕1号"),
        ("issued_by", "东关社区居委会"),
        ("issued_on", "2026/11/23"),
    ];
    let saved = township.post(&format!("{at}/measures/new"), &paper).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let text = township.get(&at).await.text();
    let end = text.split('"').find(|part| part.ends_with("/end")).unwrap().to_owned();
    let form = [("version", "1"), ("ended_on", "2026-11-23"), ("reason", "由姑姑照料")];
    assert_eq!(township.post(&end, &form).await.status, StatusCode::SEE_OTHER);
    let text = township.get(&at).await.text();
    assert!(!text.contains(&end) && text.contains("已终止 2026-11-23"));
}

#[tokio::test]
async fn what_nobody_signed_stands_first_in_a_departments_list() {
    let app = App::start().await;
    routed(&app).await;
    let text = app.sign_in("police").await.get("/tasks").await.text();
    let first = text.split("<h2>").nth(1).unwrap();
    assert!(first.starts_with("待签收"), "{first}");
}
