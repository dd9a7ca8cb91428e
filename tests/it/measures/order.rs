//! The protection order: applied for, ruled in time, watched until it ends.

use super::Bench;
use crate::given;
use chrono::TimeDelta;
use serde_json::{Value, json};

pub(super) fn application(urgent: &str) -> Value {
    json!({
        "applicant_kind": "WF", "applicant": "应县妇联", "respondent": "秦某某", "court": "应县人民法院",
        "filed_at": "2026-11-23 09:00", "urgent": urgent, "grounds": "儿童多次被打，面临现实危险",
    })
}

pub(super) fn ruling(last: &str) -> Value {
    json!({
        "paper_no": "（2026）晋0622民保令1号", "issued_by": "应县人民法院", "issued_on": "2026-11-23",
        "expires_on": last, "police_at": "2026-11-23 09:00",
    })
}

#[tokio::test]
async fn an_application_is_ruled_upon_within_three_days_or_one() {
    let bench = Bench::new().await;
    for (urgent, due) in [("no", "2026-11-26 09:00"), ("yes", "2026-11-24 09:00")] {
        let id = bench.begun("protection_order", application(urgent)).await;
        assert_eq!(bench.told(id).await, [format!("order_ruling {due} runs")]);
        assert_eq!(bench.owner(id, "order_ruling").await, "应县人民法院");
        assert_eq!(bench.row(id).await.state, "requested");
    }
    // Ninety minutes past the third day nobody has ruled.
    bench.later(TimeDelta::hours(74)).await;
    let id = bench.latest("protection_order").await.id;
    assert!(bench.clocks(id).await[0].overdue_at.is_some());
}

