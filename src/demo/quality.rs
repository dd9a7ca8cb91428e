//! Reviews of the demonstration: a sample of the operators' reports, some of
//! them scored, one objected to.

use super::cases::person;
use crate::entity::{quality_review, quality_sample};
use crate::quality::{self, Scored, Span};
use crate::state::App;
use chrono::TimeDelta;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

/// Draws and scores; nothing where a sample was drawn already, or where there
/// is nothing to draw from.
///
/// # Errors
/// When an operation refuses: the demonstration is then not what it claims.
pub(super) async fn load(app: &App) -> anyhow::Result<()> {
    if quality_sample::Entity::find().count(app.db.read()).await? > 0 {
        return Ok(());
    }
    let lead = person(app, "lead", app.clock.now()).await?;
    let span = Span {
        from: lead.now - TimeDelta::days(30),
        until: lead.now,
    };
    let Ok(sample) = quality::draw(app, &lead, None, span).await else {
        return Ok(());
    };
    let rows = quality_review::Entity::find()
        .filter(quality_review::Column::SampleId.eq(sample.id))
        .order_by_asc(quality_review::Column::ReportId)
        .all(app.db.read())
        .await?;
    let operator = person(app, "operator", lead.now).await?;
    let scored = scored(&quality::sheet(app.db.read()).await?);
    // Those that cannot be seen, or are the operator's colleague's, stay open.
    let own = rows.iter().filter(|row| row.agent_id == operator.actor.account);
    for (at, row) in own.enumerate().take(3) {
        let finished = at < 2;
        if quality::save(app, &lead, (row.id, row.version), &scored, finished)
            .await
            .is_ok()
            && at == 1
        {
            let reason = "当时儿童在旁边，不便追问，已约定安全时段再联系（演示）";
            quality::object(app, &operator, (row.id, row.version + 1), reason).await?;
        }
    }
    Ok(())
}

/// Nearly all points, no veto.
fn scored(sheet: &quality::Sheet) -> Scored {
    let mark = |item: &crate::rules::quality::Item| {
        if item.fatal {
            "no".to_owned()
        } else {
            item.max.saturating_sub(1).to_string()
        }
    };
    Scored {
        marks: sheet.items.iter().map(|item| (item.code.clone(), mark(item))).collect(),
        comment: "问话有条理，先问了安全；号码是否安全可以再早一点问（演示）".to_owned(),
        ..Scored::default()
    }
}
