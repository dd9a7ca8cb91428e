//! The knowledge base, the directory and a few referrals of the demonstration:
//! articles written from the laws that they name, made-up places and numbers.

use super::cases::person;
use crate::clock;
use crate::ctx::Ctx;
use crate::directory;
use crate::entity::{article, report};
use crate::error::Result;
use crate::knowledge::{self, Content, Deed};
use crate::referrals::{self, Answer, Referral, Step};
use crate::state::App;
use anyhow::Context;
use chrono::{Days, TimeDelta};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde::Deserialize;

const ARTICLES: &str = include_str!("../../data/demo_articles.csv");
const SERVICES: &str = include_str!("../../data/demo_services.csv");
/// After so many days an article is looked over again.
const REVIEW: u64 = 180;

#[derive(Deserialize)]
struct ArticleRow {
    title: String,
    reply: String,
    body: String,
    keywords: String,
    case_types: String,
    demand_types: String,
    source: String,
}

#[derive(Deserialize)]
struct ServiceRow {
    kind: String,
    name: String,
    division: String,
    address: String,
    phone: String,
    hours: String,
    note: String,
}

/// Loads everything; nothing where there are articles already.
///
/// # Errors
/// When an operation refuses: the demonstration is then not what it claims.
pub(super) async fn load(app: &App) -> anyhow::Result<()> {
    if article::Entity::find().count(app.db.read()).await? > 0 {
        return Ok(());
    }
    let lead = person(app, "lead", app.clock.now()).await?;
    articles(app, &lead).await?;
    services(app, &lead).await?;
    handed_on(app).await?;
    Ok(())
}

fn words(text: &str) -> Vec<String> {
    text.split('，')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

async fn articles(app: &App, lead: &Ctx) -> anyhow::Result<()> {
    for row in csv::Reader::from_reader(ARTICLES.as_bytes()).deserialize() {
        let row: ArticleRow = row.context("data/demo_articles.csv")?;
        let content = Content {
            title: row.title,
            reply: row.reply,
            body: row.body,
            keywords: words(&row.keywords),
            case_types: words(&row.case_types),
            demand_types: words(&row.demand_types),
            source: row.source,
            review_on: clock::day(lead.now).checked_add_days(Days::new(REVIEW)),
            note: "演示数据".to_owned(),
            ..Content::default()
        };
        let made = knowledge::create(app, lead, &content).await?;
        knowledge::deed(app, lead, made.id, made.version, (Deed::Publish, "演示数据")).await?;
    }
    Ok(())
}

async fn services(app: &App, lead: &Ctx) -> anyhow::Result<()> {
    for row in csv::Reader::from_reader(SERVICES.as_bytes()).deserialize() {
        let row: ServiceRow = row.context("data/demo_services.csv")?;
        let entry = directory::Entry {
            kind: row.kind,
            name: row.name,
            place: row.division,
            address: row.address,
            phone: row.phone,
            hours: row.hours,
            note: row.note,
            active: true,
            ..directory::Entry::default()
        };
        directory::add(app, lead, &entry).await?;
    }
    Ok(())
}

/// Two referrals of the operator's latest calls: one waits, one was answered.
async fn handed_on(app: &App) -> Result<()> {
    let operator = person(app, "operator", app.clock.now()).await?;
    let calls = report::Entity::find()
        .filter(report::Column::OpenedBy.eq(operator.actor.account))
        .order_by_desc(report::Column::StartedAt)
        .order_by_asc(report::Column::Id)
        .all(app.db.read())
        .await?;
    let mut calls = calls.iter();
    let told = "请为一名儿童提供心理支持，并告知安排（演示）";
    if let Some(call) = calls.next() {
        let wish = referral("12355", "letter", told);
        referrals::record(app, &operator, call.id, &wish).await?;
    }
    if let Some(call) = calls.next() {
        let wish = Referral {
            receipt: "XL-2026-0001".to_owned(),
            at: Some(call.started_at + TimeDelta::minutes(5)),
            ..referral("12356", "joined", told)
        };
        let made = referrals::record(app, &operator, call.id, &wish).await?.row;
        let answer = Answer {
            text: "已通话 20 分钟，约定明日回访（演示）".to_owned(),
            ..Answer::default()
        };
        referrals::step(app, &operator, made.id, made.version, &Step::Answer(answer)).await?;
    }
    Ok(())
}

fn referral(line: &str, kind: &str, told: &str) -> Referral {
    Referral {
        line: line.to_owned(),
        kind: kind.to_owned(),
        told: told.to_owned(),
        ..Referral::default()
    }
}
