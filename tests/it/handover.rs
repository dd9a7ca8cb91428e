//! Posts that change hands: whoever leaves is out at once and leaves nothing
//! behind, whichever way they leave.

mod seats;
mod vacancies;

use crate::given::{self, Spec};
use crate::support::{App, Client, Reply};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use tonghu::casework::steps;
use tonghu::entity::{account, case_unit, journal_entry, post, protection_case, report};
use tonghu::handover::{self, Scope, Wanted};
use tonghu::journal::Act;
use tonghu::rules::level::RiskLevel;
use tonghu::worker;
use uuid::Uuid;

/// No open item bears the name of an account that is not there any more.
async fn nothing_is_left(app: &App, account: Uuid) {
    let left = handover::items(app.state.db.read(), account, Scope::All).await.unwrap();
    let left: Vec<_> = left
        .into_iter()
        .filter(|item| !matches!(item.kind, handover::Kind::Task | handover::Kind::Visit))
        .collect();
    assert_eq!(left, [], "still in the name of somebody who left");
    let held = post::Entity::find()
        .filter(post::Column::HolderId.eq(account))
        .count(app.state.db.read())
        .await
        .unwrap();
    assert_eq!(held, 0, "no post is held by somebody who left");
}

/// A yellow case signed by the station, so that it is theirs.
async fn signed(app: &App) -> protection_case::Model {
    let case = given::case(app, Spec::at(app, RiskLevel::Yellow).await).await;
    let body = json!({ "step": "sign", "version": case.version });
    let path = format!("/api/v1/cases/{}/steps", case.id);
    let reply = app.sign_in("township").await.json("POST", &path, body).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let case = given::now(app, case.id).await;
    assert_eq!(case.assignee, Some(given::account_of(app, "township").await.id));
    case
}

async fn disabled(app: &App, who: &str) -> Reply {
    let row = given::account_of(app, who).await;
    let keeper = app.sign_in("secadmin").await;
    let version = row.version.to_string();
    keeper
        .post(&format!("/accounts/{}/disable", row.id), &[("version", &version)])
        .await
}

/// Saves the page of a post with these fields.
async fn filled(app: &App, by: &str, seat: &post::Model, fields: &[(&str, &str)]) {
    let version = seat.version.to_string();
    let fields = [fields, &[("version", version.as_str())]].concat();
    let saved = app
        .sign_in(by)
        .await
        .post(&format!("/network/posts/{}", seat.id), &fields)
        .await;
    assert_eq!(saved.status, 303, "{}", saved.text());
}

async fn told(app: &App, act: Act) -> u64 {
    journal_entry::Entity::find()
        .filter(journal_entry::Column::Act.eq(act.code()))
        .count(app.state.db.read())
        .await
        .unwrap()
}

#[tokio::test]
async fn disabling_an_account_gives_its_cases_to_a_colleague_and_ends_its_session() {
    let app = App::start().await;
    let (one, two) = (signed(&app).await, signed(&app).await);
    given::colleague(&app, "township", "township.b").await;
    let successor = given::account_of(&app, "township.b").await.id;
    let leaving = app.sign_in("township").await;
    assert_eq!(leaving.get("/cases").await.status, 200);
    let gone = disabled(&app, "township").await;
    assert_eq!(gone.status, 303, "{}", gone.text());
    assert!(gone.location().contains("handed=2"), "{}", gone.location());
    assert_eq!(
        leaving.get("/cases").await.location(),
        "/login",
        "out with the next request"
    );
    for case in [one, two] {
        let now = given::now(&app, case.id).await;
        assert_eq!((now.assignee, now.version), (Some(successor), case.version + 1));
        let lead = case_unit::Entity::find()
            .filter(case_unit::Column::CaseId.eq(case.id))
            .filter(case_unit::Column::Part.eq("lead"))
            .filter(case_unit::Column::Until.is_null())
            .one(app.state.db.read())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(lead.account_id, Some(successor));
        let was = given::account_of(&app, "township").await.id;
        assert_eq!(lead.signed_by, Some(was), "who signed keeps the signature");
    }
    nothing_is_left(&app, given::account_of(&app, "township").await.id).await;
    assert_eq!(told(&app, Act::ItemHandedOver).await, 2);
}

#[tokio::test]
async fn a_stand_in_comes_before_everybody_else() {
    let app = App::start().await;
    let case = signed(&app).await;
    for name in ["a.first", "z.stand.in"] {
        given::colleague(&app, "township", name).await;
    }
    let seat = given::post_of(&app, "township").await;
    filled(
        &app,
        "county",
        &seat,
        &[("holder", "township"), ("stand_in", "z.stand.in")],
    )
    .await;
    disabled(&app, "township").await;
    let now = given::now(&app, case.id).await;
    assert_eq!(now.assignee, Some(given::account_of(&app, "z.stand.in").await.id));
}

