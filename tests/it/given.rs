//! Cases for the suite, opened as the desk opens them: routed, not made up.

use crate::support::App;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tonghu::casework::{self, NewChild, Opening};
use tonghu::ctx::Ctx;
use tonghu::entity::{account, protection_case, unit};
use tonghu::journal::{self, Act, Entry};
use tonghu::network;
use tonghu::rules::calendar::Calendar;
use tonghu::rules::codes;
use tonghu::rules::division::Division;
use tonghu::rules::level::RiskLevel;
use tonghu::rules::policy::{Actor, Role};
use tonghu::rules::routing::{self, Recused, RoutingFacts};
use uuid::Uuid;

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
    let plan = routing::plan(&facts, &roster, &Calendar::embedded()).unwrap();
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
