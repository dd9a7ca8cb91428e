//! What is refused: with what to do and by which text, nothing changed, what
//! was typed kept.

use super::Bench;
use super::order::{application, ruling};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use tonghu::entity::{deadline, measure, measure_event};

/// Rows that an act would add or change.
async fn held(bench: &Bench) -> (u64, u64, u64, Vec<i32>) {
    let db = bench.app.state.db.read();
    let versions = measure::Entity::find()
        .all(db)
        .await
        .unwrap()
        .iter()
        .map(|row| row.version)
        .collect();
    (
        measure::Entity::find().count(db).await.unwrap(),
        measure_event::Entity::find().count(db).await.unwrap(),
        deadline::Entity::find().count(db).await.unwrap(),
        versions,
    )
}

fn changed(mut fields: Value, name: &str, value: Value) -> Value {
    fields[name] = value;
    fields
}

#[tokio::test]
async fn a_ruling_that_breaks_a_rule_is_refused_with_its_reason() {
    let bench = Bench::new().await;
    let id = bench.begun("protection_order", application("no")).await;
    let before = held(&bench).await;
    let good = || ruling("2027-05-22");
    for (fields, pointer, words) in [
        (changed(good(), "paper_no", json!("")), "/fields/paper_no", "填写文书号"),
        (
            changed(good(), "issued_by", json!(" ")),
            "/fields/issued_by",
            "填写作出机关",
        ),
        (
            changed(good(), "issued_on", json!("2026-11-24")),
            "/fields/issued_on",
            "不得晚于今天",
        ),
        (
            changed(good(), "issued_on", json!("2026-11-22")),
            "/fields/issued_on",
            "2026-11-23",
        ),
        (
            changed(good(), "issued_on", json!("昨天")),
            "/fields/issued_on",
            "2026-11-23 的样子",
        ),
        (ruling("2027-06-01"), "/fields/expires_on", "反家庭暴力法§30"),
        (ruling("2026-11-01"), "/fields/expires_on", "2026-11-23"),
        (
            changed(good(), "police_at", json!("2026-11-23 10:00")),
            "/fields/police_at",
            "不得晚于现在",
        ),
        (changed(good(), "mood", json!("好")), "/fields", "核对接口说明"),
    ] {
        let reply = bench.step(id, "grant", fields).await;
        assert_eq!(reply.status, 422, "{pointer}: {}", reply.text());
        let errors = reply.json()["errors"].as_array().unwrap().clone();
        let told = errors.iter().find(|error| error["pointer"] == pointer);
        let told = told.unwrap_or_else(|| panic!("{pointer}: {errors:?}"));
        assert!(told["message"].as_str().unwrap().contains(words), "{told}");
    }
    assert_eq!(held(&bench).await, before);
}

#[tokio::test]
async fn custody_needs_a_ground_and_a_second_interview_its_reason() {
    let bench = Bench::new().await;
    let custody = json!({
        "paper_no": "应民监字1号", "issued_by": "应县民政局", "issued_on": "2026-11-23",
        "placement": "MPC", "keeper": "应县未成年人救助保护中心", "facts": "监护人下落不明",
    });
    let reply = bench.begin("temp_custody", custody.clone()).await;
    assert_eq!(reply.status, 422);
    assert!(reply.text().contains("未成年人保护法§92"), "{}", reply.text());
    let long = changed(
        changed(custody, "ground", json!("TC2")),
        "expires_on",
        json!("2027-11-24"),
    );
    let reply = bench.begin("temp_custody", long).await;
    assert!(
        reply.status == 422 && reply.text().contains("法发〔2014〕24号"),
        "{}",
        reply.text()
    );
    let version = bench.case_now().await.version;
    let paper = json!({
        "step": "measure", "version": version, "kind": "temp_custody", "paper_no": "应民监字1号",
        "issued_by": "应县民政局", "issued_on": "2026-11-23",
    });
    let reply = bench.county.json("POST", &bench.steps(), paper).await;
    assert!(
        reply.status == 422 && reply.text().contains("发起措施"),
        "{}",
        reply.text()
    );
    let interview = json!({
        "booked_for": "2026-11-24 09:00", "place": "办案中心", "present": ["PSB", "adult"], "female_staff": "yes",
    });
    bench.begun("forensic_booking", interview.clone()).await;
    let reply = bench.begin("forensic_booking", interview.clone()).await;
    assert!(
        reply.status == 422 && reply.text().contains("未成年人保护法§112"),
        "{}",
        reply.text()
    );
    let with_reason = changed(interview, "why_again", json!("首次询问时儿童受惊，未能完成"));
    assert_eq!(bench.begin("forensic_booking", with_reason).await.status, 200);
}

