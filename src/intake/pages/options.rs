//! The lists of the desk, from the code lists of `data/`: short words on the
//! control, the full wording as its hint.

use super::fields::Fields;
use super::templates::{Choice, Question};
use crate::referrals::Lines;
use crate::rules::codes;
use crate::rules::level::RiskLevel;

/// Short words for the nine situations; the law's wording is the hint.
const SITUATIONS: [(&str, &str); 9] = [
    ("MR1", "隐私部位损伤"),
    ("MR2", "未满14岁女童受性侵"),
    ("MR3", "14岁以上性侵致孕"),
    ("MR4", "多处损伤、虐待"),
    ("MR5", "自杀、中毒致伤残"),
    ("MR6", "遗弃、无人照料"),
    ("MR7", "来源不明、拐卖"),
    ("MR8", "组织乞讨"),
    ("MR9", "其他严重侵害"),
];

/// Short words for the ten questions, by their code; the sentence to say is
/// the hint.
const QUESTIONS: [(&str, &str); 10] = [
    ("safe_now", "儿童此刻安全、有人在场"),
    ("needs_medical", "需要就医"),
    ("offender_present", "嫌疑人在场，或与儿童同住"),
    ("young_alone", "未满 8 岁且独自一人"),
    ("weapon_threat", "有凶器、酒毒，或扬言伤害"),
    ("suicidal", "儿童有自杀、自残言行"),
    ("where_hurt", "身上有伤（只问部位，不问经过）"),
    ("first_time", "是第一次发生"),
    ("other_children", "家里还有其他儿童"),
    ("caller_safe", "来电人现在安全，可以再联系"),
];

/// Short words for flags whose name would not fit in the row.
const FLAGS: [(&str, &str); 1] = [("not_safe_now", "此刻不安全")];

/// Who is involved that a tier must be kept out for (RT04).
const OFFICIALS: [(&str, &str); 5] = [
    ("village", "村（社区）干部、儿童主任"),
    ("township", "乡镇（街道）工作人员"),
    ("county", "县级公职人员"),
    ("city", "市级公职人员"),
    ("school", "教职工"),
];

fn short<'a>(table: &[(&str, &'a str)], code: &str) -> Option<&'a str> {
    table.iter().find(|(key, _)| *key == code).map(|(_, words)| *words)
}

fn choice(code: &str, label: String, hint: &str, on: bool) -> Choice {
    Choice {
        code: code.to_owned(),
        label,
        hint: hint.to_owned(),
        on,
    }
}

/// Pairs of code and words, one of them chosen.
fn pick(pairs: &[(&str, &str)], chosen: &str) -> Vec<Choice> {
    pairs
        .iter()
        .map(|(code, label)| choice(code, (*label).to_owned(), "", *code == chosen))
        .collect()
}

/// The ten questions in the order in which they are asked.
pub(super) fn questions(fields: &Fields) -> Vec<Question> {
    codes::safety_questions()
        .iter()
        .map(|row| Question {
            key: format!("q{}", row.number),
            no: row.number,
            text: short(&QUESTIONS, &row.code).unwrap_or(&row.text).to_owned(),
            say: row.text.clone(),
            red_line: row.red_line,
            danger: row
                .danger
                .filter(|_| row.red_line)
                .map_or("", codes::Answer::code)
                .to_owned(),
            answer: fields.answer_to(row.number).to_owned(),
        })
        .collect()
}

/// `0601 监护缺失`.
pub(super) fn case_types() -> Vec<Choice> {
    codes::case_types()
        .iter()
        .map(|row| choice(&row.code, format!("{} {}", row.code, row.name), "", false))
        .collect()
}

/// The code of a case type as typed: `0601`, `0601 监护缺失`, or words that one
/// type alone has in its name. Anything else comes back as it was typed.
pub(super) fn case_type_code(typed: &str) -> String {
    let typed = typed.trim();
    let digits: String = typed.chars().take_while(char::is_ascii_digit).collect();
    if codes::case_type(&digits).is_some() {
        return digits;
    }
    let mut named = codes::case_types()
        .iter()
        .filter(|row| !typed.is_empty() && row.name.contains(typed));
    match (named.next(), named.next()) {
        (Some(only), None) => only.code.clone(),
        _ => typed.to_owned(),
    }
}

/// `0601 监护缺失` for a code; anything else as it is.
pub(super) fn case_type_label(code: &str) -> String {
    codes::case_type(code).map_or_else(|| code.to_owned(), |row| format!("{} {}", row.code, row.name))
}

