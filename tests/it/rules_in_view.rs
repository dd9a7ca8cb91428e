//! The rules made visible: four tables under review, and the order of the
//! modules. A change of a rule is a change of a table that somebody reads.

use crate::support::App;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use tonghu::rules::division::Division;
use tonghu::rules::level::Sensitivity;
use tonghu::rules::orderflow::{OrderState, OrderStep};
use tonghu::rules::policy::{self, Action, Actor, CaseFacts, Part, Role};
use tonghu::rules::workflow::{Stage, Step};
use tonghu::web::{Access, Routes};
use uuid::Uuid;

#[test]
fn the_stage_and_step_table_is_the_reviewed_one() {
    let mut table = String::new();
    for stage in Stage::ALL {
        for step in Step::samples() {
            if let Ok(next) = stage.after(&step) {
                writeln!(table, "{:<14} {:<14} -> {}", stage.code(), step.code(), next.code()).unwrap();
            }
        }
    }
    insta::assert_snapshot!("stage_and_step", table);
}

#[test]
fn the_order_and_step_table_is_the_reviewed_one() {
    let mut table = String::new();
    for state in OrderState::ALL {
        for step in OrderStep::SAMPLES {
            let legal: Vec<(&str, &str)> = Stage::ALL
                .into_iter()
                .filter_map(|stage| state.after(stage, step).ok().map(|next| (stage.code(), next.code())))
                .collect();
            let Some((_, next)) = legal.first() else { continue };
            let at = match legal.len() {
                12 => "any stage".to_owned(),
                _ => legal.iter().map(|(stage, _)| *stage).collect::<Vec<_>>().join(" "),
            };
            writeln!(
                table,
                "{:<12} {:<28} -> {next:<12} {at}",
                state.code(),
                format!("{step:?}")
            )
            .unwrap();
        }
    }
    insta::assert_snapshot!("order_and_step", table);
}

/// The relations of a person to a case that the policy tells apart.
fn relations() -> Vec<(&'static str, CaseFacts)> {
    let me = Uuid::from_u128(1);
    let unit = Uuid::from_u128(2);
    let here = Division::parse("140622100001").unwrap();
    let case = |parts: &[Part]| CaseFacts {
        division: here.clone(),
        parts: parts.iter().map(|part| (unit, *part)).collect(),
        sensitivity: Sensitivity::L3,
        opened_by: None,
        recused_accounts: Vec::new(),
        recused_units: Vec::new(),
    };
    let mut opened = case(&[]);
    opened.opened_by = Some(me);
    let mut secret = case(&[Part::Lead]);
    secret.sensitivity = Sensitivity::L4;
    let mut elsewhere = case(&[]);
    elsewhere.division = Division::parse("140623100001").unwrap();
    let mut recused = case(&[Part::Lead]);
    recused.recused_accounts = vec![me];
    let mut sent_away = case(&[Part::Lead]);
    sent_away.division = elsewhere.division.clone();
    vec![
        ("leads", case(&[Part::Lead])),
        ("assists", case(&[Part::Assist])),
        ("oversees", case(&[Part::Oversee])),
        ("in the area", case(&[])),
        ("elsewhere", elsewhere),
        ("leads elsewhere", sent_away),
        ("took the call", opened),
        ("leads, L4", secret),
        ("leads, recused", recused),
    ]
}

