//! How an order stands, in words that tell 12345 that something is done and
//! never what: no child, no reporter, no kind of matter, no measure
//! (未成年人保护法第十一条; 向来电人仅反馈已受理、已处置).

use crate::casework::order;
use crate::entity::{protection_case, report};
use crate::error::Result;
use crate::intake::State;
use crate::rules::orderflow::OrderState;
use crate::rules::workflow::Stage;
use sea_orm::{ConnectionTrait, EntityTrait};
use uuid::Uuid;

macro_rules! standings {
    ($($variant:ident $code:literal $text:literal,)*) => {
        /// A neutral state.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Standing {
            $(#[doc = $text] $variant,)*
        }

        impl Standing {
            /// Every state.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word that is sent and stored.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The words for whoever reads it there.
            #[must_use]
            pub fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

standings! {
    Received "received" "已受理",
    Dispatched "dispatched" "已转办",
    Signed "signed" "承办单位已签收，正在办理",
    Returning "returning" "承办单位申请退回，正在审核",
    Redispatched "redispatched" "已改派承办单位",
    Extended "extended" "已批准延期，继续办理",
    Urged "urged" "已催办",
    Supervised "supervised" "已督办",
    Feedback "feedback" "承办单位已反馈，正在审核",
    Redone "redone" "退回承办单位继续办理",
    Resolved "resolved" "已办结",
    CalledBack "called_back" "已回访",
    Reopened "reopened" "已重新办理",
    Joined "joined" "已与在办事项合并办理",
    Ended "ended" "已答复",
    Archived "archived" "已归档",
}

impl Standing {
    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.code() == code)
    }
}

/// How it stands, from the report, the stage of its case and its order there.
#[must_use]
pub(super) fn of(report: Option<State>, case: Option<(Stage, OrderState)>) -> Standing {
    let (stage, order) = match (report, case) {
        (Some(State::Answered | State::Referred | State::ScreenedOut | State::Dismissed), _) => return Standing::Ended,
        (_, None) => return Standing::Received,
        (_, Some(case)) => case,
    };
    match (stage, order) {
        (_, OrderState::Archived) => Standing::Archived,
        (_, OrderState::CalledBack) => Standing::CalledBack,
        (_, OrderState::Resolved) => Standing::Resolved,
        // Closing a case ends its order, whatever was not handed in.
        (Stage::Closed, _) => Standing::Resolved,
        (Stage::Assigned, _) => Standing::Dispatched,
        (Stage::Returning | Stage::Arbitrating, _) => Standing::Returning,
        (_, OrderState::Feedback) => Standing::Feedback,
        (_, OrderState::Handling) => Standing::Signed,
    }
}

/// How the order of a report stands now, whatever its case was merged into.
///
/// # Errors
/// When the database refuses.
pub(super) async fn now(db: &impl ConnectionTrait, report: Uuid) -> Result<Standing> {
    let Some(report) = report::Entity::find_by_id(report).one(db).await? else {
        return Ok(Standing::Received);
    };
    let case = last_case(db, report.case_id).await?;
    let known = match &case {
        Some(case) => Stage::parse(&case.stage).zip(Some(order::of(db, case.id).await?.state)),
        None => None,
    };
    Ok(of(State::parse(&report.state), known))
}

/// The case that a case was merged into at last.
pub(super) async fn last_case(db: &impl ConnectionTrait, case: Option<Uuid>) -> Result<Option<protection_case::Model>> {
    let (mut next, mut found) = (case, None);
    for _ in 0..20 {
        let Some(id) = next else { break };
        found = protection_case::Entity::find_by_id(id).one(db).await?;
        next = found.as_ref().and_then(|case| case.merged_into);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words that no answer may hold: kinds of matter, people, measures.
    const NEVER: [&str; 16] = [
        "儿童",
        "孩子",
        "未成年",
        "家暴",
        "暴力",
        "虐待",
        "侵害",
        "性",
        "监护",
        "保护",
        "报警",
        "公安",
        "红",
        "案",
        "举报",
        "临时",
    ];

    #[test]
    fn no_answer_says_whom_or_what_it_is_about() {
        for standing in Standing::ALL {
            let text = standing.text();
            assert!(NEVER.iter().all(|word| !text.contains(word)), "{text}");
            assert_eq!(Standing::parse(standing.code()), Some(*standing));
        }
    }

    #[test]
    fn every_stage_and_state_stands_somewhere() {
        let routed = Some(State::Routed);
        let at = |stage, order| of(routed, Some((stage, order)));
        assert_eq!(of(Some(State::Draft), None), Standing::Received);
        assert_eq!(of(Some(State::ScreenedOut), None), Standing::Ended);
        assert_eq!(at(Stage::Assigned, OrderState::Handling), Standing::Dispatched);
        assert_eq!(at(Stage::Arbitrating, OrderState::Handling), Standing::Returning);
        assert_eq!(at(Stage::Intervening, OrderState::Handling), Standing::Signed);
        assert_eq!(at(Stage::Intervening, OrderState::Feedback), Standing::Feedback);
        assert_eq!(at(Stage::Intervening, OrderState::Resolved), Standing::Resolved);
        assert_eq!(at(Stage::Closed, OrderState::Handling), Standing::Resolved);
        assert_eq!(at(Stage::Closed, OrderState::Archived), Standing::Archived);
    }
}
