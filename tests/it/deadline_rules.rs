//! The rules of time on screen: who reads them, who changes them, what a change
//! does, and what is refused with its source.

mod interface;

use crate::given::{self, Spec};
use crate::support::{App, Client};
use axum::http::StatusCode;
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use tonghu::clocks;
use tonghu::entity::{deadline, deadline_rule, journal_entry};
use tonghu::rules::codes;
use tonghu::rules::level::RiskLevel;
use tonghu::worker;

const SOURCE: &str = "本系统默认（可配置）";

fn form<'a>(code: &'a str, (amount, unit): (&'a str, &'a str), version: &'a str) -> Vec<(&'a str, &'a str)> {
    let row = codes::deadline_rule(code).unwrap();
    vec![
        ("name", row.name.as_str()),
        ("owner", &row.owner),
        ("amount", amount),
        ("unit", unit),
        ("on_expiry", &row.on_expiry),
        ("source", SOURCE),
        ("reason", "市级会议纪要第3号"),
        ("version", version),
    ]
}

async fn versions(app: &App, code: &str) -> Vec<deadline_rule::Model> {
    let rows = deadline_rule::Entity::find()
        .filter(deadline_rule::Column::Code.eq(code))
        .order_by_asc(deadline_rule::Column::Version);
    rows.all(app.state.db.read()).await.unwrap()
}

async fn entries(app: &App, act: &str) -> u64 {
    let rows = journal_entry::Entity::find().filter(journal_entry::Column::Act.eq(act));
    rows.count(app.state.db.read()).await.unwrap()
}

async fn post(keeper: &Client, code: &str, fields: &[(&str, &str)]) -> crate::support::Reply {
    keeper.post(&format!("/deadline-rules/{code}"), fields).await
}

