//! Telling: who sits where now, who of them may see what it is about, one row
//! for each.

use super::{Notice, To};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::insert_models;
use crate::entity::{account, notice, post, protection_case, report, task};
use crate::error::Result;
use crate::network;
use crate::rules::division::{Division, Tier};
use crate::rules::level::RiskLevel;
use crate::rules::policy::{
    Action, Actor, CaseFacts, ReportAction, ReportFacts, Role, TaskAction, TaskFacts, may_report, reach, task_may,
};
use crate::sight;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter};
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// Tells whoever is meant and may see it, but not the one who did it. The
/// caller commits: what is rolled back was never told.
///
/// # Errors
/// When the database refuses.
pub async fn tell(tx: &impl ConnectionTrait, ctx: &Ctx, notice: &Notice) -> Result<()> {
    tell_all(tx, ctx, std::slice::from_ref(notice)).await
}

/// Tells several things at once, in as many statements as one. Who is meant
/// twice by the same thing is told once.
///
/// # Errors
/// When the database refuses.
pub async fn tell_all(tx: &impl ConnectionTrait, ctx: &Ctx, notices: &[Notice]) -> Result<()> {
    if notices.is_empty() {
        return Ok(());
    }
    let matters = Matters::load(tx, notices).await?;
    let people = People::load(tx, ctx, notices, &matters).await?;
    let mut told = HashSet::new();
    let mut rows = Vec::new();
    for notice in notices {
        for actor in people.meant(notice, &matters) {
            let own = Some(actor.account) == ctx.account();
            let key = (actor.account, notice.kind, notice.case, notice.report, notice.task);
            if !own && matters.shows(actor, notice) && told.insert(key) {
                rows.push(row(ctx, actor.account, notice, matters.is_red(notice)));
            }
        }
    }
    Ok(insert_models(tx, rows).await?)
}

fn row(ctx: &Ctx, account: Uuid, notice: &Notice, red: bool) -> notice::Model {
    notice::Model {
        id: ctx.new_id(),
        account_id: account,
        kind: notice.kind.code().to_owned(),
        case_id: notice.case,
        report_id: notice.report,
        task_id: notice.task,
        measure_id: None,
        red,
        sms: red || notice.kind.is_urgent(),
        created_at: ctx.now,
        held_until: None,
        seq: None,
        seen_at: None,
        done_at: None,
    }
}

/// What notices are about, as the policy wants to know it.
#[derive(Debug)]
pub(super) struct Matters {
    cases: HashMap<Uuid, (protection_case::Model, CaseFacts)>,
    tasks: HashMap<Uuid, task::Model>,
    reports: HashMap<Uuid, report::Model>,
}

impl Matters {
    async fn load(db: &impl ConnectionTrait, notices: &[Notice]) -> Result<Self> {
        let ids = |id: fn(&Notice) -> Option<Uuid>| notices.iter().filter_map(id).collect::<BTreeSet<_>>();
        let cases = ids(|notice| notice.case);
        let tasks = ids(|notice| notice.task);
        let reports = ids(|notice| notice.report.filter(|_| notice.case.is_none()));
        Self::of(db, &cases, &tasks, &reports).await
    }

    /// Loads cases, tasks and reports by their ids.
    pub(super) async fn of(
        db: &impl ConnectionTrait,
        cases: &BTreeSet<Uuid>,
        tasks: &BTreeSet<Uuid>,
        reports: &BTreeSet<Uuid>,
    ) -> Result<Self> {
        let mut matters = Self {
            cases: sight::facts_of(db, cases).await?,
            tasks: HashMap::new(),
            reports: HashMap::new(),
        };
        if !tasks.is_empty() {
            let found = task::Entity::find().filter(task::Column::Id.is_in(tasks.iter().copied()));
            matters.tasks = found.all(db).await?.into_iter().map(|row| (row.id, row)).collect();
        }
        if !reports.is_empty() {
            let found = report::Entity::find().filter(report::Column::Id.is_in(reports.iter().copied()));
            matters.reports = found.all(db).await?.into_iter().map(|row| (row.id, row)).collect();
        }
        Ok(matters)
    }

    /// Whether the person may see what the notice is about.
    fn shows(&self, actor: &Actor, notice: &Notice) -> bool {
        self.visible(actor, (notice.case, notice.task, notice.report))
    }

