//! What the templates of the desk are given: words and numbers ready to show.

use crate::directory::Near;
use crate::intake::Asking;
use crate::knowledge::Citation;
use crate::referrals::{Panel, Shown};
use crate::web::Shell;
use askama::Template;

/// One option of a list or one chip.
#[derive(Debug, Clone, Default)]
pub(super) struct Choice {
    pub code: String,
    pub label: String,
    pub hint: String,
    pub on: bool,
}

/// A place as chosen (`code`) or only as typed (`text`).
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    pub code: String,
    pub text: String,
}

/// One of the ten safety questions.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub key: String,
    pub no: u8,
    pub text: String,
    /// The sentence to say.
    pub say: String,
    pub red_line: bool,
    /// `yes`, `no` or empty: the answer that means danger.
    pub danger: String,
    pub answer: String,
}

/// One row of the children, as typed.
#[derive(Debug, Clone, Default)]
pub(super) struct ChildRow {
    pub name: String,
    pub sex: String,
    pub age: String,
    pub feature: String,
    pub id_number: String,
}

/// The plain fields of the desk, as typed.
#[derive(Debug, Clone, Default)]
pub(super) struct DeskForm {
    pub caller_phone: String,
    pub caller_name: String,
    pub title: String,
    pub content: String,
    pub child_address: String,
    pub incident_address: String,
    pub safe_time: String,
    pub police_receipt_no: String,
    pub suspect_name: String,
    pub urgency_reason: String,
    pub outcome_note: String,
    pub join_number: String,
    pub inquiry: String,
    pub answer: String,
    pub articles: Vec<String>,
    pub child_location: Place,
    pub incident_place: Place,
    pub incident_same: bool,
    pub anonymous: bool,
    pub confidential: bool,
    pub at_school: bool,
    pub case_types: [String; 3],
}

/// Why a level is suggested.
#[derive(Debug, Clone)]
pub(super) struct Reason {
    pub rule: String,
    pub text: String,
}

/// One unit of the routing plan, or one that was passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlanLine {
    pub role: String,
    pub unit: String,
    pub person: String,
    pub why: String,
    pub due: String,
    pub skipped: bool,
}

impl PlanLine {
    /// Passed over because nobody was there: of less interest than a recusal.
    pub(super) fn vacant(&self) -> bool {
        self.skipped && self.role == "不派"
    }
}

/// A case that may be about the same matter.
#[derive(Debug, Clone)]
pub(super) struct Duplicate {
    pub case_id: String,
    pub number: String,
    /// Nothing when this person may not open it.
    pub href: Option<String>,
    pub what: String,
    pub why: String,
    pub open: bool,
    pub decided: String,
}

/// The panel beside the form.
#[derive(Debug, Clone, Default)]
pub(super) struct Advice {
    pub level: i16,
    pub level_label: String,
    pub response: String,
    pub reasons: Vec<Reason>,
    pub plan: Vec<PlanLine>,
    pub gaps: Vec<String>,
    pub duplicates: Vec<Duplicate>,
    pub script_title: String,
    pub script: Vec<String>,
    /// Questions for a child caller, each asked once.
    pub asking: Vec<Asking>,
    /// Services near the child's place, the nearest of each kind.
    pub services: Vec<Near>,
}

impl Advice {
    /// How many were passed over because nobody was there.
    pub(super) fn vacant(&self) -> usize {
        self.plan.iter().filter(|line| line.vacant()).count()
    }
}

/// An earlier call from the same number.
#[derive(Debug, Clone)]
pub(super) struct CallerRow {
    pub time: String,
    pub matter: String,
    pub result: String,
    pub href: Option<String>,
}

/// What is known of the calling number.
#[derive(Debug, Clone, Default)]
pub(super) struct CallerPanel {
    pub summary: String,
    pub rows: Vec<CallerRow>,
    pub warning: String,
}

/// One transfer to 110 or 120.
#[derive(Debug, Clone)]
pub(super) struct EmergencyEntry {
    pub time: String,
    pub line: String,
    pub receipt: String,
    pub by: String,
}

/// The panel of the 110/120 link-up.
#[derive(Debug, Clone, Default)]
pub(super) struct Emergency {
    pub started_at: Option<String>,
    pub lines: Vec<Choice>,
    pub time: String,
    pub receipt: String,
    pub entries: Vec<EmergencyEntry>,
}

/// Fragment of `POST /intake/{id}/advice` and `…/candidate`.
#[derive(Debug, Template)]
#[template(path = "intake/advice.html")]
pub(super) struct AdviceFragment {
    pub id: String,
    pub advice: Advice,
}

/// Fragment of `POST /intake/{id}/caller`.
#[derive(Debug, Template)]
#[template(path = "intake/caller.html")]
pub(super) struct CallerFragment {
    pub caller: CallerPanel,
}

