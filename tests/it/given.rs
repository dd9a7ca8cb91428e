//! Cases for the suite, opened as the desk opens them: routed, not made up.

use crate::support::{App, Client};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use tonghu::accounts::{self, NewAccount};
use tonghu::casework::{self, NewChild, Opening};
use tonghu::clocks;
use tonghu::ctx::Ctx;
use tonghu::entity::{account, post, protection_case, unit};
use tonghu::journal::{self, Act, Entry};
use tonghu::network;
use tonghu::rules::codes;
use tonghu::rules::division::Division;
use tonghu::rules::level::RiskLevel;
use tonghu::rules::policy::{Actor, Role};
use tonghu::rules::routing::{self, Recused, RoutingFacts};
use uuid::Uuid;

/// Everybody of the demonstration who signs in.
pub const PEOPLE: [&str; 19] = [
    "operator",
    "operator2",
    "lead",
    "city",
    "county",
    "county2",
    "township",
    "township2",
    "village",
    "village2",
    "police",
    "education",
    "health",
    "civil",
    "hospital",
    "school",
    "sysadmin",
    "secadmin",
    "auditor",
];

/// What a case is about.
pub struct Spec {
    pub kind: &'static str,
    pub level: RiskLevel,
    pub place: String,
    pub by: &'static str,
}

impl Spec {
    /// A red case of 身体虐待 in the village of the demonstration's director.
    pub async fn red(app: &App) -> Self {
        Self {
            kind: "0101",
            level: RiskLevel::Red,
            place: account_of(app, "village").await.division,
            by: "operator",
        }
    }

    /// The same at another level.
    pub async fn at(app: &App, level: RiskLevel) -> Self {
        Self {
            level,
            ..Self::red(app).await
        }
    }
}

/// An account by its name.
pub async fn account_of(app: &App, username: &str) -> account::Model {
    account::Entity::find()
        .filter(account::Column::Username.eq(username))
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap()
}

/// The context in which a person acts now.
pub async fn ctx_of(app: &App, username: &str) -> Ctx {
    let account = account_of(app, username).await;
    let kind = match account.unit_id {
        Some(id) => unit::Entity::find_by_id(id).one(app.state.db.read()).await.unwrap(),
        None => None,
    };
    Ctx {
        actor: Actor {
            account: account.id,
            role: Role::parse(&account.role).unwrap(),
            unit: account.unit_id,
            unit_kind: kind.map(|unit| unit.kind).unwrap_or_default(),
            division: Division::parse(&account.division).unwrap(),
            also: Vec::new(),
        },
        request_id: Uuid::now_v7(),
        ..Ctx::system(app.clock.now())
    }
}

/// Opens a case.
pub async fn case(app: &App, spec: Spec) -> protection_case::Model {
    let ctx = ctx_of(app, spec.by).await;
    let place = Division::parse(&spec.place).unwrap();
    let mut facts = RoutingFacts::new("tipoff", spec.level, ctx.now);
    facts.types = vec![spec.kind.to_owned()];
    facts.child_location = Some(place.clone());
    facts.residence = Some(place.clone());
    let state = &app.state;
    let roster = network::roster(state.db.read(), &state.vault, Some(&place), ctx.now)
        .await
        .unwrap();
    let book = clocks::book(state.db.read(), ctx.now).await.unwrap();
    let plan = routing::plan(&facts, &roster, &book).unwrap();
    let opening = Opening {
        title: "邻居反映儿童身上有伤".to_owned(),
        summary: "邻居多次听见哭喊，看到儿童手臂有伤痕。".to_owned(),
        address: None,
        division: Some(place.clone()),
        residence: Some(place),
        domicile: None,
        level: spec.level,
        sensitivity: codes::case_type(spec.kind).unwrap().sensitivity,
        case_types: vec![spec.kind.to_owned()],
        cohabiting_suspect: "unknown".to_owned(),
        received_at: ctx.now,
        children: vec![NewChild {
            name: Some("童小满".to_owned()),
            sex: "2".to_owned(),
            age: Some(7),
            ..Default::default()
        }],
        parties: Vec::new(),
        recused: Recused::default(),
        plan: &plan,
    };
    let tx = state.db.begin().await.unwrap();
    let case = casework::open(&tx, state, &ctx, &opening).await.unwrap();
    journal::commit(tx, &ctx, Entry::new(Act::CaseOpened).case(case.id))
        .await
        .unwrap();
    case
}

