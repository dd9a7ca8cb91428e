//! The intake desk without script: every journey by its forms alone.

mod calls;
mod outcomes;
mod receipts;

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
