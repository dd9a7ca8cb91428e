//! The table of the steps on a case: who sends which, on a case at which level
//! and stage, with what in its fields.

use tonghu::rules::level::RiskLevel::{self, Blue, Red, Yellow};

/// What stands in a field.
#[derive(Clone, Copy)]
pub(super) enum W {
    Is(&'static str),
    Yes,
    Name,
    Sentence,
    Phone,
    Id,
    /// The child of the case.
    Child,
    /// The unit of an account.
    Seat(&'static str),
    /// An account.
    Person(&'static str),
    /// The id of another case.
    Other,
    /// The number of another case.
    OtherNumber,
    /// The sheet of supervision of the case.
    Sheet,
}

/// What must be so beforehand.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Given {
    Nothing,
    Proposed,
    Closable,
    Merged,
    Planned,
    /// More time was asked for.
    WantsTime,
    WantsPause,
    Paused,
    Supervised,
    HandedIn,
    Resolved,
}

pub(super) type Row = (
    &'static str,
    &'static str,
    RiskLevel,
    &'static str,
    Given,
    &'static [(&'static str, W)],
);

/// Over the forms.
pub(super) const FORMS: &[Row] = {
    use Given::{Closable, Merged, Nothing, Proposed};
    use W::{Child, Id, Is, Name, OtherNumber, Person, Phone, Seat, Sentence, Yes};
    &[
        ("sign", "township", Red, "assigned", Nothing, &[]),
        (
            "return",
            "township",
            Red,
            "assigned",
            Nothing,
            &[
                ("reason", Is("R01")),
                ("explanation", Sentence),
                ("done_first", Sentence),
            ],
        ),
        (
            "dispatch",
            "lead",
            Red,
            "returning",
            Nothing,
            &[
                ("decision", Is("unit")),
                ("unit", Seat("civil")),
                ("reason", Sentence),
                ("place_text", Sentence),
            ],
        ),
        (
            "dispatch",
            "lead",
            Red,
            "returning",
            Nothing,
            &[
                ("decision", Is("place")),
                ("place", Is("140623100")),
                ("reason", Sentence),
            ],
        ),
        (
            "dispatch",
            "lead",
            Red,
            "returning",
            Nothing,
            &[("decision", Is("refuse")), ("reason", Sentence)],
        ),
        (
            "assign",
            "township",
            Red,
            "accepted",
            Nothing,
            &[("account", Person("township"))],
        ),
        (
            "raise",
            "township",
            Blue,
            "accepted",
            Nothing,
            &[("level", Is("red")), ("reason", Sentence)],
        ),
        (
            "lowering",
            "county",
            Yellow,
            "accepted",
            Proposed,
            &[("decision", Is("no")), ("reason", Sentence)],
        ),
        ("note", "township", Red, "accepted", Nothing, &[("text", Sentence)]),
        (
            "party",
            "township",
            Red,
            "accepted",
            Nothing,
            &[
                ("kind", Is("suspect")),
                ("name", Name),
                ("phone", Phone),
                ("relation", Is("905")),
                ("lives_with_child", Yes),
            ],
        ),
        (
            "child",
            "township",
            Red,
            "accepted",
            Nothing,
            &[
                ("child", Child),
                ("name", Name),
                ("id_number", Id),
                ("school", Sentence),
                ("opinion", Sentence),
                ("categories", Is("01")),
            ],
        ),
        (
            "recuse",
            "township",
            Red,
            "accepted",
            Nothing,
            &[("whom", Is("myself")), ("reason", Sentence)],
        ),
        ("support", "township", Yellow, "planned", Nothing, &[]),
        ("spot-check", "city", Red, "accepted", Nothing, &[("note", Sentence)]),
        ("follow-up", "township", Red, "accepted", Nothing, &[("note", Sentence)]),
        (
            "close",
            "township",
            Yellow,
            "intervening",
            Closable,
            &[("closure_type", Is("referred")), ("note", Sentence)],
        ),
        (
            "decide-close",
            "county",
            Yellow,
            "closing",
            Closable,
            &[("decision", Is("no")), ("reason", Sentence)],
        ),
        ("reopen", "county", Yellow, "closed", Nothing, &[("reason", Sentence)]),
        (
            "merge",
            "county",
            Yellow,
            "accepted",
            Nothing,
            &[("into", OtherNumber), ("reason", Sentence)],
        ),
        ("unmerge", "county", Yellow, "accepted", Merged, &[("reason", Sentence)]),
    ]
};

