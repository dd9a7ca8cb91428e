//! From what a partner sent to a report: what is known is taken, everything
//! else is kept with the original and shown to a person. An order is never
//! refused for what it is about: 凡疑似侵害未成年人，一律受理并评估后再分流.

use super::attachments;
use super::body::{self, WorkOrder, word};
use super::flags::{FlagKind, Raised};
use super::network;
use crate::error::Result;
use crate::intake::ReportInput;
use crate::rules::codes::{self, Answer};
use crate::rules::level::RiskLevel;
use crate::rules::triage;
use anyhow::Context;
use chrono::{DateTime, Utc};
use serde_json::Value;

/// As long as a report's content may be.
const CONTENT: usize = 4000;
const LINE: usize = 200;
const CHILDREN: usize = 20;
const TYPES: usize = 10;
const CHOICES: usize = 40;
/// Rounds in which faults are taken out; a fault that hides another needs two.
const ROUNDS: usize = 4;
/// 其他: a person at the hotline says what it is.
const OTHER: &str = "1999";

/// What an order is read by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'a> {
    /// Now.
    pub(super) now: DateTime<Utc>,
    /// Whether made-up identity numbers are taken: in the demonstration.
    pub(super) synthetic: bool,
    /// Where this partner's answers go.
    pub(super) push_url: Option<&'a str>,
}

/// The report of an order, and what a person has to look at.
///
/// # Errors
/// When a field cannot be written as JSON.
pub(super) fn report(
    order: &WorkOrder,
    received_at: Option<DateTime<Utc>>,
    by: Reading<'_>,
) -> Result<(ReportInput, Vec<Raised>)> {
    let mut cleaner = Cleaner::default();
    let mut input = cleaner.words(body::report(order, received_at));
    cleaner.codes(&mut input, order);
    cleaner.ages(order);
    cleaner.callback(order, by);
    let mut input = cleaner.faults(input, by)?;
    cleaner.level(&mut input, order.urgency.clone());
    cleaner.raised.extend(attachments::read(order.attachments.as_ref()).1);
    Ok((input, cleaner.raised))
}

#[derive(Default)]
struct Cleaner {
    raised: Vec<Raised>,
}

impl Cleaner {
    fn raise(&mut self, kind: FlagKind, pointer: &str, given: Option<String>) {
        self.raised.push(Raised {
            kind,
            pointer: format!("/{pointer}"),
            given,
        });
    }

    /// Texts that are too long are cut, control characters become blanks: the
    /// original is kept whole.
    fn words(&mut self, mut input: ReportInput) -> ReportInput {
        for (pointer, text, most) in [
            ("content", &mut input.content, CONTENT),
            ("title", &mut input.title, LINE),
        ] {
            let Some(text) = text else { continue };
            let odd = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
            *text = text
                .chars()
                .map(|letter| if odd(letter) { ' ' } else { letter })
                .collect();
            if text.chars().count() > most {
                *text = text.chars().take(most).collect();
                self.raise(FlagKind::TooLong, pointer, None);
            }
        }
        if input.children.len() > CHILDREN {
            input.children.truncate(CHILDREN);
            self.raise(FlagKind::TooLong, "children", None);
        }
        input
    }

    /// Takes the codes that the lists hold.
    fn codes(&mut self, input: &mut ReportInput, order: &WorkOrder) {
        input.case_types = self.list("case_types", order.case_types.as_ref(), TYPES, |code| {
            codes::case_type(code).is_some()
        });
        input.mandatory_situations = self.list(
            "mandatory_situations",
            order.mandatory_situations.as_ref(),
            CHOICES,
            |code| codes::mandatory_situation(code).is_some(),
        );
        input.danger_flags = self.list("danger_flags", order.danger_flags.as_ref(), CHOICES, |code| {
            codes::danger_flag(code).is_some()
        });
        if let Some(code) = self.one("channel", order.channel.as_ref(), |code| codes::channel(code).is_some()) {
            input.channel = code;
        }
        let demand = self.one("demand_type", order.demand_type.as_ref(), |code| {
            codes::demand_type(code).is_some()
        });
        input.demand_type = demand.unwrap_or_default();
        input.reporter_type = self.one("reporter_type", order.reporter_type.as_ref(), |code| {
            codes::reporter_type(code).is_some()
        });
        input.relation_to_child = self.one("relation_to_child", order.relation_to_child.as_ref(), |code| {
            codes::relation(code).is_some()
        });
        input.cohabiting_suspect = self.one("cohabiting_suspect", order.cohabiting_suspect.as_ref(), |code| {
            Answer::parse(code).is_some()
        });
    }

