//! What an order becomes: a report, and a case, as any other report does.

use super::{ORDERS, acts, case_of, flags, lead_told, order, quiet, report_of, row, send, sent, state};
use crate::given;
use crate::support::App;
use axum::body::Body;
use axum::http::{Method, StatusCode};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use tonghu::entity::{hotline_order, protection_case, report, reporter_identity, unit};

#[tokio::test]
async fn an_order_is_one_report_and_one_case_however_often_it_comes() {
    let app = App::start().await;
    let first = sent(&app, &order("SZ12345-20261123-000017")).await;
    assert_eq!(first["state"], "received");
    assert_eq!(first["unclear"], json!([]));
    // Written in another way it is the same order.
    let spaced = format!(
        "  {}  ",
        serde_json::to_string_pretty(&order("SZ12345-20261123-000017")).unwrap()
    );
    for body in [order("SZ12345-20261123-000017").to_string(), spaced] {
        let again = app
            .partner()
            .send(Method::POST, ORDERS, Some("application/json"), Body::from(body))
            .await;
        assert_eq!((again.status.as_u16(), again.json()), (200, first.clone()));
    }
    let db = app.state.db.read();
    assert_eq!(report::Entity::find().count(db).await.unwrap(), 1);
    assert_eq!(protection_case::Entity::find().count(db).await.unwrap(), 1);
    let report = report_of(&app, "SZ12345-20261123-000017").await;
    assert_eq!(report.number, first["number"]);
    assert_eq!(report.state, "routed");
    assert_eq!(report.ext_order_no.as_deref(), Some("SZ12345-20261123-000017"));
    let case = case_of(&app, "SZ12345-20261123-000017").await;
    let station = given::account_of(&app, "township").await.unit_id;
    assert_eq!(Some(case.lead_unit), station, "RT06: where the child is");
    // The clocks start when 12345 took the call, not when the order came.
    assert_eq!(report.started_at.to_rfc3339(), "2026-11-23T00:52:00+00:00");
    for act in ["hotline_order_taken", "report_submitted", "case_opened"] {
        assert_eq!(acts(&app, act).await, 1, "{act}");
    }
    let caller = reporter_identity::Entity::find_by_id(report.id).one(db).await.unwrap();
    assert!(caller.is_some_and(|row| row.anonymous && !row.safe_phone));
}

#[tokio::test]
async fn the_same_order_sent_many_times_at_once_is_one() {
    let app = App::start().await;
    let calls = (0..6).map(|_| {
        let partner = app.partner();
        async move { partner.json("POST", ORDERS, order("A-1")).await }
    });
    let replies = futures_util::future::join_all(calls).await;
    let new = replies.iter().filter(|reply| reply.status == 201).count();
    let again = replies.iter().filter(|reply| reply.status == 200).count();
    let texts: Vec<String> = replies.iter().map(crate::support::Reply::text).collect();
    assert_eq!((new, again), (1, 5), "{texts:?}");
    assert!(replies.iter().all(|reply| reply.json() == replies[0].json()));
    assert_eq!(
        protection_case::Entity::find()
            .count(app.state.db.read())
            .await
            .unwrap(),
        1
    );
}

#[tokio::test]
async fn a_number_that_returns_with_other_content_is_refused_and_a_person_looks_once() {
    let app = App::start().await;
    sent(&app, &quiet("A-1")).await;
    let mut other = quiet("A-1");
    other["content"] = json!("另一件事");
    for _ in 0..3 {
        let clash = send(&app, &other).await;
        assert_eq!(clash.status, StatusCode::CONFLICT);
        assert!(clash.text().contains("作为该工单的事件发送"), "{}", clash.text());
        assert!(!clash.text().contains("另一件事"));
    }
    assert_eq!(flags(&app, "A-1").await, [("conflict".to_owned(), String::new())]);
    assert_eq!(lead_told(&app).await, 1);
    assert_eq!(send(&app, &quiet("A-1")).await.status, 200, "the first one stands");
}