/// Over the interface.
pub(super) const STEPS: &[Row] = {
    use Given::{Closable, Merged, Nothing, Planned, Proposed};
    use W::{Child, Id, Is, Name, Other, Person, Phone, Seat, Sentence, Yes};
    &[
        (
            "transfer",
            "township",
            Yellow,
            "accepted",
            Nothing,
            &[
                ("to", Is("140623100")),
                ("reason", Is("residence")),
                ("met_on", Is("2026-11-23")),
                ("meeting", Sentence),
                ("child_informed", Is("no")),
                ("guardian_informed", Is("yes")),
                ("informed_note", Sentence),
            ],
        ),
        ("sign", "township", Red, "assigned", Nothing, &[]),
        (
            "return",
            "township",
            Red,
            "assigned",
            Nothing,
            &[
                ("reason", Is("R01")),
                ("explanation", Sentence),
                ("done_first", Sentence),
            ],
        ),
        (
            "refuse_return",
            "lead",
            Red,
            "returning",
            Nothing,
            &[("reason", Sentence)],
        ),
        (
            "redispatch",
            "lead",
            Red,
            "assigned",
            Nothing,
            &[("unit", Seat("civil")), ("reason", Sentence)],
        ),
        (
            "redispatch",
            "lead",
            Red,
            "assigned",
            Nothing,
            &[("place", Is("140623100")), ("reason", Sentence)],
        ),
        (
            "assign",
            "township",
            Red,
            "accepted",
            Nothing,
            &[("account", Person("township"))],
        ),
        (
            "raise_risk",
            "township",
            Blue,
            "accepted",
            Nothing,
            &[("level", Is("red")), ("reason", Sentence)],
        ),
        (
            "propose_lowering",
            "township",
            Yellow,
            "accepted",
            Nothing,
            &[("level", Is("green")), ("reason", Sentence)],
        ),
        ("confirm_lowering", "county", Yellow, "accepted", Proposed, &[]),
        (
            "refuse_lowering",
            "county",
            Yellow,
            "accepted",
            Proposed,
            &[("reason", Sentence)],
        ),
        ("note", "township", Red, "accepted", Nothing, &[("text", Sentence)]),
        (
            "party",
            "township",
            Red,
            "accepted",
            Nothing,
            &[
                ("kind", Is("guardian")),
                ("relation", Is("905")),
                ("name", Name),
                ("phone", Phone),
                ("lives_with_child", Yes),
                ("suspect", Yes),
            ],
        ),
        (
            "child",
            "township",
            Red,
            "accepted",
            Nothing,
            &[
                ("child", Child),
                ("name", Name),
                ("sex", Is("2")),
                ("birth_date", Is("2019-05-01")),
                ("id_number", Id),
                ("feature", Sentence),
                ("division", Is("140622100")),
                ("school", Sentence),
                ("opinion", Sentence),
            ],
        ),
        (
            "recuse",
            "county",
            Red,
            "accepted",
            Nothing,
            &[("unit", Seat("village")), ("reason", Sentence)],
        ),
        (
            "recuse",
            "county",
            Red,
            "accepted",
            Nothing,
            &[("account", Person("village")), ("reason", Sentence)],
        ),
        ("confirm_plan", "county", Red, "assessed", Planned, &[]),
        ("begin_support", "township", Yellow, "planned", Nothing, &[]),
        (
            "conference",
            "county",
            Red,
            "accepted",
            Nothing,
            &[("on", Is("2026-11-23")), ("minutes_no", Sentence), ("note", Sentence)],
        ),
        ("spot_check", "city", Red, "accepted", Nothing, &[("note", Sentence)]),
        ("follow_up", "township", Red, "accepted", Nothing, &[("note", Sentence)]),
        (
            "ask_close",
            "township",
            Yellow,
            "intervening",
            Closable,
            &[("closure_type", Is("referred")), ("note", Sentence)],
        ),
        ("approve_close", "county", Yellow, "closing", Closable, &[]),
        (
            "refuse_close",
            "county",
            Yellow,
            "closing",
            Closable,
            &[("reason", Sentence)],
        ),
        ("reopen", "county", Yellow, "closed", Nothing, &[("reason", Sentence)]),
        (
            "merge",
            "county",
            Yellow,
            "accepted",
            Nothing,
            &[("into", Other), ("reason", Sentence)],
        ),
        (
            "undo_merge",
            "county",
            Yellow,
            "accepted",
            Merged,
            &[("reason", Sentence)],
        ),
    ]
};
