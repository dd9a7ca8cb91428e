//! Outside the city: a letter, a call, the province's platform, an answer.

use super::{ask, asking, latest, taken, yellow};
use crate::given;
use crate::support::App;
use sea_orm::ActiveValue::Set;
use serde_json::{Value, json};
use tonghu::entity::{protection_case, transfer};

const OUTSIDE: &str = "内蒙古自治区呼和浩特市和林格尔县民政局";

async fn sent(app: &App) -> (protection_case::Model, transfer::Model) {
    let case = yellow(app).await;
    let mut body = asking(case.version, "");
    body.as_object_mut().unwrap().remove("to");
    body["outside"] = json!(OUTSIDE);
    let reply = ask(&app.sign_in("township").await, case.id, body).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let row = latest(app, case.id).await;
    (case, row)
}

#[tokio::test]
async fn the_letter_is_printed_with_its_number_and_names_nobody() {
    let app = App::start().await;
    let (case, row) = sent(&app).await;
    let township = app.sign_in("township").await;
    let page = township.get(&format!("/transfers/{}/letter", row.id)).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    assert!(
        text.contains(&row.number) && text.contains(OUTSIDE) && text.contains("签名"),
        "{text}"
    );
    assert!(!text.contains("童小满") && !text.contains("邻居"), "{text}");
    let inside = super::asked_by(&app, "township", &super::yellow(&app).await, super::THERE).await;
    assert_eq!(
        township.get(&format!("/transfers/{}/letter", inside.id)).await.status,
        404
    );
    assert_eq!(
        app.sign_in("county2")
            .await
            .get(&format!("/transfers/{}/letter", row.id))
            .await
            .status,
        404
    );
    assert_eq!(given::now(&app, case.id).await.lead_unit, case.lead_unit);
}

#[tokio::test]
async fn the_case_stays_until_the_answer_comes_and_may_then_be_closed() {
    let app = App::start().await;
    let (case, row) = sent(&app).await;
    let call = json!({ "step": "contacted", "called_on": "2026-11-23", "reason": "已电话联系，省平台登记号 SX-0001" });
    let noted = taken(&app, "township", row.id, call).await;
    assert_eq!(noted.json()["state"], "asked", "{}", noted.text());
    let close = async |app: &App| {
        let stage = protection_case::ActiveModel {
            stage: Set("assessed".to_owned()),
            ..Default::default()
        };
        given::set(app, case.id, stage).await;
        let version = given::now(app, case.id).await.version;
        let body = json!({ "step": "ask_close", "version": version, "closure_type": "transferred", "note": "已移交" });
        ask(&app.sign_in("township").await, case.id, body).await.json()
    };
    let pending = close(&app).await;
    assert_eq!(pending["errors"][0]["pointer"], "/closure_type", "{pending}");
    let bare = taken(&app, "township", row.id, json!({ "step": "confirm" })).await;
    assert_eq!(bare.status, 422, "a letter has a number: {}", bare.text());
    let early = json!({ "step": "confirm", "reply_no": "复函〔2026〕3号", "reply_on": "2026-11-22" });
    assert_eq!(taken(&app, "township", row.id, early).await.status, 422);
    let reply = json!({ "step": "confirm", "reply_no": "复函〔2026〕3号", "reply_on": "2026-11-23" });
    let confirmed = taken(&app, "township", row.id, reply).await;
    assert_eq!(confirmed.json()["state"], "confirmed", "{}", confirmed.text());
    let now = given::now(&app, case.id).await;
    assert_eq!((now.lead_unit, &now.division), (case.lead_unit, &case.division));
    let left = close(&app).await;
    let fields: Vec<&Value> = left["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| &error["pointer"])
        .collect();
    assert!(
        fields.iter().all(|field| *field != "/closure_type"),
        "only the checks are left: {left}"
    );
}

#[tokio::test]
async fn without_a_letter_that_agrees_no_case_is_closed_as_transferred() {
    let app = App::start().await;
    let (case, row) = sent(&app).await;
    let no = json!({ "step": "refuse", "reason": "儿童未到", "reply_no": "复函〔2026〕4号", "reply_on": "2026-11-23" });
    assert_eq!(taken(&app, "township", row.id, no).await.json()["state"], "refused");
    let dispute = taken(
        &app,
        "township",
        row.id,
        json!({ "step": "dispute", "reason": "儿童已在当地" }),
    )
    .await;
    assert_eq!(dispute.status, 409, "{}", dispute.text());
    let stage = protection_case::ActiveModel {
        stage: Set("assessed".to_owned()),
        ..Default::default()
    };
    given::set(&app, case.id, stage).await;
    let version = given::now(&app, case.id).await.version;
    let body = json!({ "step": "ask_close", "version": version, "closure_type": "transferred", "note": "已移交" });
    let reply = ask(&app.sign_in("township").await, case.id, body).await;
    assert_eq!(reply.status, 422);
    assert!(reply.text().contains("国务院令第381号"), "{}", reply.text());
}
