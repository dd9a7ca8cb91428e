//! The cases of the demonstration, opened and handled through the same
//! operations that people use, at the hours before the demonstration starts.

use super::Size;
use super::dice::Dice;
use super::stories::{BEATEN, HARDSHIP, LEFT_ALONE, NEGLECTED, STORIES, Story};
use crate::accounts::{self, Visitor};
use crate::casework::steps::{self, ReturnAsk};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::intake::{self, Caller, ChildInput, Loader, PastCall, PlaceInput, ReportInput, Seen};
use crate::rules::codes;
use crate::rules::division::Tier;
use crate::state::App;
use crate::visits::{self, VisitInput};
use chrono::{DateTime, Datelike, TimeDelta, Utc};
use std::sync::LazyLock;
use uuid::Uuid;

const JINCHENG: &str = "140622100";

/// So many cases are loaded in one transaction.
const BATCH: usize = 100;

/// Opens the cases that every demonstration shows, then as many others as are
/// asked for; tells `progress` now and then.
///
/// # Errors
/// When an operation refuses: the demonstration is then not what it claims.
pub(super) async fn load(app: &App, size: &Size, mut progress: impl FnMut(u32)) -> Result<()> {
    let mut dice = Dice::new(size.seed);
    let mut children = size.children.max(size.cases);
    let mut share = |number: u32| {
        let here = (children / (size.cases - number)).clamp(1, 4);
        children = children.saturating_sub(here);
        here
    };
    for number in 0..size.cases.min(SHOWN) {
        let here = share(number);
        match number {
            0 => in_progress(app, &mut dice, here).await?,
            1 => overdue(app, &mut dice, here).await?,
            2 => recused(app, &mut dice, here).await?,
            _ => returned(app, &mut dice, here).await?,
        }
        progress(number + 1);
    }
    let operator = person(app, "operator", app.clock.now()).await?;
    let mut others = Others::new(app);
    for number in SHOWN..size.cases {
        others.calls.push(any(app, &mut dice, &operator, share(number)));
        if others.calls.len() == BATCH {
            others.flush(app).await?;
            progress(number + 1);
        }
    }
    others.flush(app).await
}

/// The cases that every demonstration shows.
const SHOWN: u32 = 4;

/// Calls on their way into the database.
struct Others {
    now: Ctx,
    calls: Vec<PastCall>,
    loader: Loader,
}

impl Others {
    fn new(app: &App) -> Self {
        Self {
            now: Ctx::system(app.clock.now()),
            calls: Vec::new(),
            loader: Loader::default(),
        }
    }

    async fn flush(&mut self, app: &App) -> Result<()> {
        let calls = std::mem::take(&mut self.calls);
        if calls.is_empty() {
            return Ok(());
        }
        self.loader.load(app, &self.now, &calls).await
    }
}

/// A red case under way: signed and visited.
async fn in_progress(app: &App, dice: &mut Dice, children: u32) -> Result<()> {
    let at = app.clock.now() - TimeDelta::minutes(90);
    let opened = call(app, dice, (&BEATEN, &first_village(), at), children, |_| {}).await?;
    let township = person(app, "township", at + TimeDelta::minutes(8)).await?;
    let case = steps::sign(app, &township, opened, 1).await?;
    let visitor = person(app, "township", at + TimeDelta::minutes(70)).await?;
    let visit = VisitInput {
        id: Uuid::now_v7(),
        case_id: case.id,
        kind: codes::visit_kinds()
            .first()
            .map(|kind| kind.code.clone())
            .unwrap_or_default(),
        method: "home".to_owned(),
        started_at: at + TimeDelta::minutes(40),
        ended_at: Some(at + TimeDelta::minutes(65)),
        seen: true,
        injury: Some("yes".to_owned()),
        injury_note: Some("左上臂、后背淤青".to_owned()),
        mood: Some("afraid".to_owned()),
        handling: Some("已请派出所到场，孩子由姑姑接走暂住".to_owned()),
        ..VisitInput::default()
    };
    visits::record(app, &visitor, visit).await?;
    Ok(())
}

/// A red case that nobody signed in time.
async fn overdue(app: &App, dice: &mut Dice, children: u32) -> Result<()> {
    let at = app.clock.now() - TimeDelta::hours(5);
    call(app, dice, (&LEFT_ALONE, JINCHENG, at), children, |_| {}).await?;
    Ok(())
}

/// A case that the village must not know of: its own official is involved.
async fn recused(app: &App, dice: &mut Dice, children: u32) -> Result<()> {
    let at = app.clock.now() - TimeDelta::hours(20);
    let place = first_village();
    let official = |input: &mut ReportInput| input.involved_official = Some("village".to_owned());
    call(app, dice, (&NEGLECTED, &place, at), children, official).await?;
    Ok(())
}