    fn list(
        &mut self,
        field: &str,
        given: Option<&Vec<String>>,
        most: usize,
        known: impl Fn(&str) -> bool,
    ) -> Vec<String> {
        let mut taken: Vec<String> = Vec::new();
        for (at, code) in given.into_iter().flatten().enumerate() {
            let code = code.trim();
            if code.is_empty() || taken.iter().any(|one| one == code) {
                continue;
            }
            if known(code) && taken.len() < most {
                taken.push(code.to_owned());
            } else if at < CHOICES {
                self.raise(FlagKind::UnknownCode, &format!("{field}/{at}"), Some(code.to_owned()));
            }
        }
        taken
    }

    fn one(&mut self, field: &str, given: Option<&String>, known: impl Fn(&str) -> bool) -> Option<String> {
        let code = given.map(|code| code.trim()).filter(|code| !code.is_empty())?;
        if known(code) {
            return Some(code.to_owned());
        }
        self.raise(FlagKind::UnknownCode, field, Some(code.to_owned()));
        None
    }

    /// Ages that could not be read as a number.
    fn ages(&mut self, order: &WorkOrder) {
        for (at, child) in order.children.iter().flatten().take(CHILDREN).enumerate() {
            let age = word(child.age.clone()).filter(|age| !age.trim().is_empty());
            if let Some(age) = age.filter(|age| age.trim().parse::<i16>().is_err()) {
                self.raise(FlagKind::Faulty, &format!("children/{at}/age"), Some(age));
            }
        }
    }

    /// No address that an order names is ever called; a person learns why not.
    fn callback(&mut self, order: &WorkOrder, by: Reading<'_>) {
        let Some(url) = order
            .callback_url
            .as_deref()
            .map(str::trim)
            .filter(|url| !url.is_empty())
        else {
            return;
        };
        let agreed = by.push_url.is_some_and(|agreed| agreed == url);
        if agreed {
            return;
        }
        let kind = if network::is_local(url) {
            FlagKind::CallbackLocal
        } else {
            FlagKind::CallbackOther
        };
        self.raise(kind, "callback_url", Some(url.to_owned()));
    }

    /// Takes out what the desk's own rules find wrong, field by field.
    fn faults(&mut self, mut input: ReportInput, by: Reading<'_>) -> Result<ReportInput> {
        for _ in 0..ROUNDS {
            let faults = input.validate(by.now, by.synthetic);
            if faults.is_empty() {
                break;
            }
            let mut value = serde_json::to_value(&input).context("report of an order")?;
            for fault in faults {
                let Some(slot) = value.pointer_mut(&format!("/{}", fault.field)) else {
                    continue;
                };
                let given = word(Some(slot.take()));
                let place = ["division", "residence", "domicile"];
                let kind = if place.iter().any(|end| fault.field.ends_with(end)) {
                    FlagKind::UnknownDivision
                } else {
                    FlagKind::Faulty
                };
                self.raise(kind, &fault.field, given);
            }
            input = serde_json::from_value(value).context("report of an order")?;
        }
        Ok(input)
    }

    /// A level that was given holds where it is not lower than suggested. What
    /// smells of harm and names no type of harm is yellow until a person has
    /// looked; what names no type at all is 其他, for a person to say.
    fn level(&mut self, input: &mut ReportInput, urgency: Option<Value>) {
        let given = word(urgency).filter(|given| !given.trim().is_empty());
        input.urgency.clone_from(&given);
        let suggested = triage::suggest(&input.triage(0));
        let chosen = input.chosen();
        match (&given, chosen) {
            (Some(given), None) => {
                input.urgency = None;
                self.raise(FlagKind::UnknownCode, "urgency", Some(given.clone()));
            }
            (Some(given), Some(chosen)) if suggested.level.above(chosen) => {
                input.urgency = None;
                self.raise(FlagKind::Lowered, "urgency", Some(given.clone()));
            }
            _ => {}
        }
        let level = input.chosen().unwrap_or(suggested.level);
        let named = suggested.mandated || !input.mandatory_situations.is_empty();
        if !named && RiskLevel::Yellow.above(level) && smells(input) {
            input.urgency = Some(RiskLevel::Yellow.code().to_owned());
            self.raise(FlagKind::Harm, "content", None);
        }
        let untyped = input.case_types.is_empty() && input.mandatory_situations.is_empty();
        if untyped && level != RiskLevel::Red {
            input.case_types.push(OTHER.to_owned());
            self.raise(FlagKind::Untyped, "case_types", None);
        }
    }
}