#[tokio::test]
async fn codes_that_nobody_knows_are_taken_shown_to_a_person_and_settled() {
    let app = App::start().await;
    let mut strange = order("A-1");
    strange["case_types"] = json!(["0101", "7777"]);
    strange["channel"] = json!("telepathy");
    strange["danger_flags"] = json!(["flood"]);
    strange["relation_to_child"] = json!("XX");
    strange["something_new"] = json!({ "deep": [1, 2] });
    strange["children"] = json!([{ "name": null, "sex": 2, "age": "七岁", "id_number": "123" }]);
    let answer = sent(&app, &strange).await;
    let unclear = answer["unclear"].as_array().unwrap();
    for pointer in [
        "/case_types/1",
        "/channel",
        "/danger_flags/0",
        "/relation_to_child",
        "/children/0/age",
        "/children/0/id_number",
    ] {
        assert!(unclear.iter().any(|one| one == pointer), "{pointer}: {unclear:?}");
    }
    assert_eq!(case_of(&app, "A-1").await.primary_type, "0101");
    assert_eq!(report_of(&app, "A-1").await.channel, "hotline_12345");
    assert_eq!(lead_told(&app).await, 1);
    let lead = app.sign_in("lead").await;
    let path = format!("/hotline/orders/{}", row(&app, "A-1").await.id);
    let page = lead.get(&path).await.text();
    assert!(page.contains("telepathy") && page.contains("7777"), "{page}");
    assert!(!page.contains("童小满") && !page.contains("16000000001"), "{page}");
    let action = page.split("action=\"").find(|part| part.contains("/flags/")).unwrap();
    let action = action.split('"').next().unwrap();
    let silent = lead.post(action, &[("note", " ")]).await;
    assert_eq!(silent.status, 422);
    assert!(silent.text().contains("写明核对结果"));
    let done = lead.post(action, &[("note", "已与 12345 核实，按 0101 办理")]).await;
    assert_eq!(done.status, 303);
    assert!(lead.get(&path).await.text().contains("已与 12345 核实"));
    assert_eq!(acts(&app, "hotline_flag_settled").await, 1);
    assert_eq!(
        app.sign_in("county").await.post(action, &[("note", "x")]).await.status,
        403
    );
}

#[tokio::test]
async fn a_division_is_read_at_every_tier_and_an_unknown_one_goes_to_the_city() {
    let app = App::start().await;
    let village = given::account_of(&app, "village").await.division;
    for (number, division, kind) in [
        ("D-6", "140622", "MPC"),
        ("D-9", "140622100", "TMP"),
        ("D-12", village.as_str(), "TMP"),
        ("D-0", "000000", ""),
        ("D-X", "应县金城镇", ""),
    ] {
        let mut sent_order = quiet(number);
        sent_order["incident_place"] = json!(null);
        sent_order["child_location"] = json!({ "division": division, "address": "东街" });
        sent(&app, &sent_order).await;
        let case = case_of(&app, number).await;
        let lead = unit::Entity::find_by_id(case.lead_unit)
            .one(app.state.db.read())
            .await
            .unwrap()
            .unwrap();
        if kind.is_empty() {
            let wanted = [("unknown_division".to_owned(), "/child_location/division".to_owned())];
            assert_eq!(flags(&app, number).await, wanted, "{number}");
            assert!(lead.division.starts_with("140600"), "RT10: {}", lead.name);
        } else {
            assert_eq!(lead.kind, kind, "{number}: {}", lead.name);
            assert!(case.division.starts_with(&division[..6]));
            assert!(flags(&app, number).await.is_empty(), "{number}");
        }
    }
}

#[tokio::test]
async fn a_time_without_its_zone_and_a_missing_number_are_refused_with_a_pointer() {
    let app = App::start().await;
    for (field, value) in [
        ("received_at", json!("2026-11-23T09:12:00")),
        ("received_at", json!("2026-11-23 09:12:00")),
        ("ext_order_no", json!(null)),
        ("ext_order_no", json!("有中文 17")),
        ("ext_order_no", json!("x".repeat(51))),
    ] {
        let mut wrong = order("A-1");
        wrong[field] = value.clone();
        let reply = send(&app, &wrong).await;
        assert_eq!(reply.status, 422, "{value}");
        assert_eq!(reply.json()["errors"][0]["pointer"], format!("/{field}"), "{value}");
    }
    assert_eq!(
        hotline_order::Entity::find().count(app.state.db.read()).await.unwrap(),
        0
    );
    assert_eq!(report::Entity::find().count(app.state.db.read()).await.unwrap(), 0);
    // A time that 12345 does not know, and one that has not come yet.
    for (number, at) in [("A-2", json!(null)), ("A-3", json!("2026-11-24T09:12:00+08:00"))] {
        let mut fine = quiet(number);
        fine["received_at"] = at;
        sent(&app, &fine).await;
        assert_eq!(report_of(&app, number).await.started_at, app.clock.now());
    }
}

#[tokio::test]
async fn what_smells_of_harm_is_taken_whatever_heading_it_comes_under() {
    let app = App::start().await;
    for (number, demand, types) in [
        ("H-1", "inquiry", json!(["1901"])),
        ("H-2", "suggestion", json!([])),
        ("H-3", "praise", json!(["1601"])),
    ] {
        let mut private = quiet(number);
        private["demand_type"] = json!(demand);
        private["case_types"] = types;
        private["title"] = json!("家务事，涉及个人隐私");
        private["content"] = json!("对方说是家务事不归热线管，可是天天殴打孩子");
        sent(&app, &private).await;
        let case = case_of(&app, number).await;
        assert_eq!(case.level, 2, "yellow until a person has looked");
        let told = flags(&app, number).await;
        assert!(told.iter().any(|(kind, _)| kind == "harm"), "{number}: {told:?}");
    }
    assert_eq!(lead_told(&app).await, 3);
}