#[tokio::test]
async fn where_nobody_else_is_the_unit_keeps_the_case_and_the_post_is_vacant() {
    let app = App::start().await;
    let case = signed(&app).await;
    let gone = disabled(&app, "township").await;
    assert!(gone.location().contains("left=1"), "{}", gone.location());
    let now = given::now(&app, case.id).await;
    assert_eq!((now.assignee, now.lead_unit), (None, case.lead_unit));
    let page = app.sign_in("secadmin").await.get(gone.location()).await.text();
    assert!(page.contains("请尽快任命"), "{page}");
    let id = given::account_of(&app, "township").await.id;
    nothing_is_left(&app, id).await;
}

#[tokio::test]
async fn moving_an_account_to_another_unit_leaves_its_cases_where_they_were() {
    let app = App::start().await;
    let case = signed(&app).await;
    given::colleague(&app, "township", "township.b").await;
    let row = given::account_of(&app, "township").await;
    let to = given::account_of(&app, "township2").await;
    let keeper = app.sign_in("secadmin").await;
    let (version, unit) = (row.version.to_string(), to.unit_id.unwrap().to_string());
    let fields = [
        ("version", version.as_str()),
        ("role", "township"),
        ("unit", unit.as_str()),
    ];
    let moved = keeper.post(&format!("/accounts/{}/change", row.id), &fields).await;
    assert_eq!(moved.status, 303, "{}", moved.text());
    assert!(moved.location().contains("handed=1"), "{}", moved.location());
    let now = given::now(&app, case.id).await;
    assert_eq!(now.assignee, Some(given::account_of(&app, "township.b").await.id));
    nothing_is_left(&app, row.id).await;
    let role = [("version", "2"), ("role", "handler"), ("unit", unit.as_str())];
    let changed = keeper.post(&format!("/accounts/{}/change", row.id), &role).await;
    assert_eq!(changed.status, 303, "{}", changed.text());
}

#[tokio::test]
async fn the_county_hands_a_resigning_holder_over_item_by_item() {
    let app = App::start().await;
    let (one, two) = (signed(&app).await, signed(&app).await);
    for name in ["township.b", "township.c"] {
        given::colleague(&app, "township", name).await;
    }
    let (b, c) = (
        given::account_of(&app, "township.b").await.id,
        given::account_of(&app, "township.c").await.id,
    );
    let (township, seat) = (
        given::account_of(&app, "township").await,
        given::post_of(&app, "township").await,
    );
    let county = app.sign_in("county").await;
    let path = format!("/network/posts/{}/handover", seat.id);
    let page = county.get(&path).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains(&one.number) && page.text().contains(&two.number));
    let field = format!("to_{}", one.id);
    let (version, all, each) = (seat.version.to_string(), b.to_string(), c.to_string());
    let village = given::account_of(&app, "village").await.id.to_string();
    let mut fields = vec![
        ("version", version.as_str()),
        ("way", "resign"),
        ("all", all.as_str()),
        (field.as_str(), village.as_str()),
    ];
    let wrong = county.post(&path, &fields).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text());
    assert!(wrong.text().contains("选择本机构的在用人员"));
    assert_eq!(given::now(&app, one.id).await, one, "nothing has changed");
    assert_eq!(given::account_of(&app, "township").await.disabled_at, None);
    fields[3].1 = each.as_str();
    let done = county.post(&path, &fields).await;
    assert_eq!(done.status, 303, "{}", done.text());
    assert_eq!(given::now(&app, one.id).await.assignee, Some(c));
    assert_eq!(given::now(&app, two.id).await.assignee, Some(b));
    assert!(given::account_of(&app, "township").await.disabled_at.is_some());
    nothing_is_left(&app, township.id).await;
    let again = county.post(&path, &fields).await;
    assert_eq!(again.status, 409, "{}", again.text());
}

#[tokio::test]
async fn leaving_one_post_keeps_the_account() {
    let app = App::start().await;
    let case = signed(&app).await;
    given::colleague(&app, "township", "township.b").await;
    let seat = given::post_of(&app, "township").await;
    let county = app.sign_in("county").await;
    let version = seat.version.to_string();
    let fields = [("version", version.as_str()), ("way", "post")];
    let path = format!("/network/posts/{}/handover", seat.id);
    let stale = county.post(&path, &[("version", "99"), ("way", "post")]).await;
    assert_eq!(stale.status, 409);
    let wayless = county.post(&path, &[("version", version.as_str())]).await;
    assert_eq!(wayless.status, 422, "{}", wayless.text());
    let done = county.post(&path, &fields).await;
    assert_eq!(done.status, 303, "{}", done.text());
    assert_eq!(given::account_of(&app, "township").await.disabled_at, None);
    assert_eq!(
        given::now(&app, case.id).await.assignee,
        Some(given::account_of(&app, "township.b").await.id)
    );
}