/// Everybody the policy tells apart: each role, and the police among the
/// departments.
fn actors() -> Vec<(&'static str, Actor)> {
    let mut all: Vec<(&'static str, Actor)> = Role::ALL.into_iter().map(|role| (role.code(), actor(role))).collect();
    let police = Actor {
        unit_kind: "PSB".to_owned(),
        ..actor(Role::Handler)
    };
    let at = all.iter().position(|(name, _)| *name == "handler").unwrap();
    all.insert(at + 1, ("police", police));
    all
}

fn actor(role: Role) -> Actor {
    let division = match role {
        Role::County => "140622",
        Role::Township => "140622100",
        Role::Village => "140622100001",
        _ => "140600",
    };
    Actor {
        account: Uuid::from_u128(1),
        role,
        unit: Some(Uuid::from_u128(2)),
        unit_kind: "EDU".to_owned(),
        division: Division::parse(division).unwrap(),
        also: Vec::new(),
    }
}

#[test]
fn the_policy_matrix_is_the_reviewed_one() {
    let mut table = String::new();
    for (name, actor) in actors() {
        for (relation, case) in relations() {
            let may: Vec<String> = Action::ALL
                .into_iter()
                .filter(|action| policy::reach(&actor, *action).covers(&case))
                .map(|action| format!("{action:?}"))
                .collect();
            let may = if may.is_empty() { "-".to_owned() } else { may.join(" ") };
            writeln!(table, "{name:<9} {relation:<15} {may}").unwrap();
        }
    }
    insta::assert_snapshot!("policy_matrix", table);
}

#[test]
fn whoever_is_recused_reaches_nothing_in_any_role() {
    let relations = relations();
    let (_, recused) = relations.last().unwrap();
    for (name, actor) in actors() {
        for action in Action::ALL {
            assert!(!policy::reach(&actor, action).covers(recused), "{name} {action:?}");
        }
    }
}

/// What may not be seen may not be done either, so that a refusal never tells
/// that there is a case; only who reported is opened to the police by itself.
#[test]
fn nothing_is_done_to_what_is_not_seen() {
    for (name, actor) in actors() {
        for (relation, case) in relations() {
            let may = |action| policy::reach(&actor, action).covers(&case);
            let blind: Vec<Action> = Action::ALL
                .into_iter()
                .filter(|action| may(*action) && !may(Action::View))
                .collect();
            let by_itself = name == "police" && blind == [Action::OpenReporter];
            assert!(blind.is_empty() || by_itself, "{name} {relation}: {blind:?}");
        }
    }
}

/// Whatever unit the rules make the lead of a case, its people can take it from
/// the signature to the wish to close, with those who assist by the same rules;
/// and somebody other than the one who asked can decide.
#[test]
fn whoever_leads_a_case_can_bring_it_to_its_end() {
    let needed = [Action::Sign, Action::Assess, Action::AskClose];
    let relations = relations();
    let on = |relation: &str| &relations.iter().find(|(name, _)| *name == relation).unwrap().1;
    let (leads, assists) = (on("leads"), on("assists"));
    for role in [Role::Lead, Role::City, Role::County, Role::Township, Role::Handler] {
        for action in needed {
            assert!(policy::reach(&actor(role), action).covers(leads), "{role:?} {action:?}");
        }
    }
    // A village signs what it leads; its township assesses it and asks.
    assert!(policy::reach(&actor(Role::Village), Action::Sign).covers(leads));
    for action in [Action::Assess, Action::Plan, Action::AskClose] {
        assert!(
            policy::reach(&actor(Role::Township), action).covers(assists),
            "{action:?}"
        );
    }
    // The county decides within its place, the city and the hotline what they
    // lead where no county can.
    assert!(policy::reach(&actor(Role::County), Action::DecideClose).covers(on("in the area")));
    for role in [Role::City, Role::Lead] {
        assert!(
            policy::reach(&actor(role), Action::DecideClose).covers(leads),
            "{role:?}"
        );
        assert!(
            !policy::reach(&actor(role), Action::DecideClose).covers(on("in the area")),
            "{role:?}"
        );
    }
}

fn admitted(access: Access) -> String {
    let mut who: Vec<&str> = Role::ALL
        .into_iter()
        .filter(|role| access.admits(Some(*role)))
        .map(Role::code)
        .collect();
    if access.admits(None) {
        who = vec!["everybody"];
    } else if access == Access::Session {
        who = vec!["every person signed in"];
    }
    who.join(" ")
}

fn routes() -> Routes {
    tonghu::app::routes(true)
}

#[test]
fn the_access_list_is_the_reviewed_one() {
    let mut rows: Vec<String> = routes()
        .list()
        .iter()
        .map(|route| format!("{:<6} {:<45} {}", route.method, route.path, admitted(route.access)))
        .collect();
    rows.sort();
    insta::assert_snapshot!("access_list", rows.join("\n"));
}

/// Every signed-in kind of person knocks at every page: whoever the list does
/// not admit gets 403, a stranger is sent to sign in.
#[tokio::test]
async fn the_gate_keeps_to_the_access_list() {
    let app = App::start().await;
    let people = [
        ("operator", Role::Operator),
        ("lead", Role::Lead),
        ("city", Role::City),
        ("county", Role::County),
        ("township", Role::Township),
        ("village", Role::Village),
        ("police", Role::Handler),
        ("hospital", Role::Reporter),
        ("sysadmin", Role::SysAdmin),
        ("secadmin", Role::SecAdmin),
        ("auditor", Role::Auditor),
    ];
    let nobody = Uuid::from_u128(7).to_string();
    let pages: Vec<(String, Access)> = routes()
        .list()
        .iter()
        .filter(|route| route.method == "GET" && route.access != Access::Public)
        .map(|route| (filled(route.path, &nobody), route.access))
        .collect();
    assert!(pages.len() > 20, "{}", pages.len());
    for (username, role) in people {
        let person = app.sign_in(username).await;
        for (path, access) in &pages {
            let status = person.get(path).await.status.as_u16();
            if access.admits(Some(role)) {
                assert!(status < 500 && status != 401, "{username} {path}: {status}");
            } else {
                assert_eq!(status, 403, "{username} {path}");
            }
        }
    }
    for (path, _) in &pages {
        let status = app.stranger().get(path).await.status.as_u16();
        assert!(matches!(status, 303 | 401), "stranger {path}: {status}");
    }
}

/// A path with an id that belongs to nothing in place of its parameters.
fn filled(path: &str, id: &str) -> String {
    let parts: Vec<&str> = path
        .split('/')
        .map(|part| if part.starts_with('{') { id } else { part })
        .collect();
    parts.join("/")
}

/// Each module uses only what stands before it in `lib.rs`.
#[test]
fn modules_use_only_what_stands_before_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let lib = std::fs::read_to_string(root.join("lib.rs")).unwrap();
    let order: Vec<&str> = lib
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    let mut wrong = BTreeSet::new();
    for (at, module) in order.iter().enumerate() {
        for (file, text) in sources(&root, module) {
            for used in uses(&text) {
                if order.iter().skip(at + 1).any(|later| *later == used) {
                    wrong.insert(format!("{module} uses {used} in {file}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    insta::assert_snapshot!("module_order", order.join("\n"));
}

fn sources(root: &Path, module: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open = vec![root.join(module), root.join(format!("{module}.rs"))];
    while let Some(path) = open.pop() {
        // What only tests use does not count.
        if path.file_stem().is_some_and(|name| name == "tests") {
            continue;
        }
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|kind| kind == "rs") && path.exists() {
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.strip_prefix(root).unwrap().display().to_string();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
            found.push((name, code));
        }
    }
    found
}

fn uses(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for piece in text.split("crate::").skip(1) {
        if let Some(group) = piece.strip_prefix('{') {
            let inside = group.split("};").next().unwrap_or_default();
            found.extend(inside.split(',').filter_map(first_word));
        } else {
            found.extend(first_word(piece));
        }
    }
    found
}

fn first_word(text: &str) -> Option<String> {
    let word: String = text
        .trim()
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    Some(word).filter(|word| !word.is_empty())
}

/// Every entity reads from a freshly migrated database: schema and code agree.
#[tokio::test]
async fn every_table_of_the_code_stands_in_the_schema() {
    use sea_orm::EntityTrait;
    use tonghu::entity as table;
    let app = App::start().await;
    let db = app.state.db.read();
    macro_rules! each {
        ($($name:ident)*) => {{
            $(table::$name::Entity::find().one(db).await.unwrap_or_else(|error| panic!("{}: {error}", stringify!($name)));)*
            [$(stringify!($name)),*]
        }};
    }
    let read: BTreeSet<&str> = BTreeSet::from(each! {
        account article article_gram article_version assessment call_exchange call_leg call_return call_token
        callback case_child case_event case_unit child conference conference_member counter deadline deadline_rule
        division emergency_call emergency_receipt evaluation extension feedback hotline_attachment
        hotline_attachment_file hotline_client hotline_event hotline_file_mapping hotline_flag
        hotline_nonce hotline_order hotline_reconciliation hotline_refusal hotline_secret idempotency journal_entry
        measure measure_event notice notice_choice order_extension order_pause order_return outbox party phone_call
        plan_goal post protection_case quality_frame quality_review quality_sample quality_sheet recusal referral referral_line report report_article report_child
        reporter_identity search_token service session setting supervision
        task task_dispute throttle transfer unit urging visit visit_photo work_order
    });
    let declared = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/entity/mod.rs")).unwrap();
    for name in declared
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
    {
        assert!(read.contains(name), "{name} is not read here");
    }
}
