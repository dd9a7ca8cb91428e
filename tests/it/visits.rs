//! Visits: told once, photos without traces, asked back and answered.

use crate::support::{App, Client, morning};
use axum::http::StatusCode;
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use std::io::Cursor;
use tonghu::casework::{self, NewChild, Opening};
use tonghu::ctx::Ctx;
use tonghu::entity::{account, case_event, deadline, journal_entry, protection_case, unit, visit, visit_photo};
use tonghu::journal::{self, Act, Entry};
use tonghu::rules::division::Division;
use tonghu::rules::level::{RiskLevel, Sensitivity};
use tonghu::rules::routing::{Assignment, Due, Plan, Recused};
use tonghu::rules::workflow::Stage;
use tonghu::vault::Slot;
use tonghu::visits::NOT_SEEN_CLOCK;
use uuid::Uuid;

/// The unit and division of an account.
async fn seat(app: &App, username: &str) -> (Uuid, String) {
    let account = account::Entity::find()
        .filter(account::Column::Username.eq(username))
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    (account.unit_id.unwrap(), account.division)
}

fn part(unit: Uuid, rule: &str) -> Assignment {
    Assignment {
        unit,
        unit_name: "承办单位".to_owned(),
        unit_kind: String::new(),
        role: String::new(),
        person: None,
        rule: rule.to_owned(),
        why: "测试".to_owned(),
        parallel: false,
    }
}

/// A case in the village of `village`, led by its township, the village
/// assisting.
#[expect(clippy::too_many_lines, reason = "one row is one statement, however many columns")]
async fn case(app: &App, sensitivity: Sensitivity, children: usize) -> protection_case::Model {
    let (lead, _) = seat(app, "township").await;
    let (village, division) = seat(app, "village").await;
    let now = app.clock.now();
    let ctx = Ctx::system(now);
    let plan = Plan {
        lead: part(lead, "RT06"),
        assists: vec![part(village, "RT06")],
        overseers: Vec::new(),
        informed: Vec::new(),
        skipped: Vec::new(),
        lines: Vec::new(),
        dues: vec![Due {
            rule: "DL04".to_owned(),
            milestone: "contact".to_owned(),
            owner: lead,
            at: Some(now + TimeDelta::hours(24)),
            text: "24小时内见到儿童".to_owned(),
        }],
        steps: Vec::new(),
        village_allowed: true,
    };
    let child = NewChild {
        name: Some("秦安安".to_owned()),
        sex: "2".to_owned(),
        age: Some(9),
        ..NewChild::default()
    };
    let place = Division::parse(&division).unwrap();
    let opening = Opening {
        title: "监护缺失".to_owned(),
        summary: "儿童独自在家".to_owned(),
        address: Some("村东第二排".to_owned()),
        division: Some(place.clone()),
        residence: Some(place),
        domicile: None,
        level: RiskLevel::Yellow,
        sensitivity,
        case_types: vec!["0601".to_owned()],
        cohabiting_suspect: "no".to_owned(),
        received_at: now,
        children: vec![child; children],
        parties: Vec::new(),
        recused: Recused::default(),
        plan: &plan,
    };
    let tx = app.state.db.begin().await.unwrap();
    let case = casework::open(&tx, &app.state, &ctx, &opening).await.unwrap();
    journal::commit(tx, &ctx, Entry::new(Act::CaseOpened).case(case.id))
        .await
        .unwrap();
    set_stage(app, case.id, Stage::Accepted).await;
    fetch(app, case.id).await
}

async fn set_stage(app: &App, case: Uuid, stage: Stage) {
    let row = protection_case::ActiveModel {
        stage: sea_orm::ActiveValue::Set(stage.code().to_owned()),
        ..Default::default()
    };
    protection_case::Entity::update_many()
        .set(row)
        .filter(protection_case::Column::Id.eq(case))
        .exec(app.state.db.schema())
        .await
        .unwrap();
}

async fn fetch(app: &App, case: Uuid) -> protection_case::Model {
    let found = protection_case::Entity::find_by_id(case).one(app.state.db.read()).await;
    found.unwrap().unwrap()
}

