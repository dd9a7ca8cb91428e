//! Lists in due order without a sort: one walk along an index for each way in
//! which the actor comes to a case and each stage, merged by the database. A
//! page costs the same among ten thousand cases and among a hundred thousand.

use super::access::{blind_to, scope_of_row, takes_part};
use super::search::Search;
use crate::ctx::Ctx;
use crate::entity::{case_unit, protection_case};
use crate::error::Result;
use crate::rules::division::{Division, Tier};
use crate::rules::level::{RiskLevel, Sensitivity};
use crate::rules::policy::{self, Action, Part, Scope};
use crate::rules::workflow::Stage;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Order, Query, SelectStatement, UnionType};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use std::collections::HashMap;
use uuid::Uuid;

/// Where a row stands in the order: its due time, its level, its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// When it is due next; rows that never are stand by themselves.
    pub due: Option<DateTime<Utc>>,
    /// Its level: red first.
    pub level: i16,
    /// Its id.
    pub id: Uuid,
}

impl Place {
    /// The place of a case.
    #[must_use]
    pub fn of(case: &protection_case::Model) -> Self {
        Self {
            due: case.next_due_at,
            level: case.level,
            id: case.id,
        }
    }
}

/// A stretch of the order.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stretch {
    /// Cases without a due time, instead of those with one.
    pub undated: bool,
    /// Due later than this.
    pub after: Option<DateTime<Utc>>,
    /// Due at this time or before.
    pub until: Option<DateTime<Utc>>,
    /// Due before this time.
    pub before: Option<DateTime<Utc>>,
    /// Only red cases, or only others.
    pub red: Option<bool>,
    /// After this row.
    pub from: Option<Place>,
}

/// What is asked for, of all that the actor may see.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// In one of these stages.
    pub stages: Vec<Stage>,
    /// Closed cases too, as long as a follow-up of theirs is due.
    pub followed_up: bool,
    /// At this level.
    pub level: Option<RiskLevel>,
    /// In this division or below.
    pub division: Option<Division>,
    /// Led by this unit.
    pub lead: Option<Uuid>,
    /// What waits for the actor or the actor's unit.
    pub mine: bool,
    /// What was searched for.
    pub search: Option<Search>,
}

impl Wanted {
    /// The stages of a stretch: a closed case without a due time waits for nobody.
    fn stages_in(&self, stretch: &Stretch) -> Vec<Stage> {
        let closed = (self.followed_up && !stretch.undated).then_some(Stage::Closed);
        self.stages.iter().copied().chain(closed).collect()
    }
}

