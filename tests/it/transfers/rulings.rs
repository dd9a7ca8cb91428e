//! What ends a transfer that the two sides do not settle: time runs out, or the
//! tier above rules; and who then leads the case.

use super::{THERE, asked, asked_by, latest, running, taken, unit_in, yellow};
use crate::given;
use crate::support::{App, Reply};
use chrono::TimeDelta;
use serde_json::json;
use tonghu::entity::{protection_case, transfer, unit};
use tonghu::network;
use tonghu::rules::division::Division;
use uuid::Uuid;

/// A station of 应县 other than that of 金城镇; nobody holds a post there.
async fn another_station(app: &App) -> unit::Model {
    let county = Division::parse("140622").unwrap();
    let stations = network::units_of(app.state.db.read(), "TMP", &county).await.unwrap();
    let elsewhere = |unit: &unit::Model| !unit.division.starts_with("140622100");
    stations.into_iter().find(elsewhere).unwrap()
}

async fn rule(app: &App, who: &str, id: Uuid, step: &str) -> Reply {
    taken(app, who, id, json!({ "step": step, "reason": "由现居住地办理" })).await
}

/// The receiver will not have it, and one of the senders takes that further.
async fn disputed(app: &App, case: &protection_case::Model, by: &str) -> transfer::Model {
    let row = asked(app, case).await;
    for (who, step, state) in [("county2", "refuse", "refused"), (by, "dispute", "disputed")] {
        let body = json!({ "step": step, "reason": "儿童是否已到右玉居住，双方说法不一" });
        let reply = taken(app, who, row.id, body).await;
        assert_eq!(reply.json()["state"], state, "{}", reply.text());
        let waits = running(app, case.id)
            .await
            .iter()
            .any(|clock| clock.milestone == "move_confirm");
        assert!(!waits, "the receiver has answered");
    }
    latest(app, case.id).await
}

/// The county rules that another station takes the case, after that station has
/// let its time go by.
async fn ruled_between_townships(app: &App, case: &protection_case::Model, to: &unit::Model) {
    let row = asked_by(app, "township", case, &to.division).await;
    assert_eq!(row.to_unit, Some(to.id));
    let early = rule(app, "county", row.id, "rule_move").await;
    assert_eq!(early.status, 409, "the other station has its time: {}", early.text());
    app.clock.advance(TimeDelta::hours(25));
    let ruled = rule(app, "county", row.id, "rule_move").await;
    assert_eq!(ruled.status, 200, "{}", ruled.text());
}

#[tokio::test]
async fn between_townships_of_one_county_the_other_station_leads_after_the_ruling() {
    let app = App::start().await;
    let case = yellow(&app).await;
    let other = another_station(&app).await;
    given::supervisor_of(&app, &other).await;
    ruled_between_townships(&app, &case, &other).await;
    let moved = given::now(&app, case.id).await;
    assert_eq!((moved.lead_unit, &moved.division), (other.id, &other.division));
    let holder = given::account_of(&app, "township.b").await.id;
    assert_eq!(moved.assignee, Some(holder));
}

/// A vacant post is nobody's excuse: the order of domain §6.3 goes on from the
/// station to the county's centre.
#[tokio::test]
async fn a_case_ruled_to_a_station_without_anybody_is_led_by_the_countys_centre() {
    let app = App::start().await;
    let case = yellow(&app).await;
    let other = another_station(&app).await;
    ruled_between_townships(&app, &case, &other).await;
    let moved = given::now(&app, case.id).await;
    let centre = unit_in(&app, "MPC", "140622").await;
    assert_eq!((moved.lead_unit, &moved.division), (centre, &other.division));
    let manager = given::account_of(&app, "county").await.id;
    assert_eq!(moved.assignee, Some(manager));
}

#[tokio::test]
async fn a_refusal_is_disputed_and_the_city_rules() {
    let app = App::start().await;
    let case = yellow(&app).await;
    let row = disputed(&app, &case, "county").await;
    let ruling = async || {
        let found = running(&app, case.id).await;
        found.into_iter().find(|clock| clock.milestone == "move_rule")
    };
    let city = unit_in(&app, "MPO", "140600").await;
    assert_eq!(ruling().await.unwrap().owner_unit, city);
    let own = rule(&app, "county2", row.id, "rule_keep").await;
    assert_eq!(own.status, 403, "a side does not rule: {}", own.text());
    let ruled = rule(&app, "city", row.id, "rule_move").await;
    assert_eq!(ruled.json()["state"], "confirmed", "{}", ruled.text());
    let lead = given::now(&app, case.id).await.lead_unit;
    assert_eq!(lead, unit_in(&app, "TMP", THERE).await);
    assert!(ruling().await.is_none());
}

#[tokio::test]
async fn a_ruling_may_leave_the_case_where_it_is() {
    let app = App::start().await;
    let case = yellow(&app).await;
    let row = disputed(&app, &case, "township").await;
    let kept = rule(&app, "city", row.id, "rule_keep").await;
    assert_eq!(kept.json()["state"], "kept", "{}", kept.text());
    let now = given::now(&app, case.id).await;
    assert_eq!((now.lead_unit, now.division), (case.lead_unit, case.division.clone()));
    asked(&app, &case).await;
}

#[tokio::test]
async fn an_unanswered_transfer_goes_up_to_the_city() {
    let app = App::start().await;
    let case = yellow(&app).await;
    let row = asked(&app, &case).await;
    let city = app.sign_in("city").await;
    assert!(!city.get("/transfers").await.text().contains(&row.number));
    app.clock.advance(TimeDelta::hours(24));
    let city = app.sign_in("city").await;
    let list = city.get("/transfers").await.text();
    assert!(list.contains(&row.number) && list.contains("已逾期"), "{list}");
    let page = city.get(&format!("/transfers/{}", row.id)).await.text();
    assert!(page.contains("裁定移交") && page.contains("裁定不移交"), "{page}");
    let ruled = rule(&app, "city", row.id, "rule_move").await;
    assert_eq!(ruled.status, 200, "{}", ruled.text());
}
