//! A form sent twice, at once or one after the other, does one thing.

use super::{at_once, case, posted, told};
use crate::given;
use crate::support::{App, Client, Reply};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use tonghu::entity::{measure, protection_case, report, task, visit};
use tonghu::journal::Act;
use tonghu::rules::level::RiskLevel;

const ROUNDS: usize = 6;

/// Two clicks at once, then a third.
async fn clicked(who: &Client, path: &str, fields: &[(&'static str, String)]) -> [Reply; 3] {
    let fields = fields.to_vec();
    let (one, two) = at_once(
        posted(who, path.to_owned(), fields.clone()),
        posted(who, path.to_owned(), fields.clone()),
    )
    .await;
    [one, two, posted(who, path.to_owned(), fields).await]
}

fn field(name: &'static str, value: &str) -> (&'static str, String) {
    (name, value.to_owned())
}

/// The value of a hidden field of a page.
fn hidden(page: &str, name: &str) -> String {
    let from = format!("name=\"{name}\" value=\"");
    let at = page.find(&from).unwrap_or_else(|| panic!("{name} in {page}")) + from.len();
    page[at..].chars().take_while(|letter| *letter != '"').collect()
}

/// All three lead on, none shows a fault.
fn all_led_on(round: usize, replies: &[Reply]) {
    for reply in replies {
        assert_eq!(reply.status, 303, "round {round}: {}", reply.text());
    }
}

/// One led on, the others are told that somebody was first.
fn one_led_on(round: usize, replies: &[Reply]) {
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409, 409], "round {round}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_case_is_signed_and_noted_once() {
    let app = App::start().await;
    let township = app.sign_in("township").await;
    for round in 0..ROUNDS {
        let case = case(&app, RiskLevel::Red).await;
        let base = format!("/cases/{}/do", case.id);
        one_led_on(
            round,
            &clicked(&township, &format!("{base}/sign"), &[field("version", "1")]).await,
        );
        let note = [field("version", "2"), field("text", "已联系到外祖母")];
        one_led_on(round, &clicked(&township, &format!("{base}/note"), &note).await);
        assert_eq!(told(&app, case.id, Act::CaseSigned).await, 1, "round {round}");
        assert_eq!(told(&app, case.id, Act::NoteAdded).await, 1, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_task_and_a_paper_are_written_once() {
    let app = App::start().await;
    let township = app.sign_in("township").await;
    for round in 0..ROUNDS {
        let case = case(&app, RiskLevel::Red).await;
        let path = format!("/cases/{}/tasks/new", case.id);
        let id = hidden(&township.get(&path).await.text(), "id");
        let asked = [
            field("id", &id),
            field("type_code", "T80"),
            field("request", "安排就诊"),
        ];
        all_led_on(round, &clicked(&township, &path, &asked).await);
        let tasks = task::Entity::find().filter(task::Column::CaseId.eq(case.id));
        assert_eq!(tasks.count(app.state.db.read()).await.unwrap(), 1, "round {round}");
        let path = format!("/cases/{}/measures/new", case.id);
        let id = hidden(&township.get(&path).await.text(), "id");
        let paper = [
            field("id", &id),
            field("kind", "dissuasion_record"),
            field("paper_no", "劝诫〔2026〕2号"),
            field("issued_by", "金城镇一村村委会"),
            field("issued_on", "2026-11-23"),
        ];
        all_led_on(round, &clicked(&township, &path, &paper).await);
        let papers = measure::Entity::find().filter(measure::Column::CaseId.eq(case.id));
        assert_eq!(papers.count(app.state.db.read()).await.unwrap(), 1, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_visit_is_recorded_once() {
    let app = App::start().await;
    let village = app.sign_in("village").await;
    for round in 0..ROUNDS {
        let case = case(&app, RiskLevel::Red).await;
        let path = format!("/cases/{}/visits/new", case.id);
        let id = hidden(&village.get(&path).await.text(), "id");
        let seen = [
            field("id", &id),
            field("kind", "routine"),
            field("method", "home"),
            field("started_at", "2026-11-23T09:00"),
            field("seen", "yes"),
            field("injury", "no"),
            field("danger", "no"),
        ];
        all_led_on(round, &clicked(&village, &path, &seen).await);
        let visits = visit::Entity::find().filter(visit::Column::CaseId.eq(case.id));
        assert_eq!(visits.count(app.state.db.read()).await.unwrap(), 1, "round {round}");
    }
}

async fn counted(app: &App) -> (u64, u64) {
    let db = app.state.db.read();
    let reports = report::Entity::find().count(db).await.unwrap();
    let cases = protection_case::Entity::find().count(db).await.unwrap();
    (reports, cases)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_call_is_begun_and_routed_once() {
    let app = App::start().await;
    let operator = app.sign_in("operator").await;
    for round in 0..ROUNDS {
        let (reports, cases) = counted(&app).await;
        let begun = clicked(&operator, "/intake/new", &[field("channel", "phone")]).await;
        all_led_on(round, &begun);
        let at = begun[0].location().to_owned();
        assert!(
            begun.iter().all(|reply| reply.location() == at),
            "round {round}: one pick-up, one draft"
        );
        let version = hidden(&operator.get(&at).await.text(), "version");
        let call = [
            field("version", &version),
            field("channel", "phone"),
            field("demand_type", "tipoff"),
            field("case_types", "0101"),
            field("q1", "no"),
            field("content", "听见打骂声"),
            field("child_location", "140622100000"),
            field("outcome", "route"),
        ];
        let routed = clicked(&operator, &at, &call).await;
        all_led_on(round, &routed);
        assert_eq!(counted(&app).await, (reports + 1, cases + 1), "round {round}");
        app.clock.advance(chrono::TimeDelta::minutes(1));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_obliged_reporter_sends_one_report() {
    let app = App::start().await;
    let hospital = app.sign_in("hospital").await;
    for round in 0..ROUNDS {
        let (reports, cases) = counted(&app).await;
        let submission = hidden(&hospital.get("/portal/new").await.text(), "submission");
        let form = [
            field("submission", &submission),
            field("reporter_type", "M05"),
            field("mandatory_situations", "MR4"),
            field("discovered_at", "2026-11-23T08:30"),
            field("child_feature", "约7岁女童"),
            field("child_sex", "2"),
            field("content", "就诊时手臂多处淤青"),
            field("child_location", "140622100000"),
        ];
        let sent = clicked(&hospital, "/portal/new", &form).await;
        all_led_on(round, &sent);
        assert!(
            sent.iter().all(|reply| reply.location() == sent[0].location()),
            "round {round}"
        );
        assert_eq!(counted(&app).await, (reports + 1, cases + 1), "round {round}");
        let other = [&form[..], &[field("injury", "左前臂")]].concat();
        let more = posted(&hospital, "/portal/new".to_owned(), other).await;
        // Other words under the same submission are asked about, with everything kept.
        assert!(
            !more.status.is_redirection() && more.text().contains("左前臂"),
            "round {round}"
        );
        assert_eq!(counted(&app).await, (reports + 1, cases + 1), "round {round}");
        let again = hidden(&more.text(), "submission");
        assert_ne!(again, submission, "sent once more, it is another report");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_goal_is_reached_and_handed_over_once() {
    let job = crate::main_job::supported().await;
    let township = job.app.sign_in("township").await;
    let goal = job.view(&township).await["goals"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/cases/{}/plan/goals/{goal}/done", job.case);
    one_led_on(0, &clicked(&township, &path, &[field("version", "1")]).await);
    assert_eq!(told(&job.app, job.id(), Act::GoalDone).await, 1);
    let version = given::now(&job.app, job.id()).await.version.to_string();
    let form = [field("version", &version), field("note", "村儿童主任每月走访")];
    one_led_on(
        0,
        &clicked(&township, &format!("/cases/{}/plan/routine", job.case), &form).await,
    );
    assert_eq!(told(&job.app, job.id(), Act::RoutineCareBegun).await, 1);
}
