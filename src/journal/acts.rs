//! Every act that the journal knows, with its stored code and its words.

macro_rules! acts {
    ($($variant:ident $code:literal $label:literal,)*) => {
        /// What was done. The code is stored, the label shown.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Act {
            $(#[doc = $label] $variant,)*
        }

        impl Act {
            /// Every act.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stored word.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The words on screen.
            #[must_use]
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)* }
            }
        }
    };
}

acts! {
    SignedIn "signed_in" "登录",
    SignInFailed "sign_in_failed" "登录失败",
    SignedOut "signed_out" "退出",
    PasswordChanged "password_changed" "修改密码",
    SetUp "set_up" "首次设置",
    AccountAdded "account_added" "新增账号",
    AccountChanged "account_changed" "变更账号",
    AccountDisabled "account_disabled" "停用账号",
    AccountReset "account_reset" "重置密码",
    NetworkImported "network_imported" "导入网络名册",
    ChildrenImported "children_imported" "导入儿童名册",
    UnitChanged "unit_changed" "变更机构",
    PostChanged "post_changed" "变更岗位",
    DraftOpened "draft_opened" "开始登记",
    DraftSaved "draft_saved" "保存草稿",
    ReportSubmitted "report_submitted" "提交线索",
    EmergencyCalled "emergency_called" "紧急联动",
    EmergencyReceipted "emergency_receipted" "补登或更正接警单号",
    ReportAnswered "report_answered" "当场答复",
    ReportReferred "report_referred" "转介其他热线",
    ReferralMade "referral_made" "登记转介",
    ReferralReceipted "referral_receipted" "补登转介回执",
    ReferralAnswered "referral_answered" "登记转介答复",
    ReferralWithdrawn "referral_withdrawn" "撤回转介",
    LineChanged "line_changed" "变更联动热线",
    ArticleSaved "article_saved" "保存知识条目",
    ArticlePublished "article_published" "发布知识条目",
    ArticleWithdrawn "article_withdrawn" "撤下知识条目",
    ArticleReviewDue "article_review_due" "提醒复核知识条目",
    ServiceChanged "service_changed" "变更服务机构",
    ServicesImported "services_imported" "导入服务机构",
    ReportJoined "report_joined" "并入在办个案",
    ScreeningProposed "screening_proposed" "提出不予受理",
    ScreeningConfirmed "screening_confirmed" "复核不予受理",
    ScreeningRefused "screening_refused" "驳回不予受理",
    OutcomeUndone "outcome_undone" "撤回处理",
    CallDismissed "call_dismissed" "标记无效来电",
    CandidateDecided "candidate_decided" "判断疑似重复",
    CaseOpened "case_opened" "立案转办",
    CaseSigned "case_signed" "签收个案",
    ReturnAsked "return_asked" "申请退回",
    CaseRedispatched "case_redispatched" "改派",
    ReturnRefused "return_refused" "驳回退回",
    DisputeOpened "dispute_opened" "提请市级仲裁",
    DisputeRuled "dispute_ruled" "市级仲裁",
    ExtensionAsked "extension_asked" "申请延期",
    ExtensionRuled "extension_ruled" "裁定延期",
    ExtensionLapsed "extension_lapsed" "延期到期未批，视为驳回",
    PauseAsked "pause_asked" "申请停表",
    PauseRuled "pause_ruled" "裁定停表",
    PauseEnded "pause_ended" "恢复计时",
    OrderUrged "order_urged" "催办",
    UrgingPaper "urging_paper" "发出催办通知书",
    UrgingBulletin "urging_bulletin" "书面通报",
    SupervisionOpened "supervision_opened" "督办",
    SupervisionAnswered "supervision_answered" "答复督办",
    SupervisionEnded "supervision_ended" "解除督办",
    ResultHandedIn "result_handed_in" "提交办理结果",
    ResultAccepted "result_accepted" "审核通过，工单办结",
    ResultSentBack "result_sent_back" "退回重办",
    CalledBack "called_back" "回访",
    OrderEvaluated "order_evaluated" "登记评价",
    OrderArchived "order_archived" "工单归档",
    CaseAssigned "case_assigned" "指定承办人",
    VisitRecorded "visit_recorded" "记录走访",
    VisitAccepted "visit_accepted" "审核走访",
    VisitQueried "visit_queried" "走访退问",
    VisitReplied "visit_replied" "答复退问",
    PhotoAdded "photo_added" "上传照片",
    CaseAssessed "case_assessed" "评估定级",
    CaseReviewed "case_reviewed" "复评",
    PlanMade "plan_made" "制定计划",
    PlanConfirmed "plan_confirmed" "审定计划",
    GoalDone "goal_done" "完成目标",
    GoalDropped "goal_dropped" "取消目标",
    SupportBegun "support_begun" "开始帮扶",
    TaskOpened "task_opened" "发起协办",
    TaskSigned "task_signed" "签收协办",
    TaskReported "task_reported" "反馈协办",
    TaskAccepted "task_accepted" "确认协办结果",
    TaskRejected "task_rejected" "退回协办结果",
    TaskCancelled "task_cancelled" "撤销协办",
    TaskRefused "task_refused" "对协办提出异议",
    TaskRuled "task_ruled" "裁定协办承办单位",
    TaskDropped "task_dropped" "裁定不再协办",
    TaskClimbed "task_climbed" "协办争议升至市级",
    TaskWaived "task_waived" "免办协办",
    MeasureRecorded "measure_recorded" "登记文书",
    MeasureEnded "measure_ended" "终止文书",
    MeasureBegun "measure_begun" "发起措施",
    MeasureStepped "measure_stepped" "办理措施",
    MeasureLapsed "measure_lapsed" "措施到期失效",
    MeasureViewed "measure_viewed" "查看措施",
    MeasuresListed "measures_listed" "查看措施台账",
    PartyRecorded "party_recorded" "登记相关人员",
    ChildRecorded "child_recorded" "更新儿童档案",
    NoteAdded "note_added" "补充情况",
    RiskRaised "risk_raised" "上调等级",
    LoweringProposed "lowering_proposed" "建议降级",
    LoweringConfirmed "lowering_confirmed" "确认降级",
    LoweringRefused "lowering_refused" "不同意降级",
    ConferenceHeld "conference_held" "登记会商",
    SpotChecked "spot_checked" "市级抽查",
    RoutineCareBegun "routine_care_begun" "转常规关爱",
    RoutineCareEnded "routine_care_ended" "撤回转常规关爱",
    FollowUpPlanned "follow_up_planned" "建立跟踪计划",
    CloseAsked "close_asked" "申请结案",
    CloseApproved "close_approved" "批准结案",
    CloseRefused "close_refused" "不批准结案",
    CaseReopened "case_reopened" "重开个案",
    CaseMerged "case_merged" "并案",
    MergeUndone "merge_undone" "撤销并案",
    RecusalDeclared "recusal_declared" "登记回避",
    TransferAsked "transfer_asked" "提出移交",
    TransferContacted "transfer_contacted" "登记移交联系",
    TransferConfirmed "transfer_confirmed" "确认移交",
    TransferRefused "transfer_refused" "不同意移交",
    TransferWithdrawn "transfer_withdrawn" "撤回移交",
    TransferDisputed "transfer_disputed" "移交提请裁定",
    TransferRuled "transfer_ruled" "裁定移交",
    TransferKept "transfer_kept" "裁定不移交",
    ItemHandedOver "item_handed_over" "离任移交",
    DeadlineWarned "deadline_warned" "时限将到",
    DeadlineMissed "deadline_missed" "时限超期",
    DeadlineEscalated "deadline_escalated" "超期逐级上报",
    DeadlineRuleChanged "deadline_rule_changed" "变更时限规则",
    WorkingHoursSet "working_hours_set" "设置工作时段",
    DeadlinesRecounted "deadlines_recounted" "按新日历重算时限",
    NoticesChosen "notices_chosen" "修改通知设置",
    MessagesQueued "messages_queued" "生成外发消息",
    MessageRepeated "message_repeated" "重发外发消息",
    HotlineOrderTaken "hotline_order_taken" "接收 12345 工单",
    HotlineEventTaken "hotline_event_taken" "接收 12345 工单事件",
    HotlineConflict "hotline_conflict" "12345 同号工单内容不同",
    HotlineFlagSettled "hotline_flag_settled" "核对 12345 工单",
    HotlineTold "hotline_told" "生成 12345 回告",
    HotlineReconciled "hotline_reconciled" "12345 对账",
    AttachmentFetched "attachment_fetched" "取到 12345 工单附件",
    AttachmentMissed "attachment_missed" "未取到 12345 工单附件",
    AttachmentAsked "attachment_asked" "再取 12345 工单附件",
    AttachmentViewed "attachment_viewed" "查看 12345 工单附件",
    HotlineOrderViewed "hotline_order_viewed" "查看 12345 工单",
    HotlineOrdersListed "hotline_orders_listed" "查看 12345 工单台账",
    HotlineFileImported "hotline_file_imported" "文件导入 12345 工单",
    HotlineAnswersExported "hotline_answers_exported" "导出 12345 回告",
    HotlineFileCompleted "hotline_file_completed" "推送补全文件导入的工单",
    PartnerAdded "partner_added" "新增接入方",
    PartnerChanged "partner_changed" "变更接入方",
    PartnerRotated "partner_rotated" "换发接入方密钥",
    PartnerDisabled "partner_disabled" "停用接入方",
    PartnerEnabled "partner_enabled" "恢复接入方",
    CallRang "call_rang" "来电振铃",
    CallAnswered "call_answered" "来电接听",
    CallTransferred "call_transferred" "来电转接",
    CallEnded "call_ended" "通话结束",
    CallsPurged "calls_purged" "清理通话记录",
    DraftsDropped "drafts_dropped" "清理无人接听的空草稿",
    CallReturnOwed "call_return_owed" "列入待回拨",
    CallReturnRung "call_return_rung" "回拨已接通，待登记结果",
    CallReturnEnded "call_return_ended" "撤下待回拨",
    CallReturnClaimed "call_return_claimed" "认领回拨",
    CallReturnReleased "call_return_released" "放回待回拨",
    CallReturnAllowed "call_return_allowed" "核准回拨",
    CallReturned "call_returned" "登记回拨结果",
    NumberChecked "number_checked" "拨出前核对号码",
    ExtensionSet "extension_set" "设置分机",
    ExchangeAdded "exchange_added" "新增话务平台",
    ExchangeRotated "exchange_rotated" "换发话务平台令牌",
    ExchangeDisabled "exchange_disabled" "停用话务平台",
    ExchangeEnabled "exchange_enabled" "恢复话务平台",
    NoticesDigested "notices_digested" "交接班汇总",
    NoticesPurged "notices_purged" "清理已读通知",
    DemoLoaded "demo_loaded" "装入演示数据",
    QualitySheetChanged "quality_sheet_changed" "变更质检评分表",
    QualitySampleDrawn "quality_sample_drawn" "抽取质检样本",
    QualityReviewSaved "quality_review_saved" "保存质检评分",
    QualityReviewFinished "quality_review_finished" "评定质检",
    QualityObjected "quality_objected" "质检申诉",
    QualityRuled "quality_ruled" "裁定质检申诉",
    DemoClockMoved "demo_clock_moved" "拨动演示时钟",
    CaseViewed "case_viewed" "查看个案",
    CasesListed "cases_listed" "查看个案列表",
    CandidatesShown "candidates_shown" "查看疑似重复",
    CallerHistoryShown "caller_history_shown" "查看来电历史",
    ReportViewed "report_viewed" "查看线索",
    ReportsListed "reports_listed" "查看线索列表",
    CallsListed "calls_listed" "查看通话记录",
    CallReturnsListed "call_returns_listed" "查看待回拨",
    ReferralViewed "referral_viewed" "查看转介",
    ReferralsListed "referrals_listed" "查看转介列表",
    QualityReviewViewed "quality_review_viewed" "查看质检评分",
    QualityListed "quality_listed" "查看质检",
    HotlineBoardShown "hotline_board_shown" "查看热线看板",
    TransferViewed "transfer_viewed" "查看移交",
    TransfersListed "transfers_listed" "查看移交列表",
    TaskViewed "task_viewed" "查看协办任务",
    TasksListed "tasks_listed" "查看协办列表",
    VisitViewed "visit_viewed" "查看走访",
    PhotoViewed "photo_viewed" "查看照片",
    IdentityShown "identity_shown" "显示儿童身份",
    ReporterOpened "reporter_opened" "启封报告人",
    AccountsListed "accounts_listed" "查看账号",
    JournalRead "journal_read" "查阅审计",
    Printed "printed" "打印",
    Denied "denied" "越权尝试",
}

impl Act {
    /// Whether the act only looked.
    #[must_use]
    pub fn is_view(self) -> bool {
        matches!(
            self,
            Self::CaseViewed
                | Self::CasesListed
                | Self::CandidatesShown
                | Self::CallerHistoryShown
                | Self::ReportViewed
                | Self::ReportsListed
                | Self::CallsListed
                | Self::CallReturnsListed
                | Self::ReferralViewed
                | Self::ReferralsListed
                | Self::QualityReviewViewed
                | Self::QualityListed
                | Self::HotlineBoardShown
                | Self::TransferViewed
                | Self::TransfersListed
                | Self::TaskViewed
                | Self::TasksListed
                | Self::MeasureViewed
                | Self::MeasuresListed
                | Self::VisitViewed
                | Self::PhotoViewed
                | Self::IdentityShown
                | Self::ReporterOpened
                | Self::AttachmentViewed
                | Self::HotlineOrderViewed
                | Self::HotlineOrdersListed
                | Self::HotlineAnswersExported
                | Self::AccountsListed
                | Self::JournalRead
                | Self::Printed
        )
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|act| act.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_to_its_act() {
        for act in Act::ALL {
            assert_eq!(Act::parse(act.code()), Some(*act));
        }
    }
}