fn seen(case: &protection_case::Model) -> Value {
    json!({
        "id": Uuid::now_v7(), "case_id": case.id, "kind": "routine", "method": "home",
        "started_at": "2026-11-23T09:00:00+08:00", "seen": true, "danger": false,
        "injury": "no", "mood": "calm", "handling": "核对了作息和联系人",
    })
}

fn unseen(case: &protection_case::Model) -> Value {
    let mut visit = seen(case);
    visit["seen"] = json!(false);
    visit["not_seen_reason"] = json!("not_home");
    visit.as_object_mut().unwrap().remove("injury");
    visit
}

async fn send(client: &Client, visit: &Value) -> crate::support::Reply {
    client.json("POST", "/api/v1/visits", visit.clone()).await
}

async fn count(app: &App, case: Uuid) -> u64 {
    let all = visit::Entity::find().filter(visit::Column::CaseId.eq(case));
    all.count(app.state.db.read()).await.unwrap()
}

async fn clocks(app: &App, case: Uuid, milestone: &str) -> Vec<deadline::Model> {
    deadline::Entity::find()
        .filter(deadline::Column::CaseId.eq(case))
        .filter(deadline::Column::Milestone.eq(milestone))
        .all(app.state.db.read())
        .await
        .unwrap()
}

#[tokio::test]
async fn the_same_visit_sent_twice_is_one_visit() {
    let app = App::start().await;
    let case = case(&app, Sensitivity::L2, 1).await;
    let village = app.sign_in("village").await;
    let mut visit = seen(&case);
    let first = send(&village, &visit).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    // The device's clock at the time of sending is no part of what was seen.
    visit["device_at"] = json!("2026-11-23T09:05:00+08:00");
    let second = send(&village, &visit).await;
    assert_eq!(second.status, StatusCode::OK, "{}", second.text());
    assert_eq!(first.json()["number"], second.json()["number"]);
    assert_eq!(count(&app, case.id).await, 1);
    assert_eq!(fetch(&app, case.id).await.stage, "investigating");
    let met = clocks(&app, case.id, "contact").await;
    assert_eq!(met[0].met_at, Some(morning()));
    assert_eq!(clocks(&app, case.id, "visit").await.len(), 1);
}

#[tokio::test]
async fn the_same_visit_sent_by_eight_at_once_is_one_visit() {
    let app = App::start().await;
    let case = case(&app, Sensitivity::L2, 1).await;
    let village = app.sign_in("village").await;
    let visit = seen(&case);
    let tries = (0..8).map(|_| send(&village, &visit));
    let statuses: Vec<_> = futures_util::future::join_all(tries)
        .await
        .iter()
        .map(|reply| reply.status)
        .collect();
    let created = statuses.iter().filter(|status| **status == StatusCode::CREATED).count();
    let repeated = statuses.iter().filter(|status| **status == StatusCode::OK).count();
    assert_eq!((created, repeated), (1, 7), "{statuses:?}");
    assert_eq!(count(&app, case.id).await, 1);
}

#[tokio::test]
async fn a_used_id_with_other_content_is_refused_and_changes_nothing() {
    let app = App::start().await;
    let case = case(&app, Sensitivity::L2, 1).await;
    let village = app.sign_in("village").await;
    let mut visit = seen(&case);
    send(&village, &visit).await;
    visit["injury"] = json!("not_seen");
    let reply = send(&village, &visit).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(reply.json()["errors"][0]["pointer"], "/id");
    assert_eq!(count(&app, case.id).await, 1);
}

#[tokio::test]
async fn a_child_not_seen_twice_in_a_row_is_reported_to_the_county() {
    let app = App::start().await;
    let case = case(&app, Sensitivity::L2, 1).await;
    let village = app.sign_in("village").await;
    send(&village, &unseen(&case)).await;
    assert!(clocks(&app, case.id, NOT_SEEN_CLOCK).await.is_empty());
    assert_eq!(clocks(&app, case.id, "contact").await[0].met_at, None);
    send(&village, &unseen(&case)).await;
    let raised = clocks(&app, case.id, NOT_SEEN_CLOCK).await;
    let owner = unit::Entity::find_by_id(raised[0].owner_unit)
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((owner.kind.as_str(), owner.division.as_str()), ("MPC", "140622000000"));
    let told = case_event::Entity::find()
        .filter(case_event::Column::CaseId.eq(case.id))
        .all(app.state.db.read())
        .await
        .unwrap();
    assert!(told.iter().any(|event| event.refs["escalated_to"] == "county"));
    let reply = send(&village, &seen(&case)).await;
    assert_eq!(reply.status, StatusCode::CREATED);
    app.clock.advance(TimeDelta::minutes(5));
    let mut later = seen(&case);
    later["started_at"] = json!("2026-11-23T09:04:00+08:00");
    send(&village, &later).await;
    assert!(clocks(&app, case.id, NOT_SEEN_CLOCK).await[0].met_at.is_some());
}