#[tokio::test]
async fn what_its_state_forbids_and_what_is_stale_changes_nothing() {
    let bench = Bench::new().await;
    let id = bench.begun("protection_order", application("no")).await;
    let before = held(&bench).await;
    let early = bench
        .step(
            id,
            "police_check",
            json!({ "checked_at": "2026-11-23 09:00", "outcome": "told" }),
        )
        .await;
    assert_eq!(early.status, 422);
    assert!(early.text().contains("目前已申请"), "{}", early.text());
    let unknown = bench.step(id, "burn", json!({})).await;
    assert_eq!(
        (unknown.status.as_u16(), &unknown.json()["errors"][0]["pointer"]),
        (422, &json!("/deed"))
    );
    let stale = json!({
        "step": "measure_step", "version": 9, "measure": id, "deed": "grant", "fields": ruling("2027-05-22"),
    });
    let stale = bench.county.json("POST", &bench.steps(), stale).await;
    assert_eq!(stale.status, 409, "{}", stale.text());
    assert_eq!(held(&bench).await, before);
    bench.done(id, "grant", ruling("2027-05-22")).await;
    let again = bench.step(id, "grant", ruling("2027-05-22")).await;
    assert_eq!(again.status, 422, "a ruling is made once: {}", again.text());
}

#[tokio::test]
async fn the_form_keeps_what_was_typed_and_shows_both_versions() {
    let bench = Bench::new().await;
    let begin = format!("/cases/{}/measures/begin/protection_order", bench.case);
    assert_eq!(bench.app.sign_in("county").await.get(&begin).await.status, 200);
    let reply = bench
        .county
        .post(&begin, &[("applicant", "应县妇联"), ("urgent", "yes")])
        .await;
    assert_eq!(reply.status, 422);
    let text = reply.text();
    assert!(
        text.contains("value=\"应县妇联\"") && text.contains("填写被申请人"),
        "{text}"
    );
    let id = bench.begun("protection_order", application("no")).await;
    let form = format!("{}/do/grant", bench.page(id));
    assert_eq!(bench.app.sign_in("county").await.get(&form).await.status, 200);
    let fields = [("version", "7"), ("paper_no", "（2026）晋0622民保令9号")];
    let stale = bench.county.post(&form, &fields).await;
    assert_eq!(stale.status, 409);
    assert!(stale.text().contains("（2026）晋0622民保令9号") && stale.text().contains("别人刚更新过"));
    let once = [
        ("id", uuid::Uuid::now_v7().to_string()),
        ("paper_no", "训1号".to_owned()),
    ];
    let reprimand = format!("/cases/{}/measures/begin/reprimand", bench.case);
    let rest = [
        ("issued_by", "应县公安局"),
        ("issued_on", "2026-11-23"),
        ("subject", "秦某某"),
        ("facts", "殴打"),
    ];
    let mut all: Vec<(&str, &str)> = once.iter().map(|(name, value)| (*name, value.as_str())).collect();
    all.extend(rest);
    let before = held(&bench).await.0;
    for _ in 0..2 {
        assert_eq!(bench.county.post(&reprimand, &all).await.status, 303);
    }
    assert_eq!(held(&bench).await.0, before + 1, "a second click is the same measure");
}