#[tokio::test]
async fn every_rule_stands_on_the_page_with_its_source_and_what_is_not_law_is_said() {
    let app = App::start().await;
    let page = app.sign_in("secadmin").await.get("/deadline-rules").await.text();
    for rule in codes::deadline_rules() {
        assert!(
            page.contains(&format!("/deadline-rules/{}\"", rule.code)),
            "{}",
            rule.code
        );
    }
    for words in [
        "反家庭暴力法§28",
        "起算事件",
        "法院受理保护令申请",
        "72小时",
        "提前30日",
        "自然时间",
        "工作日历",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let local = page.matches("本地可配置").count();
    let law = codes::deadline_rules()
        .iter()
        .filter(|rule| tonghu::rules::rule_change::is_law(&rule.nature))
        .count();
    assert_eq!(
        local,
        codes::deadline_rules().len() - law + 1,
        "each, and once in the note"
    );
    for reader in ["sysadmin", "auditor", "lead", "city", "county"] {
        let reader = app.sign_in(reader).await;
        let one = reader.get("/deadline-rules/DL13-normal").await;
        assert_eq!(one.status, StatusCode::OK);
        assert!(!one.text().contains("保存为新版"), "reads only");
        let refused = post(&reader, "DL05", &form("DL05", ("5", "working_days"), "1")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
    for stranger in ["operator", "township", "village", "police", "hospital"] {
        let reply = app.sign_in(stranger).await.get("/deadline-rules").await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{stranger}");
    }
}

#[tokio::test]
async fn the_rules_are_found_by_words_and_by_what_they_rest_on() {
    let app = App::start().await;
    let keeper = app.sign_in("secadmin").await;
    let link = |code: &str| format!("/deadline-rules/{code}\"");
    let found = keeper.get("/deadline-rules?q=dl05+blue").await.text();
    assert!(found.contains(&link("DL05-tipoff-blue-contact")), "{found}");
    assert!(!found.contains(&link("DL13-normal")));
    let law = keeper.get("/deadline-rules?show=law").await.text();
    assert!(!law.contains(&link("DL05-tipoff-blue-contact")));
    let all = codes::deadline_rules().iter();
    let rests = all.filter(|rule| tonghu::rules::rule_change::is_law(&rule.nature));
    assert!(law.contains(&format!("查到 <span class=\"num\">{}</span> 条", rests.count())));
    let none = keeper
        .get("/deadline-rules?q=%E6%B2%A1%E6%9C%89%E8%BF%99%E6%9D%A1")
        .await;
    assert_eq!(none.status, StatusCode::OK);
    assert!(none.text().contains("没有符合条件的规则"));
    let code = "DL05-tipoff-blue-contact";
    let changed = |page: &str| page.matches("/deadline-rules/DL").count();
    assert_eq!(changed(&keeper.get("/deadline-rules?show=changed").await.text()), 0);
    post(&keeper, code, &form(code, ("5", "working_days"), "1")).await;
    app.clock.advance(TimeDelta::minutes(1));
    let page = keeper.get("/deadline-rules?show=changed").await.text();
    assert_eq!(changed(&page), 1);
    assert!(page.contains(&link(code)));
}

#[tokio::test]
async fn a_change_is_a_version_with_its_reason_and_counts_for_the_clocks_after_it() {
    let app = App::start().await;
    let keeper = app.sign_in("secadmin").await;
    let code = "DL05-tipoff-blue-contact";
    let before = given::case(&app, Spec::at(&app, RiskLevel::Blue).await).await;
    app.clock.advance(TimeDelta::minutes(1));
    let saved = post(&keeper, code, &form(code, ("5", "working_days"), "1")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let rows = versions(&app, code).await;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].version, rows[0].amount), (2, 5));
    assert_eq!(entries(&app, "deadline_rule_changed").await, 1);
    app.clock.advance(TimeDelta::minutes(1));
    let after = given::case(&app, Spec::at(&app, RiskLevel::Blue).await).await;
    let contact = |clocks: Vec<deadline::Model>| clocks.into_iter().find(|clock| clock.milestone == "contact").unwrap();
    let old = contact(clocks::of_case(app.state.db.read(), before.id).await.unwrap());
    let new = contact(clocks::of_case(app.state.db.read(), after.id).await.unwrap());
    assert_eq!((old.rule_version, new.rule_version), (1, 2));
    let local = |clock: &deadline::Model| tonghu::clock::minute(clock.due_at);
    assert_eq!(
        (local(&old), local(&new)),
        ("2026-11-26 23:59".to_owned(), "2026-11-30 23:59".to_owned())
    );
    let page = keeper.get(&format!("/deadline-rules/{code}")).await.text();
    for words in ["市级会议纪要第3号", "secadmin", "随系统提供", "5个工作日", "3个工作日"] {
        assert!(page.contains(words), "{words}");
    }
    // The case's page tells by which version each was counted.
    let county = app.sign_in("county").await;
    let shown = county.get(&format!("/cases/{}/clocks", after.id)).await.text();
    assert!(shown.contains("第2版"), "{shown}");
}

#[tokio::test]
async fn what_the_law_limits_is_refused_with_its_source_and_nothing_is_changed() {
    let app = App::start().await;
    let keeper = app.sign_in("secadmin").await;
    for (code, time, told) in [
        ("DL13-normal", ("96", "hours"), "反家庭暴力法§28"),
        ("DL16", ("2", "natural_days"), "山西省家庭暴力预防和处置办法§17"),
        ("DL21", ("2", "months"), "未成年人保护法§114"),
        ("DL20-review", ("7", "working_days"), "法律援助法§43"),
        ("DL39", ("3", "months"), "网络安全法§21"),
        ("DL08-red", ("1", "working_days"), "红色一律按自然时"),
        ("DL05", ("-3", "working_days"), "整数"),
        ("DL05", ("3", "weeks"), "选择时限的单位"),
    ] {
        let reply = post(&keeper, code, &form(code, time, "1")).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{code}");
        let page = reply.text();
        assert!(page.contains(told) && page.contains("error-summary"), "{code}: {page}");
        assert!(page.contains("市级会议纪要第3号"), "what was typed is kept");
        assert!(versions(&app, code).await.is_empty(), "{code}");
    }
    assert_eq!(entries(&app, "deadline_rule_changed").await, 0);
    assert_eq!(post(&keeper, "DL99", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn of_two_who_change_a_rule_the_second_is_told_and_keeps_what_was_typed() {
    let app = App::start().await;
    let keeper = app.sign_in("secadmin").await;
    let first = post(&keeper, "DL05", &form("DL05", ("4", "working_days"), "1")).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER);
    let late = post(&keeper, "DL05", &form("DL05", ("2", "working_days"), "1")).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let page = late.text();
    assert!(
        page.contains("value=\"2\"") && page.contains("name=\"version\" value=\"2\""),
        "{page}"
    );
    assert_eq!(versions(&app, "DL05").await.len(), 1);
    let again = post(&keeper, "DL05", &form("DL05", ("2", "working_days"), "2")).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert_eq!(versions(&app, "DL05").await.len(), 2);
    let ways = form("DL06", ("6", "working_days"), "1");
    let (one, two) = tokio::join!(post(&keeper, "DL06", &ways), post(&keeper, "DL06", &ways));
    let mut both = [one.status.as_u16(), two.status.as_u16()];
    both.sort_unstable();
    assert_eq!(both, [303, 409], "at once");
    assert_eq!(versions(&app, "DL06").await.len(), 1);
}

#[tokio::test]
async fn working_hours_are_set_by_the_security_administrator_and_count_from_then_on() {
    let app = App::start().await;
    let keeper = app.sign_in("secadmin").await;
    for wrong in ["", "早上", "12:00-08:00", "08:30-12:00,11:00-18:00"] {
        let reply = keeper.post("/deadline-rules/hours", &[("hours", wrong)]).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(reply.text().contains("一至四段"));
    }
    let set = [("hours", "08:00-12:00,15:00-18:00")];
    assert_eq!(
        keeper.post("/deadline-rules/hours", &set).await.status,
        StatusCode::SEE_OTHER
    );
    let page = keeper.get("/deadline-rules?saved=hours").await.text();
    assert!(page.contains("08:00-12:00，15:00-18:00") && page.contains("工作时段已保存"));
    let book = clocks::book(app.state.db.read(), app.clock.now()).await.unwrap();
    assert_eq!(book.calendar().hours().to_string(), "08:00-12:00，15:00-18:00");
    assert_eq!(entries(&app, "working_hours_set").await, 1);
    let other = app.sign_in("sysadmin").await.post("/deadline-rules/hours", &set).await;
    assert_eq!(other.status, StatusCode::FORBIDDEN);
}

/// A year that has no calendar yet: the clock is counted by the week and says
/// so everywhere, and is counted anew once the year was brought in.
#[tokio::test]
async fn a_guessed_clock_is_said_and_counted_anew_after_the_import() {
    let app = App::start().await;
    app.clock.advance(TimeDelta::days(37));
    let case = given::case(&app, Spec::at(&app, RiskLevel::Blue).await).await;
    let contact = async || {
        let all = clocks::of_case(app.state.db.read(), case.id).await.unwrap();
        all.into_iter().find(|clock| clock.milestone == "contact").unwrap()
    };
    let guess = contact().await;
    assert_eq!(tonghu::clock::minute(guess.due_at), "2027-01-04 23:59");
    assert!(guess.calendar_guessed);
    let keeper = app.sign_in("sysadmin").await;
    let page = keeper.get("/deadline-rules").await.text();
    assert!(
        page.contains("2027 年的工作日历尚未导入") && page.contains("2027 年推算"),
        "{page}"
    );
    assert!(
        keeper
            .get("/deadline-rules/DL05")
            .await
            .text()
            .contains("暂按周一至周五推算")
    );
    let county = app.sign_in("county").await;
    let shown = county.get(&format!("/cases/{}/clocks", case.id)).await.text();
    assert!(shown.contains("推算"), "{shown}");

    let days = "日期,类型,名称\n2027-01-01,节假日,元旦\n2027-01-04,节假日,元旦\n2027-01-02,调休上班,元旦\n";
    let ctx = given::ctx_of(&app, "sysadmin").await;
    let file = ("holidays.csv", days.as_bytes());
    let report = tonghu::network::import(&app.state, &ctx, "holidays", file, true)
        .await
        .unwrap();
    assert!(report.applied, "{report:?}");
    worker::tick(&app.state).await;
    let exact = contact().await;
    assert_eq!(
        (tonghu::clock::minute(exact.due_at).as_str(), exact.calendar_guessed),
        ("2027-01-05 23:59", false)
    );
    assert!(exact.next_at.is_some_and(|next| next < exact.due_at));
    assert_eq!(entries(&app, "deadlines_recounted").await, 1);
    worker::tick(&app.state).await;
    assert_eq!(entries(&app, "deadlines_recounted").await, 1, "once for each import");
    assert!(!keeper.get("/deadline-rules").await.text().contains("尚未导入"));
}
