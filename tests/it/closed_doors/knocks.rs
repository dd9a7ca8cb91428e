//! Every address that leads to a case, filled in with what is really there.
//! A new route of this kind has no knock yet: the table below must learn it.

use super::world::{World, case_steps, picture};
use crate::support::{Client, Reply};
use serde_json::{Value, json};
use tonghu::web::routes::Route;
use tonghu::web::{Access, Routes};
use uuid::Uuid;

/// What is sent to an address.
#[derive(Clone)]
pub enum Body {
    Nothing,
    Fields(Vec<(&'static str, String)>),
    Json(Value),
    Photo,
}

#[derive(Clone)]
pub struct Knock {
    pub path: String,
    pub body: Body,
    pub access: Access,
}

impl Knock {
    pub async fn at(&self, who: &Client) -> Reply {
        match &self.body {
            Body::Nothing => who.get(&self.path).await,
            Body::Json(body) => who.json("POST", &self.path, body.clone()).await,
            Body::Photo => {
                let photo = picture();
                who.multipart(&self.path, &[], &[("photo", "a.jpg", "image/jpeg", &photo)])
                    .await
            }
            Body::Fields(fields) => {
                let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                who.post(&self.path, &fields).await
            }
        }
    }

    /// The same to something that does not exist.
    pub fn to_nothing(&self, world: &World) -> Self {
        let nothing = Uuid::from_u128(7).to_string();
        let mut other = self.clone();
        for id in [world.case, world.task, world.visit, world.report, world.measure] {
            other.path = other.path.replace(&id.to_string(), &nothing);
            if let Body::Json(body) = &mut other.body
                && body["case_id"] == json!(id)
            {
                body["case_id"] = json!(nothing);
            }
        }
        other
    }

    pub fn is_post(&self) -> bool {
        !matches!(self.body, Body::Nothing)
    }
}

/// The forms of a case, by the word of their address.
pub const DEEDS: [&str; 35] = [
    "sign",
    "return",
    "dispatch",
    "assign",
    "raise",
    "lowering",
    "note",
    "party",
    "child",
    "recuse",
    "support",
    "spot-check",
    "follow-up",
    "close",
    "decide-close",
    "reopen",
    "merge",
    "unmerge",
    "dispute",
    "arbitrate",
    "extension",
    "rule-extension",
    "pause",
    "rule-pause",
    "unpause",
    "lift-pause",
    "urge",
    "supervise",
    "answer-supervision",
    "end-supervision",
    "hand-in",
    "review-result",
    "call-back",
    "evaluate",
    "archive",
];

/// Routes whose parameter is no case and nothing of one; and transfers,
/// referrals, orders of 12345, the telephone and reviews, which have doors of their own.
const APART: [&str; 18] = [
    "/accounts/",
    "/network/",
    "/notices/",
    "/outbox/",
    "/setup/",
    "/assets/",
    "/divisions/",
    "/transfers/",
    "/deadline-rules/",
    "/hotline/",
    "/cti/",
    "/callbacks/",
    "/exchanges/",
    "/referrals/",
    "/referral-lines/",
    "/knowledge/",
    "/services/",
    "/quality/",
];
/// Routes that lead to a case or something of one.
const LEADING: [&str; 7] = [
    "/cases/{id}",
    "/measures/{id}",
    "/tasks/{id}",
    "/visits/{id}",
    "/reports/{id}",
    "/intake/{id}",
    "/portal/{id}",
];

/// Every knock, in the order of the access list.
pub fn all(world: &World, routes: &Routes) -> Vec<Knock> {
    let mut knocks = Vec::new();
    for route in routes.list().iter().filter(|route| route.path.contains('{')) {
        let page = route.path.strip_prefix("/api/v1").unwrap_or(route.path);
        if APART.iter().any(|apart| page.starts_with(apart)) {
            continue;
        }
        assert!(
            LEADING.iter().any(|lead| page.starts_with(lead)),
            "no knock for {}",
            route.path
        );
        knocks.extend(on(world, route));
    }
    knocks.extend(by_query(world));
    knocks
}

/// Addresses that name the case elsewhere than in their path.
fn by_query(world: &World) -> Vec<Knock> {
    let access = Access::CASEWORK;
    let visit = crate::main_job::visit(&world.case.to_string(), "routine", "2026-11-23T09:00:00+08:00");
    vec![
        Knock {
            path: format!("/api/v1/visits?case={}", world.case),
            body: Body::Nothing,
            access,
        },
        Knock {
            path: "/api/v1/visits".to_owned(),
            body: Body::Json(visit),
            access,
        },
    ]
}

/// The knocks on one route.
fn on(world: &World, route: &Route) -> Vec<Knock> {
    let path = filled(world, route.path);
    let bodies = match (route.method.as_str(), route.path) {
        ("GET", _) => vec![Body::Nothing],
        (_, "/api/v1/cases/{id}/steps") => case_steps(world).into_iter().map(Body::Json).collect(),
        (_, "/api/v1/tasks/{id}/steps") => task_steps().into_iter().map(Body::Json).collect(),
        (_, "/api/v1/measures/{id}/steps") => {
            let check = json!({ "checked_at": "2026-11-23 09:00", "outcome": "told" });
            vec![Body::Json(
                json!({ "step": "police_check", "version": 1, "fields": check }),
            )]
        }
        (_, "/api/v1/reports/{id}/steps") => {
            vec![Body::Json(json!({ "step": "answer", "version": 1, "note": "已答复" }))]
        }
        (_, "/api/v1/reports/{id}/referrals") => {
            let told = json!({ "line": "12355", "kind": "told", "told": "已告知号码" });
            vec![Body::Json(told)]
        }
        (_, "/visits/{id}/photos") => vec![Body::Photo],
        (_, form) => vec![Body::Fields(fields(world, form))],
    };
    let paths: Vec<String> = if path.contains("{step}") {
        DEEDS.iter().map(|deed| path.replace("{step}", deed)).collect()
    } else {
        vec![path]
    };
    let knock = |(path, body): (&String, &Body)| Knock {
        path: path.clone(),
        body: body.clone(),
        access: route.access,
    };
    paths
        .iter()
        .flat_map(|path| bodies.iter().map(move |body| (path, body)))
        .map(knock)
        .collect()
}

fn filled(world: &World, path: &str) -> String {
    let page = path.strip_prefix("/api/v1").unwrap_or(path);
    let id = match page.split('/').nth(1) {
        Some("cases") => world.case,
        Some("tasks") => world.task,
        Some("measures") => world.measure,
        Some("visits") => world.visit,
        _ => world.report,
    };
    path.replace("{id}", &id.to_string())
        .replace("{measure}", &world.measure.to_string())
        .replace("{kind}", "reprimand")
        .replace("{deed}", "to_police")
        .replace("{goal}", &world.goal.to_string())
        .replace("{conference}", &world.conference.to_string())
        .replace("{photo}", &world.photo.to_string())
        .replace("{call}", &Uuid::from_u128(9).to_string())
}

fn task_steps() -> Vec<Value> {
    let paper = json!({ "kind": "diagnosis", "paper_no": "1", "issued_on": "2026-11-23" });
    vec![
        json!({ "step": "sign", "version": 1 }),
        json!({ "step": "report", "version": 1, "result": "已办理", "papers": [paper] }),
        json!({ "step": "accept", "version": 1 }),
        json!({ "step": "reject", "version": 1, "reason": "不全" }),
        json!({ "step": "cancel", "version": 1, "reason": "不再需要" }),
        json!({ "step": "refuse", "version": 1, "reason": "R02", "basis": "职责清单", "done_first": "已先行处置" }),
        json!({ "step": "rule", "version": 1, "reason": "属本部门职责" }),
        json!({ "step": "drop", "version": 1, "reason": "已办结" }),
        json!({ "step": "waive", "version": 1, "reason": "不再需要" }),
    ]
}

/// What is typed into a form, whatever it asks.
const WORDS: &[(&str, &str)] = &[
    ("reason", "核实情况"),
    ("note", "核实情况"),
    ("text", "补充情况"),
    ("explanation", "不在本辖区"),
    ("done_first", "已到场处置"),
    ("level", "red"),
    ("decision", "yes"),
    ("name", "某某"),
    ("whom", "myself"),
    ("on", "2026-11-23"),
    ("ended_on", "2026-11-23"),
    ("minutes_no", "应未保会〔2026〕3号"),
    ("agenda", "研究安置"),
    ("function", "局长"),
    ("closure_type", "goals_met"),
    ("into", "TH-20261123-0001"),
    ("question", "煤气是否关好？"),
    ("reply", "已关好"),
    ("result", "已办理"),
    ("paper_no", "1号"),
    ("issued_by", "应县公安局"),
    ("issued_on", "2026-11-23"),
    ("type_code", "T80"),
    ("subject", "某某"),
    ("facts", "情况属实"),
    ("police_at", "2026-11-23 09:00"),
    ("request", "安排就诊"),
    ("refusal", "R02"),
    ("basis", "职责清单"),
    ("days", "5"),
    ("ground", "hospital"),
    ("cause", "other"),
    ("answer", "已办理"),
    ("summary", "已办理"),
    ("way", "school"),
    ("reached", "yes"),
    ("solved", "yes"),
    ("told", "handled"),
    ("rater", "nobody"),
    ("method", "home"),
    ("started_at", "2026-11-23T09:00"),
    ("seen", "yes"),
    ("injury", "no"),
    ("danger", "no"),
    ("who", "督导员"),
    ("place", "家中"),
    ("scene", "安全"),
    ("conclusion", "confirmed"),
    ("goals/0/dimension", "safety"),
    ("goals/0/goal", "安全"),
    ("goals/0/means", "走访"),
    ("referral_line", "12355"),
    ("referral_kind", "told"),
    ("referral_told", "已告知号码"),
];

/// One form that fills every form: each takes what it knows.
fn fields(world: &World, path: &str) -> Vec<(&'static str, String)> {
    let mut all: Vec<(&'static str, String)> = WORDS.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let kind = match path {
        "/cases/{id}/visits/new" => "routine",
        "/cases/{id}/measures/new" => "dissuasion_record",
        "/tasks/{id}/report" => "diagnosis",
        _ => "contact",
    };
    // What is changed has a version of its own; only the case's moves on here.
    let version = if path.starts_with("/cases/{id}") {
        world.version
    } else {
        1
    };
    all.extend([
        ("kind", kind.to_owned()),
        ("version", version.to_string()),
        ("id", Uuid::now_v7().to_string()),
        ("child", world.child.to_string()),
        ("account", world.account.to_string()),
        ("unit", world.unit.to_string()),
        ("member", world.unit.to_string()),
    ]);
    all
}
