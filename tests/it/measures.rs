//! Measures with a life of their own, through the router: each kind from its
//! beginning to its end, the clocks that start and stop, the visits it orders,
//! who may see and do what.

mod admonition;
mod every_kind;
mod interface;
mod order;
mod owed;
mod refused;
mod rules;

use crate::given::{self, Spec};
use crate::support::{App, Client, Reply};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write;
use tonghu::entity::{deadline, measure, protection_case, unit};
use tonghu::rules::division::Division;
use tonghu::rules::level::Sensitivity;
use tonghu::rules::policy::{Actor, CaseFacts, MeasureAction, MeasureFacts, Part, Role, measure_may};
use uuid::Uuid;

/// A case with its county at work on it.
pub(super) struct Bench {
    pub(super) app: App,
    pub(super) county: Client,
    pub(super) case: Uuid,
}

impl Bench {
    pub(super) async fn new() -> Self {
        let app = App::start().await;
        let case = given::case(&app, Spec::red(&app).await).await.id;
        let county = app.sign_in("county").await;
        Self { app, county, case }
    }

    pub(super) async fn case_now(&self) -> protection_case::Model {
        given::now(&self.app, self.case).await
    }

    pub(super) async fn begin(&self, kind: &str, fields: Value) -> Reply {
        let version = self.case_now().await.version;
        let body = json!({ "step": "begin_measure", "version": version, "kind": kind, "fields": fields });
        self.app.sign_in("county").await.json("POST", &self.steps(), body).await
    }

    /// Begins one and answers its id.
    pub(super) async fn begun(&self, kind: &str, fields: Value) -> Uuid {
        let reply = self.begin(kind, fields).await;
        assert_eq!(reply.status, 200, "{kind}: {}", reply.text());
        self.latest(kind).await.id
    }

    pub(super) async fn step(&self, id: Uuid, deed: &str, fields: Value) -> Reply {
        let version = self.row(id).await.version;
        let body = json!({
            "step": "measure_step", "version": version, "measure": id, "deed": deed, "fields": fields,
        });
        self.app.sign_in("county").await.json("POST", &self.steps(), body).await
    }

    pub(super) async fn done(&self, id: Uuid, deed: &str, fields: Value) {
        let reply = self.step(id, deed, fields).await;
        assert_eq!(reply.status, 200, "{deed}: {}", reply.text());
    }

    pub(super) fn steps(&self) -> String {
        format!("/api/v1/cases/{}/steps", self.case)
    }

    pub(super) async fn row(&self, id: Uuid) -> measure::Model {
        let found = measure::Entity::find_by_id(id).one(self.app.state.db.read()).await;
        found.unwrap().unwrap()
    }

    pub(super) async fn latest(&self, kind: &str) -> measure::Model {
        let found = measure::Entity::find()
            .filter(measure::Column::CaseId.eq(self.case))
            .filter(measure::Column::Kind.eq(kind))
            .order_by_desc(measure::Column::Id)
            .one(self.app.state.db.read())
            .await;
        found.unwrap().unwrap()
    }

    pub(super) async fn clocks(&self, id: Uuid) -> Vec<deadline::Model> {
        deadline::Entity::find()
            .filter(deadline::Column::MeasureId.eq(id))
            .order_by_asc(deadline::Column::DueAt)
            .order_by_asc(deadline::Column::Milestone)
            .all(self.app.state.db.read())
            .await
            .unwrap()
    }

    /// Milestone, due minute in Shanghai and how it stands: `met`, `stopped`
    /// or `runs`.
    pub(super) async fn told(&self, id: Uuid) -> Vec<String> {
        let clocks = self.clocks(id).await;
        clocks
            .iter()
            .map(|clock| {
                let stands = match (clock.met_at, clock.cancelled_at) {
                    (Some(_), _) => "met",
                    (None, Some(_)) => "stopped",
                    (None, None) => "runs",
                };
                format!("{} {} {stands}", clock.milestone, tonghu::clock::minute(clock.due_at))
            })
            .collect()
    }