#[tokio::test]
async fn danger_to_life_brings_the_shift_lead_at_once() {
    let app = App::start().await;
    let mut red = order("R-1");
    red["danger_flags"] = json!(["needs_medical"]);
    red["urgency"] = json!("green");
    sent(&app, &red).await;
    assert_eq!(case_of(&app, "R-1").await.level, 1, "12345 does not lower");
    let kinds: Vec<String> = flags(&app, "R-1").await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["lowered", "life_danger"]);
    assert_eq!(lead_told(&app).await, 1);
}

#[tokio::test]
async fn what_says_too_little_waits_for_a_person_and_is_not_refused() {
    let app = App::start().await;
    let bare = json!({ "ext_order_no": "B-1", "received_at": "2026-11-23T08:52:00+08:00" });
    let answer = sent(&app, &bare).await;
    let report = report_of(&app, "B-1").await;
    assert_eq!(
        (report.state.as_str(), report.number.as_str()),
        ("draft", answer["number"].as_str().unwrap())
    );
    assert_eq!(state(&app, "B-1").await["state"], "received");
    let kinds: Vec<String> = flags(&app, "B-1").await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["untyped", "held"]);
    let lead = app.sign_in("lead").await;
    let page = lead.get(&format!("/reports/{}", report.id)).await;
    assert!(
        page.text().contains(&format!("/intake/{}", report.id)),
        "{}",
        page.text()
    );
    assert_eq!(lead.get(&format!("/intake/{}", report.id)).await.status, 200);
}

#[tokio::test]
async fn rare_characters_and_emoji_come_through_and_limits_hold() {
    let app = App::start().await;
    let mut rare = quiet("U-1");
    rare["content"] = json!("薛圐圙乡的𬭎𬭎说：孩子总挨训😀，名字有·和䶮");
    sent(&app, &rare).await;
    let lead = app.sign_in("lead").await;
    let page = lead
        .get(&format!("/reports/{}", report_of(&app, "U-1").await.id))
        .await
        .text();
    assert!(page.contains("薛圐圙乡的𬭎𬭎说：孩子总挨训😀，名字有·和䶮"), "{page}");
    let mut large = quiet("U-2");
    large["content"] = json!("长".repeat(400_000));
    assert_eq!(send(&app, &large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let mut deep = json!(1);
    for _ in 0..70 {
        deep = json!([deep]);
    }
    let mut nested = quiet("U-3");
    nested["extra"] = deep;
    assert_eq!(send(&app, &nested).await.status, StatusCode::BAD_REQUEST);
    let mut long = quiet("U-4");
    long["content"] = json!("长".repeat(9000));
    sent(&app, &long).await;
    assert_eq!(
        flags(&app, "U-4").await,
        [("too_long".to_owned(), "/content".to_owned())]
    );
    let known = hotline_order::Entity::find()
        .filter(hotline_order::Column::ExtOrderNo.is_in(["U-2", "U-3"]))
        .count(app.state.db.read())
        .await
        .unwrap();
    assert_eq!(known, 0);
    let plain = app
        .partner()
        .send(Method::POST, ORDERS, Some("text/plain"), Body::from("{}"))
        .await;
    assert_eq!(plain.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn an_address_that_an_order_names_is_never_called() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let app = App::start().await;
    let mut order = quiet("C-1");
    let url = format!("http://{}/steal", listener.local_addr().unwrap());
    order["callback_url"] = json!(url);
    sent(&app, &order).await;
    assert_eq!(
        flags(&app, "C-1").await,
        [("callback_local".to_owned(), "/callback_url".to_owned())]
    );
    for _ in 0..3 {
        tonghu::worker::tick(&app.state).await;
        app.clock.advance(chrono::TimeDelta::hours(9));
    }
    let called = tokio::time::timeout(std::time::Duration::from_millis(200), listener.accept()).await;
    assert!(called.is_err(), "somebody called");
    let mut public = quiet("C-2");
    public["callback_url"] = json!("http://hotline.example.cn/back");
    sent(&app, &public).await;
    assert_eq!(flags(&app, "C-2").await[0].0, "callback_other");
    // Sent again, it is the same order: nothing more is counted.
    send(&app, &public).await;
    // The administrator learns who sends such addresses, and never the order.
    let page = app.sign_in("secadmin").await.get("/hotline/partners").await.text();
    for words in [
        "工单的回调地址在内部网络：工单已收",
        "工单的回调地址不是登记的",
        "demo-12345",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(
        !page.contains("steal") && !page.contains("C-1") && !page.contains("example.cn"),
        "{page}"
    );
    let counted = tonghu::entity::hotline_refusal::Entity::find()
        .all(app.state.db.read())
        .await
        .unwrap();
    assert!(
        counted.len() == 2 && counted.iter().all(|row| row.count == 1),
        "{counted:?}"
    );
    let agreed = "http://127.0.0.1:9/12345";
    super::far::set_push_url(&app, agreed).await;
    let mut same = quiet("C-3");
    same["callback_url"] = json!(agreed);
    sent(&app, &same).await;
    assert!(
        flags(&app, "C-3").await.is_empty(),
        "the address that was agreed upon needs no look"
    );
}
