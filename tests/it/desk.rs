//! The intake desk without script: every journey by its forms alone.

use crate::support::{App, Client, Reply};
use axum::http::StatusCode;
use sea_orm::EntityTrait;
use tonghu::entity::{emergency_call, protection_case, report};
use uuid::Uuid;

const TOWN: &str = "140622100000";

/// A red report of type 0101 from 应县金城镇, as the page would send it.
const RED: &[(&str, &str)] = &[
    ("channel", "phone"),
    ("demand_type", "tipoff"),
    ("caller_phone", "1600000 6183"),
    ("caller_name", "王女士"),
    ("confidential", "true"),
    ("safe_phone", "false"),
    ("q1", "no"),
    ("q3", "yes"),
    ("q7", "yes"),
    ("child_location", ""),
    ("child_location_text", "应县 金城镇"),
    ("child_address", "小学东边第二排"),
    ("incident_same", "true"),
    ("child_name", "甲小宝"),
    ("child_sex", "2"),
    ("child_age", "７"),
    ("child_feature", "穿红校服"),
    ("child_id_number", ""),
    ("child_name", ""),
    ("child_sex", "0"),
    ("child_age", ""),
    ("child_feature", ""),
    ("child_id_number", ""),
    ("content", "昨晚听见打骂，孩子哭了很久，胳膊上有青紫。"),
    ("case_types", "0101 家庭身体暴力"),
    ("case_types", ""),
    ("case_types", ""),
    ("reporter_type", "V04"),
    ("relation_to_child", "905"),
    ("cohabiting_suspect", "yes"),
];

struct Call {
    client: Client,
    path: String,
    id: Uuid,
}

impl Call {
    async fn begin(app: &App, who: &str) -> Self {
        let client = app.sign_in(who).await;
        let reply = client.post("/intake/new", &[]).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
        let path = reply.location().to_owned();
        let id = Uuid::parse_str(path.trim_start_matches("/intake/")).unwrap();
        Self { client, path, id }
    }

    async fn row(&self, app: &App) -> report::Model {
        report::Entity::find_by_id(self.id)
            .one(app.state.db.read())
            .await
            .unwrap()
            .unwrap()
    }

    /// Posts the form with the version of this moment.
    async fn send(&self, app: &App, to: &str, with: &[(&str, &str)], more: &[(&str, &str)]) -> Reply {
        let version = self.row(app).await.version.to_string();
        let mut fields = with.to_vec();
        fields.push(("version", &version));
        fields.extend_from_slice(more);
        self.client.post(&format!("{}{to}", self.path), &fields).await
    }

    async fn finish(&self, app: &App, with: &[(&str, &str)], more: &[(&str, &str)]) -> Reply {
        self.send(app, "", with, more).await
    }
}

/// The form with one control changed.
fn changed<'a>(form: &[(&'a str, &'a str)], name: &str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    form.iter()
        .map(|(key, old)| (*key, if *key == name { value } else { *old }))
        .collect()
}

