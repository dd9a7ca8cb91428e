//! Measures that have a life of their own (措施与文书): for each kind its
//! fields, its states, what may be done with it, the clocks that this starts
//! and the visits it orders. The tables are the specification; everything else
//! reads them.
//!
//! A kind is a code of `data/artifact_kinds.csv`, a clock a row of
//! `data/deadlines.csv`. Papers of other kinds are recorded and no more.

mod check;
mod conduct;
mod custody;
mod field;
mod guardianship;
mod justice;
mod protection;

pub use check::{Fault, Known, faults};
pub use field::{Field, FieldKind, Need, Value, Values};

use chrono::{Months, NaiveDate};

/// Where a measure stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// 已登记: a paper without a life of its own
    Recorded,
    /// 准备中
    Prepared,
    /// 已预约
    Booked,
    /// 已申请，待裁定或审查
    Requested,
    /// 已批准，待指派
    Approved,
    /// 待书面回复
    Awaiting,
    /// 有效
    InForce,
    /// 已办结
    Done,
    /// 已驳回
    Refused,
    /// 已撤销
    Revoked,
    /// 已到期失效
    Lapsed,
    /// 已撤回
    Withdrawn,
    /// 已终止
    Ended,
}

impl State {
    /// Every state in the order of a usual life.
    pub const ALL: [Self; 13] = [
        Self::Recorded,
        Self::Prepared,
        Self::Booked,
        Self::Requested,
        Self::Approved,
        Self::Awaiting,
        Self::InForce,
        Self::Done,
        Self::Refused,
        Self::Revoked,
        Self::Lapsed,
        Self::Withdrawn,
        Self::Ended,
    ];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Prepared => "prepared",
            Self::Booked => "booked",
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::Awaiting => "awaiting",
            Self::InForce => "in_force",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Revoked => "revoked",
            Self::Lapsed => "lapsed",
            Self::Withdrawn => "withdrawn",
            Self::Ended => "ended",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The words on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Recorded => "已登记",
            Self::Prepared => "准备中",
            Self::Booked => "已预约",
            Self::Requested => "已申请",
            Self::Approved => "已批准",
            Self::Awaiting => "待回复",
            Self::InForce => "有效",
            Self::Done => "已办结",
            Self::Refused => "已驳回",
            Self::Revoked => "已撤销",
            Self::Lapsed => "已到期",
            Self::Withdrawn => "已撤回",
            Self::Ended => "已终止",
        }
    }

    /// Whether nothing follows any more.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(
            self,
            Self::Done | Self::Refused | Self::Revoked | Self::Lapsed | Self::Withdrawn | Self::Ended
        )
    }
}

/// Where a measure stands on a day: what the law ends with its validity is
/// over then, whether or not anybody has written that down yet. Custody is not
/// over because its time is: somebody has to end it.
#[must_use]
pub fn standing(kind: &str, stored: &str, expires_on: Option<NaiveDate>, today: NaiveDate) -> State {
    let state = State::parse(stored).unwrap_or(State::Recorded);
    let lapses = procedure(kind).is_none_or(|procedure| procedure.lapses);
    let ran_out = lapses && expires_on.is_some_and(|last| last < today);
    match state {
        State::InForce | State::Recorded if ran_out => State::Lapsed,
        state => state,
    }
}

/// Whether a measure keeps its case open: a kind that does, not over yet. The
/// one answer for the check before closing and for every screen.
#[must_use]
pub fn blocks_closing(kind: &str, state: State) -> bool {
    super::codes::artifact_kind(kind).is_some_and(|row| row.blocks_closing) && !state.is_over()
}

/// Who owes what a clock waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// The child's village; its township where the village is not known or
    /// must not learn of the case.
    Village,
    /// The county's unit of this kind, else the city's.
    County(&'static str),
    /// The unit that leads the case.
    Lead,
    /// The unit chosen in the field `addressee`.
    Addressee,
}

/// From when a clock runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// The first of these fields that was given.
    Fields(&'static [&'static str]),
    /// The day in this field, backwards: the row's amount is negative.
    Before(&'static str),
}

/// A clock that an act starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Row code of `data/deadlines.csv`.
    pub rule: &'static str,
    /// What is owed; a key of [`MILESTONES`].
    pub milestone: &'static str,
    /// Who owes it.
    pub owner: Owner,
    /// From when.
    pub from: From,
    /// Only where this field has this value.
    pub only: Option<(&'static str, &'static str)>,
}

/// Something that may be done with a measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deed {
    /// The word of its address and of the API.
    pub code: &'static str,
    /// The words on its button and in the history.
    pub label: &'static str,
    /// What whoever does it should know.
    pub hint: &'static str,
    /// In which states it may be done.
    pub from: &'static [State],
    /// The state afterwards; none where it stays.
    pub to: Option<State>,
    /// What it asks.
    pub fields: &'static [Field],
    /// Milestones that it meets.
    pub meets: &'static [&'static str],
    /// Milestones whose clocks it stops.
    pub stops: &'static [&'static str],
    /// Clocks that it starts.
    pub starts: &'static [Start],
    /// Kinds of unit that do it for themselves when it is theirs to do.
    pub by: &'static [&'static str],
    /// It must be done within this row's amount, counted from the day on which
    /// the measure took effect.
    pub within: Option<&'static str>,
    /// The validity begins anew: its end is counted from the old one.
    pub prolongs: bool,
}