/// A case whose lead unit says that it is not theirs.
async fn returned(app: &App, dice: &mut Dice, children: u32) -> Result<()> {
    let at = app.clock.now() - TimeDelta::hours(26);
    let opened = call(app, dice, (&HARDSHIP, JINCHENG, at), children, |_| {}).await?;
    let township = person(app, "township", at + TimeDelta::hours(3)).await?;
    let ask = ReturnAsk {
        reason: "R01".to_owned(),
        explanation: "电话核实，孩子上月已随奶奶搬到右玉县新城镇居住".to_owned(),
        done_first: "已电话告知救助申请的办法".to_owned(),
    };
    steps::ask_return(app, &township, opened, 1, &ask).await?;
    Ok(())
}

/// Some other call, somewhere, in the last ten days.
fn any(app: &App, dice: &mut Dice, operator: &Ctx, children: u32) -> PastCall {
    let minutes = i64::try_from(dice.below(10 * 24 * 60)).unwrap_or(0);
    let at = app.clock.now() - TimeDelta::minutes(30 + minutes);
    let story = dice.pick(STORIES);
    let place = if dice.below(2) == 0 {
        JINCHENG
    } else {
        *dice.pick(&VILLAGES)
    };
    let mut input = told(dice, story, place);
    input.children = (0..children).map(|_| child(dice, at.year())).collect();
    let when = |now| Ctx {
        now,
        ..operator.clone()
    };
    PastCall {
        taken: when(at),
        routed: when(at + TimeDelta::minutes(4)),
        input,
    }
}

static VILLAGES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    codes::divisions()
        .iter()
        .filter(|row| row.statutory && row.tier == Some(Tier::Village))
        .map(|row| row.code.as_str())
        .collect()
});

/// One call, taken and routed; answers the case.
async fn call(
    app: &App,
    dice: &mut Dice,
    (story, place, at): (&Story, &str, DateTime<Utc>),
    children: u32,
    change: impl FnOnce(&mut ReportInput),
) -> Result<Uuid> {
    let operator = person(app, "operator", at).await?;
    let report = intake::begin(app, &operator, "phone").await?;
    let mut input = told(dice, story, place);
    input.children = (0..children).map(|_| child(dice, at.year())).collect();
    change(&mut input);
    let seen = Seen {
        id: report.id,
        version: report.version,
    };
    let operator = person(app, "operator", at + TimeDelta::minutes(4)).await?;
    Ok(intake::route(app, &operator, seen, &input).await?.case.id)
}

fn told(dice: &mut Dice, story: &Story, place: &str) -> ReportInput {
    let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
    let here = || PlaceInput {
        division: Some(place.to_owned()),
        address: Some("村口第三排".to_owned()),
    };
    ReportInput {
        demand_type: story.demand.to_owned(),
        case_types: vec![story.case_type.to_owned()],
        danger_flags: words(story.flags),
        mandatory_situations: words(story.situations),
        content: Some(story.content.to_owned()),
        caller: Caller {
            name: Some(dice.name()),
            phone: Some(dice.phone()),
            safe_phone: Some(dice.below(3) > 0),
            ..Caller::default()
        },
        reporter_type: Some(story.reporter.to_owned()),
        relation_to_child: Some(story.relation.to_owned()),
        child_location: Some(here()),
        incident_place: Some(here()),
        cohabiting_suspect: Some(story.cohabiting.to_owned()),
        ..ReportInput::default()
    }
}

fn child(dice: &mut Dice, year: i32) -> ChildInput {
    let age = 3 + i16::try_from(dice.below(14)).unwrap_or(0);
    let sex = if dice.below(2) == 0 { "1" } else { "2" };
    let known = dice.below(4) > 0;
    ChildInput {
        name: known.then(|| dice.name()),
        sex: Some(sex.to_owned()),
        age: Some(age),
        id_number: (known && dice.below(2) == 0).then(|| dice.id_number(year - i32::from(age) - 1, sex)),
        feature: (!known).then(|| format!("约{age}岁{}", if sex == "1" { "男童" } else { "女童" })),
    }
}

fn first_village() -> String {
    codes::divisions()
        .iter()
        .filter(|row| row.statutory && row.tier == Some(Tier::Village))
        .map(|row| row.code.as_str())
        .filter(|code| code.starts_with(JINCHENG))
        .min()
        .unwrap_or(JINCHENG)
        .to_owned()
}

/// One of the demonstration's people at a moment.
pub(super) async fn person(app: &App, username: &str, at: DateTime<Utc>) -> Result<Ctx> {
    let account = accounts::find_by_username(&app.db, username)
        .await?
        .ok_or(Error::NotFound)?;
    let visitor = Visitor {
        now: at,
        request_id: Uuid::nil(),
        address: "127.0.0.1".to_owned(),
    };
    accounts::account_ctx(app, &account, &visitor).await
}
