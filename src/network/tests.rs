use super::*;
use crate::clock::Clock;
use crate::config::{Config, Flags};
use crate::ctx::Ctx;
use crate::db::Db;
use crate::entity::{CodeList, division, journal_entry, post, protection_case};
use crate::journal::{self, Act, Entry};
use crate::rules::codes;
use crate::rules::division::Tier;
use crate::state::App;
use crate::vault::{Algorithm, KeyRing, Slot, Vault};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, IntoActiveModel, PaginatorTrait};
use sea_orm_migration::MigratorTrait;
use std::collections::HashSet;

pub(super) fn noon() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-23T12:00:00+08:00")
        .unwrap()
        .into()
}

/// A founded network on a database of its own.
pub(super) async fn founded() -> (tempfile::TempDir, App) {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", dir.path().join("network.db").display());
    let db = Db::connect(&url).await.unwrap();
    migrations::Migrator::up(db.schema(), None).await.unwrap();
    let vault = Vault::new(KeyRing::generate(Algorithm::Sm4Gcm).unwrap());
    let config = Config::load(&Flags::default()).unwrap();
    let app = App::new(db, vault, Clock::fixed(noon()), config);
    found(&app, &Ctx::system(noon())).await.unwrap();
    (dir, app)
}

async fn names(app: &App, q: &str) -> Vec<String> {
    let hits = search(app.db.read(), q, 20).await.unwrap();
    hits.into_iter().map(|hit| hit.name).collect()
}

fn place(code: &str) -> Division {
    Division::parse(code).unwrap()
}

#[tokio::test]
async fn the_network_has_every_division_and_is_founded_once() {
    let (_dir, app) = founded().await;
    found(&app, &Ctx::system(noon())).await.unwrap();
    for (tier, count) in [
        (Tier::City, 1),
        (Tier::County, 7),
        (Tier::Township, 73),
        (Tier::Village, 1277),
    ] {
        let rows = division::Entity::find().filter(division::Column::Tier.eq(tier.code()));
        assert_eq!(rows.count(app.db.read()).await.unwrap(), count, "{tier:?}");
    }
    let entries = journal_entry::Entity::find().all(app.db.read()).await.unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].act, "network_imported");
}

#[tokio::test]
async fn statistical_units_have_no_unit_and_no_post() {
    let (_dir, app) = founded().await;
    let all = roster(app.db.read(), &app.vault, None, noon()).await.unwrap();
    let held: HashSet<&str> = all.units.iter().map(|unit| unit.division.code()).collect();
    for code in ["140681500598", "140681501598", "140681500000", "140671000000"] {
        assert!(!held.contains(place(code).code()), "{code}");
    }
    assert!(held.contains("140671400000"), "the zone's street has real villages");
    for row in codes::divisions().iter().filter(|row| row.statutory) {
        assert!(held.contains(row.code.as_str()), "{} {}", row.code, row.name);
    }
    let units: HashSet<Uuid> = all.units.iter().map(|unit| unit.id).collect();
    assert!(
        all.posts
            .iter()
            .all(|post| units.contains(&post.unit) && post.holder.is_none())
    );
    let directors = all.posts.iter().filter(|post| post.role == "village_child_director");
    assert_eq!(directors.count(), 1275);
}

#[tokio::test]
async fn a_place_is_found_by_initials_pinyin_code_and_name() {
    let (_dir, app) = founded().await;
    for q in [
        "jcz",
        "JCZ",
        "jinchengzhen",
        "140622100",
        "140622100000",
        "金城镇",
        "应县金城镇",
        "yx jcz",
    ] {
        let found = names(&app, q).await;
        assert_eq!(found.first().map(String::as_str), Some("金城镇"), "{q}: {found:?}");
    }
    for q in ["薛圐圙乡", "圐圙", "xklx"] {
        assert!(names(&app, q).await.contains(&"薛圐圙乡".to_owned()), "{q}");
    }
    let row = codes::divisions().iter().find(|row| row.name == "薛圐圙乡").unwrap();
    assert_eq!(names(&app, &row.code).await, ["薛圐圙乡"]);
}