    /// The unit that owes a milestone.
    pub(super) async fn owner(&self, id: Uuid, milestone: &str) -> String {
        let clocks = self.clocks(id).await;
        let clock = clocks.iter().find(|clock| clock.milestone == milestone).unwrap();
        let found = unit::Entity::find_by_id(clock.owner_unit).one(self.app.state.db.read());
        found.await.unwrap().unwrap().name
    }

    pub(super) fn page(&self, id: Uuid) -> String {
        format!("/cases/{}/measures/{id}", self.case)
    }

    /// The clock stands at another moment, and the worker has looked.
    pub(super) async fn later(&self, by: chrono::TimeDelta) {
        self.app.clock.advance(by);
        // A clock takes one step of warning, due and escalation at a time.
        for _ in 0..4 {
            tonghu::worker::tick(&self.app.state).await;
        }
    }
}

/// Who may see and act upon a measure, as a table that somebody reads: an
/// actor whose unit owes something on it, and one whose unit does not.
#[test]
fn the_policy_table_of_measures_is_the_reviewed_one() {
    let unit = Uuid::from_u128(2);
    let actor = |role: Role| Actor {
        account: Uuid::from_u128(1),
        role,
        unit: Some(unit),
        unit_kind: "PSB".to_owned(),
        also: Vec::new(),
        division: Division::parse(match role {
            Role::County => "140622",
            Role::Township => "140622100",
            Role::Village => "140622100001",
            _ => "140600",
        })
        .unwrap(),
    };
    let case = |parts: Vec<(Uuid, Part)>, recused: Vec<Uuid>| CaseFacts {
        division: Division::parse("140622100001").unwrap(),
        parts,
        sensitivity: Sensitivity::L3,
        opened_by: None,
        recused_accounts: recused,
        recused_units: Vec::new(),
    };
    let relations = [
        ("leads", vec![(unit, Part::Lead)], vec![], false),
        ("assists", vec![(unit, Part::Assist)], vec![], false),
        ("owes", vec![], vec![], true),
        ("neither", vec![], vec![], false),
        ("owes, recused", vec![], vec![Uuid::from_u128(1)], true),
    ];
    let mut table = String::new();
    for role in Role::ALL {
        for (relation, parts, recused, owes) in &relations {
            let facts = MeasureFacts {
                units: if *owes { vec![unit] } else { Vec::new() },
                case: case(parts.clone(), recused.clone()),
            };
            let may: Vec<String> = MeasureAction::ALL
                .into_iter()
                .filter(|action| measure_may(&actor(role), *action, &facts))
                .map(|action| format!("{action:?}"))
                .collect();
            let may = if may.is_empty() { "-".to_owned() } else { may.join(" ") };
            writeln!(table, "{:<9} {relation:<14} {may}", role.code()).unwrap();
        }
    }
    insta::assert_snapshot!("policy_of_measures", table);
}

/// What is not seen is not acted upon.
#[test]
fn nothing_is_done_to_a_measure_that_is_not_seen() {
    let unit = Uuid::from_u128(2);
    for role in Role::ALL {
        for owes in [true, false] {
            let actor = Actor {
                account: Uuid::from_u128(1),
                role,
                unit: Some(unit),
                unit_kind: "CAB".to_owned(),
                also: Vec::new(),
                division: Division::parse("140622").unwrap(),
            };
            let facts = MeasureFacts {
                units: BTreeSet::from([unit]).into_iter().filter(|_| owes).collect(),
                case: CaseFacts {
                    division: Division::parse("140622100001").unwrap(),
                    parts: vec![(unit, Part::Assist)],
                    sensitivity: Sensitivity::L2,
                    opened_by: None,
                    recused_accounts: Vec::new(),
                    recused_units: Vec::new(),
                },
            };
            let may = |action| measure_may(&actor, action, &facts);
            assert!(!may(MeasureAction::Act) || may(MeasureAction::View), "{role:?} {owes}");
        }
    }
}