#[tokio::test]
async fn a_corrected_visit_no_longer_counts_as_not_seen() {
    let app = App::start().await;
    let case = case(&app, Sensitivity::L2, 1).await;
    let village = app.sign_in("village").await;
    let first = unseen(&case);
    send(&village, &first).await;
    let mut correction = seen(&case);
    correction["supersedes"] = first["id"].clone();
    assert_eq!(send(&village, &correction).await.status, StatusCode::CREATED);
    send(&village, &unseen(&case)).await;
    assert!(clocks(&app, case.id, NOT_SEEN_CLOCK).await.is_empty());
    // The first record stands as it was.
    assert_eq!(count(&app, case.id).await, 3);
    let mut again = seen(&case);
    again["supersedes"] = first["id"].clone();
    assert_eq!(send(&village, &again).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_visit_to_a_closed_case_is_taken_and_flagged() {
    let app = App::start().await;
    let case = case(&app, Sensitivity::L2, 1).await;
    set_stage(&app, case.id, Stage::Closed).await;
    let village = app.sign_in("village").await;
    let reply = send(&village, &seen(&case)).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    assert_eq!(reply.json()["late"], true);
    assert_eq!(fetch(&app, case.id).await.stage, "closed");
    assert!(clocks(&app, case.id, "visit").await.is_empty());
}

#[tokio::test]
async fn a_device_whose_clock_is_wrong_is_flagged() {
    let app = App::start().await;
    let case = case(&app, Sensitivity::L2, 1).await;
    let village = app.sign_in("village").await;
    let mut visit = seen(&case);
    visit["device_at"] = json!("2026-11-23T09:30:00+08:00");
    visit["started_at"] = json!("2026-11-23T09:25:00+08:00");
    let reply = send(&village, &visit).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text());
    assert_eq!(reply.json()["skew_minutes"], 30);
    let mut future = seen(&case);
    future["started_at"] = json!("2026-11-23T09:25:00+08:00");
    assert_eq!(send(&village, &future).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn another_village_finds_no_such_case_and_a_village_no_special_one() {
    let app = App::start().await;
    let open = case(&app, Sensitivity::L2, 1).await;
    let special = case(&app, Sensitivity::L4, 1).await;
    let (village, other) = (app.sign_in("village").await, app.sign_in("village2").await);
    for (client, case) in [(&other, &open), (&village, &special)] {
        assert_eq!(send(client, &seen(case)).await.status, StatusCode::NOT_FOUND);
        let page = format!("/cases/{}/visits/new", case.id);
        assert_eq!(client.get(&page).await.status, StatusCode::NOT_FOUND);
        let list = format!("/api/v1/visits?case={}", case.id);
        assert_eq!(client.get(&list).await.status, StatusCode::NOT_FOUND);
    }
    let today = village.get("/today").await.text();
    assert!(today.contains("特别关爱任务 1 件"), "{today}");
    assert!(today.contains(&open.number) && !today.contains(&special.number));
    assert!(!today.contains("秦安安"));
    assert_eq!(count(&app, open.id).await, 0);
}

#[tokio::test]
async fn what_is_missing_is_named_and_what_was_typed_is_kept() {
    let app = App::start().await;
    let case = case(&app, Sensitivity::L2, 2).await;
    let village = app.sign_in("village").await;
    let page = format!("/cases/{}/visits/new", case.id);
    assert_eq!(village.get(&page).await.status, StatusCode::OK);
    let id = Uuid::now_v7().to_string();
    let fields = [
        ("id", id.as_str()),
        ("kind", "routine"),
        ("method", "home"),
        ("started_at", "2026-11-23T09:00"),
        ("seen", "no"),
        ("danger", "no"),
        ("handling", "敲门无人应答"),
    ];
    let reply = village.post(&page, &fields).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = reply.text();
    assert!(
        text.contains("选择没见到儿童的原因") && text.contains("敲门无人应答"),
        "{text}"
    );
    let reasoned = [&fields[..], &[("not_seen_reason", "refused")]].concat();
    let reply = village.post(&page, &reasoned).await;
    assert!(reply.text().contains("选择走访的是哪名儿童"), "{}", reply.text());
    assert_eq!(count(&app, case.id).await, 0);
}

#[tokio::test]
async fn the_form_reports_a_visit_with_its_photo_in_one_go() {
    let app = App::start().await;
    let case = case(&app, Sensitivity::L2, 1).await;
    let village = app.sign_in("village").await;
    let page = format!("/cases/{}/visits/new", case.id);
    let id = Uuid::now_v7().to_string();
    let fields = [
        ("id", id.as_str()),
        ("kind", "routine"),
        ("method", "home"),
        ("started_at", "2026-11-23T09:00"),
        ("seen", "yes"),
        ("injury", "yes"),
        ("injury_note", "左前臂"),
        ("danger", "yes"),
        ("hazards", "gas"),
        ("hazards", "water"),
    ];
    let fake = (
        "photo",
        "房屋.jpg",
        "image/jpeg",
        &b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..],
    );
    let reply = village.multipart(&page, &fields, &[fake]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.text().contains("不是照片") && reply.text().contains("左前臂"));
    assert_eq!(count(&app, case.id).await, 0);
    let jpeg = camera_jpeg(320, 200);
    let photo = ("photo", "房屋.jpg", "image/jpeg", jpeg.as_slice());
    for _ in 0..2 {
        let reply = village.multipart(&page, &fields, &[photo]).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
        assert_eq!(reply.location(), format!("/visits/{id}?saved=1"));
    }
    assert_eq!(count(&app, case.id).await, 1);
    let photos = visit_photo::Entity::find().count(app.state.db.read()).await.unwrap();
    assert_eq!(photos, 1);
    let shown = village.get(&format!("/visits/{id}?saved=1")).await.text();
    for words in [
        "已上报",
        "ZF-20261123-0001",
        "2026-11-23 09:00",
        "tel:110",
        "煤气、水域",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
}

/// A JPEG with an EXIF block that holds a place and says "turn me right".
fn camera_jpeg(width: u32, height: u32) -> Vec<u8> {
    let mut plain = Vec::new();
    let picture = image::RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([u8::try_from(x % 256).unwrap(), u8::try_from(y % 256).unwrap(), 90])
    });
    picture
        .write_to(&mut Cursor::new(&mut plain), image::ImageFormat::Jpeg)
        .unwrap();
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    tiff.extend(2u16.to_le_bytes());
    // Orientation 6, then the pointer to the GPS block.
    tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]);
    tiff.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0]);
    tiff.extend([0; 4]);
    tiff.extend(1u16.to_le_bytes());
    tiff.extend([0x01, 0x00, 2, 0, 2, 0, 0, 0]);
    tiff.extend(*b"N\0\0\0");
    tiff.extend([0; 4]);
    tiff.extend(*b"GPSPLACE39.55N113.19E");
    let mut app1 = b"Exif\0\0".to_vec();
    app1.extend(tiff);
    let length = u16::try_from(app1.len() + 2).unwrap();
    let mut jpeg = plain[..2].to_vec();
    jpeg.extend([0xff, 0xe1]);
    jpeg.extend(length.to_be_bytes());
    jpeg.extend(app1);
    jpeg.extend(&plain[2..]);
    jpeg.extend(*b"<script>alert(1)</script>");
    jpeg
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

