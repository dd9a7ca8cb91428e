//! The obliged reporter's registration form, receipt and list.

use crate::support::{App, Client, Reply};
use axum::http::StatusCode;
use sea_orm::{EntityTrait, PaginatorTrait};
use tonghu::entity::{protection_case, report, task};
use uuid::Uuid;

const FORM: &[(&str, &str)] = &[
    ("mandatory_situations", "MR4"),
    ("discovered_at", "2026-11-23 08:20"),
    ("late_reason", ""),
    ("discovered_place", "急诊外科"),
    ("discovered_how", "接诊"),
    ("content", "送诊人称摔倒，双臂见新旧淤青，孩子不敢说话"),
    ("injury", "左前臂骨折，已石膏固定"),
    ("record_no", "YX-0001"),
    ("evidence_kept", "yes"),
    ("child_name", "丙小苗"),
    ("child_sex", "2"),
    ("child_age", "７岁"),
    ("child_feature", ""),
    ("child_id_number", ""),
    ("guardian", "父亲同来"),
    ("child_location", ""),
    ("child_location_text", "应县 金城镇"),
    ("child_address", "住院部三层"),
    ("child_safe", "yes"),
    ("suspect_relation", "father"),
    ("suspect_name", "丙大山"),
    ("cohabiting_suspect", "yes"),
    ("guardian_told", ""),
    ("guardian_reason", ""),
    ("reported_to_police", "yes"),
    ("police_at", "2026-11-23 08:40"),
    ("police_unit", "应县公安局城关派出所"),
    ("police_receipt_no", "A0001"),
    ("superior_at", ""),
    ("measures_taken", "留院观察"),
    ("reporter_type", "M05"),
    ("unit_code", "12140622mb0000000x"),
    ("unit_address", "应县东街一号"),
    ("head_informed", "no"),
    ("caller_name", "杏若春"),
    ("position", "护士长"),
    ("caller_phone", "0349-0001234"),
    ("safe_phone", "yes"),
    ("submission", "0193aaaa-0000-7000-8000-000000000001"),
];

fn changed<'a>(name: &str, value: &'a str) -> Vec<(&'static str, &'a str)> {
    FORM.iter()
        .map(|(key, old)| (*key, if *key == name { value } else { *old }))
        .collect()
}

async fn send(client: &Client, form: &[(&str, &str)]) -> Reply {
    client.post("/portal/new", form).await
}

async fn sent(client: &Client, form: &[(&str, &str)]) -> Uuid {
    let reply = send(client, form).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    Uuid::parse_str(reply.location().trim_start_matches("/portal/")).unwrap()
}

async fn row(app: &App, id: Uuid) -> report::Model {
    report::Entity::find_by_id(id)
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap()
}

async fn reports(app: &App) -> u64 {
    report::Entity::find().count(app.state.db.read()).await.unwrap()
}

#[tokio::test]
async fn a_registration_opens_a_case_and_its_receipt_says_number_time_and_state_only() {
    let app = App::start().await;
    let hospital = app.sign_in("hospital").await;
    let blank = hospital.get("/portal/new").await;
    assert_eq!(blank.status, StatusCode::OK, "{}", blank.text());
    let id = sent(&hospital, FORM).await;
    let report = row(&app, id).await;
    assert_eq!(report.child_location.as_deref(), Some("140622100000"));
    assert!(report.mandated && report.reported_to_police && report.case_id.is_some());

    let receipt = hospital.get(&format!("/portal/{id}")).await.text();
    let list = hospital.get("/portal").await.text();
    for page in [&receipt, &list] {
        for shown in [report.number.as_str(), "2026-11-23 09:00", "已收到"] {
            assert!(page.contains(shown), "{shown} is missing: {page}");
        }
        for hidden in ["丙小苗", "骨折", "丙大山", "红·", "黄·", "TH-", "主办"] {
            assert!(!page.contains(hidden), "{hidden} is shown: {page}");
        }
    }
}

#[tokio::test]
async fn the_case_is_told_of_the_matter_and_never_of_who_reported() {
    let app = App::start().await;
    let hospital = app.sign_in("hospital").await;
    let id = sent(&hospital, FORM).await;
    let case = row(&app, id).await.case_id.unwrap();
    let model = protection_case::Entity::find_by_id(case)
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(model.opened_by, None);
    let mut pages = vec![("county".to_owned(), format!("/cases/{case}"))];
    pages.push(("township".to_owned(), format!("/cases/{case}")));
    let tasks = task::Entity::find().all(app.state.db.read()).await.unwrap();
    pages.extend(
        tasks
            .iter()
            .map(|task| ("police".to_owned(), format!("/tasks/{}", task.id))),
    );
    assert!(pages.len() > 2, "the police have a task");
    let mut seen = 0;
    for (who, path) in pages {
        let reply = app.sign_in(&who).await.get(&path).await;
        if reply.status != StatusCode::OK {
            continue;
        }
        seen += 1;
        for hidden in [
            "杏若春",
            "应县演示医院",
            "护士长",
            "0001234",
            "应县东街一号",
            "12140622MB",
        ] {
            assert!(!reply.text().contains(hidden), "{hidden} is shown to {who} on {path}");
        }
    }
    assert!(seen >= 2, "{seen}");
    let county = app.sign_in("county").await.get(&format!("/cases/{case}")).await.text();
    for told in [
        "左前臂骨折",
        "留院观察",
        "未通知监护人，办理中不得向其透露有人报告",
        "应县公安局城关派出所",
    ] {
        assert!(county.contains(told), "{told} is missing: {county}");
    }
}

