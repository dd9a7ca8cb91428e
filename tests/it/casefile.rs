//! The work list, the case page and the forms of its steps.

mod list;

use crate::support::App;
use axum::http::StatusCode;
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use tonghu::casework::{self, NewChild, NewParty, Opening};
use tonghu::ctx::Ctx;
use tonghu::entity::{account, case_event, journal_entry, protection_case};
use tonghu::journal::{self, Act, Entry};
use tonghu::rules::division::Division;
use tonghu::rules::level::{RiskLevel, Sensitivity};
use tonghu::rules::routing::{Assignment, Due, Plan, Recused};
use uuid::Uuid;

/// What a test wants of a case.
struct Given {
    lead: &'static str,
    assists: &'static [&'static str],
    place_of: &'static str,
    level: RiskLevel,
    label: Sensitivity,
    kind: &'static str,
    due: TimeDelta,
}

impl Default for Given {
    fn default() -> Self {
        Self {
            lead: "township",
            assists: &["village"],
            place_of: "village",
            level: RiskLevel::Yellow,
            label: Sensitivity::L2,
            kind: "0601",
            due: TimeDelta::hours(2),
        }
    }
}

async fn seat(app: &App, username: &str) -> (Uuid, String) {
    let row = account::Entity::find()
        .filter(account::Column::Username.eq(username))
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    (row.unit_id.unwrap(), row.division)
}

fn part(unit: Uuid) -> Assignment {
    Assignment {
        unit,
        unit_name: String::new(),
        unit_kind: String::new(),
        role: String::new(),
        person: None,
        rule: "RT06".to_owned(),
        why: "现所在地乡镇主办".to_owned(),
        parallel: false,
    }
}

async fn plan(app: &App, given: &Given) -> Plan {
    let lead = seat(app, given.lead).await.0;
    let mut assists = Vec::new();
    for username in given.assists {
        assists.push(part(seat(app, username).await.0));
    }
    Plan {
        lead: part(lead),
        assists,
        overseers: Vec::new(),
        informed: Vec::new(),
        skipped: Vec::new(),
        lines: Vec::new(),
        dues: vec![Due {
            rule: "DL04".to_owned(),
            code: "DL04".to_owned(),
            version: 1,
            guessed: false,
            milestone: "sign".to_owned(),
            owner: lead,
            at: app.clock.now() + given.due,
            text: "2小时签收".to_owned(),
        }],
        steps: Vec::new(),
        village_allowed: true,
    }
}

async fn open(app: &App, given: Given) -> protection_case::Model {
    let place = Division::parse(&seat(app, given.place_of).await.1).unwrap();
    let plan = plan(app, &given).await;
    let opening = Opening {
        title: "夜间独自在家".to_owned(),
        summary: "邻居听见哭声".to_owned(),
        address: Some("村东第二排".to_owned()),
        division: Some(place.clone()),
        residence: Some(place),
        domicile: None,
        level: given.level,
        sensitivity: given.label,
        case_types: vec![given.kind.to_owned()],
        cohabiting_suspect: "unknown".to_owned(),
        received_at: app.clock.now(),
        children: vec![NewChild {
            name: Some("秦安安".to_owned()),
            sex: "2".to_owned(),
            age: Some(9),
            ..NewChild::default()
        }],
        parties: vec![NewParty {
            kind: "guardian".to_owned(),
            name: Some("秦大山".to_owned()),
            phone: Some("16000001234".to_owned()),
            ..NewParty::default()
        }],
        recused: Recused::default(),
        plan: &plan,
    };
    let ctx = Ctx::system(app.clock.now());
    let tx = app.state.db.begin().await.unwrap();
    let case = casework::open(&tx, &app.state, &ctx, &opening).await.unwrap();
    journal::commit(tx, &ctx, Entry::new(Act::CaseOpened).case(case.id))
        .await
        .unwrap();
    case
}

async fn entries(app: &App, case: Uuid, act: Act) -> u64 {
    journal_entry::Entity::find()
        .filter(journal_entry::Column::CaseId.eq(case))
        .filter(journal_entry::Column::Act.eq(act.code()))
        .count(app.state.db.read())
        .await
        .unwrap()
}

async fn now(app: &App, case: Uuid) -> protection_case::Model {
    protection_case::Entity::find_by_id(case)
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap()
}

