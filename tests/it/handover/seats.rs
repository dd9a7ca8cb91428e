//! Who sits where: stand-ins during a leave, one person in several villages.

use super::filled;
use crate::given::{self, Spec};
use crate::support::{App, Client};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use tonghu::entity::{case_unit, post, protection_case, unit};
use tonghu::network;
use tonghu::rules::division::Division;
use tonghu::rules::level::RiskLevel;
use uuid::Uuid;

/// The second village of the township, with a director of its own.
async fn next_village(app: &App) -> (unit::Model, Client) {
    let own = given::account_of(app, "village").await.unit_id;
    let township = Division::parse("140622100").unwrap();
    let villages = network::units_of(app.state.db.read(), "VIL", &township).await.unwrap();
    let beside = villages.into_iter().find(|unit| Some(unit.id) != own).unwrap();
    let director = given::director_of(app, &beside).await;
    (beside, director)
}

async fn director_post(app: &App, unit: Uuid) -> post::Model {
    post::Entity::find()
        .filter(post::Column::UnitId.eq(unit))
        .filter(post::Column::Role.eq("village_child_director"))
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap()
}

/// A case of the second village.
async fn beside(app: &App, unit: &unit::Model) -> protection_case::Model {
    let spec = Spec {
        place: unit.division.clone(),
        ..Spec::at(app, RiskLevel::Yellow).await
    };
    given::case(app, spec).await
}

#[tokio::test]
async fn a_stand_in_receives_what_arrives_during_the_leave_and_no_longer() {
    let app = App::start().await;
    let (unit, director) = next_village(&app).await;
    let case = beside(&app, &unit).await;
    let path = format!("/cases/{}", case.id);
    assert_eq!(director.get(&path).await.status, 200);
    assert_eq!(app.sign_in("village").await.get(&path).await.status, 404);
    let seat = director_post(&app, unit.id).await;
    let leave = [
        ("holder", "village.b"),
        ("stand_in", "village"),
        ("leave_from", "2026-11-24"),
        ("leave_until", "2026-11-25"),
    ];
    filled(&app, "township", &seat, &leave).await;
    for (days, seen) in [(0, false), (1, true), (1, true), (1, false)] {
        app.clock.advance(chrono::TimeDelta::days(days));
        let stand_in = app.sign_in("village").await;
        let status = stand_in.get(&path).await.status.as_u16();
        let today = stand_in.get("/today").await.text();
        let list = stand_in.get("/cases").await.text();
        assert_eq!(status, if seen { 200 } else { 404 }, "day {}", app.clock.now());
        assert_eq!(today.contains(&case.number), seen, "day {}", app.clock.now());
        assert_eq!(list.contains(&case.number), seen, "day {}", app.clock.now());
    }
}

#[tokio::test]
async fn one_person_serves_several_villages_and_signs_for_each() {
    let app = App::start().await;
    let (unit, _) = next_village(&app).await;
    let case = beside(&app, &unit).await;
    let seat = director_post(&app, unit.id).await;
    filled(&app, "township", &seat, &[("holder", "village")]).await;
    let both = app.sign_in("village").await;
    let own = given::case(&app, Spec::at(&app, RiskLevel::Yellow).await).await;
    for case in [&case, &own] {
        let body = json!({ "step": "sign", "version": case.version });
        let reply = both
            .json("POST", &format!("/api/v1/cases/{}/steps", case.id), body)
            .await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    let signed = case_unit::Entity::find()
        .filter(case_unit::Column::CaseId.eq(case.id))
        .filter(case_unit::Column::UnitId.eq(unit.id))
        .one(app.state.db.read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(signed.signed_by, Some(given::account_of(&app, "village").await.id));
}
