//! A case with one of everything, made over the interface by those whose work
//! it is.

use crate::main_job::{Job, supported};
use crate::support::App;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use std::io::Cursor;
use tonghu::entity::{case_child, conference, measure, plan_goal, protection_case, report, task, visit, visit_photo};
use uuid::Uuid;

/// The ids that addresses are made of.
pub struct World {
    pub job: Job,
    pub case: Uuid,
    pub number: String,
    pub version: i32,
    pub task: Uuid,
    pub visit: Uuid,
    pub photo: Uuid,
    pub measure: Uuid,
    pub goal: Uuid,
    pub report: Uuid,
    pub child: Uuid,
    /// An account and a unit that exist.
    pub account: Uuid,
    pub unit: Uuid,
    pub conference: Uuid,
}

/// The first row of a table that belongs to the case.
macro_rules! of_case {
    ($table:ident, $app:expr, $case:expr) => {
        $table::Entity::find()
            .filter($table::Column::CaseId.eq($case))
            .one($app.state.db.read())
            .await
            .unwrap()
            .unwrap()
    };
}

pub async fn built() -> World {
    let job = supported().await;
    let app = &job.app;
    let case = job.id();
    let county = app.sign_in("county").await;
    let paper = json!({
        "step": "measure", "kind": "protection_order", "paper_no": "（2026）晋0622民保令1号",
        "issued_by": "应县人民法院", "issued_on": "2026-11-23", "expires_on": "2027-05-20",
    });
    job.taken(&county, paper).await;
    let order = json!({ "step": "open_task", "type": "T80", "request": "安排就诊并出具诊断证明" });
    job.taken(&county, order).await;
    let held = json!({ "step": "conference", "on": "2026-11-23", "minutes_no": "应未保会〔2026〕2号" });
    job.taken(&county, held).await;
    photographed(app, of_case!(visit, app, case).id).await;
    let row: protection_case::Model = crate::given::now(app, case).await;
    World {
        case,
        number: row.number,
        version: row.version,
        task: open_task(app, case).await,
        visit: of_case!(visit, app, case).id,
        photo: of_case!(visit_photo, app, case).id,
        measure: measure_of(app, case).await,
        goal: of_case!(plan_goal, app, case).id,
        report: report_of(app, case).await,
        child: of_case!(case_child, app, case).child_id,
        account: crate::given::account_of(app, "township").await.id,
        unit: crate::given::account_of(app, "civil").await.unit_id.unwrap(),
        conference: of_case!(conference, app, case).id,
        job,
    }
}

async fn open_task(app: &App, case: Uuid) -> Uuid {
    let found = task::Entity::find()
        .filter(task::Column::CaseId.eq(case))
        .filter(task::Column::TypeCode.eq("T80"))
        .one(app.state.db.read())
        .await;
    found.unwrap().unwrap().id
}

async fn measure_of(app: &App, case: Uuid) -> Uuid {
    let found = measure::Entity::find()
        .filter(measure::Column::CaseId.eq(case))
        .filter(measure::Column::Kind.eq("protection_order"))
        .one(app.state.db.read())
        .await;
    found.unwrap().unwrap().id
}

async fn report_of(app: &App, case: Uuid) -> Uuid {
    let found = report::Entity::find()
        .filter(report::Column::CaseId.eq(case))
        .one(app.state.db.read())
        .await;
    found.unwrap().unwrap().id
}

async fn photographed(app: &App, visit: Uuid) {
    let village = app.sign_in("village").await;
    let reply = village
        .multipart(
            &format!("/visits/{visit}/photos"),
            &[],
            &[("photo", "房屋.jpg", "image/jpeg", &picture())],
        )
        .await;
    assert_eq!(reply.status, 303, "{}", reply.text());
}

/// A small photo.
pub fn picture() -> Vec<u8> {
    let mut bytes = Vec::new();
    image::RgbImage::from_pixel(32, 24, image::Rgb([120, 90, 60]))
        .write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Jpeg)
        .unwrap();
    bytes
}