/// Whether the words speak of harm to a child.
fn smells(input: &ReportInput) -> bool {
    let texts = [&input.title, &input.content];
    let mut texts = texts.into_iter().flatten();
    texts.any(|text| codes::harm_words().iter().any(|word| text.contains(&word.name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(order: Value) -> (ReportInput, Vec<(FlagKind, String)>) {
        let order: WorkOrder = serde_json::from_value(order).unwrap();
        let by = Reading {
            now: DateTime::from_timestamp(1_795_482_000, 0).unwrap(),
            synthetic: true,
            push_url: Some("http://10.1.2.3:9000/back"),
        };
        let (input, raised) = report(&order, None, by).unwrap();
        assert_eq!(input.validate(by.now, true), Vec::new());
        (input, raised.into_iter().map(|one| (one.kind, one.pointer)).collect())
    }

    #[test]
    fn what_is_unknown_is_left_out_and_shown_to_a_person() {
        use FlagKind::{Faulty, UnknownCode, UnknownDivision};
        let (input, raised) = read(json!({
            "channel": "fax", "demand_type": "tipoff", "case_types": ["9998", "0101", "0101"],
            "mandatory_situations": ["MR4", "MR77"], "danger_flags": ["flood"], "content": "邻居家孩子胳膊有伤",
            "child_location": { "division": "999999", "address": "薛圐圙乡😀" },
            "incident_place": { "division": "14062" },
            "caller": { "phone": "打不通" }, "children": [{ "age": "七岁" }, { "age": 44, "sex": "2" }]
        }));
        assert_eq!(input.case_types, ["0101"]);
        assert_eq!(input.mandatory_situations, ["MR4"]);
        assert_eq!(input.channel, "hotline_12345");
        assert_eq!(input.location(), None);
        assert_eq!(input.child_location.unwrap().address.as_deref(), Some("薛圐圙乡😀"));
        for (kind, pointer) in [
            (UnknownCode, "/case_types/0"),
            (UnknownCode, "/mandatory_situations/1"),
            (UnknownCode, "/danger_flags/0"),
            (UnknownCode, "/channel"),
            (UnknownDivision, "/child_location/division"),
            (UnknownDivision, "/incident_place/division"),
            (Faulty, "/caller/phone"),
            (Faulty, "/children/0/age"),
            (Faulty, "/children/1/age"),
        ] {
            assert!(raised.contains(&(kind, pointer.to_owned())), "{pointer}: {raised:?}");
        }
        assert_eq!(raised.len(), 9, "{raised:?}");
    }

    #[test]
    fn a_level_is_never_lowered_by_a_partner_and_may_be_raised() {
        let of = |urgency: Value| read(json!({ "case_types": ["0201"], "content": "有情况", "urgency": urgency }));
        assert!(of(json!(null)).1.is_empty());
        let (input, raised) = of(json!("green"));
        assert_eq!((input.urgency, raised[0].0), (None, FlagKind::Lowered));
        let (input, raised) = read(json!({ "case_types": ["1601"], "content": "想问补助", "urgency": 1 }));
        assert_eq!((input.urgency.as_deref(), raised.len()), (Some("1"), 0));
    }

    #[test]
    fn words_of_harm_under_a_harmless_heading_bring_a_person_and_yellow() {
        let (input, raised) = read(json!({
            "demand_type": "inquiry", "case_types": ["1901"], "content": "想咨询，邻居天天殴打孩子算不算隐私"
        }));
        assert_eq!(input.urgency.as_deref(), Some("yellow"));
        assert_eq!(raised, [(FlagKind::Harm, "/content".to_owned())]);
        let (_, raised) = read(json!({ "demand_type": "inquiry", "case_types": ["1901"], "content": "补助怎么申请" }));
        assert!(raised.is_empty(), "{raised:?}");
    }

    #[test]
    fn what_names_no_type_is_for_a_person_to_say() {
        let (input, raised) = read(json!({ "content": "孩子的事，说不清" }));
        assert_eq!(input.case_types, ["1999"]);
        assert_eq!(raised, [(FlagKind::Untyped, "/case_types".to_owned())]);
    }

    #[test]
    fn no_address_of_an_order_is_called_but_the_agreed_one_needs_no_look() {
        let of = |url: &str| read(json!({ "case_types": ["1601"], "content": "补助", "callback_url": url })).1;
        assert!(of("http://10.1.2.3:9000/back").is_empty());
        assert_eq!(of("http://127.0.0.1:80/x")[0].0, FlagKind::CallbackLocal);
        assert_eq!(of("https://back.example.cn/x")[0].0, FlagKind::CallbackOther);
    }

    #[test]
    fn what_is_too_long_is_cut_and_said_so() {
        let (input, raised) = read(json!({
            "case_types": ["1601"], "content": "长".repeat(5000), "title": "标\u{7}题",
            "children": vec![json!({ "age": 5 }); 25]
        }));
        assert_eq!(input.content.unwrap().chars().count(), 4000);
        assert_eq!(input.title.as_deref(), Some("标 题"));
        assert_eq!(input.children.len(), 20);
        let kinds: Vec<FlagKind> = raised.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [FlagKind::TooLong, FlagKind::TooLong]);
    }
}
