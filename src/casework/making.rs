//! A case in the making: its rows are composed first and written together,
//! table by table, so that opening one takes few statements and opening many
//! takes hardly more.

use super::opening::{Opening, child_rows, party_row};
use super::search;
use super::timeline::{Happening, event};
use crate::clocks;
use crate::ctx::Ctx;
use crate::db::{insert_all, insert_models};
use crate::entity::{CodeList, case_child, case_event, case_unit, child, deadline, party, protection_case, recusal};
use crate::error::Result;
use crate::journal::Act;
use crate::notices::{Kind, Notice, To};
use crate::rules::division::Division;
use crate::rules::escalation;
use crate::rules::policy::Part;
use crate::rules::routing::{Assignment, Plan};
use crate::rules::workflow::Stage;
use crate::vault::{Slot, Vault};
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, ConnectionTrait};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The rows of a case, not written yet.
#[derive(Debug)]
pub struct NewCase {
    case: protection_case::Model,
    units: Vec<case_unit::ActiveModel>,
    recusals: Vec<recusal::ActiveModel>,
    children: Vec<child::ActiveModel>,
    links: Vec<case_child::ActiveModel>,
    parties: Vec<party::ActiveModel>,
    clocks: Vec<deadline::Model>,
    events: Vec<case_event::ActiveModel>,
    tokens: BTreeSet<i64>,
}

impl NewCase {
    /// The row, its units, its recusals (of the units `blind` among others),
    /// its children, its clocks and the first line of its timeline.
    ///
    /// # Errors
    /// When the vault refuses.
    pub fn compose(
        vault: &Vault,
        ctx: &Ctx,
        opening: &Opening<'_>,
        (number, blind): (String, &BTreeSet<Uuid>),
    ) -> Result<Self> {
        let case = row(vault, ctx, number, opening)?;
        let id = case.id;
        let mut new = Self {
            units: units(ctx, id, opening.plan),
            recusals: recusals(ctx, id, (&opening.recused.accounts, blind)),
            children: Vec::new(),
            links: Vec::new(),
            parties: Vec::new(),
            clocks: Vec::new(),
            events: Vec::new(),
            tokens: tokens(vault, opening),
            case,
        };
        for child in &opening.children {
            let (child, link) = child_rows(vault, ctx, (id, opening.residence.as_ref()), child)?;
            new.children.push(child);
            new.links.push(link);
        }
        for party in &opening.parties {
            new.parties.push(party_row(vault, ctx, id, party)?);
        }
        new.owe(clocks_of(ctx, id, opening));
        new.tell(vault, ctx, (Act::CaseOpened, opening.received_at, None, refs(opening)))?;
        Ok(new)
    }

    /// The case as it will be.
    #[must_use]
    pub fn case(&self) -> &protection_case::Model {
        &self.case
    }

    /// Adds running clocks; the earliest of all is when the case is due next.
    pub fn owe(&mut self, clocks: impl IntoIterator<Item = deadline::Model>) {
        self.clocks.extend(clocks);
        let running = self.clocks.iter().filter(|clock| clock.met_at.is_none());
        self.case.next_due_at = running.map(|clock| clock.due_at).min();
    }

    /// Marks a clock as met already; nothing happens where none runs.
    pub fn meet(&mut self, milestone: &str, at: DateTime<Utc>) {
        let running = self.clocks.iter_mut().filter(|clock| clock.milestone == milestone);
        for clock in running {
            clock.met_at = Some(at);
        }
        self.owe([]);
    }

    /// Marks the clocks that have run out by now, for a case of the past;
    /// answers them.
    pub fn run_out(&mut self, now: DateTime<Utc>) -> Vec<deadline::Model> {
        let late = |clock: &&mut deadline::Model| clock.met_at.is_none() && clock.due_at <= now;
        let mark = |clock: &mut deadline::Model| {
            clock.overdue_at = Some(now);
            clock.escalation = escalation::Stage::Due.number();
            // Nobody is told today of what ran out long ago.
            clock.next_at = None;
            clock.clone()
        };
        self.clocks.iter_mut().filter(late).map(mark).collect()
    }

    /// Adds a line to the timeline.
    ///
    /// # Errors
    /// When the vault refuses.
    pub fn tell(&mut self, vault: &Vault, ctx: &Ctx, happening: Happening<'_>) -> Result<()> {
        self.events.push(event(vault, ctx, self.case.id, happening)?);
        Ok(())
    }

    /// What the units of its plan are to be told once it is written.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        let told = |row: &case_unit::ActiveModel| {
            let (unit, part) = (row.unit_id.clone().take()?, row.part.clone().take()?);
            let kind = match Part::parse(&part)? {
                Part::Lead | Part::Assist => Kind::Opened,
                Part::Oversee | Part::Informed => Kind::Informed,
            };
            Some(Notice::new(kind, To::Unit(unit)).case(self.case.id))
        };
        self.units.iter().filter_map(told).collect()
    }

    /// Writes cases with all that is theirs. The caller commits.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn write(tx: &impl ConnectionTrait, all: Vec<Self>) -> Result<()> {
        let (mut cases, mut units, mut recusals, mut parties) = (vec![], vec![], vec![], vec![]);
        let (mut children, mut links, mut clocks, mut events) = (vec![], vec![], vec![], vec![]);
        let mut tokens = vec![];
        for mut new in all {
            tokens.extend(new.tokens.iter().map(|token| search::row(new.case.id, *token)));
            cases.push(new.case);
            units.append(&mut new.units);
            recusals.append(&mut new.recusals);
            parties.append(&mut new.parties);
            children.append(&mut new.children);
            links.append(&mut new.links);
            clocks.append(&mut new.clocks);
            events.append(&mut new.events);
        }
        insert_models(tx, cases).await?;
        insert_all(tx, units).await?;
        insert_all(tx, recusals).await?;
        insert_all(tx, parties).await?;
        insert_all(tx, children).await?;
        insert_all(tx, links).await?;
        insert_models(tx, clocks).await?;
        insert_all(tx, events).await?;
        insert_all(tx, tokens).await?;
        Ok(())
    }
}

