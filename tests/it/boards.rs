//! Boards and the picture of joint handling: what they show, and to whom.

use crate::given::{self, Spec, account_of, ctx_of};
use crate::support::App;
use chrono::TimeDelta;
use tonghu::boards::{self, Asked, By, Lane, Sort};
use tonghu::entity::protection_case;
use tonghu::joint::{self, Mark};
use tonghu::rules::level::RiskLevel;
use tonghu::tasks::{self, NewTask};

async fn lane(app: &App, who: &str, lane: Lane) -> Vec<String> {
    let ctx = ctx_of(app, who).await;
    let board = boards::board(app.state.db.read(), &ctx).await.unwrap();
    board.lane(lane).iter().map(|todo| todo.number.clone()).collect()
}

/// A yellow case that the township has signed, with a task for the police.
async fn handled(app: &App) -> (protection_case::Model, tonghu::entity::task::Model) {
    let case = given::case(app, Spec::at(app, RiskLevel::Yellow).await).await;
    let lead = ctx_of(app, "lead").await;
    let unit = account_of(app, "township").await.unit_id.unwrap();
    let case = if case.lead_unit == unit {
        case
    } else {
        let to = tonghu::casework::steps::Redispatch {
            to: tonghu::casework::steps::To::Unit(unit),
            reason: "由乡镇主办".to_owned(),
        };
        tonghu::casework::steps::redispatch(&app.state, &lead, case.id, case.version, &to)
            .await
            .unwrap()
    };
    let township = ctx_of(app, "township").await;
    let case = tonghu::casework::steps::sign(&app.state, &township, case.id, case.version)
        .await
        .unwrap();
    let asked = NewTask {
        type_code: "T30".to_owned(),
        request: "请到场核实".to_owned(),
        ..NewTask::default()
    };
    let task = tasks::open(&app.state, &township, case.id, asked).await.unwrap();
    (case, task)
}

#[tokio::test]
async fn a_unit_sees_on_its_board_what_waits_for_it_and_what_it_waits_for() {
    let app = App::start().await;
    let (case, task) = handled(&app).await;
    assert_eq!(
        lane(&app, "police", Lane::Unsigned).await,
        std::slice::from_ref(&task.number)
    );
    assert_eq!(
        lane(&app, "township", Lane::Waiting).await,
        std::slice::from_ref(&task.number)
    );
    let mine: Vec<String> = [
        lane(&app, "township", Lane::InHand).await,
        lane(&app, "township", Lane::Soon).await,
    ]
    .concat();
    assert_eq!(mine, std::slice::from_ref(&case.number));
    app.clock.advance(TimeDelta::days(30));
    assert_eq!(
        lane(&app, "township", Lane::Over).await,
        std::slice::from_ref(&case.number)
    );
    assert_eq!(lane(&app, "police", Lane::Over).await, [task.number]);
    let away = app.sign_in("township2").await.get("/board").await.text();
    assert!(!away.contains(&case.number));
    let own = app.sign_in("township").await.get("/board").await.text();
    assert!(own.contains(&case.number));
}

