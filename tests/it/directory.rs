//! Services near a child's place: nearest first, kept and imported by those
//! whose place it is.

use crate::given;
use crate::support::{App, Client, Reply};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::Value;
use tonghu::directory::{self, Entry};
use tonghu::entity::service;
use uuid::Uuid;

pub async fn hospital(app: &App, name: &str, place: &str) -> Uuid {
    let lead = given::ctx_of(app, "lead").await;
    let entry = Entry {
        kind: "hospital".to_owned(),
        name: name.to_owned(),
        place: place.to_owned(),
        phone: "0349-0001234".to_owned(),
        hours: "全天".to_owned(),
        active: true,
        ..Entry::default()
    };
    directory::add(&app.state, &lead, &entry).await.unwrap().id
}

fn form<'a>(version: &'a str, name: &'a str, place: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("version", version),
        ("kind", "home"),
        ("name", name),
        ("place", place),
        ("place_text", ""),
        ("address", "文化站院内"),
        ("phone", "0349-0001234"),
        ("hours", "周六 14:00-17:00"),
        ("note", "免费"),
        ("active", "true"),
    ]
}

async fn near(who: &Client, query: &str) -> Vec<(String, String)> {
    let reply = who.get(&format!("/api/v1/services?{query}")).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let items: Vec<Value> = reply.json()["items"].as_array().unwrap().clone();
    let word = |item: &Value, field: &str| item[field].as_str().unwrap().to_owned();
    items
        .iter()
        .map(|item| (word(item, "name"), word(item, "how_near")))
        .collect()
}

async fn import(who: &Client, file: &str, apply: &str) -> Reply {
    let files = [("file", "services.csv", "text/csv", file.as_bytes())];
    who.multipart("/services/import", &[("apply", apply)], &files).await
}

#[tokio::test]
async fn the_same_village_stands_first_then_township_county_and_city() {
    let app = App::start().await;
    let village = given::account_of(&app, "village").await.division;
    for (name, place) in [
        ("市医院", "140600"),
        ("县医院", "140622"),
        ("右玉医院", "140623"),
        ("卫生院", "140622100"),
        ("卫生室", village.as_str()),
    ] {
        hospital(&app, name, place).await;
    }
    let operator = app.sign_in("operator").await;
    let found = near(&operator, &format!("division={village}")).await;
    let expected = [
        ("卫生室", "本村"),
        ("卫生院", "本乡镇"),
        ("县医院", "本县"),
        ("市医院", "全市"),
        ("右玉医院", "外县"),
    ];
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(name, near)| (name.as_str(), near.as_str()))
        .collect();
    assert_eq!(found, expected);
    let one = near(&operator, &format!("division={village}&kind=hospital&limit=1")).await;
    assert_eq!(one.len(), 1);
    for bad in [
        "division=nowhere",
        "kind=castle",
        "limit=0",
        "limit=101",
        "division=%F0%9F%98%80",
    ] {
        assert_eq!(
            operator.get(&format!("/api/v1/services?{bad}")).await.status,
            422,
            "{bad}"
        );
    }
}

#[tokio::test]
async fn the_desk_shows_the_nearest_of_each_kind_once_the_place_is_chosen() {
    let app = App::start().await;
    hospital(&app, "县医院", "140622").await;
    hospital(&app, "卫生院", "140622100").await;
    hospital(&app, "右玉医院", "140623").await;
    let operator = app.sign_in("operator").await;
    let path = operator.post("/intake/new", &[]).await.location().to_owned();
    let none = operator
        .post(&format!("{path}/advice"), &[("channel", "phone")])
        .await
        .text();
    assert!(!none.contains("身边的服务机构"), "{none}");
    let fields = [
        ("channel", "phone"),
        ("child_location", "140622100000"),
        ("child_location_text", ""),
    ];
    let text = operator.post(&format!("{path}/advice"), &fields).await.text();
    assert!(
        text.contains("身边的服务机构") && text.contains("卫生院") && text.contains("0349-0001234"),
        "{text}"
    );
    assert!(
        !text.contains("县医院") && !text.contains("右玉医院"),
        "one of a kind, and none from elsewhere"
    );
}