async fn photographed(app: &App) -> (protection_case::Model, Client, Uuid) {
    let case = case(app, Sensitivity::L2, 1).await;
    let village = app.sign_in("village").await;
    let visit = seen(&case);
    assert_eq!(send(&village, &visit).await.status, StatusCode::CREATED);
    let id = visit["id"].as_str().unwrap().parse().unwrap();
    (case, village, id)
}

#[tokio::test]
async fn a_photo_loses_its_place_and_keeps_its_upright() {
    let app = App::start().await;
    let (_, village, id) = photographed(&app).await;
    let jpeg = camera_jpeg(320, 200);
    assert!(holds(&jpeg, b"GPSPLACE"));
    let path = format!("/visits/{id}/photos");
    let photo = ("photo", "IMG_0001.JPG", "image/jpeg", jpeg.as_slice());
    for _ in 0..2 {
        let reply = village.multipart(&path, &[], &[photo]).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
    }
    let rows = visit_photo::Entity::find().all(app.state.db.read()).await.unwrap();
    assert_eq!(rows.len(), 1, "the same picture again is the one kept");
    assert!(!holds(&rows[0].content.0, &[0xff, 0xd8, 0xff]), "sealed");
    let slot = Slot::new("visit_photo", "content", rows[0].id);
    let kept = app.state.vault.open_bytes(slot, &rows[0].content).unwrap();
    for trace in [&b"Exif"[..], b"GPSPLACE", b"<script>", b"39.55N"] {
        assert!(!holds(&kept, trace));
    }
    let picture = image::load_from_memory(&kept).unwrap();
    assert_eq!((picture.width(), picture.height()), (200, 320));
    let shown = village.get(&format!("{path}/{}", rows[0].id)).await;
    assert_eq!(shown.bytes, kept);
    assert_eq!(shown.header("content-type"), Some("image/jpeg"));
    assert!(shown.header("content-disposition").unwrap().starts_with("attachment"));
    assert!(shown.header("content-security-policy").unwrap().contains("sandbox"));
    let viewed = journal_entry::Entity::find()
        .filter(journal_entry::Column::Act.eq("photo_viewed"))
        .count(app.state.db.read())
        .await
        .unwrap();
    assert_eq!(viewed, 1);
    let other = app.sign_in("village2").await;
    let hidden = other.get(&format!("{path}/{}", rows[0].id)).await;
    assert_eq!(hidden.status, StatusCode::NOT_FOUND);
}