#[tokio::test]
async fn whoever_is_kept_out_of_a_case_has_nothing_of_it_on_the_board() {
    let app = App::start().await;
    let (case, task) = handled(&app).await;
    for who in ["police", "township"] {
        crate::notices::recuse(&app, case.id, who).await;
        for one in Lane::ALL {
            let shown = lane(&app, who, one).await;
            assert!(
                !shown.contains(&case.number) && !shown.contains(&task.number),
                "{who} {one:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_county_counts_its_own_places_and_the_city_all_of_them() {
    let app = App::start().await;
    handled(&app).await;
    given::case(
        &app,
        Spec {
            place: account_of(&app, "village2").await.division,
            ..Spec::red(&app).await
        },
    )
    .await;
    let count = async |who: &str, by| {
        let ctx = ctx_of(&app, who).await;
        let rows = boards::standing(app.state.db.read(), &ctx, Asked { by, sort: Sort::Over })
            .await
            .unwrap();
        rows.into_iter()
            .map(|row| (row.name, row.figures.open, row.figures.unsigned))
            .collect::<Vec<_>>()
    };
    assert_eq!(count("county", By::County).await, [("应县".to_owned(), 1, 0)]);
    assert_eq!(count("county2", By::County).await, [("右玉县".to_owned(), 1, 1)]);
    let mut all = count("city", By::County).await;
    all.sort();
    assert_eq!(all, [("右玉县".to_owned(), 1, 1), ("应县".to_owned(), 1, 0)]);
    assert_eq!(count("county", By::Township).await, [("应县 金城镇".to_owned(), 1, 0)]);
    app.clock.advance(TimeDelta::days(30));
    let ctx = ctx_of(&app, "city").await;
    let rows = boards::standing(app.state.db.read(), &ctx, Asked::default())
        .await
        .unwrap();
    assert!(rows.iter().all(|row| row.figures.over == 1), "{rows:?}");
    assert_eq!(rows.iter().map(|row| row.figures.over_by[0]).sum::<i64>(), 1);
    let page = app
        .sign_in("county")
        .await
        .get("/supervision?by=unit&sort=unsigned")
        .await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(app.sign_in("township").await.get("/supervision").await.status, 403);
}

#[tokio::test]
async fn the_picture_shows_everybody_to_those_who_work_on_the_case_and_a_department_its_part() {
    let app = App::start().await;
    let (case, task) = handled(&app).await;
    let county = ctx_of(&app, "county").await;
    let whole = joint::picture(&app.state, &county, case.id).await.unwrap();
    assert!(whole.whole && whole.lines.len() > 1);
    assert_eq!(whole.drawing.bars.len(), whole.lines.len());
    let own = whole
        .lines
        .iter()
        .find(|line| line.what.contains(&task.number))
        .unwrap();
    assert_eq!(own.mark, Mark::Unsigned);
    assert!(whole.finding.contains("1 项协办任务中 1 项未办结"), "{}", whole.finding);
    let police = ctx_of(&app, "police").await;
    let part = joint::picture(&app.state, &police, case.id).await.unwrap();
    assert!(!part.whole);
    assert_eq!(part.lines.len(), 1);
    let page = app
        .sign_in("police")
        .await
        .get(&format!("/cases/{}/joint", case.id))
        .await;
    assert_eq!(page.status, 200);
    assert!(!page.text().contains("童小满"));
    for who in ["township2", "education"] {
        let reply = app.sign_in(who).await.get(&format!("/cases/{}/joint", case.id)).await;
        assert_eq!(reply.status, 404, "{who}");
    }
    let shown = app
        .sign_in("township")
        .await
        .get(&format!("/cases/{}", case.id))
        .await
        .text();
    assert!(shown.contains("<svg class=\"joint\"") && shown.contains(&whole.finding));
}

async fn on_case(app: &App, who: &str, case: uuid::Uuid, mut body: serde_json::Value) {
    body["version"] = given::now(app, case).await.version.into();
    let reply = app
        .sign_in(who)
        .await
        .json("POST", &format!("/api/v1/cases/{case}/steps"), body)
        .await;
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[tokio::test]
async fn an_order_to_be_done_again_stands_among_what_was_sent_back_until_it_is_handed_in() {
    let app = App::start().await;
    let (case, _) = handled(&app).await;
    let hand_in = serde_json::json!({ "step": "hand_in", "summary": "儿童已由姑姑照料。" });
    on_case(&app, "township", case.id, hand_in.clone()).await;
    assert!(lane(&app, "township", Lane::SentBack).await.is_empty());
    let back = serde_json::json!({ "step": "send_back_result", "reason": "缺走访记录。" });
    on_case(&app, "county", case.id, back).await;
    assert_eq!(
        lane(&app, "township", Lane::SentBack).await,
        std::slice::from_ref(&case.number)
    );
    for one in Lane::ALL.into_iter().filter(|one| *one != Lane::SentBack) {
        assert!(!lane(&app, "township", one).await.contains(&case.number), "{one:?}");
    }
    let page = app.sign_in("township").await.get("/board").await.text();
    assert!(page.contains("退回重办"), "{page}");
    on_case(&app, "township", case.id, hand_in).await;
    assert!(lane(&app, "township", Lane::SentBack).await.is_empty());
}

#[tokio::test]
async fn whoever_sits_in_another_unit_has_its_board_too_under_its_name() {
    let app = App::start().await;
    let (_, task) = handled(&app).await;
    let education = app.sign_in("education").await;
    assert!(!education.get("/board").await.text().contains(&task.number));
    given::sits_in(&app, "education", task.unit_id, "police_command").await;
    let page = education.get("/board").await.text();
    assert!(page.contains(&task.number) && page.contains("应县公安局"), "{page}");
    let own = app.sign_in("police").await.get("/board").await.text();
    assert!(own.contains(&task.number));
}
