//! What becomes of a call that opens no case, and who may read it after.

use super::{Call, RED};
use crate::support::App;
use axum::http::StatusCode;

#[tokio::test]
async fn a_consultation_is_two_fields_and_one_button_and_may_be_taken_back() {
    let app = App::start().await;
    let call = Call::begin(&app, "operator").await;
    let empty = call.send(&app, "/consult", &[("outcome", "answered")], &[]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.text().contains("id=\"inquiry-error\""), "{}", empty.text());
    let form = [
        ("inquiry", "怎样申请困境儿童补助"),
        ("answer", "向村里提出，带户口本"),
        ("outcome", "answered"),
    ];
    let done = call.send(&app, "/consult", &form, &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert!(call.client.get(&call.path).await.text().contains("已答复办结"));
    let undone = call.send(&app, "/undo", &[], &[]).await;
    assert_eq!(undone.status, StatusCode::SEE_OTHER, "{}", undone.text());
    assert_eq!(call.row(&app).await.state, "draft");
    assert!(
        call.client
            .get(&call.path)
            .await
            .text()
            .contains("怎样申请困境儿童补助")
    );
}

#[tokio::test]
async fn another_hotline_must_be_named_and_is_told_to_the_caller() {
    let app = App::start().await;
    let call = Call::begin(&app, "operator").await;
    let form = [
        ("channel", "phone"),
        ("demand_type", "inquiry"),
        ("content", "想咨询劳动合同"),
        ("outcome_note", "已告知"),
    ];
    let reply = call.finish(&app, &form, &[("outcome", "referred")]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.text().contains("id=\"referred_to-error\"") && reply.text().contains("想咨询劳动合同"));
    let reply = call
        .finish(&app, &form, &[("outcome", "referred"), ("referred_to", "12348")])
        .await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    assert!(
        call.client
            .get(&call.path)
            .await
            .text()
            .contains("请拨打 12348 公共法律服务热线")
    );
}

#[tokio::test]
async fn screening_out_waits_for_the_shift_lead() {
    let app = App::start().await;
    let call = Call::begin(&app, "operator").await;
    let form = [
        ("channel", "phone"),
        ("demand_type", "complaint"),
        ("content", "邻居宅基地纠纷"),
    ];
    let bare = call.finish(&app, &form, &[("outcome", "screened_out")]).await;
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bare.text().contains("id=\"outcome_note-error\""), "{}", bare.text());
    let more = [("outcome", "screened_out"), ("outcome_note", "不涉及儿童，已告知渠道")];
    let sent = call.finish(&app, &form, &more).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());

    let review = format!("{}/review", call.path);
    let version = call.row(&app).await.version.to_string();
    let own = call
        .client
        .post(&review, &[("version", &version), ("decision", "confirm")])
        .await;
    assert_eq!(own.status, StatusCode::FORBIDDEN);
    let lead = app.sign_in("lead").await;
    let list = lead.get("/intake").await.text();
    assert!(
        list.contains("待复核的不予受理") && list.contains("不涉及儿童"),
        "{list}"
    );
    let done = lead
        .post(&review, &[("version", &version), ("decision", "confirm")])
        .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert_eq!(call.row(&app).await.state, "screened_out");
}

#[tokio::test]
async fn a_report_for_reading_masks_the_child_and_seals_the_reporter() {
    let app = App::start().await;
    let call = Call::begin(&app, "operator").await;
    let sent = call.finish(&app, RED, &[("outcome", "route")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    let path = format!("/reports/{}", call.id);
    let lead = app.sign_in("lead").await;
    let page = lead.get(&path).await.text();
    assert!(
        page.contains("举报人已保护") && page.contains("邻居/群众/同学") && page.contains("甲**"),
        "{page}"
    );
    for secret in ["甲小宝", "王女士", "6183"] {
        assert!(!page.contains(secret), "{secret} is shown");
    }
    assert!(lead.get("/reports").await.text().contains(&path));

    let open = format!("{path}/reporter");
    let bare = lead.post(&open, &[]).await;
    assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!bare.text().contains("王女士"));
    let opened = lead.post(&open, &[("reason", "call_back")]).await;
    assert!(
        opened.text().contains("王女士") && opened.text().contains("不可回拨"),
        "{}",
        opened.text()
    );
    let operator = app.sign_in("operator2").await;
    assert_eq!(operator.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        operator.post(&open, &[("reason", "call_back")]).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn another_operators_call_does_not_exist() {
    let app = App::start().await;
    let call = Call::begin(&app, "operator").await;
    let other = app.sign_in("operator2").await;
    assert_eq!(other.get(&call.path).await.status, StatusCode::NOT_FOUND);
    for step in ["", "/draft", "/emergency", "/consult", "/undo"] {
        let fields = [("version", "1"), ("outcome", "hold"), ("step", "start")];
        let reply = other.post(&format!("{}{step}", call.path), &fields).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{step}");
    }
    assert_eq!(other.get("/intake/nonsense").await.status, StatusCode::NOT_FOUND);
}
