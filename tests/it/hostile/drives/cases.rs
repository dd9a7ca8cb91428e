//! The steps on a case: every form and every step of the API.

use super::super::world::{Body, Shot, World};
use super::Drive;
use crate::given;
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Map, Value, json};
use tonghu::entity::{Sealed, assessment, case_child, protection_case};
use tonghu::rules::level::RiskLevel::{self, Blue, Red, Yellow};
use uuid::Uuid;

/// What stands in a field.
#[derive(Clone, Copy)]
pub(super) enum W {
    Is(&'static str),
    Yes,
    Name,
    Sentence,
    Phone,
    Id,
    /// The child of the case.
    Child,
    /// The unit of an account.
    Seat(&'static str),
    /// An account.
    Person(&'static str),
    /// The id of another case.
    Other,
    /// The number of another case.
    OtherNumber,
}

/// What must be so beforehand.
#[derive(Clone, Copy, PartialEq)]
enum Given {
    Nothing,
    Proposed,
    Closable,
    Merged,
    Planned,
}

type Row = (
    &'static str,
    &'static str,
    RiskLevel,
    &'static str,
    Given,
    &'static [(&'static str, W)],
);

const FORMS: &[Row] = {
    use Given::{Closable, Merged, Nothing, Proposed};
    use W::{Child, Id, Is, Name, OtherNumber, Person, Phone, Seat, Sentence, Yes};
    &[
        ("sign", "township", Red, "assigned", Nothing, &[]),
        (
            "return",
            "township",
            Red,
            "assigned",
            Nothing,
            &[
                ("reason", Is("R01")),
                ("explanation", Sentence),
                ("done_first", Sentence),
            ],
        ),
        (
            "dispatch",
            "lead",
            Red,
            "returning",
            Nothing,
            &[
                ("decision", Is("unit")),
                ("unit", Seat("civil")),
                ("reason", Sentence),
                ("place_text", Sentence),
            ],
        ),
        (
            "dispatch",
            "lead",
            Red,
            "returning",
            Nothing,
            &[
                ("decision", Is("place")),
                ("place", Is("140623100")),
                ("reason", Sentence),
            ],
        ),
        (
            "dispatch",
            "lead",
            Red,
            "returning",
            Nothing,
            &[("decision", Is("refuse")), ("reason", Sentence)],
        ),
        (
            "assign",
            "township",
            Red,
            "accepted",
            Nothing,
            &[("account", Person("township"))],
        ),
        (
            "raise",
            "township",
            Blue,
            "accepted",
            Nothing,
            &[("level", Is("red")), ("reason", Sentence)],
        ),
        (
            "lowering",
            "county",
            Yellow,
            "accepted",
            Proposed,
            &[("decision", Is("no")), ("reason", Sentence)],
        ),
        ("note", "township", Red, "accepted", Nothing, &[("text", Sentence)]),
        (
            "party",
            "township",
            Red,
            "accepted",
            Nothing,
            &[
                ("kind", Is("suspect")),
                ("name", Name),
                ("phone", Phone),
                ("relation", Is("905")),
                ("lives_with_child", Yes),
            ],
        ),
        (
            "child",
            "township",
            Red,
            "accepted",
            Nothing,
            &[
                ("child", Child),
                ("name", Name),
                ("id_number", Id),
                ("school", Sentence),
                ("opinion", Sentence),
                ("categories", Is("01")),
            ],
        ),
        (
            "recuse",
            "township",
            Red,
            "accepted",
            Nothing,
            &[("whom", Is("myself")), ("reason", Sentence)],
        ),
        ("support", "township", Yellow, "planned", Nothing, &[]),
        (
            "conference",
            "county",
            Red,
            "accepted",
            Nothing,
            &[("on", Is("2026-11-23")), ("minutes_no", Sentence), ("note", Sentence)],
        ),
        ("spot-check", "city", Red, "accepted", Nothing, &[("note", Sentence)]),
        ("follow-up", "township", Red, "accepted", Nothing, &[("note", Sentence)]),
        (
            "close",
            "township",
            Yellow,
            "intervening",
            Closable,
            &[("closure_type", Is("referred")), ("note", Sentence)],
        ),
        (
            "decide-close",
            "county",
            Yellow,
            "closing",
            Closable,
            &[("decision", Is("no")), ("reason", Sentence)],
        ),
        ("reopen", "county", Yellow, "closed", Nothing, &[("reason", Sentence)]),
        (
            "merge",
            "county",
            Yellow,
            "accepted",
            Nothing,
            &[("into", OtherNumber), ("reason", Sentence)],
        ),
        ("unmerge", "county", Yellow, "accepted", Merged, &[("reason", Sentence)]),
    ]
};

const STEPS: &[Row] = {
    use Given::{Closable, Merged, Nothing, Planned, Proposed};
    use W::{Child, Id, Is, Name, Other, Person, Phone, Seat, Sentence, Yes};
    &[
        ("sign", "township", Red, "assigned", Nothing, &[]),
        (
            "return",
            "township",
            Red,
            "assigned",
            Nothing,
            &[
                ("reason", Is("R01")),
                ("explanation", Sentence),
                ("done_first", Sentence),
            ],
        ),
        (
            "refuse_return",
            "lead",
            Red,
            "returning",
            Nothing,
            &[("reason", Sentence)],
        ),
        (
            "redispatch",
            "lead",
            Red,
            "assigned",
            Nothing,
            &[("unit", Seat("civil")), ("reason", Sentence)],
        ),
        (
            "redispatch",
            "lead",
            Red,
            "assigned",
            Nothing,
            &[("place", Is("140623100")), ("reason", Sentence)],
        ),
        (
            "assign",
            "township",
            Red,
            "accepted",
            Nothing,
            &[("account", Person("township"))],
        ),
        (
            "raise_risk",
            "township",
            Blue,
            "accepted",
            Nothing,
            &[("level", Is("red")), ("reason", Sentence)],
        ),
        (
            "propose_lowering",
            "township",
            Yellow,
            "accepted",
            Nothing,
            &[("level", Is("green")), ("reason", Sentence)],
        ),
        ("confirm_lowering", "county", Yellow, "accepted", Proposed, &[]),
        (
            "refuse_lowering",
            "county",
            Yellow,
            "accepted",
            Proposed,
            &[("reason", Sentence)],
        ),
        ("note", "township", Red, "accepted", Nothing, &[("text", Sentence)]),
        (
            "party",
            "township",
            Red,
            "accepted",
            Nothing,
            &[
                ("kind", Is("guardian")),
                ("relation", Is("905")),
                ("name", Name),
                ("phone", Phone),
                ("lives_with_child", Yes),
                ("suspect", Yes),
            ],
        ),
        (
            "child",
            "township",
            Red,
            "accepted",
            Nothing,
            &[
                ("child", Child),
                ("name", Name),
                ("sex", Is("2")),
                ("birth_date", Is("2019-05-01")),
                ("id_number", Id),
                ("feature", Sentence),
                ("division", Is("140622100")),
                ("school", Sentence),
                ("opinion", Sentence),
            ],
        ),
        (
            "recuse",
            "county",
            Red,
            "accepted",
            Nothing,
            &[("unit", Seat("village")), ("reason", Sentence)],
        ),
        (
            "recuse",
            "county",
            Red,
            "accepted",
            Nothing,
            &[("account", Person("village")), ("reason", Sentence)],
        ),
        ("confirm_plan", "county", Red, "assessed", Planned, &[]),
        ("begin_support", "township", Yellow, "planned", Nothing, &[]),
        (
            "conference",
            "county",
            Red,
            "accepted",
            Nothing,
            &[("on", Is("2026-11-23")), ("minutes_no", Sentence), ("note", Sentence)],
        ),
        ("spot_check", "city", Red, "accepted", Nothing, &[("note", Sentence)]),
        ("follow_up", "township", Red, "accepted", Nothing, &[("note", Sentence)]),
        (
            "ask_close",
            "township",
            Yellow,
            "intervening",
            Closable,
            &[("closure_type", Is("referred")), ("note", Sentence)],
        ),
        ("approve_close", "county", Yellow, "closing", Closable, &[]),
        (
            "refuse_close",
            "county",
            Yellow,
            "closing",
            Closable,
            &[("reason", Sentence)],
        ),
        ("reopen", "county", Yellow, "closed", Nothing, &[("reason", Sentence)]),
        (
            "merge",
            "county",
            Yellow,
            "accepted",
            Nothing,
            &[("into", Other), ("reason", Sentence)],
        ),
        (
            "undo_merge",
            "county",
            Yellow,
            "accepted",
            Merged,
            &[("reason", Sentence)],
        ),
    ]
};

/// `POST /cases/{id}/do/{step}` for every step.
pub(super) fn forms() -> Vec<Drive> {
    let row = |row: &'static Row| {
        Drive::new("/cases/{id}/do/{step}", row.0, move |world| {
            Box::pin(async move {
                let (case, fields) = prepared(world, row).await;
                let mut form = vec![("version".to_owned(), case.version.to_string())];
                form.extend(fields.into_iter().map(|(name, value)| (name.to_owned(), text(&value))));
                Shot {
                    who: row.1,
                    path: format!("/cases/{}/do/{}", case.id, row.0),
                    body: Body::Form(form),
                }
            })
        })
    };
    FORMS.iter().map(row).collect()
}