/// Fragment of `POST /intake/{id}/emergency`.
#[derive(Debug, Template)]
#[template(path = "intake/emergency.html")]
pub(super) struct EmergencyFragment {
    pub shell: Shell,
    pub id: String,
    pub emergency: Emergency,
}

/// The desk.
#[derive(Debug, Template)]
#[template(path = "intake/desk.html")]
pub(super) struct DeskPage {
    pub shell: Shell,
    pub id: String,
    pub version: i32,
    pub number: String,
    pub call_state: String,
    pub live: bool,
    pub started_at: String,
    pub now_iso: String,
    pub saved_at: Option<String>,
    pub form: DeskForm,
    pub questions: Vec<Question>,
    pub children: Vec<ChildRow>,
    pub case_types: Vec<Choice>,
    pub mandatory: Vec<Choice>,
    pub flags: Vec<Choice>,
    pub reporters: Vec<Choice>,
    pub relations: Vec<Choice>,
    pub suspects: Vec<Choice>,
    pub officials: Vec<Choice>,
    pub cohabiting: Vec<Choice>,
    pub safe_phone: Vec<Choice>,
    pub reported: Vec<Choice>,
    pub demand_types: Vec<Choice>,
    pub channels: Vec<Choice>,
    pub levels: Vec<Choice>,
    pub lines: Vec<Choice>,
    pub referral: Panel,
    pub advice: Advice,
    pub caller: CallerPanel,
    pub emergency: Emergency,
}

/// What is shown after saving.
#[derive(Debug, Template)]
#[template(path = "intake/receipt.html")]
pub(super) struct ReceiptPage {
    pub shell: Shell,
    pub id: String,
    pub version: i32,
    pub number: String,
    pub outcome: String,
    pub saved_at: String,
    pub level: i16,
    pub level_label: String,
    pub case_number: String,
    pub case_href: Option<String>,
    pub plan: Vec<PlanLine>,
    pub skipped: usize,
    pub call_owed: bool,
    pub lines: Vec<Choice>,
    pub gaps: Vec<String>,
    pub tell: Vec<String>,
    /// What was handed to other lines.
    pub handed: Vec<Shown>,
    /// The knowledge articles that the answer rests on.
    pub cited: Vec<Citation>,
    pub undo_until: Option<String>,
}

/// A report that was begun and not finished.
#[derive(Debug)]
pub(super) struct DraftRow {
    pub href: String,
    pub number: String,
    pub started: String,
    pub what: String,
    pub place: String,
    pub saved: String,
}

/// A screening-out that waits for the second person.
#[derive(Debug)]
pub(super) struct ReviewRow {
    pub id: String,
    pub version: i32,
    pub href: String,
    pub number: String,
    pub time: String,
    pub what: String,
    pub reason: String,
    pub by: String,
}

/// A finished report.
#[derive(Debug)]
pub(super) struct ReportRow {
    pub href: String,
    pub number: String,
    pub time: String,
    pub level: i16,
    pub level_label: String,
    pub what: String,
    pub place: String,
    pub outcome: String,
    pub status_kind: String,
    pub unit: String,
}

/// Start page of the desk.
#[derive(Debug, Template)]
#[template(path = "intake/list.html")]
pub(super) struct IntakeListPage {
    pub shell: Shell,
    pub drafts: Vec<DraftRow>,
    pub review: Vec<ReviewRow>,
    pub reports: Vec<ReportRow>,
    pub prev: Option<String>,
    pub next: Option<String>,
}

/// A label and its words.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    pub label: String,
    pub value: String,
}

/// The list of reports.
#[derive(Debug, Template)]
#[template(path = "intake/reports.html")]
pub(super) struct ReportsPage {
    pub shell: Shell,
    pub states: Vec<Choice>,
    pub levels: Vec<Choice>,
    pub channels: Vec<Choice>,
    pub rows: Vec<ReportRow>,
    pub prev: Option<String>,
    pub next: Option<String>,
}

/// One report for reading.
#[derive(Debug, Template)]
#[template(path = "intake/report.html")]
pub(super) struct ReportPage {
    pub shell: Shell,
    pub id: String,
    pub number: String,
    pub level: i16,
    pub level_label: String,
    pub outcome: String,
    pub case_number: String,
    pub case_href: Option<String>,
    /// The desk, while it is still a draft.
    pub desk_href: Option<String>,
    pub facts: Vec<Fact>,
    pub content: String,
    /// Whether somebody called: the words are theirs.
    pub by_phone: bool,
    /// The further fields of the registration form of an obliged reporter.
    pub registration: Vec<Fact>,
    pub children: Vec<String>,
    pub answers: Vec<Fact>,
    pub reasons: Vec<String>,
    /// What was handed to other lines, the emergency calls among it.
    pub handed: Vec<Shown>,
    /// The knowledge articles that the answer rests on.
    pub cited: Vec<Citation>,
    pub reporter: Vec<Fact>,
    pub sealed: bool,
    /// Empty for those who may not open the seal.
    pub reasons_to_open: Vec<Choice>,
}