#[tokio::test]
async fn a_red_report_is_routed_and_the_receipt_names_people_rules_and_times() {
    let app = App::start().await;
    let call = Call::begin(&app, "operator").await;
    let page = call.client.get(&call.path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert!(page.text().contains("先问：现在安全吗"));

    let sent = call.finish(&app, RED, &[("outcome", "route")]).await;
    assert_eq!(
        (sent.status, sent.location()),
        (StatusCode::SEE_OTHER, &*call.path),
        "{}",
        sent.text()
    );
    let row = call.row(&app).await;
    assert_eq!(
        row.child_location.as_deref(),
        Some(TOWN),
        "the words of a place are resolved"
    );
    assert_eq!(row.incident_place.as_deref(), Some(TOWN), "the same place was ticked");

    let receipt = call.client.get(&call.path).await.text();
    for word in [
        "已转办立案",
        &row.number,
        "红·一级",
        "应县公安局",
        "卫平安",
        "RT0",
        "前签收",
        "金照人",
    ] {
        assert!(receipt.contains(word), "{word} is missing: {receipt}");
    }
    assert!(receipt.contains("我们不会回拨这个号码"));
    assert!(!receipt.contains("甲小宝") && !receipt.contains("王女士"));
}

#[tokio::test]
async fn two_clicks_open_one_case() {
    let app = App::start().await;
    let call = Call::begin(&app, "operator").await;
    let version = call.row(&app).await.version.to_string();
    let mut form = RED.to_vec();
    form.extend([("version", version.as_str()), ("outcome", "route")]);
    let first = call.client.post(&call.path, &form).await;
    let second = call.client.post(&call.path, &form).await;
    assert_eq!(
        (first.status, second.status),
        (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER),
        "{}",
        second.text()
    );
    assert_eq!(second.location(), call.path);
    let cases = protection_case::Entity::find().all(app.state.db.read()).await.unwrap();
    assert_eq!(cases.len(), 1);
}

#[tokio::test]
async fn faults_are_named_beside_the_field_and_in_a_summary_and_nothing_typed_is_lost() {
    let app = App::start().await;
    let call = Call::begin(&app, "operator").await;
    let wrong = changed(RED, "child_location_text", "没有这个地方");
    let wrong = changed(&wrong, "caller_phone", "abc");
    let mut wrong = changed(&wrong, "case_types", "9999");
    wrong.extend([
        ("child_name", "乙"),
        ("child_sex", "1"),
        ("child_age", "很小"),
        ("child_feature", ""),
        ("child_id_number", ""),
    ]);
    let reply = call.finish(&app, &wrong, &[("outcome", "route")]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = reply.text();
    for field in ["child_location", "caller_phone", "case_types", "child_age_3"] {
        assert!(
            page.contains(&format!("href=\"#{field}\"")),
            "{field} is not in the summary"
        );
        assert!(
            page.contains(&format!("id=\"{field}-error\"")),
            "{field} has no message beside it"
        );
    }
    for typed in [
        "没有这个地方",
        "很小",
        "昨晚听见打骂",
        "小学东边第二排",
        "穿红校服",
        "9999",
    ] {
        assert!(page.contains(typed), "{typed} was lost");
    }
    assert_eq!(call.row(&app).await.state, "draft");
}

#[tokio::test]
async fn lowering_the_level_needs_a_reason() {
    let app = App::start().await;
    let call = Call::begin(&app, "operator").await;
    let reply = call.finish(&app, RED, &[("outcome", "route"), ("urgency", "4")]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.text().contains("id=\"urgency_reason-error\""));
    let more = [
        ("outcome", "route"),
        ("urgency", "2"),
        ("urgency_reason", "民警已在现场"),
    ];
    let reply = call.finish(&app, RED, &more).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    assert_eq!(call.row(&app).await.level, Some(2));
}

#[tokio::test]
async fn a_draft_keeps_every_control_as_it_was_typed() {
    let app = App::start().await;
    let call = Call::begin(&app, "operator").await;
    let form = changed(RED, "child_age", "大约七岁");
    let form = changed(&form, "child_location_text", "jcz");
    let saved = call.send(&app, "/draft", &form, &[]).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    assert_eq!(saved.json()["saved_at"], "09:00:00");
    assert_eq!(saved.json()["version"], call.row(&app).await.version);

    let page = call.client.get(&call.path).await.text();
    for typed in [
        "大约七岁",
        "草稿已保存 09:00:00",
        "王女士",
        "1600000 6183",
        "昨晚听见打骂",
    ] {
        assert!(page.contains(typed), "{typed} was lost");
    }
    let stale = call
        .client
        .post(&format!("{}/draft", call.path), &[("version", "0")])
        .await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_stale_page_is_shown_again_with_both_versions() {
    let app = App::start().await;
    let call = Call::begin(&app, "operator").await;
    let old = call.row(&app).await.version.to_string();
    call.send(&app, "/draft", RED, &[]).await;
    let now = call.row(&app).await.version.to_string();
    let mut form = RED.to_vec();
    form.extend([("version", old.as_str()), ("outcome", "hold")]);
    let reply = call.client.post(&call.path, &form).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    let page = reply.text();
    assert!(
        page.contains(&format!("第 {old} 版")) && page.contains(&format!("第 {now} 版")),
        "{page}"
    );
    assert!(page.contains("昨晚听见打骂"));
}

#[tokio::test]
async fn holding_and_adding_a_child_keep_the_draft() {
    let app = App::start().await;
    let call = Call::begin(&app, "operator").await;
    let added = call.finish(&app, RED, &[("outcome", "add_child")]).await;
    assert_eq!(added.status, StatusCode::OK, "{}", added.text());
    assert!(added.text().contains("id=\"child_name_3\""));
    let held = call.finish(&app, RED, &[("outcome", "hold")]).await;
    assert_eq!((held.status, held.location()), (StatusCode::SEE_OTHER, "/intake"));
    let list = call.client.get("/intake").await.text();
    assert!(
        list.contains(&call.row(&app).await.number) && list.contains("应县 金城镇"),
        "{list}"
    );
}

#[tokio::test]
async fn advice_names_level_plan_and_what_to_ask_next_without_saving() {
    let app = App::start().await;
    let call = Call::begin(&app, "operator").await;
    let before = call.row(&app).await.version;
    let script = call.client.with("hx-request", "true");
    let fields = [RED, &[("csrf", call.client.csrf())]].concat();
    let panel = script.post_bare(&format!("{}/advice", call.path), &fields).await;
    assert_eq!(panel.status, StatusCode::OK, "{}", panel.text());
    let text = panel.text();
    for word in ["data-level=\"1\"", "红·一级", "应县公安局", "主办", "RT0", "接下来问"] {
        assert!(text.contains(word), "{word} is missing: {text}");
    }
    assert!(!text.contains("<html"), "a fragment");
    assert_eq!(call.row(&app).await.version, before);
}

#[tokio::test]
async fn the_emergency_key_is_recorded_at_once_and_the_report_still_opens() {
    let app = App::start().await;
    let call = Call::begin(&app, "operator").await;
    let started = call.send(&app, "/emergency", RED, &[("step", "start")]).await;
    assert_eq!(started.status, StatusCode::OK, "{}", started.text());
    assert!(started.text().contains("紧急联动") && started.text().contains("昨晚听见打骂"));
    let path = format!("{}/emergency", call.path);
    let late = [
        ("step", "joined"),
        ("emergency_line", "110"),
        ("emergency_time", "早上"),
    ];
    let wrong = call.client.post(&path, &late).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("id=\"emergency_time-error\""));
    let both = [
        ("step", "joined"),
        ("emergency_line", "both"),
        ("emergency_time", "08:59"),
        ("emergency_receipt", "JJ1"),
    ];
    let joined = call.client.with("hx-request", "true").post(&path, &both).await;
    assert_eq!(joined.status, StatusCode::OK, "{}", joined.text());
    assert!(joined.text().contains("JJ1") && !joined.text().contains("<html"));
    let calls = emergency_call::Entity::find().all(app.state.db.read()).await.unwrap();
    assert_eq!(calls.len(), 3, "the start, 110 and 120");
    let routed = call.finish(&app, RED, &[("outcome", "route")]).await;
    assert_eq!(routed.status, StatusCode::SEE_OTHER, "{}", routed.text());
}

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

#[tokio::test]
async fn a_first_guess_at_the_child_is_enough() {
    let app = App::start().await;
    let call = Call::begin(&app, "operator").await;
    let form = changed(RED, "child_sex", "0");
    let form = changed(&form, "child_age", "");
    let form = changed(&form, "child_name", "");
    let form = changed(&form, "child_feature", "约7岁女童");
    let sent = call.finish(&app, &form, &[("outcome", "route")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    let children = tonghu::entity::child::Entity::find()
        .all(app.state.db.read())
        .await
        .unwrap();
    let guessed: Vec<_> = children
        .iter()
        .map(|child| (child.age_at_intake, &*child.sex))
        .collect();
    assert!(guessed.contains(&(Some(7), "2")), "{guessed:?}");
    let receipt = call.client.get(&call.path).await.text();
    assert!(
        !receipt.contains("儿童年龄") && receipt.contains("儿童姓名"),
        "{receipt}"
    );
}

#[tokio::test]
async fn a_case_of_quite_another_child_in_the_same_township_is_no_likely_duplicate() {
    let app = App::start().await;
    let first = Call::begin(&app, "operator").await;
    let sent = first.finish(&app, RED, &[("outcome", "route")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    let call = Call::begin(&app, "operator").await;
    let other = changed(RED, "caller_phone", "16000009999");
    let other = changed(&other, "child_name", "");
    let boy = changed(&other, "child_feature", "十五岁男生");
    let boy = changed(&boy, "child_sex", "0");
    let boy = changed(&boy, "child_age", "");
    let page = call.send(&app, "/advice", &boy, &[]).await.text();
    assert!(!page.contains("疑似重复"), "{page}");
    let girl = changed(&boy, "child_feature", "约8岁女孩");
    let page = call.send(&app, "/advice", &girl, &[]).await.text();
    assert!(page.contains("疑似重复") && page.contains("性别年龄相符"), "{page}");
}

#[tokio::test]
async fn a_wrong_time_of_the_link_up_is_told_and_what_was_typed_is_kept() {
    let app = App::start().await;
    let call = Call::begin(&app, "operator").await;
    let htmx = call.client.with("hx-request", "true");
    let path = format!("{}/emergency", call.path);
    htmx.post(&path, &[("step", "start")]).await;
    let late = [
        ("step", "joined"),
        ("emergency_line", "120"),
        ("emergency_time", "09:45"),
        ("emergency_receipt", "JJ-0001"),
    ];
    for client in [&htmx, &call.client] {
        let reply = client.post(&path, &late).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = reply.text();
        for kept in [
            "id=\"emergency_time-error\"",
            "value=\"09:45\"",
            "value=\"JJ-0001\"",
            "value=\"120\" selected",
        ] {
            assert!(page.contains(kept), "{kept} is missing: {page}");
        }
    }
    let calls = emergency_call::Entity::find().all(app.state.db.read()).await.unwrap();
    assert_eq!(calls.len(), 1, "only the start");
}

#[tokio::test]
async fn a_consultation_takes_the_number_along_and_keeps_it_in_the_draft() {
    let app = App::start().await;
    let call = Call::begin(&app, "operator").await;
    let typed = [("caller_phone", "16000004444"), ("inquiry", "孤儿生活费怎么领")];
    let saved = call.send(&app, "/draft", &typed, &[]).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    assert!(call.client.get(&call.path).await.text().contains("孤儿生活费怎么领"));
    let more = [("answer", "向民政办申请"), ("outcome", "answered")];
    let done = call.send(&app, "/consult", &typed, &more).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let next = Call::begin(&app, "operator").await;
    let history = next
        .client
        .post(&format!("{}/caller", next.path), &[("caller_phone", "16000004444")])
        .await
        .text();
    assert!(history.contains("90 天内来电 1 次"), "{history}");
}

#[tokio::test]
async fn the_reason_of_a_refused_screening_reaches_the_operator() {
    let app = App::start().await;
    let call = Call::begin(&app, "operator").await;
    let form = [
        ("channel", "phone"),
        ("demand_type", "complaint"),
        ("content", "邻居宅基地纠纷"),
    ];
    let more = [("outcome", "screened_out"), ("outcome_note", "不涉及儿童")];
    call.finish(&app, &form, &more).await;
    let version = call.row(&app).await.version.to_string();
    let lead = app.sign_in("lead").await;
    assert!(lead.get("/intake").await.text().contains("name=\"why\""));
    let refusal = [
        ("version", &*version),
        ("decision", "refuse"),
        ("why", "先问清孩子由谁照看"),
    ];
    let refused = lead.post(&format!("{}/review", call.path), &refusal).await;
    assert_eq!(refused.status, StatusCode::SEE_OTHER, "{}", refused.text());
    let page = call.client.get(&call.path).await.text();
    assert!(
        page.contains("先问清孩子由谁照看") && page.contains("邻居宅基地纠纷"),
        "{page}"
    );
}

#[tokio::test]
async fn reports_stand_in_the_order_of_their_time_over_all_pages() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    for number in 0..23 {
        // Entered in another order than they were received.
        let minute = (number * 7) % 23;
        let body = serde_json::json!({
            "channel": "hotline_12345", "demand_type": "help_request", "case_types": ["1603"], "content": "生活困难",
            "child_location": {"division": "140622100"}, "ext_order_no": format!("SZ{number}"),
            "received_at": format!("2026-11-22T08:{minute:02}:00+08:00"),
        });
        let reply = operator.json("POST", "/api/v1/reports", body).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    }
    let times = |page: &str| -> Vec<String> {
        let cells = page.split("data-label=\"时间\">").skip(1);
        cells.map(|cell| cell.chars().take(16).collect()).collect()
    };
    let first = operator.get("/reports").await.text();
    let next = first.split("href=\"/reports?cursor=").nth(1).unwrap();
    let cursor: String = next.chars().take_while(|letter| *letter != '"').collect();
    let second = operator.get(&format!("/reports?cursor={cursor}")).await.text();
    let mut all = times(&first);
    assert_eq!(all.len(), 20);
    all.extend(times(&second));
    let mut sorted = all.clone();
    sorted.sort();
    sorted.reverse();
    assert_eq!((all.len(), all), (23, sorted));
    let wrong = operator.get("/reports?cursor=nonsense").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}
