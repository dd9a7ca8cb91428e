//! Two answers to one transfer, and an answer beside another step of the case.

use super::{at_once, case, one_of, sent, steps, told};
use crate::given;
use crate::support::App;
use crate::transfers::{asked, asking};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tonghu::entity::{case_unit, transfer};
use tonghu::journal::Act;
use tonghu::rules::level::RiskLevel::Yellow;
use uuid::Uuid;

const ROUNDS: usize = 12;

fn path(transfer: Uuid) -> String {
    format!("/api/v1/transfers/{transfer}/steps")
}

fn step(name: &str) -> Value {
    json!({ "step": name, "version": 1, "reason": "核实" })
}

async fn leads(app: &App, case: Uuid) -> u64 {
    case_unit::Entity::find()
        .filter(case_unit::Column::CaseId.eq(case))
        .filter(case_unit::Column::Part.eq("lead"))
        .filter(case_unit::Column::Until.is_null())
        .count(app.state.db.read())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_people_confirm_the_same_transfer_at_once() {
    let app = App::start().await;
    let county = app.sign_in("county2").await;
    let colleague = given::colleague(&app, "county2", "county2.b").await;
    for round in 0..ROUNDS {
        let case = case(&app, Yellow).await;
        let row = asked(&app, &case).await;
        let both = at_once(
            sent(&county, path(row.id), step("confirm")),
            sent(&colleague, path(row.id), step("confirm")),
        )
        .await;
        one_of(round, &both);
        assert_eq!(told(&app, case.id, Act::TransferConfirmed).await, 1, "round {round}");
        assert_eq!(leads(&app, case.id).await, 1, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_receiver_confirms_while_the_sender_withdraws() {
    let app = App::start().await;
    let (county, township) = (app.sign_in("county2").await, app.sign_in("township").await);
    for round in 0..ROUNDS {
        let case = case(&app, Yellow).await;
        let row = asked(&app, &case).await;
        let both = at_once(
            sent(&county, path(row.id), step("confirm")),
            sent(&township, path(row.id), step("withdraw")),
        )
        .await;
        one_of(round, &both);
        let state = transfer::Entity::find_by_id(row.id).one(app.state.db.read()).await;
        let confirmed = both.0.status == 200;
        let wanted = if confirmed { "confirmed" } else { "withdrawn" };
        assert_eq!(state.unwrap().unwrap().state, wanted, "round {round}");
        let stays = given::now(&app, case.id).await.lead_unit == case.lead_unit;
        assert_eq!(stays, !confirmed, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_people_ask_for_a_transfer_of_one_case_at_once() {
    let app = App::start().await;
    let (county, township) = (app.sign_in("county").await, app.sign_in("township").await);
    for round in 0..ROUNDS {
        let case = case(&app, Yellow).await;
        let both = at_once(
            sent(&county, steps(case.id), asking(case.version, "140623100")),
            sent(&township, steps(case.id), asking(case.version, "140623100")),
        )
        .await;
        one_of(round, &both);
        let rows = transfer::Entity::find()
            .filter(transfer::Column::CaseId.eq(case.id))
            .count(app.state.db.read())
            .await
            .unwrap();
        assert_eq!(rows, 1, "round {round}");
    }
}

/// A confirmation meets a step of the sender: whichever comes first, the case
/// has one lead and the other is told.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_confirmation_meets_a_step_of_the_sender() {
    let app = App::start().await;
    let (county, township) = (app.sign_in("county2").await, app.sign_in("township").await);
    for round in 0..ROUNDS {
        let case = case(&app, Yellow).await;
        let row = asked(&app, &case).await;
        let note = json!({ "step": "note", "version": case.version + 1, "text": "学校来电核实" });
        let (confirmed, noted) = at_once(
            sent(&county, path(row.id), step("confirm")),
            sent(&township, steps(case.id), note),
        )
        .await;
        assert_eq!(confirmed.status, 200, "round {round}: {}", confirmed.text());
        assert!(
            matches!(noted.status.as_u16(), 200 | 403 | 409),
            "round {round}: {}",
            noted.text()
        );
        assert_eq!(leads(&app, case.id).await, 1, "round {round}");
    }
}