/// A way to cases that an index keeps in due order, by stage.
enum Way {
    All,
    Within(Division),
    Opened(Uuid),
    Assigned(Uuid),
    Taking(Uuid, &'static [Part]),
}

/// The cases of a stretch, in order, no more than `limit`.
///
/// # Errors
/// When the database refuses.
pub async fn cases(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    wanted: &Wanted,
    stretch: &Stretch,
    limit: u64,
) -> Result<Vec<protection_case::Model>> {
    if let Some(Search::These(ids)) = &wanted.search {
        return few(ctx, (ids, wanted, stretch), limit)
            .all(db)
            .await
            .map_err(Into::into);
    }
    let Some(places) = page(ctx, wanted, stretch, limit) else {
        return Ok(Vec::new());
    };
    let rows = db.query_all(&places).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>()?;
    let found = protection_case::Entity::find()
        .filter(protection_case::Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await?;
    let mut by_id: HashMap<Uuid, protection_case::Model> = found.into_iter().map(|case| (case.id, case)).collect();
    Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
}

/// How many cases a stretch holds; nobody counts further than `most`.
///
/// # Errors
/// When the database refuses.
pub async fn count(db: &impl ConnectionTrait, ctx: &Ctx, wanted: &Wanted, stretch: &Stretch, most: u64) -> Result<u64> {
    if let Some(Search::These(ids)) = &wanted.search {
        let found = few(ctx, (ids, wanted, stretch), most).count(db).await?;
        return Ok(Ord::min(found, most));
    }
    let Some(mut places) = places(ctx, wanted, stretch, most) else {
        return Ok(0);
    };
    let mut count = Query::select();
    count
        .expr_as(Func::count(Expr::cust("*")), Alias::new("found"))
        .from_subquery(places.limit(most).to_owned(), Alias::new("some"));
    let row = db.query_one(&count).await?;
    let found: i64 = row.map_or(Ok(0), |row| row.try_get("", "found"))?;
    Ok(u64::try_from(found).unwrap_or_default())
}

/// The statement that reads a page: `id`, `next_due_at` and `level` of its
/// rows. None when nothing is in reach.
#[must_use]
pub fn page(ctx: &Ctx, wanted: &Wanted, stretch: &Stretch, limit: u64) -> Option<SelectStatement> {
    let mut page = places(ctx, wanted, stretch, limit)?;
    for column in ["next_due_at", "level", "id"] {
        page.order_by(Alias::new(column), Order::Asc);
    }
    Some(page.limit(limit).to_owned())
}

/// Where a search left few, these are looked up and put in order.
fn few(ctx: &Ctx, (ids, wanted, stretch): (&[Uuid], &Wanted, &Stretch), limit: u64) -> Select<protection_case::Entity> {
    use protection_case::Column;
    let all = in_stretch((Column::Id, Column::NextDueAt, Column::Level), wanted, stretch)
        .add(Column::Id.is_in(ids.iter().copied()))
        .add(Column::Stage.is_in(wanted.stages_in(stretch).into_iter().map(Stage::code)))
        .add_option(wanted.division.as_ref().map(lies_in))
        .add_option(wanted.lead.map(|unit| Column::LeadUnit.eq(unit)))
        .add_option(wanted.mine.then(|| mine(ctx)));
    protection_case::Entity::find()
        .filter(scope_of_row(&policy::reach(&ctx.actor, Action::View)))
        .filter(all)
        .order_by_asc(Column::NextDueAt)
        .order_by_asc(Column::Level)
        .order_by_asc(Column::Id)
        .limit(limit)
}

/// What waits for the actor or the actor's own unit.
fn mine(ctx: &Ctx) -> Condition {
    let account = ctx.actor.account;
    let any = Condition::any()
        .add(protection_case::Column::Assignee.eq(account))
        .add(protection_case::Column::OpenedBy.eq(account));
    ctx.actor
        .units()
        .fold(any, |any, unit| any.add(takes_part(unit, &[Part::Lead, Part::Assist])))
}

/// The first places of every walk, each case once: `id`, `next_due_at`, `level`.
fn places(ctx: &Ctx, wanted: &Wanted, stretch: &Stretch, limit: u64) -> Option<SelectStatement> {
    let mut walks = Vec::new();
    for (way, rest) in ways(ctx, wanted) {
        for stage in wanted.stages_in(stretch) {
            walks.push(walk(&way, stage, (&rest, wanted, stretch)).limit(limit).to_owned());
        }
    }
    let of = |walk: SelectStatement| {
        let mut member = Query::select();
        member
            .columns(["id", "next_due_at", "level"].map(Alias::new))
            .from_subquery(walk, Alias::new("walk"));
        member
    };
    let mut walks = walks.into_iter();
    let first = walks.next()?;
    let merged = walks.fold(of(first), |mut all, walk| {
        all.union(UnionType::Distinct, of(walk)).to_owned()
    });
    Some(of(merged))
}

/// The ways in which the actor comes to what is wanted, each with what the
/// index does not decide.
fn ways(ctx: &Ctx, wanted: &Wanted) -> Vec<(Way, Condition)> {
    let reach = policy::reach(&ctx.actor, Action::View);
    if wanted.mine {
        let account = ctx.actor.account;
        let units = ctx.actor.units();
        let taking = units.map(|unit| Way::Taking(unit, &[Part::Lead, Part::Assist]));
        let own = [Way::Assigned(account), Way::Opened(account)].into_iter().chain(taking);
        return own.map(|way| (way, scope_of_row(&reach))).collect();
    }
    if let Some(unit) = wanted.lead {
        return vec![(Way::Taking(unit, &[Part::Lead]), scope_of_row(&reach))];
    }
    let ways = reach.grants.iter().filter_map(|grant| {
        let (way, within) = match &grant.scope {
            Scope::Everywhere => (Way::All, None),
            Scope::Subtree(top) => (Way::Within(top.clone()), None),
            Scope::Taking(unit, parts) => (Way::Taking(*unit, parts), wanted.division.as_ref()),
            Scope::Opened(account) => (Way::Opened(*account), wanted.division.as_ref()),
        };
        let low =
            (grant.ceiling < Sensitivity::L4).then(|| protection_case::Column::Sensitivity.lte(grant.ceiling.number()));
        let rest = Condition::all()
            .add(protection_case::Column::Id.not_in_subquery(blind_to(&reach)))
            .add_option(low)
            .add_option(within.map(lies_in));
        Some((narrowed(way, wanted.division.as_ref())?, rest))
    });
    ways.collect()
}

/// The way to no more than a division; none where the two do not meet.
fn narrowed(way: Way, division: Option<&Division>) -> Option<Way> {
    match (way, division) {
        (Way::All, Some(division)) => Some(Way::Within(division.clone())),
        (Way::Within(top), Some(division)) if top.contains(division) => Some(Way::Within(division.clone())),
        (Way::Within(top), Some(division)) => division.contains(&top).then_some(Way::Within(top)),
        (way, _) => Some(way),
    }
}

fn lies_in(division: &Division) -> Condition {
    let (first, last) = division.range();
    Condition::all().add(protection_case::Column::Division.between(first, last))
}

/// One walk: the index is told the way, the stage and the due time; everything
/// else is looked at row by row.
fn walk(way: &Way, stage: Stage, (rest, wanted, stretch): (&Condition, &Wanted, &Stretch)) -> SelectStatement {
    use case_unit::Column as OfUnit;
    use protection_case::Column;
    let mut rest = rest.clone();
    if let Some(division) = wanted
        .division
        .as_ref()
        .filter(|_| wanted.mine || wanted.lead.is_some())
    {
        rest = rest.add(lies_in(division));
    }
    if let Some(unit) = wanted.lead {
        rest = rest.add(Column::LeadUnit.eq(unit));
    }
    if let Some(Search::Among(found)) = &wanted.search {
        rest = rest.add(found.clone());
    }
    let mut walk = Query::select();
    if let Way::Taking(unit, parts) = way {
        let order = (OfUnit::CaseId, OfUnit::NextDueAt, OfUnit::Level);
        along(&mut walk, order, OfUnit::Stage.eq(stage.code()), (wanted, stretch));
        let mut case = Query::select();
        case.expr(Expr::value(1))
            .from(protection_case::Entity)
            .and_where(
                Expr::col((protection_case::Entity, protection_case::Column::Id))
                    .equals((case_unit::Entity, OfUnit::CaseId)),
            )
            .cond_where(rest);
        return walk
            .distinct()
            .from(case_unit::Entity)
            .and_where(OfUnit::UnitId.eq(*unit))
            .and_where(OfUnit::Until.is_null())
            .and_where(OfUnit::Part.is_in(parts.iter().map(|part| part.code())))
            .and_where(Expr::exists(case))
            .to_owned();
    }
    let order = (Column::Id, Column::NextDueAt, Column::Level);
    along(&mut walk, order, Column::Stage.eq(stage.code()), (wanted, stretch));
    let own = match way {
        Way::Opened(account) => Condition::all().add(Column::OpenedBy.eq(*account)),
        Way::Assigned(account) => Condition::all().add(Column::Assignee.eq(*account)),
        Way::Within(top) => under(top),
        Way::All => known("", 0),
        Way::Taking(..) => Condition::all(),
    };
    walk.from(protection_case::Entity)
        .cond_where(own)
        .cond_where(rest)
        .to_owned()
}

/// The indexes know everything by no digit, a county by six and a township by
/// nine.
fn under(top: &Division) -> Condition {
    let code = top.code();
    match top.tier() {
        Tier::City => known("", 0).add(lies_in(top)),
        Tier::County => known(code, 6),
        Tier::Township => known(code, 9),
        Tier::Village => known(code, 9).add(protection_case::Column::Division.eq(code)),
    }
}

/// What an index begins with.
fn known(code: &str, digits: usize) -> Condition {
    let start = format!("substr(\"protection_case\".\"division\", 1, {digits})");
    Condition::all().add(Expr::cust(start).eq(&code[..digits]))
}

/// The part of a walk that is the same for both tables.
fn along<C: ColumnTrait>(
    walk: &mut SelectStatement,
    (id, due, level): (C, C, C),
    stage: Expr,
    (wanted, stretch): (&Wanted, &Stretch),
) {
    walk.expr_as(Expr::col(id.as_column_ref()), Alias::new("id"))
        .expr_as(Expr::col(due.as_column_ref()), Alias::new("next_due_at"))
        .expr_as(Expr::col(level.as_column_ref()), Alias::new("level"))
        .and_where(stage)
        .cond_where(in_stretch((id, due, level), wanted, stretch))
        .order_by(due.as_column_ref(), Order::Asc)
        .order_by(level.as_column_ref(), Order::Asc)
        .order_by(id.as_column_ref(), Order::Asc);
}

fn in_stretch<C: ColumnTrait>((id, due, level): (C, C, C), wanted: &Wanted, stretch: &Stretch) -> Condition {
    let of_colour = stretch.red.map(|is| if is { red(level) } else { red(level).not() });
    let dated = if stretch.undated {
        due.is_null()
    } else {
        due.is_not_null()
    };
    Condition::all()
        .add(dated)
        .add_option(stretch.after.map(|after| due.gt(after)))
        .add_option(stretch.until.map(|until| due.lte(until)))
        .add_option(stretch.before.map(|before| due.lt(before)))
        .add_option(wanted.level.map(|wanted| match wanted {
            RiskLevel::Red => red(level),
            other => level.eq(other.number()),
        }))
        .add_option(of_colour)
        .add_option(stretch.from.map(|from| beyond((id, due, level), from)))
}

/// Written out and not bound, so that the indexes of the red cases alone are
/// seen to fit: few are red, and looking for them among all reads the more the
/// more there are.
fn red(level: impl ColumnTrait) -> Expr {
    Expr::col(level.as_column_ref()).eq(Expr::cust(RiskLevel::Red.number().to_string()))
}

/// What comes after a row; the first condition is for the index.
fn beyond<C: ColumnTrait>((id, due, level): (C, C, C), from: Place) -> Condition {
    let tie = Condition::any()
        .add(level.gt(from.level))
        .add(Condition::all().add(level.eq(from.level)).add(id.gt(from.id)));
    match from.due {
        None => Condition::all().add(tie),
        Some(at) => Condition::all()
            .add(due.gte(at))
            .add(Condition::any().add(due.gt(at)).add(tie)),
    }
}
