//! The table of the steps on an order, like that of the steps on a case.

use super::case_rows::Given::{self, HandedIn, Nothing, Paused, Resolved, Supervised, WantsPause, WantsTime};
use super::case_rows::Row;
use super::case_rows::W::{Is, Seat, Sentence, Sheet, Yes};
use tonghu::rules::level::RiskLevel::{self, Blue, Red, Yellow};

/// A row whose case the township leads.
const fn row(
    name: &'static str,
    who: &'static str,
    (level, stage, given): (RiskLevel, &'static str, Given),
    fields: &'static [(&'static str, super::case_rows::W)],
) -> Row {
    (name, who, level, stage, given, fields)
}

const SIGNED: (RiskLevel, &str, Given) = (Yellow, "accepted", Nothing);

/// Rows that are sent over both ways, with the same words in the same fields:
/// the name of the form, the name of the step, and what a [`Row`] has.
macro_rules! both {
    ($($form:literal $step:literal $who:literal $given:expr, $fields:expr;)*) => {
        /// Those of the forms.
        pub(super) const BOTH_FORMS: &[Row] = &[$(row($form, $who, $given, $fields),)*];
        /// Those of the interface.
        pub(super) const BOTH_STEPS: &[Row] = &[$(row($step, $who, $given, $fields),)*];
    };
}

both! {
    "dispute" "dispute" "lead" (Red, "assigned", Nothing), &[("reason", Sentence)];
    "arbitrate" "arbitrate" "city" (Red, "arbitrating", Nothing), &[("unit", Seat("civil")), ("reason", Sentence)];
    "pause" "ask_pause" "township" (Blue, "accepted", Nothing), &[("ground", Is("hospital")), ("reason", Sentence)];
    "unpause" "end_pause" "township" (Blue, "accepted", Paused), &[("reason", Sentence)];
    "answer-supervision" "answer_supervision" "township" (Yellow, "accepted", Supervised),
        &[("supervision", Sheet), ("answer", Sentence)];
    "end-supervision" "end_supervision" "county" (Yellow, "accepted", Supervised),
        &[("supervision", Sheet), ("reason", Sentence)];
    "hand-in" "hand_in" "township" SIGNED, &[("summary", Sentence), ("papers", Sentence)];
    "evaluate" "evaluate" "lead" (Yellow, "accepted", Resolved),
        &[("rater", Is("organisation")), ("value", Is("satisfied")), ("note", Sentence)];
}

/// Over the forms alone.
pub(super) const FORMS: &[Row] = &[
    row(
        "extension",
        "township",
        SIGNED,
        &[("days", Is("5")), ("reason", Sentence)],
    ),
    row(
        "rule-extension",
        "county",
        (Yellow, "accepted", WantsTime),
        &[("decision", Is("no")), ("reason", Sentence)],
    ),
    row(
        "rule-pause",
        "county",
        (Blue, "accepted", WantsPause),
        &[("decision", Is("yes")), ("reason", Sentence)],
    ),
    row(
        "lift-pause",
        "county",
        (Blue, "accepted", Paused),
        &[("reason", Sentence)],
    ),
    row("urge", "lead", SIGNED, &[("note", Sentence), ("from_caller", Yes)]),
    row(
        "supervise",
        "county",
        SIGNED,
        &[
            ("level", Is("2")),
            ("cause", Is("ill_handled")),
            ("reason", Sentence),
            ("due_on", Is("2026-11-27")),
        ],
    ),
    row(
        "review-result",
        "county",
        (Yellow, "accepted", HandedIn),
        &[("decision", Is("no")), ("reason", Sentence)],
    ),
    row(
        "call-back",
        "lead",
        (Yellow, "accepted", Resolved),
        &[
            ("way", Is("school")),
            ("reached", Is("yes")),
            ("solved", Is("no")),
            ("told", Is("handled")),
            ("note", Sentence),
        ],
    ),
];

/// Over the interface alone, with words in every field that takes some.
pub(super) const STEPS: &[Row] = &[
    row("urge", "lead", SIGNED, &[("note", Sentence)]),
    row(
        "accept_result",
        "county",
        (Yellow, "accepted", HandedIn),
        &[("reason", Sentence)],
    ),
    row(
        "send_back_result",
        "county",
        (Yellow, "accepted", HandedIn),
        &[("reason", Sentence)],
    ),
];
