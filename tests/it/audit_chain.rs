//! The journal as the auditor reads it, and the chain that proves it whole.

use crate::given::{self, Spec};
use crate::support::App;
use axum::http::StatusCode;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};
use tonghu::entity::journal_entry;
use tonghu::journal::{self, Act, Entry};

async fn sql(app: &App, text: &str) {
    app.state.db.schema().execute_unprepared(text).await.unwrap();
}

/// Takes the triggers away, as whoever owns the database could.
async fn unguarded(app: &App) {
    let triggers = if app.state.db.is_sqlite() {
        "DROP TRIGGER journal_no_change; DROP TRIGGER journal_no_delete; DROP INDEX journal_entry_seq"
    } else {
        "DROP TRIGGER journal_append_only ON journal_entry; DROP INDEX journal_entry_seq"
    };
    sql(app, triggers).await;
}

/// A chain of several entries.
async fn chained() -> App {
    let app = App::start().await;
    app.sign_in("lead").await;
    app.sign_in("city").await;
    given::case(&app, Spec::red(&app).await).await;
    assert!(journal::seal(&app.state).await.unwrap() > 5);
    assert!(journal::verify(&app.state).await.unwrap().is_ok());
    app
}

#[tokio::test]
async fn the_chain_finds_what_was_changed_deleted_inserted_swapped_cut_off_or_written_anew() {
    let tampering = [
        ("UPDATE journal_entry SET outcome = 'viewed' WHERE seq = 3", 3),
        ("UPDATE journal_entry SET address = '10.0.0.1' WHERE seq = 4", 4),
        ("DELETE FROM journal_entry WHERE seq = 3", 3),
        (
            "UPDATE journal_entry SET seq = CASE seq WHEN 2 THEN 3 ELSE 2 END WHERE seq IN (2, 3)",
            2,
        ),
        ("DELETE FROM journal_entry WHERE seq = 1", 1),
    ];
    for (statement, seq) in tampering {
        let app = chained().await;
        unguarded(&app).await;
        sql(&app, statement).await;
        let found = journal::verify(&app.state).await.unwrap().unwrap_err();
        assert_eq!(found.seq, seq, "{statement}: {found:?}");
    }
}

#[tokio::test]
async fn an_entry_slipped_in_under_a_used_number_is_found() {
    let app = chained().await;
    unguarded(&app).await;
    let columns = "at, actor_id, actor_role, actor_unit, act, outcome, case_id, report_id, subject, detail, address, request_id, seq, hash";
    let id = if app.state.db.is_sqlite() {
        "randomblob(16)"
    } else {
        "gen_random_uuid()"
    };
    sql(
        &app,
        &format!("INSERT INTO journal_entry (id, {columns}) SELECT {id}, {columns} FROM journal_entry WHERE seq = 3"),
    )
    .await;
    assert!(journal::verify(&app.state).await.unwrap().is_err());
}

#[tokio::test]
async fn a_chain_cut_off_at_its_end_is_found_and_not_carried_on() {
    let app = chained().await;
    let last = journal::verify(&app.state).await.unwrap().unwrap();
    unguarded(&app).await;
    sql(&app, &format!("DELETE FROM journal_entry WHERE seq = {last}")).await;
    let found = journal::verify(&app.state).await.unwrap().unwrap_err();
    assert_eq!(found.seq, i64::try_from(last).unwrap(), "{found:?}");
    app.sign_in("county").await;
    assert!(
        journal::seal(&app.state).await.is_err(),
        "a broken chain is not carried on"
    );
    sql(&app, "DELETE FROM setting WHERE name = 'journal_head'").await;
    assert!(
        journal::verify(&app.state).await.unwrap().is_err(),
        "nor is it whole without its mark"
    );
    assert!(journal::seal(&app.state).await.is_err());
}

#[tokio::test]
async fn an_entry_cannot_be_changed_before_it_is_chained_nor_the_table_emptied() {
    let app = App::start().await;
    app.sign_in("lead").await;
    let refused = [
        "UPDATE journal_entry SET outcome = 'viewed' WHERE hash IS NULL",
        "UPDATE journal_entry SET address = 'x' WHERE hash IS NULL",
        "UPDATE journal_entry SET actor_role = 'auditor' WHERE hash IS NULL",
        "DELETE FROM journal_entry",
    ];
    for statement in refused {
        assert!(
            app.state.db.schema().execute_unprepared(statement).await.is_err(),
            "{statement}"
        );
    }
    if !app.state.db.is_sqlite() {
        let emptied = app.state.db.schema().execute_unprepared("TRUNCATE journal_entry").await;
        assert!(emptied.is_err());
    }
    assert!(journal::seal(&app.state).await.unwrap() > 0);
}

