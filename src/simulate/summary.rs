//! What a simulation tells when it is over.

use super::chart::{self, Week};
use super::check::{Invariant, Verdict};
use super::trace::Trace;
use super::world::World;
use crate::error::Result;
use crate::rules::escalation::Rung;
use crate::rules::policy::Role;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Statement};
use std::collections::BTreeMap;
use std::fmt::Display;

/// No more broken things of one kind are printed than this.
const SHOWN: usize = 12;

/// What came of a simulation.
#[derive(Debug)]
pub struct Outcome {
    /// SHA-256 over the trace: the same for the same seed.
    pub digest: String,
    /// Whether each thing that must hold does.
    pub verdicts: Vec<Verdict>,
    /// Week by week.
    pub weeks: Vec<Week>,
    /// Acts that were done.
    pub acts: BTreeMap<&'static str, u64>,
    /// Acts that were refused, by act and reason.
    pub refusals: BTreeMap<(&'static str, &'static str), u64>,
    /// Acts by role.
    pub by_role: BTreeMap<Role, u64>,
    /// Double submits of which one counted.
    pub absorbed: u64,
    /// Measures that were begun, by kind.
    pub begun: BTreeMap<&'static str, u64>,
    /// Acts that were taken upon them, by kind and act.
    pub deeds: BTreeMap<(&'static str, &'static str), u64>,
    /// How often each step above the owner was told, by the stored word; the
    /// owner's own (到期) stands under `owner`.
    pub escalations: BTreeMap<&'static str, u64>,
    /// Injected faults.
    pub faults: BTreeMap<&'static str, u64>,
    /// How many people there were.
    pub people: usize,
    /// Counts of the tables, each with its title.
    counts: Vec<(&'static str, Vec<(String, i64)>)>,
    span: (DateTime<Utc>, DateTime<Utc>),
}

const COUNTS: [(&str, &str); 14] = [
    (
        "线索（按等级）",
        "SELECT coalesce(CAST(level AS TEXT), '-') AS what, count(*) AS n FROM report GROUP BY level ORDER BY level",
    ),
    (
        "线索（按去向）",
        "SELECT state AS what, count(*) AS n FROM report GROUP BY state ORDER BY state",
    ),
    (
        "个案（按阶段）",
        "SELECT stage AS what, count(*) AS n FROM protection_case GROUP BY stage ORDER BY stage",
    ),
    (
        "协办任务（按状态）",
        "SELECT state AS what, count(*) AS n FROM task GROUP BY state ORDER BY state",
    ),
    (
        "工单（按状态）",
        "SELECT state AS what, count(*) AS n FROM work_order GROUP BY state ORDER BY state",
    ),
    (
        "延期（按结果）",
        "SELECT state AS what, count(*) AS n FROM order_extension GROUP BY state ORDER BY state",
    ),
    (
        "停表（按状态）",
        "SELECT state AS what, count(*) AS n FROM order_pause GROUP BY state ORDER BY state",
    ),
    (
        "督办（按事由）",
        "SELECT cause AS what, count(*) AS n FROM supervision GROUP BY cause ORDER BY cause",
    ),
    (
        "移交（按状态）",
        "SELECT state AS what, count(*) AS n FROM transfer GROUP BY state ORDER BY state",
    ),
    (
        "措施（按状态）",
        "SELECT state AS what, count(*) AS n FROM measure GROUP BY state ORDER BY state",
    ),
    (
        "退回次数",
        "SELECT CAST(return_count AS TEXT) AS what, count(*) AS n FROM protection_case WHERE return_count > 0 GROUP BY return_count \
         ORDER BY return_count",
    ),
    (
        "超期（按规则）",
        "SELECT rule AS what, count(*) AS n FROM deadline WHERE overdue_at IS NOT NULL GROUP BY rule ORDER BY rule",
    ),
    (
        "时限、催办、督办自动触发",
        "SELECT act AS what, count(*) AS n FROM journal_entry WHERE actor_role = 'system' AND act <> 'account_added' \
         GROUP BY act ORDER BY act",
    ),
    (
        "时限（按节点）",
        "SELECT milestone AS what, count(*) AS n FROM deadline GROUP BY milestone ORDER BY milestone",
    ),
];

impl Outcome {
    /// Puts it together.
    ///
    /// # Errors
    /// When the database refuses to be read.
    pub(super) async fn of(world: World<'_>, mut verdicts: Vec<Verdict>, from: DateTime<Utc>) -> Result<Self> {
        let digest = world.trace.digest();
        let (app, until, people) = (world.app, world.until, world.people.all.len());
        let Trace {
            acts,
            refusals,
            by_role,
            absorbed,
            begun,
            deeds,
            faults,
            doubled,
            unnoticed,
            forgotten,
            broken,
            ..
        } = world.trace;
        for verdict in &mut verdicts {
            if verdict.invariant == Invariant::ClockFired {
                verdict.broken.extend(forgotten.iter().cloned());
            }
        }
        for (invariant, broken) in [
            (Invariant::DoneOnce, doubled),
            (Invariant::NothingOverwritten, unnoticed),
            (Invariant::NoFault, broken),
        ] {
            verdicts.push(Verdict { invariant, broken });
        }
        let db = app.db.read();
        Ok(Self {
            digest,
            verdicts,
            weeks: world.weeks,
            acts,
            refusals,
            by_role,
            absorbed,
            begun,
            deeds,
            escalations: climbed(db).await?,
            faults,
            people,
            counts: tables(db).await?,
            span: (from, until),
        })
    }

