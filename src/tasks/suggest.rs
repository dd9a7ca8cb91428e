//! Which tasks a case may need: by its types and by the open goals of its plan.
//! A suggestion asks nobody anything; a person ticks it.

use crate::entity::{plan_goal, protection_case, task};
use crate::error::Result;
use crate::rules::codes::{self, TaskType};
use crate::rules::taskflow::TaskState;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use std::collections::BTreeSet;

/// The types suggested for a case, in the order of the list, without those of
/// which one is open already.
pub(super) async fn types(db: &impl ConnectionTrait, case: &protection_case::Model) -> Result<Vec<&'static TaskType>> {
    let goals = plan_goal::Entity::find()
        .filter(plan_goal::Column::CaseId.eq(case.id))
        .filter(plan_goal::Column::DroppedAt.is_null())
        .filter(plan_goal::Column::DoneAt.is_null())
        .all(db)
        .await?;
    let open = task::Entity::find()
        .filter(task::Column::CaseId.eq(case.id))
        .filter(task::Column::State.is_in(TaskState::open_codes()))
        .all(db)
        .await?;
    let open: BTreeSet<String> = open.into_iter().map(|task| task.type_code).collect();
    let by_type = case.case_types.0.iter().map(String::as_str);
    let by_goal = goals.iter().map(|goal| goal.dimension.as_str());
    Ok(named(by_type.chain(by_goal), &open))
}

fn named<'a>(codes: impl Iterator<Item = &'a str>, open: &BTreeSet<String>) -> Vec<&'static TaskType> {
    let rows = codes.filter_map(|code| {
        let class = code
            .get(..2)
            .filter(|class| class.bytes().all(|byte| byte.is_ascii_digit()));
        codes::task_suggestion(code).or_else(|| class.and_then(codes::task_suggestion))
    });
    let wanted: BTreeSet<&str> = rows.flat_map(|row| row.types.iter().map(String::as_str)).collect();
    let wanted = wanted.into_iter().filter(|code| !open.contains(*code));
    wanted.filter_map(codes::task_type).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes_of(codes: &[&str], open: &[&str]) -> Vec<&'static str> {
        let open = open.iter().map(|code| (*code).to_owned()).collect();
        let types = named(codes.iter().copied(), &open);
        types.into_iter().map(|kind| kind.code.as_str()).collect()
    }

    #[test]
    fn the_narrowest_row_holds_and_what_is_open_is_not_suggested() {
        assert_eq!(codes_of(&["0404"], &[]), ["T71", "T91"]);
        assert_eq!(codes_of(&["0401"], &[]), ["T21", "T91"]);
        assert_eq!(codes_of(&["0404", "education"], &["T71"]), ["T72", "T91"]);
        assert!(codes_of(&["1901", "household"], &[]).is_empty());
    }
}