/// The body of every step of a case, each as its owner would send it.
#[expect(clippy::too_many_lines, reason = "one table")]
pub fn case_steps(world: &World) -> Vec<Value> {
    let mut assess = crate::main_job::assessment("assess", "2026-11-23");
    let mut review = crate::main_job::assessment("review", "2026-11-23");
    assess["version"] = json!(world.version);
    review["version"] = json!(world.version);
    let goals = json!([{ "dimension": "safety", "goal": "安全", "means": "走访", "core": true }]);
    let mut steps = vec![
        json!({ "step": "sign" }),
        json!({ "step": "return", "reason": "R01", "explanation": "不在本辖区", "done_first": "已到场" }),
        json!({ "step": "refuse_return", "reason": "仍在本辖区" }),
        json!({ "step": "dispute", "reason": "职责交叉" }),
        json!({ "step": "arbitrate", "unit": world.unit, "reason": "由民政承办" }),
        json!({ "step": "ask_extension", "days": 5, "reason": "等待诊断" }),
        json!({ "step": "rule_extension", "grant": true }),
        json!({ "step": "ask_pause", "ground": "hospital", "reason": "住院" }),
        json!({ "step": "rule_pause", "grant": true }),
        json!({ "step": "end_pause", "reason": "出院" }),
        json!({ "step": "urge", "note": "请尽快办理" }),
        json!({ "step": "supervise", "level": 1, "cause": "unsolved", "reason": "限期报告" }),
        json!({ "step": "answer_supervision", "supervision": Uuid::now_v7(), "answer": "已办" }),
        json!({ "step": "end_supervision", "supervision": Uuid::now_v7(), "reason": "已办" }),
        json!({ "step": "hand_in", "summary": "已办结" }),
        json!({ "step": "accept_result" }),
        json!({ "step": "send_back_result", "reason": "重办" }),
        json!({ "step": "call_back", "way": "school", "reached": true, "solved": true, "told": "handled" }),
        json!({ "step": "evaluate", "rater": "nobody" }),
        json!({ "step": "archive" }),
        json!({ "step": "redispatch", "unit": world.unit, "reason": "改派" }),
        json!({ "step": "assign", "account": world.account }),
        json!({ "step": "raise_risk", "level": "red", "reason": "新伤" }),
        json!({ "step": "propose_lowering", "level": "green", "reason": "已安置" }),
        json!({ "step": "confirm_lowering" }),
        json!({ "step": "refuse_lowering", "reason": "观察期未满" }),
        json!({ "step": "note", "text": "补充" }),
        json!({ "step": "party", "kind": "contact", "name": "某某" }),
        json!({ "step": "child", "child": world.child, "school": "金城镇小学" }),
        json!({ "step": "recuse", "reason": "近亲属" }),
        json!({ "step": "plan", "goals": goals }),
        json!({ "step": "confirm_plan" }),
        json!({ "step": "goal_done", "goal": world.goal }),
        json!({ "step": "goal_drop", "goal": world.goal, "reason": "不需要" }),
        json!({ "step": "routine_care", "note": "村里接续" }),
        json!({ "step": "end_routine_care", "reason": "撤回" }),
        json!({ "step": "open_task", "type": "T80", "request": "安排就诊" }),
        json!({ "step": "open_tasks", "tasks": [{ "type": "T81", "request": "固定病历" }] }),
        json!({ "step": "measure", "kind": "dissuasion_record", "paper_no": "1", "issued_by": "村委会", "issued_on": "2026-11-23" }),
        json!({ "step": "end_measure", "measure": world.measure, "on": "2026-11-23", "reason": "撤销" }),
        json!({ "step": "transfer", "to": "140623100", "reason": "residence", "met_on": "2026-11-23", "meeting": "已通话",
            "child_informed": "yes", "guardian_informed": "yes" }),
        json!({ "step": "begin_support" }),
        json!({ "step": "conference", "on": "2026-11-23", "minutes_no": "1" }),
        json!({ "step": "spot_check", "note": "抽查" }),
        json!({ "step": "follow_up" }),
        json!({ "step": "ask_close", "closure_type": "goals_met", "note": "目标达成" }),
        json!({ "step": "approve_close" }),
        json!({ "step": "refuse_close", "reason": "材料不齐" }),
        json!({ "step": "reopen", "reason": "再次接到线索" }),
        json!({ "step": "merge", "into": Uuid::now_v7(), "reason": "同一名儿童" }),
        json!({ "step": "undo_merge", "reason": "并非同一名儿童" }),
    ];
    for step in &mut steps {
        step["version"] = json!(world.version);
    }
    steps.extend(measure_steps(world));
    steps.extend([assess, review]);
    steps
}

/// The steps of measures; the second has the measure's own version.
fn measure_steps(world: &World) -> [Value; 2] {
    let fields = json!({
        "paper_no": "训1号", "issued_by": "应县公安局", "issued_on": "2026-11-23", "subject": "某某", "facts": "殴打",
    });
    let begin = json!({
        "step": "begin_measure", "version": world.version, "kind": "reprimand", "fields": fields,
    });
    let served = json!({
        "step": "measure_step", "version": 1, "measure": world.measure, "deed": "to_police",
        "fields": { "police_at": "2026-11-23 09:00" },
    });
    [begin, served]
}

/// One of everything, so that no address leads twice to the same.
#[tokio::test]
async fn the_world_of_these_tests_holds_one_of_everything() {
    let world = built().await;
    let ids = [
        world.task,
        world.visit,
        world.photo,
        world.measure,
        world.goal,
        world.report,
        world.child,
    ];
    assert_eq!(std::collections::BTreeSet::from(ids).len(), ids.len());
}