#[tokio::test]
async fn the_auditor_finds_entries_by_person_act_case_time_and_outcome() {
    let app = App::start().await;
    let case = given::case(&app, Spec::red(&app).await).await;
    let (township, other) = (app.sign_in("township").await, app.sign_in("township2").await);
    let page = format!("/cases/{}", case.id);
    assert_eq!(township.get(&page).await.status, StatusCode::OK);
    assert_eq!(other.get(&page).await.status, StatusCode::NOT_FOUND);
    let auditor = app.sign_in("auditor").await;
    let look = async |query: &str| {
        let reply = auditor.get(&format!("/journal?{query}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let text = reply.text();
        text.matches("data-label=\"行为\"").count()
    };
    let number = &case.number;
    assert_eq!(
        look(&format!(
            "number={number}&username=township&act=case_viewed&outcome=viewed"
        ))
        .await,
        1
    );
    assert_eq!(
        look(&format!("number={number}&username=township2&outcome=denied")).await,
        1
    );
    assert_eq!(look(&format!("number={number}&outcome=done")).await, 1, "the opening");
    assert_eq!(look("username=nobody-there").await, 0);
    assert_eq!(look("number=TH-20200101-0001").await, 0);
    assert_eq!(
        look(&format!("number={number}&from=2026-11-23&until=2026-11-23")).await,
        3
    );
    assert_eq!(look(&format!("number={number}&until=2026-11-22")).await, 0);
    assert_eq!(look(&format!("number={number}&from=2026-11-24")).await, 0);
    let shown = auditor.get(&format!("/journal?number={number}")).await.text();
    assert!(shown.contains("查看个案") && shown.contains("越权尝试") && shown.contains("township2"));
    assert!(
        !shown.contains("童小满") && !shown.contains("哭喊"),
        "never what a case says"
    );
}

#[tokio::test]
async fn a_long_journal_goes_on_page_by_page_without_gaps() {
    let app = App::start().await;
    let ctx = given::ctx_of(&app, "operator").await;
    for _ in 0..120 {
        journal::viewed(&app.state.db, &ctx, Entry::new(Act::Printed))
            .await
            .unwrap();
    }
    let auditor = app.sign_in("auditor").await;
    let mut path = "/journal?act=printed".to_owned();
    let mut counts = Vec::new();
    loop {
        let text = auditor.get(&path).await.text();
        counts.push(text.matches("data-label=\"行为\"").count());
        let Some(until) = text.find("\">更早的记录") else {
            break;
        };
        let at = text[..until].rfind("href=\"").unwrap() + 6;
        path = text[at..until].to_owned();
        path = path.replace("&#38;", "&").replace("&amp;", "&");
        assert!(counts.len() < 5, "{path}");
    }
    assert_eq!(counts, [50, 50, 20]);
}

#[tokio::test]
async fn nobody_but_the_auditor_reads_the_journal() {
    let app = App::start().await;
    for who in [
        "operator", "lead", "city", "county", "township", "village", "police", "hospital", "sysadmin", "secadmin",
    ] {
        let reply = app.sign_in(who).await.get("/journal").await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{who}");
    }
    assert_eq!(app.stranger().get("/journal").await.location(), "/login");
}

#[tokio::test]
async fn typing_a_draft_is_one_entry_in_ten_minutes_and_its_end_is_another() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let begun = operator.post("/intake/new", &[]).await;
    let path = begun.location().to_owned();
    let id: uuid::Uuid = path.trim_start_matches("/intake/").parse().unwrap();
    let saved = async || {
        let version = tonghu::entity::report::Entity::find_by_id(id)
            .one(app.state.db.read())
            .await
            .unwrap()
            .unwrap()
            .version;
        let fields = [("version", version.to_string()), ("content", format!("第{version}次"))];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        let reply = operator.post(&format!("{path}/draft"), &fields).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    };
    let entries = async || {
        journal_entry::Entity::find()
            .filter(journal_entry::Column::ReportId.eq(id))
            .filter(journal_entry::Column::Act.eq("draft_saved"))
            .count(app.state.db.read())
            .await
            .unwrap()
    };
    for _ in 0..20 {
        saved().await;
    }
    assert_eq!(entries().await, 1);
    let entry = journal_entry::Entity::find()
        .filter(journal_entry::Column::Act.eq("draft_saved"))
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(entry.detail["for_minutes"], 10);
    app.clock.advance(chrono::TimeDelta::minutes(11));
    saved().await;
    assert_eq!(entries().await, 2);
}
