//! Who may do what to the review of a call. Everything not written here is
//! refused.

use super::{Actor, Role, keeps_quality, takes_reports};
use uuid::Uuid;

/// A thing that may be done to a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QualityAction {
    /// 查看评分
    Read,
    /// 评分
    Score,
    /// 申诉
    Object,
    /// 裁定申诉
    Rule,
}

impl QualityAction {
    /// Every action.
    pub const ALL: [Self; 4] = [Self::Read, Self::Score, Self::Object, Self::Rule];
}

/// What the policy must know of a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QualityFacts {
    /// Who took the call.
    pub agent: Uuid,
    /// Who finished the review, or has begun it.
    pub scorer: Option<Uuid>,
    /// Whether its score was told.
    pub told: bool,
}

/// Whether the actor may do this to the review: shift lead and city score what
/// others took; whoever took it reads the finished score and objects; somebody
/// other than the scorer rules. Nobody judges their own call.
#[must_use]
pub fn quality_may(actor: &Actor, action: QualityAction, review: &QualityFacts) -> bool {
    use QualityAction::{Object, Read, Rule, Score};
    let own = review.agent == actor.account;
    let judges = keeps_quality(actor.role) && actor.role != Role::System && !own;
    match action {
        Read if own => review.told && takes_reports(actor.role),
        Object => own && review.told && takes_reports(actor.role),
        Read | Score => judges,
        Rule => judges && review.told && review.scorer != Some(actor.account),
    }
}