/// `POST /api/v1/cases/{id}/steps` for every step that is no other feature's.
pub(super) fn steps() -> Vec<Drive> {
    let row = |row: &'static Row| {
        Drive::new("/api/v1/cases/{id}/steps", row.0, move |world| {
            Box::pin(async move {
                let (case, fields) = prepared(world, row).await;
                let mut body = Map::new();
                body.insert("step".to_owned(), json!(row.0));
                body.insert("version".to_owned(), json!(case.version));
                body.extend(fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
                Shot {
                    who: row.1,
                    path: format!("/api/v1/cases/{}/steps", case.id),
                    body: Body::Json(Value::Object(body)),
                }
            })
        })
    };
    STEPS.iter().map(row).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

async fn prepared(world: &World, row: &Row) -> (protection_case::Model, Vec<(&'static str, Value)>) {
    let (_, _, level, stage, wanted, words) = *row;
    let case = world.case(level, stage).await;
    let case = given_so(world, case, wanted).await;
    let mut fields = Vec::new();
    for (name, word) in words {
        fields.push((*name, value(world, &case, *word).await));
    }
    (case, fields)
}

async fn value(world: &World, case: &protection_case::Model, word: W) -> Value {
    let other = async || world.case(Red, "accepted").await;
    match word {
        W::Is(text) => json!(text),
        W::Yes => json!(true),
        W::Name => json!(world.name()),
        W::Sentence => json!(world.sentence()),
        W::Phone => json!(world.phone()),
        W::Id => json!(world.id_number()),
        W::Child => json!(child_of(world, case.id).await),
        W::Seat(who) => json!(given::account_of(&world.app, who).await.unit_id),
        W::Person(who) => json!(given::account_of(&world.app, who).await.id),
        W::Other => json!(other().await.id),
        W::OtherNumber => json!(other().await.number),
    }
}

pub(super) async fn child_of(world: &World, case: Uuid) -> Uuid {
    let link = case_child::Entity::find()
        .filter(case_child::Column::CaseId.eq(case))
        .one(world.app.state.db.read())
        .await;
    link.unwrap().unwrap().child_id
}

async fn given_so(world: &World, case: protection_case::Model, wanted: Given) -> protection_case::Model {
    match wanted {
        Given::Nothing => case,
        Given::Proposed => world.change(case.id, |row| row.proposed_level = Set(Some(4))).await,
        Given::Closable => {
            assessed(world, case.id).await;
            let close = |row: &mut protection_case::ActiveModel| {
                row.follow_up_planned = Set(true);
                row.closure_type = Set(Some("referred".to_owned()));
            };
            world.change(case.id, close).await
        }
        Given::Merged => {
            let into = world.case(Red, "accepted").await.id;
            let merge = json!({ "step": "merge", "version": case.version, "into": into, "reason": "同一名儿童" });
            world
                .step("county", &format!("/api/v1/cases/{}/steps", case.id), merge)
                .await;
            given::now(&world.app, case.id).await
        }
        Given::Planned => {
            let goals = json!([{ "dimension": "safety", "goal": "不再挨打", "means": "每周走访" }]);
            let plan = json!({ "step": "plan", "version": case.version, "goals": goals });
            world
                .step("township", &format!("/api/v1/cases/{}/steps", case.id), plan)
                .await;
            given::now(&world.app, case.id).await
        }
    }
}

/// An assessment that says the child was heard.
async fn assessed(world: &World, case: Uuid) {
    let row = assessment::ActiveModel {
        id: Set(Uuid::now_v7()),
        case_id: Set(case),
        kind: Set("first".to_owned()),
        answers: Set(Sealed(Vec::new())),
        scores: Set(json!({})),
        level: Set(3),
        conclusion: Set("confirmed".to_owned()),
        findings: Set(Sealed(Vec::new())),
        child_opinion: Set(Some(Sealed(Vec::new()))),
        temp_custody: Set(false),
        assessed_by: Set(given::account_of(&world.app, "township").await.id),
        assessed_at: Set(world.app.clock.now()),
    };
    row.insert(world.app.state.db.schema()).await.unwrap();
}