#[tokio::test]
async fn an_order_brings_its_reminders_and_the_police_check_and_lapses_by_itself() {
    let bench = Bench::new().await;
    let id = bench.begun("protection_order", application("yes")).await;
    bench.later(TimeDelta::minutes(30)).await;
    bench.done(id, "grant", ruling("2027-05-22")).await;
    let told = bench.told(id).await;
    assert_eq!(told.len(), 4, "{told:?}");
    assert_eq!(told[0], "order_police 2026-11-24 09:00 runs");
    assert_eq!(told[1], "order_ruling 2026-11-24 09:00 met");
    assert!(told[2].starts_with("order_expiry 2027-04-22"), "{told:?}");
    assert!(told[3].starts_with("order_expiry 2027-05-15"), "{told:?}");
    assert_eq!(bench.owner(id, "order_police").await, "应县公安局");
    let check = json!({ "checked_at": "2026-11-23 09:20", "outcome": "told" });
    bench.done(id, "police_check", check).await;
    assert!(bench.told(id).await[0].ends_with("met"));
    let page = bench.app.sign_in("county").await.get(&bench.page(id)).await;
    for words in [
        "（2026）晋0622民保令1号",
        "有效期至 2027-05-22",
        "反家庭暴力法§31",
        "办结前不得结案",
    ] {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    assert!(
        bench
            .app
            .sign_in("county")
            .await
            .get("/measures")
            .await
            .text()
            .contains("（2026）晋0622民保令1号")
    );
    bench.later(TimeDelta::days(200)).await;
    let row = bench.row(id).await;
    assert_eq!(row.state, "lapsed");
    let told = bench.told(id).await;
    assert!(told.iter().all(|clock| !clock.ends_with("runs")), "{told:?}");
    let again = tonghu::measures::lapse(&bench.app.state, &tonghu::ctx::Ctx::system(bench.app.clock.now())).await;
    assert_eq!(again.unwrap(), 0, "marked once");
    let page = bench.app.sign_in("county").await.get(&bench.page(id)).await.text();
    assert!(page.contains("到期失效") && !page.contains("办结前不得结案"));
}

#[tokio::test]
async fn weighing_meets_the_reminders_and_an_extension_begins_them_anew() {
    let bench = Bench::new().await;
    let id = bench.begun("protection_order", application("no")).await;
    bench.done(id, "grant", ruling("2027-01-10")).await;
    let weighed = json!({ "weighed_on": "2026-11-23", "result": "extend", "reason": "仍有危险" });
    bench.done(id, "weigh", weighed).await;
    let told = bench.told(id).await;
    assert!(
        told.iter()
            .any(|clock| clock.starts_with("order_expiry") && clock.ends_with("met")),
        "{told:?}"
    );
    let extension = json!({
        "paper_no": "（2026）晋0622民保令1号之一", "issued_by": "应县人民法院", "issued_on": "2026-11-23",
        "expires_on": "2027-07-10",
    });
    bench.done(id, "extend", extension).await;
    let told = bench.told(id).await;
    assert!(
        told.iter()
            .any(|clock| clock.starts_with("order_expiry 2027-06-10") && clock.ends_with("runs"))
    );
    assert!(
        told.iter()
            .any(|clock| clock.starts_with("order_expiry 2027-07-03") && clock.ends_with("runs"))
    );
    bench.done(
        id,
        "revoke",
        json!({ "paper_no": "撤1号", "issued_by": "应县人民法院", "issued_on": "2026-11-23", "reason": "申请人申请" }),
    )
    .await;
    let told = bench.told(id).await;
    assert!(told.iter().all(|clock| !clock.ends_with("runs")), "{told:?}");
    assert_eq!(bench.row(id).await.state, "revoked");
}

#[tokio::test]
async fn an_open_application_keeps_the_case_open_and_a_refused_one_does_not() {
    let bench = Bench::new().await;
    let id = bench.begun("protection_order", application("no")).await;
    let blocks = async || {
        let case = bench
            .app
            .sign_in("county")
            .await
            .get(&format!("/api/v1/cases/{}", bench.case))
            .await
            .json();
        let papers = case["papers"].as_array().unwrap().clone();
        papers.iter().any(|paper| paper["blocks_closing"] == true)
    };
    assert!(blocks().await);
    let refusal = json!({
        "paper_no": "驳1号", "issued_by": "应县人民法院", "issued_on": "2026-11-23", "reason": "证据不足",
    });
    bench.done(id, "refuse", refusal).await;
    assert!(!blocks().await);
}

/// The police see the measure on which they owe a check and record it
/// themselves; the case stays closed to them, and so does what is not theirs.
#[tokio::test]
async fn the_police_record_their_own_check_and_see_nothing_of_the_case() {
    let bench = Bench::new().await;
    let id = bench.begun("protection_order", application("yes")).await;
    let police = bench.app.sign_in("police").await;
    assert_eq!(police.get(&bench.page(id)).await.status, 404, "nothing is owed yet");
    bench.done(id, "grant", ruling("2027-05-22")).await;
    let page = police.get(&bench.page(id)).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("登记公安核实"));
    assert!(
        !page.text().contains("儿童多次被打"),
        "the grounds are not the police's to read here"
    );
    assert!(!page.text().contains("登记裁定：撤销"));
    assert!(police.get("/measures").await.text().contains(&id.to_string()));
    let version = bench.row(id).await.version.to_string();
    let revoke = format!("{}/do/revoke", bench.page(id));
    let refused = police.post(&revoke, &[("version", &version)]).await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    let check = format!("{}/do/police_check", bench.page(id));
    let fields = [
        ("version", version.as_str()),
        ("checked_at", "2026-11-23 09:00"),
        ("outcome", "told"),
    ];
    assert_eq!(police.post(&check, &fields).await.status, 303);
    assert!(
        bench
            .told(id)
            .await
            .iter()
            .any(|clock| clock.starts_with("order_police") && clock.ends_with("met"))
    );
    let education = bench.app.sign_in("education").await;
    assert_eq!(education.get(&bench.page(id)).await.status, 404);
    assert!(!education.get("/measures").await.text().contains(&id.to_string()));
    let other = bench.app.sign_in("county2").await;
    assert_eq!(other.get(&bench.page(id)).await.status, 404);
    let village = bench.app.sign_in("village").await;
    let begin = format!("/cases/{}/measures/begin/admonition", bench.case);
    assert_eq!(village.get(&begin).await.status, 403);
}

/// Two who rule at once: one is heard, the other is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_rulings_at_once_leave_one() {
    let bench = Bench::new().await;
    let colleague = given::colleague(&bench.app, "county", "county.b").await;
    for _ in 0..8 {
        let id = bench.begun("protection_order", application("no")).await;
        let version = bench.row(id).await.version;
        let body = |deed: &str, fields: Value| json!({ "step": "measure_step", "version": version, "measure": id, "deed": deed, "fields": fields });
        let grant = body("grant", ruling("2027-05-22"));
        let refuse = body(
            "refuse",
            json!({ "paper_no": "驳1号", "issued_by": "应县人民法院", "issued_on": "2026-11-23", "reason": "证据不足" }),
        );
        let (one, two) = (bench.county.clone(), colleague.clone());
        let (first, second) = (bench.steps(), bench.steps());
        let both = (
            tokio::spawn(async move { one.json("POST", &first, grant).await }),
            tokio::spawn(async move { two.json("POST", &second, refuse).await }),
        );
        let mut statuses = [
            both.0.await.unwrap().status.as_u16(),
            both.1.await.unwrap().status.as_u16(),
        ];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        assert_eq!(bench.row(id).await.version, version + 1);
    }
}