#[tokio::test]
async fn wildcards_and_long_terms_find_nothing_special() {
    let (_dir, app) = founded().await;
    for q in ["%", "_", "\\", "", "   ", "'"] {
        assert!(names(&app, q).await.is_empty(), "{q:?}");
    }
    assert!(names(&app, &"村".repeat(5000)).await.is_empty());
}

#[tokio::test]
async fn a_typed_place_resolves_only_when_it_means_one() {
    let (_dir, app) = founded().await;
    let resolved = async |text: &str| {
        resolve(app.db.read(), text)
            .await
            .unwrap()
            .map(|place| place.to_string())
    };
    for text in ["应县 金城镇", "应县金城镇", "朔州市应县金城镇", "140622100", "金城镇"] {
        assert_eq!(resolved(text).await.as_deref(), Some("140622100000"), "{text}");
    }
    for text in ["村", "月球", "990000", ""] {
        assert_eq!(resolved(text).await, None, "{text}");
    }
}

#[tokio::test]
async fn a_path_leads_from_the_county_to_the_village() {
    let (_dir, app) = founded().await;
    let row = codes::divisions().iter().find(|row| row.parent_code == "140622100000");
    let village = row.unwrap();
    let path = path_of(app.db.read(), &place(&village.code)).await.unwrap();
    assert_eq!(path, format!("应县 金城镇 {}", village.name));
    assert_eq!(path_of(app.db.read(), &place("140600")).await.unwrap(), "朔州市");
}

#[tokio::test]
async fn the_roster_around_a_village_is_its_county_and_the_city() {
    let (_dir, app) = founded().await;
    let near = roster(app.db.read(), &app.vault, Some(&place("140622100001")), noon())
        .await
        .unwrap();
    let county = place("140622");
    assert!(
        near.units
            .iter()
            .all(|unit| county.contains(&unit.division) || unit.division.tier() == Tier::City)
    );
    let units: HashSet<Uuid> = near.units.iter().map(|unit| unit.id).collect();
    assert!(!near.posts.is_empty() && near.posts.iter().all(|post| units.contains(&post.unit)));
    let zone = roster(app.db.read(), &app.vault, Some(&place("140671400")), noon())
        .await
        .unwrap();
    assert!(
        zone.units.iter().any(|unit| unit.division == place("140602")),
        "the zone falls back"
    );
}

#[tokio::test]
async fn posts_start_vacant_and_counted_from_the_founding() {
    let (_dir, app) = founded().await;
    let posts = post::Entity::find().all(app.db.read()).await.unwrap();
    assert!(posts.iter().all(|post| post.vacant_since == Some(noon())));
    let stations = units_of(app.db.read(), "TMP", &place("140622")).await.unwrap();
    assert!(stations.iter().any(|unit| unit.name == "金城镇未成年人保护工作站"));
    let station = unit(app.db.read(), stations[0].id).await.unwrap();
    assert_eq!(unit_name(app.db.read(), station.id).await.unwrap(), station.name);
}

#[tokio::test]
async fn coverage_counts_people_in_post_and_long_vacancies() {
    let (_dir, app) = founded().await;
    let city = place("140600");
    let day8 = noon() + chrono::TimeDelta::days(8);
    let start = coverage(app.db.read(), &city, noon()).await.unwrap();
    assert_eq!(start.len(), 7);
    let sum = |rows: &[Coverage], of: fn(&Coverage) -> usize| rows.iter().map(of).sum::<usize>();
    assert_eq!(sum(&start, |row| row.villages.required), 1275);
    assert_eq!(sum(&start, |row| row.townships.required), 71);
    assert_eq!(
        sum(&start, |row| row.villages.held + row.townships.held + row.overdue),
        0
    );
    assert!(start.iter().all(|row| row.units.percent() == Some(100)), "{start:?}");
    let late = coverage(app.db.read(), &city, day8).await.unwrap();
    assert_eq!(sum(&late, |row| row.overdue), 1275 + 71);
    let townships = coverage(app.db.read(), &place("140622"), noon()).await.unwrap();
    assert!(
        townships
            .iter()
            .any(|row| row.name == "金城镇" && row.units.required == 1)
    );
    let farm = coverage(app.db.read(), &place("140681"), noon()).await.unwrap();
    let farm = farm.iter().find(|row| row.name == "金沙滩农牧场").unwrap();
    assert_eq!((farm.townships.percent(), farm.villages.percent()), (None, None));
}