#[tokio::test]
async fn nobody_hands_over_outside_their_own_part_of_the_network() {
    let app = App::start().await;
    let case = signed(&app).await;
    let (township, seat) = (
        given::account_of(&app, "township").await,
        given::post_of(&app, "township").await,
    );
    let path = format!("/network/posts/{}/handover", seat.id);
    let version = seat.version.to_string();
    for username in ["county2", "township2", "township"] {
        let who = app.sign_in(username).await;
        assert_eq!(who.get(&path).await.status, 403, "{username}");
        let fields = [("version", version.as_str()), ("way", "resign")];
        assert_eq!(who.post(&path, &fields).await.status, 403, "{username}");
    }
    assert_eq!(given::now(&app, case.id).await, case);
    let page = keeper_page(&app, &app.sign_in("secadmin").await, township.id).await;
    assert!(
        page.contains("主办个案") && !page.contains(&case.number),
        "counts, and no case: {page}"
    );
}

async fn keeper_page(_: &App, keeper: &Client, id: Uuid) -> String {
    let page = keeper.get(&format!("/accounts/{id}/handover")).await;
    assert_eq!(page.status, 200, "{}", page.text());
    page.text()
}

#[tokio::test]
async fn a_draft_of_the_desk_goes_to_another_operator() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    let body = json!({ "outcome": "hold", "demand_type": "inquiry" });
    let draft = operator.json("POST", "/api/v1/reports", body).await;
    assert!(draft.status.is_success(), "{}", draft.text());
    let id: Uuid = draft.json()["id"].as_str().unwrap().parse().unwrap();
    disabled(&app, "operator").await;
    let row = report::Entity::find_by_id(id)
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    let taker = account::Entity::find_by_id(row.opened_by.unwrap())
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    assert!(taker.disabled_at.is_none() && matches!(taker.role.as_str(), "operator" | "lead"));
}

/// Whatever came to somebody in the very moment in which they were disabled is
/// found by the worker.
#[tokio::test]
async fn the_worker_finds_what_was_left_behind() {
    let app = App::start().await;
    let case = signed(&app).await;
    given::colleague(&app, "township", "township.b").await;
    let row = given::account_of(&app, "township").await;
    account::Entity::update_many()
        .col_expr(
            account::Column::DisabledAt,
            sea_orm::sea_query::Expr::value(app.clock.now()),
        )
        .filter(account::Column::Id.eq(row.id))
        .exec(app.state.db.schema())
        .await
        .unwrap();
    tonghu::worker::tick(&app.state).await;
    let successor = given::account_of(&app, "township.b").await.id;
    assert_eq!(given::now(&app, case.id).await.assignee, Some(successor));
    nothing_is_left(&app, row.id).await;
}

#[tokio::test]
async fn a_recused_colleague_is_passed_over() {
    let app = App::start().await;
    let case = signed(&app).await;
    for name in ["a.recused", "b.able"] {
        given::colleague(&app, "township", name).await;
    }
    let out = given::account_of(&app, "a.recused").await.id;
    let version = given::now(&app, case.id).await.version;
    let body = json!({ "step": "recuse", "version": version, "account": out, "reason": "近亲属" });
    let path = format!("/api/v1/cases/{}/steps", case.id);
    assert_eq!(app.sign_in("county").await.json("POST", &path, body).await.status, 200);
    let row = given::account_of(&app, "township").await;
    let ctx = given::ctx_of(&app, "secadmin").await;
    let wanted = Wanted {
        all: Some(out),
        ..Wanted::default()
    };
    let refused = handover::disable(&app.state, &ctx, (row.id, row.version), &wanted).await;
    assert!(refused.is_err(), "{refused:?}");
    disabled(&app, "township").await;
    let able = given::account_of(&app, "b.able").await.id;
    assert_eq!(given::now(&app, case.id).await.assignee, Some(able));
}

#[tokio::test]
async fn what_comes_back_to_somebody_who_left_goes_to_others() {
    let app = App::start().await;
    let case = signed(&app).await;
    let helper = given::account_of(&app, "police").await.id;
    let db = app.state.db.schema();
    let named = case_unit::Entity::update_many()
        .col_expr(case_unit::Column::AccountId, Expr::value(helper))
        .filter(case_unit::Column::CaseId.eq(case.id))
        .filter(case_unit::Column::Part.ne("lead"))
        .exec(db)
        .await
        .unwrap();
    assert!(named.rows_affected > 0);
    protection_case::Entity::update_many()
        .col_expr(protection_case::Column::Stage, Expr::value("closed"))
        .filter(protection_case::Column::Id.eq(case.id))
        .exec(db)
        .await
        .unwrap();
    let gone = disabled(&app, "police").await;
    assert!(
        gone.location().contains("handed=0"),
        "nothing was open: {}",
        gone.location()
    );
    let county = given::ctx_of(&app, "county").await;
    let version = given::now(&app, case.id).await.version;
    steps::reopen(&app.state, &county, case.id, version, "学校再次反映")
        .await
        .unwrap();
    let back = handover::items(app.state.db.read(), helper, Scope::All).await.unwrap();
    assert!(back.iter().any(|item| item.kind == handover::Kind::Part));
    worker::tick(&app.state).await;
    nothing_is_left(&app, helper).await;
    let told_once = told(&app, Act::ItemHandedOver).await;
    worker::tick(&app.state).await;
    assert_eq!(told(&app, Act::ItemHandedOver).await, told_once, "and no more");
}