impl Deed {
    /// An act without anything, to be filled in.
    const NONE: Self = Self {
        code: "",
        label: "",
        hint: "",
        from: &[],
        to: None,
        fields: &[],
        meets: &[],
        stops: &[],
        starts: &[],
        by: &[],
        within: None,
        prolongs: false,
    };

    /// A field by its name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// A kind of measure.
#[derive(Debug, Clone, Copy)]
pub struct Procedure {
    /// Code of `data/artifact_kinds.csv`.
    pub kind: &'static str,
    /// The words on screen.
    pub name: &'static str,
    /// When it is used, in one line.
    pub about: &'static str,
    /// Where its rules come from.
    pub basis: &'static str,
    /// What begins it; its `to` is the first state.
    pub begin: Deed,
    /// What may follow.
    pub deeds: &'static [Deed],
    /// Whether it ends by itself when its validity runs out.
    pub lapses: bool,
    /// Where it stands when only its paper was recorded, by a joint task or
    /// with the short form, and the clocks that the paper starts.
    pub paper: (State, &'static [Start]),
    /// The kind of visit that it orders: also the milestone of their clocks.
    pub visits: Option<&'static str>,
}

impl Procedure {
    /// How many months it lasts at most, and which text says so.
    #[must_use]
    pub fn longest(&self) -> Option<(u32, &'static str)> {
        let row = super::codes::artifact_kind(self.kind)?;
        Some((row.in_force_months?, row.source.as_str()))
    }

    /// The last day on which one may end that takes effect on this day.
    #[must_use]
    pub fn longest_end(&self, from: NaiveDate) -> Option<NaiveDate> {
        let (months, _) = self.longest()?;
        from.checked_add_months(Months::new(months))
    }

    /// Whether the law names the grounds that it needs: its paper alone says
    /// nothing of them.
    #[must_use]
    pub fn needs_ground(&self) -> bool {
        self.grounds().is_some()
    }

    /// The grounds that the law names, code and words; none where it names none.
    #[must_use]
    pub fn grounds(&self) -> Option<&'static [(&'static str, &'static str)]> {
        self.begin.field("ground").map(Field::options)
    }

    /// What may be done in a state, in the order of the table.
    pub fn open(&self, state: State) -> impl Iterator<Item = &'static Deed> {
        self.deeds.iter().filter(move |deed| deed.from.contains(&state))
    }

    /// An act by its code.
    #[must_use]
    pub fn deed(&self, code: &str) -> Option<&'static Deed> {
        self.deeds.iter().find(|deed| deed.code == code)
    }
}

/// Every kind that has a life of its own, in the order of the screen.
pub const PROCEDURES: [&Procedure; 12] = [
    &conduct::ADMONITION,
    &protection::ORDER,
    &conduct::REPRIMAND,
    &conduct::EDUCATION,
    &custody::EMERGENCY,
    &custody::TEMPORARY,
    &custody::LONG_TERM,
    &custody::PLACEMENT,
    &guardianship::REVOCATION,
    &justice::LEGAL_AID,
    &justice::PROPOSAL,
    &justice::INTERVIEW,
];

/// The rules of a kind, where it has a life of its own.
#[must_use]
pub fn procedure(kind: &str) -> Option<&'static Procedure> {
    PROCEDURES.into_iter().find(|procedure| procedure.kind == kind)
}

/// What the clocks of measures wait for, in words.
pub const MILESTONES: [(&str, &str); 15] = [
    ("admonition_check", "告诫查访（村居）"),
    ("admonition_police", "告诫查访（派出所）"),
    ("order_ruling", "裁定保护令"),
    ("order_police", "公安核实并告知保护令"),
    ("order_expiry", "保护令到期提醒，评估是否延长"),
    ("placement_warn", "应急安置满20小时，落实去向"),
    ("placement_limit", "应急安置期内转介"),
    ("custody_review", "临时监护定期评估"),
    ("custody_warn", "临时监护满11个月，会商去向"),
    ("custody_limit", "临时监护期满"),
    ("refusal_warn", "监护人拒不履责满5个月"),
    ("refusal_limit", "监护人拒不履责满6个月，可申请撤销"),
    ("aid_review", "审查法律援助申请"),
    ("aid_assign", "指派法律援助人员"),
    ("proposal_reply", "书面回复建议书"),
];

/// The words of a milestone of a measure.
#[must_use]
pub fn milestone(code: &str) -> Option<&'static str> {
    let found = MILESTONES.iter().find(|(known, _)| *known == code);
    found.map(|(_, words)| *words)
}

/// The kinds of visit that measures order.
pub fn ordered_visits() -> impl Iterator<Item = &'static str> {
    PROCEDURES.into_iter().filter_map(|procedure| procedure.visits)
}