#[tokio::test]
async fn lead_city_and_the_county_for_its_own_place_keep_the_directory() {
    let app = App::start().await;
    let county = app.sign_in("county").await;
    assert_eq!(
        county
            .post("/services/new", &form("0", "本县的", "140622100"))
            .await
            .status,
        303
    );
    let elsewhere = county.post("/services/new", &form("0", "外县的", "140623100")).await;
    assert_eq!(elsewhere.status, 422);
    assert!(elsewhere.text().contains("只能维护本县"), "{}", elsewhere.text());
    let there = hospital(&app, "右玉医院", "140623").await;
    assert_eq!(county.get(&format!("/services/{there}")).await.status, 403);
    assert_eq!(
        county
            .post(&format!("/services/{there}"), &form("1", "改名", "140622"))
            .await
            .status,
        403
    );
    for who in ["operator", "township", "village", "police"] {
        let person = app.sign_in(who).await;
        assert_eq!(person.get("/services").await.status, 200, "{who} reads");
        assert_eq!(
            person.post("/services/new", &form("0", "无权", "140622")).await.status,
            403,
            "{who}"
        );
    }
    assert_eq!(app.sign_in("school").await.get("/services").await.status, 403);
}

#[tokio::test]
async fn a_wrong_service_is_told_at_its_field_and_a_stale_one_kept() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    let long = "长".repeat(61);
    for (field, value) in [
        ("kind", ""),
        ("kind", "castle"),
        ("name", ""),
        ("name", long.as_str()),
        ("place", ""),
        ("phone", "打前台"),
        ("phone", "😀😀😀"),
        ("hours", ""),
    ] {
        let mut fields = form("0", "儿童之家", "140622100");
        for one in &mut fields {
            if one.0 == field {
                one.1 = value;
            }
        }
        let reply = lead.post("/services/new", &fields).await;
        assert_eq!(reply.status, 422, "{field} {value}");
        assert!(
            reply.text().contains(&format!("href=\"#{field}\"")),
            "{field}: {}",
            reply.text()
        );
    }
    assert_eq!(
        lead.post("/services/new", &form("0", "薛圐圙乡儿童之家", "140622100"))
            .await
            .status,
        303
    );
    let twice = lead
        .post("/services/new", &form("0", "薛圐圙乡儿童之家", "140622100"))
        .await;
    assert_eq!(twice.status, 422, "the same service twice");
    let row = service::Entity::find().one(app.state.db.read()).await.unwrap().unwrap();
    let path = format!("/services/{}", row.id);
    assert_eq!(lead.post(&path, &form("1", "新名字", "140622100")).await.status, 303);
    let stale = lead.post(&path, &form("1", "又一个名字", "140622100")).await;
    assert_eq!(stale.status, 409);
    assert!(stale.text().contains("又一个名字"), "what was typed is kept");
}

#[tokio::test]
async fn a_list_is_tried_first_and_brought_in_whole_or_not_at_all() {
    let app = App::start().await;
    let lead = app.sign_in("lead").await;
    let head = "类别,名称,区划代码,地址,电话,服务时间,备注\n";
    let good = format!(
        "{head}医院,县医院,140622,一号路,0349-0001234,全天,\n儿童之家,薛圐圙乡儿童之家,140622100,文化站,0349-0001235,周六,免费\n"
    );
    let count = async || service::Entity::find().count(app.state.db.read()).await.unwrap();
    let dry = import(&lead, &good, "").await;
    assert_eq!(dry.status, 200, "{}", dry.text());
    assert!(dry.text().contains("新增 县医院"), "{}", dry.text());
    assert_eq!(count().await, 0, "a dry run writes nothing");
    assert_eq!(import(&lead, &good, "1").await.status, 200);
    assert_eq!(count().await, 2);
    let changed = good.replace("一号路", "二号路");
    assert!(import(&lead, &changed, "1").await.text().contains("更新 县医院"));
    assert_eq!(count().await, 2, "the same service is updated");
    let again = import(&lead, &changed, "1").await.text();
    assert!(again.contains("没有需要变更的内容"), "{again}");
    for (bad, why) in [
        ("城堡,甲,140622,,0349-1,全天,", "选择类别"),
        ("医院,,140622,,0349-1234,全天,", "名称"),
        ("医院,甲,999999,,0349-1234,全天,", "区划代码"),
        ("医院,甲,140622,,电话,全天,", "电话"),
    ] {
        let file = format!("{head}学校,好的一行,140622,,0349-1234567,全天,\n{bad}\n");
        let reply = import(&lead, &file, "1").await;
        assert_eq!(reply.status, 422, "{bad}");
        assert!(
            reply.text().contains("第 3 行") && reply.text().contains(why),
            "{bad}: {}",
            reply.text()
        );
    }
    assert_eq!(count().await, 2);
    assert_eq!(
        import(&lead, "名称\n甲\n", "1").await.status,
        422,
        "a column is missing"
    );
    let empty = lead.multipart("/services/import", &[("apply", "")], &[]).await;
    assert_eq!(empty.status, 422);
    let county = app.sign_in("county").await;
    let elsewhere = format!("{head}医院,右玉医院,140623,,0349-0001234,全天,\n");
    assert_eq!(
        import(&county, &elsewhere, "1").await.status,
        422,
        "another county's place"
    );
}
