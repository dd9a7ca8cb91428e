//! What a notice can be about. Its words say what happened and never to whom.

macro_rules! kinds {
    ($($variant:ident $code:literal $title:literal $urgent:literal,)*) => {
        /// What a notice is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Kind {
            $(#[doc = $title] $variant,)*
        }

        impl Kind {
            /// Every kind, in the order of the settings.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stored word.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The words on screen, without a case's number.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// Whether nobody may switch it off, and a text message goes out
            /// for it at any level.
            #[must_use]
            pub fn is_urgent(self) -> bool {
                match self { $(Self::$variant => $urgent,)* }
            }
        }
    };
}

kinds! {
    Opened "opened" "新个案转办到本单位" false,
    Informed "informed" "新个案抄送、督办本单位" false,
    Redispatched "redispatched" "个案改派到本单位" false,
    RiskRaised "risk_raised" "个案等级上调" false,
    TaskGiven "task_given" "新协办任务待签收" false,
    TaskReported "task_reported" "协办结果待确认" false,
    TaskAccepted "task_accepted" "协办结果已确认" false,
    TaskSentBack "task_sent_back" "协办结果退回补办" false,
    TaskCancelled "task_cancelled" "协办任务已撤销" false,
    TaskWaived "task_waived" "协办任务已免办" false,
    DueSoon "due_soon" "时限将到" false,
    Overdue "overdue" "时限已过" false,
    Escalated "escalated" "超期升级到本级" true,
    Urged "urged" "催办" false,
    Supervised "supervised" "督办" true,
    ReturnAsked "return_asked" "退回申请待裁定" false,
    ReturnRuled "return_ruled" "退回申请已裁定" false,
    ExtensionAsked "extension_asked" "延期申请待审批" false,
    ExtensionRuled "extension_ruled" "延期申请已审批" false,
    PauseAsked "pause_asked" "停表申请待审批" false,
    PauseRuled "pause_ruled" "停表申请已审批" false,
    SupervisionAnswered "supervision_answered" "督办已答复" false,
    ResultHandedIn "result_handed_in" "办理结果待审核" false,
    ResultReviewed "result_reviewed" "办理结果已审核" false,
    CallbackDue "callback_due" "工单待回访" false,
    DisputeOpened "dispute_opened" "职责争议待裁定" false,
    DisputeRuled "dispute_ruled" "职责争议已裁定" false,
    TransferAsked "transfer_asked" "个案移交待确认" false,
    TransferAnswered "transfer_answered" "个案移交已答复" false,
    HandedOver "handed_over" "待办事项移交给你" false,
    PostVacant "post_vacant" "本县有岗位空缺，尽快补齐" false,
    PostStillVacant "post_still_vacant" "岗位空缺超过7日，督促补齐" false,
    LoweringProposed "lowering_proposed" "降级建议待确认" false,
    LoweringRuled "lowering_ruled" "降级建议已答复" false,
    CloseAsked "close_asked" "结案申请待审批" false,
    CloseRuled "close_ruled" "结案申请已答复" false,
    MeasureDue "measure_due" "措施有待办事项" false,
    ConferenceCalled "conference_called" "会商通知" false,
    PartnerFlagged "partner_flagged" "12345 工单待人工核对" false,
    PartnerAdded "partner_added" "12345 就本单位个案补充了情况" false,
    ArticleReview "article_review" "知识条目到了复核日期" false,
    QualityScored "quality_scored" "一次通话已质检评定，可查看和申诉" false,
    QualityObjected "quality_objected" "质检申诉待裁定" false,
    QualityRuled "quality_ruled" "质检申诉已裁定" false,
    Digest "digest" "交接班汇总" false,
}

impl Kind {
    /// Whether a person may switch it off.
    #[must_use]
    pub fn is_chosen(self) -> bool {
        !self.is_urgent() && self != Self::Digest
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_to_its_kind() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.code()), Some(*kind));
        }
    }
    #[test]
    fn urgent_kinds_are_those_that_say_a_limit_was_missed_above() {
        let urgent = Kind::ALL.iter().filter(|kind| kind.is_urgent());
        assert_eq!(
            urgent.map(|kind| kind.code()).collect::<Vec<_>>(),
            ["escalated", "supervised"]
        );
    }
}