/// A PNG head that claims more pixels than anybody's camera has.
fn bomb() -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut head = b"IHDR".to_vec();
    head.extend(50_000u32.to_be_bytes());
    head.extend(50_000u32.to_be_bytes());
    head.extend([8, 2, 0, 0, 0]);
    png.extend(13u32.to_be_bytes());
    png.extend(&head);
    png.extend(crc(&head).to_be_bytes());
    png.extend(1u32.to_be_bytes());
    png.extend(*b"IDAT\x78");
    png.extend(crc(b"IDAT\x78").to_be_bytes());
    png
}

fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[tokio::test]
async fn what_is_no_photo_or_too_large_is_refused_by_its_content() {
    let app = App::start().await;
    let (_, village, id) = photographed(&app).await;
    let path = format!("/visits/{id}/photos");
    let cut = camera_jpeg(64, 64)[..120].to_vec();
    let cases: [(&str, &[u8], &str); 7] = [
        ("a.jpg", b"<!DOCTYPE html><script>1</script>", "不是照片"),
        ("a.jpg", b"<?xml version='1.0'?><svg/>", "不是照片"),
        ("a.png", b"PK\x03\x04aaaaaaaa", "不是照片"),
        ("a.gif", b"GIF89a\x01\0\x01\0\0\0\0;", "不是照片"),
        ("../../x.png", &bomb(), "像素过大"),
        ("a.jpg", &cut, "损坏"),
        ("a.jpg", b"", "选择照片"),
    ];
    for (name, bytes, words) in cases {
        let file = ("photo", name, "image/jpeg", bytes);
        let reply = village.multipart(&path, &[], &[file]).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert!(reply.text().contains(words), "{name}: {}", reply.text());
    }
    let kept = visit_photo::Entity::find().count(app.state.db.read()).await.unwrap();
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn a_visit_holds_ten_photos() {
    let app = App::start().await;
    let (_, village, id) = photographed(&app).await;
    let path = format!("/visits/{id}/photos");
    for width in 1..=11 {
        let jpeg = camera_jpeg(width, 8);
        let reply = village
            .multipart(&path, &[], &[("photo", "a.jpg", "image/jpeg", &jpeg)])
            .await;
        let expected = if width <= 10 { 303 } else { 422 };
        assert_eq!(reply.status.as_u16(), expected, "{width}");
    }
}

#[tokio::test]
async fn the_supervisor_asks_back_the_director_answers_and_it_is_accepted() {
    let app = App::start().await;
    let (_, village, id) = photographed(&app).await;
    let township = app.sign_in("township").await;
    let visit = format!("/visits/{id}");
    assert!(township.get("/visits").await.text().contains(&visit));
    let post = async |client: &Client, step: &str, fields: &[(&str, &str)]| {
        client.post(&format!("{visit}/{step}"), fields).await.status.as_u16()
    };
    assert_eq!(
        post(&township, "query", &[("version", "1"), ("question", " ")]).await,
        422
    );
    assert_eq!(
        post(&township, "query", &[("version", "1"), ("question", "煤气是否关好？")]).await,
        303
    );
    assert_eq!(post(&township, "accept", &[("version", "1")]).await, 409);
    assert!(!township.get("/visits").await.text().contains(&visit));
    assert!(village.get(&visit).await.text().contains("煤气是否关好？"));
    assert_eq!(post(&village, "accept", &[("version", "2")]).await, 403);
    assert_eq!(
        post(&village, "reply", &[("version", "2"), ("reply", "已关好并拍照")]).await,
        303
    );
    let waiting = township.get("/visits").await.text();
    assert!(waiting.contains(&visit) && waiting.contains("已答复"));
    assert_eq!(post(&township, "accept", &[("version", "3")]).await, 303);
    assert!(township.get(&visit).await.text().contains("已关好并拍照"));
    assert!(township.get("/visits?state=accepted").await.text().contains(&visit));
    let (other, county2) = (app.sign_in("township2").await, app.sign_in("county2").await);
    for client in [&other, &county2] {
        assert_eq!(client.get(&visit).await.status, StatusCode::NOT_FOUND);
        assert!(!client.get("/visits?state=accepted").await.text().contains(&visit));
    }
}

#[tokio::test]
async fn nobody_reviews_a_visit_of_their_own() {
    let app = App::start().await;
    let case = case(&app, Sensitivity::L2, 1).await;
    let township = app.sign_in("township").await;
    let visit = seen(&case);
    assert_eq!(send(&township, &visit).await.status, StatusCode::CREATED);
    let id = visit["id"].as_str().unwrap();
    let own = township
        .post(&format!("/visits/{id}/accept"), &[("version", "1")])
        .await;
    assert_eq!(own.status, StatusCode::FORBIDDEN);
    let county = app.sign_in("county").await;
    let done = county.post(&format!("/visits/{id}/accept"), &[("version", "1")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
}

#[tokio::test]
async fn bad_fields_are_named_with_their_pointer() {
    let app = App::start().await;
    let case = case(&app, Sensitivity::L2, 1).await;
    let village = app.sign_in("village").await;
    let long = "字".repeat(2001);
    let faults = [
        ("id", json!(Uuid::new_v4()), "/id"),
        ("kind", json!("picnic"), "/kind"),
        ("method", json!("horse"), "/method"),
        ("started_at", json!("2027-01-01T00:00:00Z"), "/started_at"),
        ("injury", json!(null), "/injury"),
        ("injury", json!("yes"), "/injury_note"),
        ("hazards", json!(["lions"]), "/hazards"),
        ("next_on", json!("2026-11-01"), "/next_on"),
        ("handling", json!(long), "/handling"),
        ("handling", json!("a\u{1}b"), "/handling"),
        ("child_id", json!(Uuid::now_v7()), "/child_id"),
        ("supersedes", json!(Uuid::now_v7()), "/supersedes"),
    ];
    for (field, value, pointer) in faults {
        let mut visit = seen(&case);
        visit[field] = value;
        let reply = send(&village, &visit).await;
        assert_eq!(
            reply.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{field}: {}",
            reply.text()
        );
        assert_eq!(reply.json()["errors"][0]["pointer"], pointer, "{}", reply.text());
    }
    assert_eq!(count(&app, case.id).await, 0);
}