    /// Whether the person may see a task, else its case, else the report.
    pub(super) fn visible(
        &self,
        actor: &Actor,
        (case, task, report): (Option<Uuid>, Option<Uuid>, Option<Uuid>),
    ) -> bool {
        let facts = case.and_then(|id| self.cases.get(&id)).map(|(_, facts)| facts);
        match (task, case, report) {
            (Some(task), _, _) => match (self.tasks.get(&task), facts) {
                (Some(task), Some(facts)) => {
                    let facts = TaskFacts {
                        unit: task.unit_id,
                        // Seeing a task does not depend on who rules.
                        arbiter: None,
                        case: facts.clone(),
                    };
                    task_may(actor, TaskAction::View, &facts)
                }
                _ => false,
            },
            (None, Some(_), _) => facts.is_some_and(|facts| reach(actor, Action::View).covers(facts)),
            (None, None, Some(report)) => self.reports.get(&report).is_some_and(|report| {
                let facts = ReportFacts {
                    opened_by: report.opened_by,
                    reporter_account: report.reporter_account,
                    recused: false,
                };
                may_report(actor, ReportAction::View, &facts)
            }),
            (None, None, None) => true,
        }
    }

    fn is_red(&self, notice: &Notice) -> bool {
        let case = notice.case.and_then(|id| self.cases.get(&id));
        notice.red || case.is_some_and(|(case, _)| case.level == RiskLevel::Red.number())
    }

    fn able(&self, actor: &Actor, action: Action, notice: &Notice) -> bool {
        let case = notice.case.and_then(|id| self.cases.get(&id));
        case.is_some_and(|(_, facts)| reach(actor, action).covers(facts))
    }

    /// The units that take part in a notice's case.
    fn parts(&self, notice: &Notice) -> impl Iterator<Item = Uuid> {
        let case = notice.case.and_then(|id| self.cases.get(&id));
        case.into_iter()
            .flat_map(|(_, facts)| facts.parts.iter().map(|(unit, _)| *unit))
    }

    /// The county that a notice's case lies in.
    fn county(&self, notice: &Notice) -> Option<Division> {
        let (_, facts) = self.cases.get(&notice.case?)?;
        facts.division.at(Tier::County)
    }
}

/// Who may be meant, and which units they sit in.
struct People {
    actors: Vec<Actor>,
    seats: HashMap<Uuid, HashSet<Uuid>>,
}

impl People {
    async fn load(tx: &impl ConnectionTrait, ctx: &Ctx, notices: &[Notice], matters: &Matters) -> Result<Self> {
        let mut units = BTreeSet::new();
        let mut wanted = Condition::any();
        for notice in notices {
            match notice.to {
                To::Unit(unit) => {
                    units.insert(unit);
                }
                To::Account(account) => wanted = wanted.add(account::Column::Id.eq(account)),
                To::Role(role) => wanted = wanted.add(account::Column::Role.eq(role.code())),
                To::Able(_) => {
                    units.extend(matters.parts(notice));
                    if let Some(county) = matters.county(notice) {
                        let manager = Condition::all()
                            .add(account::Column::Role.eq(Role::County.code()))
                            .add(account::Column::Division.eq(county.code()));
                        wanted = wanted.add(manager);
                    }
                }
            }
        }
        let mut seats = seated(tx, ctx, &units).await?;
        let seated: BTreeSet<Uuid> = seats.values().flatten().copied().collect();
        wanted = wanted
            .add(account::Column::UnitId.is_in(units))
            .add(account::Column::Id.is_in(seated));
        let accounts = account::Entity::find()
            .filter(wanted)
            .filter(account::Column::DisabledAt.is_null())
            .all(tx)
            .await?;
        for account in &accounts {
            if let Some(unit) = account.unit_id {
                seats.entry(unit).or_default().insert(account.id);
            }
        }
        Ok(Self {
            actors: sight::actors(tx, &accounts, ctx.now).await?,
            seats,
        })
    }

    fn meant(&self, notice: &Notice, matters: &Matters) -> impl Iterator<Item = &Actor> {
        self.actors.iter().filter(move |actor| match notice.to {
            To::Unit(unit) => self.sits(actor, unit),
            To::Account(account) => actor.account == account,
            To::Role(role) => actor.role == role,
            To::Able(action) => matters.able(actor, action, notice),
        })
    }

    fn sits(&self, actor: &Actor, unit: Uuid) -> bool {
        self.seats
            .get(&unit)
            .is_some_and(|seats| seats.contains(&actor.account))
    }
}

/// Who holds a post of these units now: the holder, unless on leave; the
/// stand-in of whoever is away.
async fn seated(tx: &impl ConnectionTrait, ctx: &Ctx, units: &BTreeSet<Uuid>) -> Result<HashMap<Uuid, HashSet<Uuid>>> {
    let mut seats: HashMap<Uuid, HashSet<Uuid>> = HashMap::new();
    if units.is_empty() {
        return Ok(seats);
    }
    let posts = post::Entity::find()
        .filter(post::Column::UnitId.is_in(units.iter().copied()))
        .filter(post::Column::Active.eq(true))
        .all(tx)
        .await?;
    let today = clock::day(ctx.now);
    for post in posts {
        let holder = post.holder_id.filter(|_| !network::on_leave(&post, today));
        let sits = holder.or(post.stand_in_id);
        seats.entry(post.unit_id).or_default().extend(sits);
    }
    Ok(seats)
}