    /// Whether everything holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.verdicts.iter().all(|verdict| verdict.broken.is_empty())
    }

    /// The summary in words.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut add = |line: String| {
            text.push_str(&line);
            text.push('\n');
        };
        let (from, until) = self.span;
        add(format!(
            "模拟 {} 至 {}，{} 人",
            crate::clock::day(from),
            crate::clock::day(until),
            self.people
        ));
        for (title, rows) in &self.counts {
            add(format!("{title}：{}", joined(rows.iter().map(|(what, n)| (what, n)))));
        }
        let steps = [("owner", "责任单位")].into_iter();
        let steps = steps.chain(Rung::ALL.map(|rung| (rung.code(), rung.label())));
        let climbed = steps.map(|(code, label)| (label, self.escalations.get(code).copied().unwrap_or(0)));
        add(format!("逐级上报（告知次数）：{}", joined(climbed)));
        add(format!("办成（按动作）：{}", joined(&self.acts)));
        add(format!("发起的措施：{}", joined(&self.begun)));
        let deeds = self.deeds.iter().map(|((kind, deed), n)| (format!("{kind}/{deed}"), n));
        add(format!("办理的措施：{}", joined(deeds)));
        let roles: Vec<(&str, &u64)> = self.by_role.iter().map(|(role, n)| (role.label(), n)).collect();
        add(format!("办成（按角色）：{}", joined(roles)));
        let refused = self.refusals.iter().map(|((act, why), n)| (format!("{act}/{why}"), n));
        add(format!("被拒（按动作与原因）：{}", joined(refused)));
        add(format!("重复提交只算一次：{}", self.absorbed));
        add(format!("注入的故障：{}", joined(&self.faults)));
        add(chart::sentence(&self.weeks));
        add("须始终成立：".to_owned());
        for verdict in &self.verdicts {
            add(told(verdict));
        }
        add(format!("轨迹摘要 {}", self.digest));
        text
    }

    /// The picture.
    #[must_use]
    pub fn svg(&self) -> String {
        chart::draw(&self.weeks)
    }
}

fn told(verdict: &Verdict) -> String {
    let label = verdict.invariant.label();
    if verdict.broken.is_empty() {
        return format!("  成立　{label}");
    }
    let some: Vec<&str> = verdict.broken.iter().take(SHOWN).map(String::as_str).collect();
    let more = verdict.broken.len();
    format!("  不成立　{label}：{more} 处，如 {}", some.join("、"))
}

fn joined<K: Display, N: Display>(rows: impl IntoIterator<Item = (K, N)>) -> String {
    let parts: Vec<String> = rows
        .into_iter()
        .map(|(what, count)| format!("{what} {count}"))
        .collect();
    if parts.is_empty() {
        return "无".to_owned();
    }
    parts.join("，")
}

/// What the tables hold, each count under its title.
async fn tables(db: &impl ConnectionTrait) -> Result<Vec<(&'static str, Vec<(String, i64)>)>> {
    let mut counts = Vec::new();
    for (title, sql) in COUNTS {
        counts.push((title, count(db, sql).await?));
    }
    Ok(counts)
}

/// How often each step of the way up was told.
async fn climbed(db: &impl ConnectionTrait) -> Result<BTreeMap<&'static str, u64>> {
    const MISSED: &str = "SELECT act AS what, count(*) AS n FROM journal_entry \
        WHERE act = 'deadline_missed' GROUP BY act";
    const RUNGS: &str = "SELECT detail ->> 'rung' AS what, count(*) AS n FROM journal_entry \
        WHERE act = 'deadline_escalated' AND detail ->> 'rung' IS NOT NULL GROUP BY detail ->> 'rung'";
    let number = |n: i64| u64::try_from(n).unwrap_or(0);
    let mut steps: BTreeMap<&'static str, u64> = BTreeMap::new();
    for (_, n) in count(db, MISSED).await? {
        steps.insert("owner", number(n));
    }
    for (rung, n) in count(db, RUNGS).await? {
        if let Some(rung) = Rung::parse(&rung) {
            steps.insert(rung.code(), number(n));
        }
    }
    Ok(steps)
}

async fn count(db: &impl ConnectionTrait, sql: &str) -> Result<Vec<(String, i64)>> {
    let ask = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(ask).await?;
    let read = rows
        .iter()
        .map(|row| Ok((row.try_get("", "what")?, row.try_get("", "n")?)));
    read.collect()
}