#[tokio::test]
async fn a_handler_of_an_assisting_unit_does_not_find_the_case() {
    let app = App::start().await;
    let case = open(
        &app,
        Given {
            assists: &["police"],
            ..Given::default()
        },
    )
    .await;
    let police = app.sign_in("police").await;
    for path in ["", "/print", "/do/note", "/do/return"] {
        let reply = police.get(&format!("/cases/{}{path}", case.id)).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_view_is_in_the_journal_and_names_stay_masked() {
    let app = App::start().await;
    let case = open(&app, Given::default()).await;
    let page = app.sign_in("township").await.get(&format!("/cases/{}", case.id)).await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    assert!(text.contains("邻居听见哭声") && text.contains("RT06") && text.contains("秦**"));
    assert!(!text.contains("秦安安") && !text.contains("秦大山") && !text.contains("16000001234"));
    assert_eq!(entries(&app, case.id, Act::CaseViewed).await, 1);
}

#[tokio::test]
async fn a_unit_signs_by_its_button_and_a_second_click_changes_nothing() {
    let app = App::start().await;
    let case = open(&app, Given::default()).await;
    let township = app.sign_in("township").await;
    let path = format!("/cases/{}/do/sign", case.id);
    let signed = township.post(&path, &[("version", "1")]).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER);
    assert!(
        township
            .get(signed.location())
            .await
            .text()
            .contains("已完成：签收个案")
    );
    let again = township.post(&path, &[("version", "1")]).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert_eq!(now(&app, case.id).await.version, 2);
    assert_eq!(entries(&app, case.id, Act::CaseSigned).await, 1);
}

#[tokio::test]
async fn a_stale_form_shows_both_versions_and_keeps_what_was_typed() {
    let app = App::start().await;
    let case = open(&app, Given::default()).await;
    let township = app.sign_in("township").await;
    township
        .post(&format!("/cases/{}/do/sign", case.id), &[("version", "1")])
        .await;
    let typed = [
        ("version", "1"),
        ("seen_stage", "待签收"),
        ("seen_level", "黄·二级"),
        ("text", "已联系到外祖母"),
    ];
    let path = format!("/cases/{}/do/note", case.id);
    let reply = township.post(&path, &typed).await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    let text = reply.text();
    for words in [
        "您看到的版本",
        "现在的版本",
        "待签收",
        "已签收",
        "已联系到外祖母",
        "签收个案",
    ] {
        assert!(text.contains(words), "{words}");
    }
    let now_there = [("version", "2"), ("text", "已联系到外祖母")];
    assert_eq!(township.post(&path, &now_there).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_faulty_form_keeps_what_was_typed_and_saves_nothing() {
    let app = App::start().await;
    let case = open(&app, Given::default()).await;
    let township = app.sign_in("township").await;
    let path = format!("/cases/{}/do/return", case.id);
    let form = township.get(&path).await.text();
    assert!(
        form.contains("R01") && !form.contains("R05"),
        "R05 is for blue and green"
    );
    let typed = [("version", "1"), ("reason", "R01"), ("explanation", "儿童现住邻县")];
    let reply = township.post(&path, &typed).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = reply.text();
    assert!(text.contains("有 1 处需要更正") && text.contains("儿童现住邻县") && text.contains("先行处置"));
    assert_eq!(now(&app, case.id).await.stage, "assigned");
    let done = [("done_first", "已电话核实儿童安全")];
    let reply = township.post(&path, &[&typed[..], &done].concat()).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    let lead = app.sign_in("lead").await.get("/cases").await.text();
    assert!(lead.contains("待裁定的退回"));
}

#[tokio::test]
async fn an_identity_needs_a_reason_and_each_showing_is_recorded() {
    let app = App::start().await;
    let case = open(&app, Given::default()).await;
    let township = app.sign_in("township").await;
    let path = format!("/cases/{}/identity", case.id);
    let blank = township.post(&path, &[("reason", " ")]).await;
    assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!blank.text().contains("秦安安"));
    assert_eq!(entries(&app, case.id, Act::IdentityShown).await, 0);
    let shown = township.post(&path, &[("reason", "联系学校核实")]).await;
    assert!(shown.text().contains("秦安安") && shown.text().contains("16000001234"));
    assert_eq!(entries(&app, case.id, Act::IdentityShown).await, 1);
    let told = case_event::Entity::find()
        .filter(case_event::Column::CaseId.eq(case.id))
        .filter(case_event::Column::Kind.eq(Act::IdentityShown.code()))
        .count(app.state.db.read())
        .await
        .unwrap();
    assert_eq!(told, 1);
}

#[tokio::test]
async fn a_printed_sheet_bears_who_printed_it_and_says_what_is_unknown() {
    let app = App::start().await;
    let case = open(&app, Given::default()).await;
    let reply = app
        .sign_in("township")
        .await
        .get(&format!("/cases/{}/print", case.id))
        .await;
    assert_eq!(reply.status, StatusCode::OK);
    let text = reply.text();
    for words in ["转办单", "未知", "2026-11-23 09:00 打印", "watermark", &case.number] {
        assert!(text.contains(words), "{words}");
    }
    assert!(!text.contains("秦安安"));
    assert_eq!(entries(&app, case.id, Act::Printed).await, 1);
}

#[tokio::test]
async fn the_form_for_closing_shows_each_check() {
    let app = App::start().await;
    let case = open(&app, Given::default()).await;
    let county = app.sign_in("county").await;
    let page = county.get(&format!("/cases/{}", case.id)).await.text();
    assert!(page.contains("结案检查") && page.contains("已听取儿童意见") && page.contains("未满足"));
    let early = county.get(&format!("/cases/{}/do/close", case.id)).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn every_form_opens_for_whoever_may_use_it() {
    let app = App::start().await;
    let case = open(
        &app,
        Given {
            level: RiskLevel::Blue,
            ..Given::default()
        },
    )
    .await;
    let county = app.sign_in("county").await;
    for step in ["assign", "raise", "note", "party", "recuse", "follow-up", "merge"] {
        let reply = county.get(&format!("/cases/{}/do/{step}", case.id)).await;
        assert_eq!(reply.status, StatusCode::OK, "{step}");
    }
    let page = county.get(&format!("/cases/{}", case.id)).await.text();
    let from = page.find("/do/child?child=").unwrap();
    let href: String = page[from..].chars().take_while(|c| *c != '"').collect();
    let form = county.get(&format!("/cases/{}{href}", case.id)).await;
    assert_eq!(form.status, StatusCode::OK);
    let child = href.rsplit('=').next().unwrap();
    let typed = [
        ("version", "1"),
        ("child", child),
        ("school", "金城镇小学三年级"),
        ("opinion", "想和外婆住"),
    ];
    let saved = county.post(&format!("/cases/{}/do/child", case.id), &typed).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert!(
        county
            .get(&format!("/cases/{}", case.id))
            .await
            .text()
            .contains("想和外婆住")
    );
}