#[tokio::test]
async fn a_county_fills_posts_below_itself_and_nowhere_else() {
    let (_dir, app) = founded().await;
    let station = unit_at(app.db.read(), "TMP", &place("140622100")).await.unwrap();
    let vacant = post::Entity::find().filter(post::Column::UnitId.eq(station.id));
    let vacant = vacant.one(app.db.read()).await.unwrap().unwrap();
    let mut ctx = Ctx::system(noon());
    ctx.actor.role = crate::rules::policy::Role::County;
    let change = PostChange {
        version: 1,
        ..PostChange::default()
    };
    for (code, allowed) in [("140622", true), ("140623", false)] {
        ctx.actor.division = place(code);
        let done = change_post(&app, &ctx, vacant.id, &change).await;
        match (done, allowed) {
            (Ok(left), true) => assert_eq!(left.open_cases, 0),
            (Err(Error::Forbidden(denial)), false) => assert_eq!(denial.act, "post.change"),
            (other, _) => panic!("{code}: {other:?}"),
        }
    }
}

/// An open case of that unit, assigned to that account.
async fn assign_case(app: &App, unit: Uuid, account: Uuid) {
    let id = Uuid::now_v7();
    let sealed = |column| {
        app.vault
            .seal(Slot::new("protection_case", column, id), "某某")
            .unwrap()
    };
    let row = protection_case::Model {
        id,
        number: "GA-TEST-1".to_owned(),
        stage: "assigned".to_owned(),
        level: 2,
        peak_level: 2,
        proposed_level: None,
        sensitivity: 3,
        primary_type: "0101".to_owned(),
        case_types: CodeList::default(),
        division: "140622100000".to_owned(),
        residence: None,
        domicile: None,
        address: None,
        title: sealed("title"),
        summary: sealed("summary"),
        lead_unit: unit,
        assignee: Some(account),
        opened_by: None,
        opened_at: noon(),
        next_due_at: None,
        cohabiting_suspect: "unknown".to_owned(),
        village_allowed: true,
        return_count: 0,
        closure_type: None,
        close_note: None,
        close_asked_by: None,
        closed_at: None,
        conference_on: None,
        spot_checked_at: None,
        follow_up_planned: false,
        routine_care_at: None,
        routine_care_note: None,
        merged_into: None,
        stage_before: None,
        version: 1,
    };
    row.into_active_model()
        .reset_all()
        .insert(app.db.schema())
        .await
        .unwrap();
}

#[tokio::test]
async fn whoever_leaves_a_post_leaves_word_of_their_open_cases() {
    let (_dir, app) = founded().await;
    let ctx = Ctx::system(noon());
    let station = unit_at(app.db.read(), "TMP", &place("140622100")).await.unwrap();
    let supervisor = Uuid::now_v7();
    let tx = app.db.begin().await.unwrap();
    appoint(&tx, &ctx, station.id, "township_child_supervisor", supervisor)
        .await
        .unwrap();
    journal::commit(tx, &ctx, Entry::new(Act::PostChanged)).await.unwrap();
    assign_case(&app, station.id, supervisor).await;
    let post = post::Entity::find().filter(post::Column::HolderId.eq(supervisor));
    let post = post.one(app.db.read()).await.unwrap().unwrap();
    let vacate = PostChange {
        version: post.version,
        ..PostChange::default()
    };
    let left = change_post(&app, &ctx, post.id, &vacate).await.unwrap();
    assert_eq!(left.open_cases, 1);
    let again = change_post(&app, &ctx, post.id, &vacate).await;
    assert!(matches!(again, Err(Error::Stale { seen: 2, now: 3 })), "{again:?}");
    let close = UnitChange {
        name: station.name.clone(),
        active: false,
        phone: String::new(),
        version: 1,
    };
    let refused = change_unit(&app, &ctx, station.id, &close).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
}