fn row(vault: &Vault, ctx: &Ctx, number: String, opening: &Opening<'_>) -> Result<protection_case::Model> {
    let id = ctx.new_id();
    let slot = |column| Slot::new("protection_case", column, id);
    let code = |division: &Option<Division>| division.as_ref().map(|division| division.code().to_owned());
    Ok(protection_case::Model {
        id,
        number,
        stage: Stage::Assigned.code().to_owned(),
        level: opening.level.number(),
        peak_level: opening.level.number(),
        proposed_level: None,
        sensitivity: opening.sensitivity.number(),
        primary_type: opening.case_types.first().cloned().unwrap_or_default(),
        case_types: CodeList(opening.case_types.clone()),
        // Nobody knows where yet: the whole city answers for it.
        division: code(&opening.division).unwrap_or_else(|| "140600000000".to_owned()),
        residence: code(&opening.residence),
        domicile: code(&opening.domicile),
        address: vault.seal_some(slot("address"), opening.address.as_deref())?,
        title: vault.seal(slot("title"), &opening.title)?,
        summary: vault.seal(slot("summary"), &opening.summary)?,
        lead_unit: opening.plan.lead.unit,
        assignee: opening.plan.lead.person.as_ref().map(|person| person.account),
        opened_by: ctx.account(),
        opened_at: ctx.now,
        next_due_at: None,
        cohabiting_suspect: opening.cohabiting_suspect.clone(),
        village_allowed: opening.plan.village_allowed,
        return_count: 0,
        closure_type: None,
        close_note: None,
        close_asked_by: None,
        closed_at: None,
        conference_on: None,
        spot_checked_at: None,
        follow_up_planned: false,
        routine_care_at: None,
        routine_care_note: None,
        merged_into: None,
        stage_before: None,
        version: 1,
    })
}

fn units(ctx: &Ctx, case: Uuid, plan: &Plan) -> Vec<case_unit::ActiveModel> {
    let mut seen = BTreeSet::new();
    let roles = [
        (Part::Lead, std::slice::from_ref(&plan.lead)),
        (Part::Assist, &plan.assists[..]),
        (Part::Oversee, &plan.overseers[..]),
        (Part::Informed, &plan.informed[..]),
    ];
    let all = roles
        .into_iter()
        .flat_map(|(part, list)| list.iter().map(move |assignment| (part, assignment)));
    all.filter(|(_, assignment)| seen.insert(assignment.unit))
        .map(|(part, assignment)| part_row(ctx, case, part, assignment))
        .collect()
}

fn part_row(ctx: &Ctx, case: Uuid, part: Part, assignment: &Assignment) -> case_unit::ActiveModel {
    case_unit::ActiveModel {
        id: Set(Uuid::now_v7()),
        case_id: Set(case),
        unit_id: Set(assignment.unit),
        part: Set(part.code().to_owned()),
        account_id: Set(assignment.person.as_ref().map(|person| person.account)),
        rule: Set(assignment.rule.clone()),
        why: Set(assignment.why.clone()),
        since: Set(ctx.now),
        until: Set(None),
        signed_at: Set(None),
        signed_by: Set(None),
        // The database copies the order of the case.
        ..Default::default()
    }
}

fn recusals(ctx: &Ctx, case: Uuid, (accounts, units): (&BTreeSet<Uuid>, &BTreeSet<Uuid>)) -> Vec<recusal::ActiveModel> {
    let accounts = accounts.iter().map(|account| (Some(*account), None));
    let units = units.iter().map(|unit| (None, Some(*unit)));
    let row = |(account, unit)| recusal::ActiveModel {
        id: Set(Uuid::now_v7()),
        case_id: Set(case),
        account_id: Set(account),
        unit_id: Set(unit),
        rule: Set("RT04".to_owned()),
        note: Set(None),
        declared_by: Set(ctx.account()),
        at: Set(ctx.now),
    };
    accounts.chain(units).map(row).collect()
}

/// The clocks of the plan. Where the plan itself puts the case on the police's
/// list, they are told in this very transaction.
fn clocks_of(ctx: &Ctx, case: Uuid, opening: &Opening<'_>) -> Vec<deadline::Model> {
    let subject = clocks::Subject {
        case: Some(case),
        ..Default::default()
    };
    let plan = opening.plan;
    let told_police = std::iter::once(&plan.lead)
        .chain(&plan.assists)
        .any(|assignment| assignment.unit_kind == "PSB");
    let clock = |due| {
        let mut clock = clocks::new(subject, opening.received_at, due);
        if told_police && clock.milestone == "push_police" {
            clock.met_at = Some(ctx.now);
        }
        clock
    };
    plan.dues.iter().map(clock).collect()
}

fn tokens(vault: &Vault, opening: &Opening<'_>) -> BTreeSet<i64> {
    let texts = [&opening.title, &opening.summary];
    texts.into_iter().flat_map(|text| vault.tokens(text)).collect()
}

fn refs(opening: &Opening<'_>) -> serde_json::Value {
    let plan = opening.plan;
    json!({
        "level": opening.level.code(),
        "lead": plan.lead.unit_name,
        "rule": plan.lead.rule,
        "steps": plan.steps.iter().map(|step| json!([step.rule, step.text])).collect::<Vec<_>>(),
        "skipped": plan.skipped.iter().map(|skip| json!([skip.rule, skip.why, skip.name])).collect::<Vec<_>>(),
    })
}