#[tokio::test]
async fn the_shift_lead_reads_the_form_and_opens_the_reporter_with_a_reason() {
    let app = App::start().await;
    let id = sent(&app.sign_in("hospital").await, FORM).await;
    let lead = app.sign_in("lead").await;
    let path = format!("/reports/{id}");
    let page = lead.get(&path).await.text();
    for shown in ["强制报告登记表", "12140622MB0000000X", "单位负责人知悉", "YX-0001"] {
        assert!(page.contains(shown), "{shown} is missing: {page}");
    }
    for sealed in ["杏若春", "护士长", "0001234"] {
        assert!(!page.contains(sealed), "{sealed} is shown");
    }
    let opened = lead
        .post(&format!("{path}/reporter"), &[("reason", "call_back")])
        .await
        .text();
    for shown in ["杏若春", "护士长", "0349-0001234", "可以"] {
        assert!(opened.contains(shown), "{shown} is missing: {opened}");
    }
}

#[tokio::test]
async fn the_same_form_sent_twice_is_one_report() {
    let app = App::start().await;
    let hospital = app.sign_in("hospital").await;
    let first = sent(&hospital, FORM).await;
    assert_eq!(sent(&hospital, FORM).await, first);
    assert_eq!(reports(&app).await, 1);
    let other = changed("content", "又来就诊，左耳出血");
    let refused = send(&hospital, &other).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let page = refused.text();
    assert!(
        page.contains("又来就诊，左耳出血") && page.contains("已经提交过"),
        "{page}"
    );
    assert!(
        !page.contains("0193aaaa-0000-7000-8000-000000000001"),
        "a further report has a number of its own"
    );
    assert_eq!(reports(&app).await, 1);
}

#[tokio::test]
async fn a_form_sent_eight_times_at_once_is_one_report() {
    let app = App::start().await;
    let hospital = app.sign_in("hospital").await;
    let clicks = (0..8).map(|_| {
        let client = hospital.clone();
        tokio::spawn(async move { send(&client, FORM).await })
    });
    let mut places = std::collections::BTreeSet::new();
    for click in clicks.collect::<Vec<_>>() {
        let reply = click.await.unwrap();
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
        places.insert(reply.location().to_owned());
    }
    assert_eq!((places.len(), reports(&app).await), (1, 1));
}

#[tokio::test]
async fn every_fault_is_named_at_its_control_and_nothing_typed_is_lost() {
    let app = App::start().await;
    let hospital = app.sign_in("hospital").await;
    let wrong = [
        ("discovered_at", "2026-11-23 09:30"),
        ("content", "右臂烫伤"),
        ("child_feature", "约7岁女童"),
        ("child_age", "二十"),
        ("child_id_number", "140699201901010012"),
        ("child_location", "140622100000"),
        ("child_location_text", "没有这个地方"),
        ("police_at", "刚才"),
        ("unit_code", "123"),
        ("caller_phone", "打不通"),
        ("submission", "x"),
    ];
    let reply = send(&hospital, &wrong).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = reply.text();
    let named = [
        "mandatory_situations",
        "discovered_at",
        "child_age",
        "child_id_number",
        "child_location",
        "police_at",
        "unit_code",
        "caller_phone",
    ];
    let mut last = 0;
    for field in named {
        let at = page
            .find(&format!("href=\"#{field}\""))
            .unwrap_or_else(|| panic!("{field} is not in the summary"));
        assert!(at > last, "{field} stands out of order");
        last = at;
        assert!(
            page.contains(&format!("id=\"{field}-error\"")),
            "{field} has no message beside it"
        );
        assert!(page.contains(&format!("id=\"{field}\"")), "{field} is no control");
    }
    for (_, typed) in wrong
        .iter()
        .filter(|(name, _)| !matches!(*name, "child_location" | "submission"))
    {
        assert!(page.contains(typed), "{typed} was lost");
    }
    assert!(page.contains("有 8 处需要更正"), "{page}");
    assert_eq!(reports(&app).await, 0);
}

#[tokio::test]
async fn another_reporters_receipt_does_not_exist() {
    let app = App::start().await;
    let id = sent(&app.sign_in("hospital").await, FORM).await;
    let school = app.sign_in("school").await;
    for path in [
        format!("/portal/{id}"),
        format!("/portal/{}", Uuid::nil()),
        "/portal/x".to_owned(),
    ] {
        assert_eq!(school.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(school.get("/portal").await.text().contains("还没有提交过报告"));
    for path in ["/reports", "/cases", "/intake"] {
        assert_eq!(school.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}
