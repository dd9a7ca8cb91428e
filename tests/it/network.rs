//! The network on screen and over the address bar: who may change what.

use crate::support::App;
use axum::http::StatusCode;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use tonghu::entity::{division, journal_entry, post, unit};
use tonghu::network;
use tonghu::rules::division::Division;

fn place(code: &str) -> Division {
    Division::parse(code).unwrap()
}

async fn post_of(app: &App, kind: &str, code: &str, role: &str) -> post::Model {
    let db = app.state.db.read();
    let units = network::units_of(db, kind, &place(code)).await.unwrap();
    let posts = post::Entity::find()
        .filter(post::Column::UnitId.eq(units[0].id))
        .filter(post::Column::Role.eq(role));
    posts.one(db).await.unwrap().unwrap()
}

async fn denials(app: &App) -> u64 {
    let denied = journal_entry::Entity::find().filter(journal_entry::Column::Outcome.eq("denied"));
    denied.count(app.state.db.read()).await.unwrap()
}

#[tokio::test]
async fn a_township_may_not_change_another_townships_posts() {
    let app = App::start().await;
    let post = post_of(&app, "VIL", "140622100", "village_secretary").await;
    let (path, version) = (format!("/network/posts/{}", post.id), post.version.to_string());
    let fields = [("holder", "village"), ("version", version.as_str())];
    let stranger = app.sign_in("township2").await;
    assert_eq!(stranger.get(&path).await.status, StatusCode::FORBIDDEN);
    assert_eq!(stranger.post(&path, &fields).await.status, StatusCode::FORBIDDEN);
    assert_eq!(denials(&app).await, 2);
    let own = app.sign_in("township").await;
    let form = own.get(&path).await;
    assert_eq!(form.status, StatusCode::OK, "{}", form.text());
    let saved = own.post(&path, &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert!(saved.location().starts_with("/network/places/140622100000?saved=post"));
    let stale = own.post(&path, &fields).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    let station = post_of(&app, "TMP", "140622100", "township_leader").await;
    let refused = own
        .post(&format!("/network/posts/{}", station.id), &[("version", "1")])
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_wrong_holder_is_named_beside_the_field_and_kept() {
    let app = App::start().await;
    let county = app.sign_in("county").await;
    let post = post_of(&app, "TMP", "140622100", "township_child_supervisor").await;
    let path = format!("/network/posts/{}", post.id);
    let version = post.version.to_string();
    for holder in ["village", "township2", "nobody-of-this-name"] {
        let fields = [("holder", holder), ("leave_from", "2026-13-01"), ("version", &version)];
        let reply = county.post(&path, &fields).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{holder}");
        let page = reply.text();
        assert!(page.contains(&format!("value=\"{holder}\"")), "{page}");
    }
    let dates = [
        ("holder", "township"),
        ("leave_from", "2026-12-02"),
        ("leave_until", "2026-12-01"),
        ("version", &version),
    ];
    let reply = county.post(&path, &dates).await;
    assert!(reply.text().contains("请假结束不得早于开始"), "{}", reply.text());
    let vacated = county
        .post(
            &path,
            &[("holder", "township"), ("vacate", "true"), ("version", &version)],
        )
        .await;
    assert_eq!(vacated.status, StatusCode::SEE_OTHER, "{}", vacated.text());
    let now = post::Entity::find_by_id(post.id)
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (now.holder_id, now.vacant_since),
        (None, Some(crate::support::morning()))
    );
}

#[tokio::test]
async fn the_pages_show_coverage_from_city_to_village() {
    let app = App::start().await;
    let city = app.sign_in("city").await;
    let page = city.get("/network").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert!(page.text().contains("配齐率") && page.text().contains("右玉县"));
    let county = city.get("/network/places/140622000000").await.text();
    assert!(county.contains("金城镇") && county.contains("应县公安局"), "{county}");
    let township = app.sign_in("township").await.get("/network").await.text();
    assert!(
        township.contains("儿童主任") && township.contains("田秀兰"),
        "{township}"
    );
    assert!(!township.contains("导入名册"));
    for missing in ["/network/places/999999000000", "/network/places/abc"] {
        assert_eq!(city.get(missing).await.status, StatusCode::NOT_FOUND, "{missing}");
    }
}

#[tokio::test]
async fn places_are_found_by_whoever_writes_them_down() {
    let app = App::start().await;
    for username in ["operator", "school", "village"] {
        let found = app.sign_in(username).await.get("/divisions/search?q=jcz").await;
        assert_eq!(found.status, StatusCode::OK, "{username}");
        assert_eq!(found.json()[0]["name"], "金城镇");
        assert_eq!(found.json()[0]["path"], "应县 金城镇");
    }
    let auditor = app.sign_in("auditor").await.get("/divisions/search?q=jcz").await;
    assert_eq!(auditor.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_uploaded_list_is_shown_first_and_written_on_confirmation() {
    let app = App::start().await;
    let admin = app.sign_in("sysadmin").await;
    let bad = "代码,名称\n140622100990,新立村村委会\n1406,错\n";
    let file = |text: &'static str| [("file", "list.csv", "text/csv", text.as_bytes())];
    let reply = admin
        .multipart("/network/import", &[("what", "divisions"), ("apply", "1")], &file(bad))
        .await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.text().contains("第 3 行"), "{}", reply.text());
    let good = "代码,名称\n140622100990,新立村村委会\n";
    let shown = admin
        .multipart("/network/import", &[("what", "divisions")], &file(good))
        .await;
    assert!(shown.text().contains("确认导入"), "{}", shown.text());
    let known = async || {
        division::Entity::find_by_id("140622100990")
            .one(app.state.db.read())
            .await
            .unwrap()
    };
    assert_eq!(known().await, None);
    let page = shown.text();
    let content = page
        .split("name=\"content\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let content = content
        .replace("&#43;", "+")
        .replace("&#61;", "=")
        .replace("&#x3D;", "=");
    let fields = [
        ("what", "divisions"),
        ("name", "list.csv"),
        ("apply", "1"),
        ("content", &content),
    ];
    let done = admin.multipart("/network/import", &fields, &[]).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    assert_eq!(known().await.unwrap().name, "新立村村委会");
}

#[tokio::test]
async fn a_duty_phone_is_stored_sealed_and_shown_again() {
    let app = App::start().await;
    let county = app.sign_in("county").await;
    let station = network::unit_at(app.state.db.read(), "TMP", &place("140622100"))
        .await
        .unwrap();
    let path = format!("/network/units/{}", station.id);
    let fields = [
        ("name", station.name.as_str()),
        ("phone", "0349-0007777"),
        ("active", "true"),
        ("version", "1"),
    ];
    assert_eq!(county.post(&path, &fields).await.status, StatusCode::SEE_OTHER);
    assert!(county.get(&path).await.text().contains("0349-0007777"));
    let row = unit::Entity::find_by_id(station.id)
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    let sealed = row.phone.unwrap().0;
    assert!(!sealed.windows(7).any(|part| part == b"0007777"));
    let elsewhere = app.sign_in("county2").await;
    assert_eq!(elsewhere.post(&path, &fields).await.status, StatusCode::FORBIDDEN);
    let faulty = [("name", ""), ("phone", "call me"), ("version", "2")];
    assert_eq!(
        county.post(&path, &faulty).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn a_post_offers_those_who_may_sit_in_it_and_takes_dates_as_people_write_them() {
    let app = App::start().await;
    let post = post_of(&app, "TMP", "140622100", "township_child_supervisor").await;
    let path = format!("/network/posts/{}", post.id);
    let county = app.sign_in("county").await;
    let page = county.get(&path).await.text();
    assert!(page.contains("金照人（"), "{page}");
    for unfit in ["新知秋", "田秀兰", "应明理"] {
        assert!(!page.contains(&format!("{unfit}（")), "{unfit} is offered");
    }
    let version = post.version.to_string();
    let fields = [
        ("holder", "township"),
        ("leave_from", "２０２６/12/1"),
        ("version", &version),
    ];
    let saved = county.post(&path, &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let now = post::Entity::find_by_id(post.id)
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(now.leave_from.unwrap().to_string(), "2026-12-01");
}