/// The nine situations as chips.
pub(super) fn mandatory(chosen: &[String]) -> Vec<Choice> {
    codes::mandatory_situations()
        .iter()
        .map(|row| {
            let words = short(&SITUATIONS, &row.code).unwrap_or(&row.name);
            let label = format!("{} {words}", row.code);
            choice(&row.code, label, &row.name, chosen.contains(&row.code))
        })
        .collect()
}

/// The danger flags as chips.
pub(super) fn flags(chosen: &[String]) -> Vec<Choice> {
    codes::danger_flags()
        .iter()
        .map(|row| {
            let label = short(&FLAGS, &row.code).unwrap_or(&row.name).to_owned();
            choice(&row.code, label, &row.name, chosen.contains(&row.code))
        })
        .collect()
}

/// `V04 邻居/群众/同学`.
pub(super) fn reporters(chosen: &str) -> Vec<Choice> {
    codes::reporter_types()
        .iter()
        .map(|row| {
            let label = format!("{} {}", row.code, row.name);
            choice(&row.code, label, &row.basis, row.code == chosen)
        })
        .collect()
}

/// `905 邻居`.
pub(super) fn relations(chosen: &str) -> Vec<Choice> {
    codes::relations()
        .iter()
        .map(|row| choice(&row.code, format!("{} {}", row.code, row.name), "", row.code == chosen))
        .collect()
}

fn terms(rows: &[codes::Term], chosen: &str) -> Vec<Choice> {
    rows.iter()
        .map(|row| choice(&row.code, row.name.clone(), &row.source, row.code == chosen))
        .collect()
}

/// Kinds of suspect.
pub(super) fn suspects(chosen: &str) -> Vec<Choice> {
    terms(codes::suspect_types(), chosen)
}

/// 诉求类型.
pub(super) fn demand_types(chosen: &str) -> Vec<Choice> {
    terms(codes::demand_types(), chosen)
}

/// 来源渠道.
pub(super) fn channels(chosen: &str) -> Vec<Choice> {
    terms(codes::channels(), chosen)
}

/// Officials who may be involved.
pub(super) fn officials(chosen: &str) -> Vec<Choice> {
    pick(&OFFICIALS, chosen)
}

/// Whether the child lives with the suspect.
pub(super) fn cohabiting(chosen: &str) -> Vec<Choice> {
    pick(&[("yes", "是"), ("no", "否"), ("unknown", "不详")], chosen)
}

/// Whether the number may be called back.
pub(super) fn safe_phone(chosen: &str) -> Vec<Choice> {
    pick(&[("true", "可以"), ("false", "不可"), ("unknown", "未问")], chosen)
}

/// Whether the police were told already.
pub(super) fn reported(chosen: &str) -> Vec<Choice> {
    pick(&[("true", "是"), ("false", "否")], chosen)
}

/// 按建议, then the four levels by their numbers, so that a digit chooses one.
pub(super) fn levels(chosen: &str) -> Vec<Choice> {
    let mut all = vec![choice("", "按建议".to_owned(), "", chosen.is_empty())];
    all.extend(RiskLevel::ALL.into_iter().map(|level| {
        let number = level.number().to_string();
        let on = number == chosen;
        choice(&number, format!("{number} {}", level.label()), "", on)
    }));
    all
}

/// Other hotlines: `12355 青少年服务台`.
pub(super) fn lines(lines: &Lines, chosen: &str) -> Vec<Choice> {
    lines
        .offered()
        .map(|line| choice(&line.code, line.label(), &line.purpose, line.code == chosen))
        .collect()
}

/// Who can be joined to the call.
pub(super) fn emergency_lines() -> Vec<Choice> {
    pick(
        &[("110", "110"), ("120", "120"), ("both", "110 和 120"), ("119", "119")],
        "110",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_and_situation_has_its_short_words() {
        for row in codes::safety_questions() {
            assert!(short(&QUESTIONS, &row.code).is_some(), "{}", row.code);
        }
        for row in codes::mandatory_situations() {
            assert!(short(&SITUATIONS, &row.code).is_some(), "{}", row.code);
        }
    }

    #[test]
    fn the_questions_stand_in_the_order_of_the_code_list() {
        let shown = questions(&Fields::default());
        let keys: Vec<&str> = shown.iter().map(|question| question.key.as_str()).collect();
        assert_eq!(keys, ["q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8", "q9", "q10"]);
        assert!(
            shown[..6]
                .iter()
                .all(|question| question.red_line && !question.danger.is_empty())
        );
        assert!(shown[6..].iter().all(|question| question.danger.is_empty()));
    }
}