/// The case as it is now.
pub async fn now(app: &App, id: Uuid) -> protection_case::Model {
    protection_case::Entity::find_by_id(id)
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap()
}

/// A second person of the same role in the same unit, signed in as `as_name`.
pub async fn colleague(app: &App, of: &str, as_name: &str) -> Client {
    let first = account_of(app, of).await;
    let place = (first.unit_id, first.division.clone());
    added(app, first, as_name, place, None).await;
    app.sign_in(as_name).await
}

/// A director for another village, in its post and signed in.
pub async fn director_of(app: &App, village: &unit::Model) -> Client {
    let first = account_of(app, "village").await;
    let place = (Some(village.id), village.division.clone());
    added(app, first, "village.b", place, Some("village_child_director")).await;
    app.sign_in("village.b").await
}

/// A supervisor for another station, in its post and signed in.
pub async fn supervisor_of(app: &App, station: &unit::Model) -> Client {
    let first = account_of(app, "township").await;
    let place = (Some(station.id), station.division.clone());
    added(app, first, "township.b", place, Some("township_child_supervisor")).await;
    app.sign_in("township.b").await
}

/// A handler of a department, signed in as `as_name`.
pub async fn handler_of(app: &App, unit: &unit::Model, as_name: &str) -> Client {
    let first = account_of(app, "police").await;
    let place = (Some(unit.id), unit.division.clone());
    added(app, first, as_name, place, None).await;
    app.sign_in(as_name).await
}

/// An account like another one, at a place of its own.
async fn added(
    app: &App,
    like: account::Model,
    as_name: &str,
    (unit, division): (Option<Uuid>, String),
    post: Option<&str>,
) {
    let new = NewAccount {
        username: as_name.to_owned(),
        name: "同事".to_owned(),
        role: Role::parse(&like.role).unwrap(),
        unit_id: unit,
        division: Division::parse(&division).unwrap(),
        phone: None,
        id_number: None,
        password: tonghu::demo::PASSWORD.to_owned(),
        must_change: false,
    };
    let ctx = Ctx::system(app.clock.now());
    let tx = app.state.db.begin().await.unwrap();
    let account = accounts::insert(&app.state, &tx, &ctx, &new, like.password_hash)
        .await
        .unwrap();
    if let Some(post) = post {
        network::appoint(&tx, &ctx, unit.unwrap(), post, account).await.unwrap();
    }
    journal::commit(tx, &ctx, Entry::new(Act::AccountAdded)).await.unwrap();
}

/// Writes a row of a case as another feature would have left it.
pub async fn set(app: &App, id: Uuid, row: protection_case::ActiveModel) {
    protection_case::Entity::update_many()
        .set(row)
        .filter(protection_case::Column::Id.eq(id))
        .exec(app.state.db.schema())
        .await
        .unwrap();
}

/// The post that a person holds.
pub async fn post_of(app: &App, username: &str) -> post::Model {
    let holder = account_of(app, username).await.id;
    let found = post::Entity::find().filter(post::Column::HolderId.eq(holder));
    found.one(app.state.db.read()).await.unwrap().unwrap()
}

/// A vacant post of a unit, for which a person sits there.
pub async fn sits_in(app: &App, username: &str, unit: Uuid, role: &str) {
    let row = post::ActiveModel {
        id: Set(Uuid::now_v7()),
        unit_id: Set(unit),
        role: Set(role.to_owned()),
        holder_id: Set(None),
        stand_in_id: Set(Some(account_of(app, username).await.id)),
        leave_from: Set(None),
        leave_until: Set(None),
        vacant_since: Set(Some(app.clock.now())),
        alerted_at: Set(None),
        alerted_above_at: Set(None),
        active: Set(true),
        version: Set(1),
    };
    post::Entity::insert(row)
        .exec_without_returning(app.state.db.schema())
        .await
        .unwrap();
}
