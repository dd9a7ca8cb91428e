//! By which rule a clock was counted, and what it does next.

use crate::clock;
use crate::entity::{deadline, deadline_rule};
use crate::error::Result;
use crate::rules::calendar::TimeUnit;
use crate::rules::codes;
use crate::rules::escalation::Stage;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use std::collections::{BTreeSet, HashMap};

/// The rule by which a clock was counted, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedBy {
    /// The rule in words.
    pub name: String,
    /// `72小时`, `5个工作日`; empty for a time that was agreed on.
    pub time: String,
    /// What happens when it passes.
    pub on_expiry: String,
}

/// The rules of some clocks, each by its row and version.
#[derive(Debug, Default)]
pub struct Rules(HashMap<(String, i32), CountedBy>);

impl Rules {
    /// Reads the versions by which these clocks were counted.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn of(db: &impl ConnectionTrait, clocks: &[deadline::Model]) -> Result<Self> {
        let changed: BTreeSet<&str> = clocks
            .iter()
            .filter(|clock| clock.rule_version > 1)
            .map(|clock| clock.rule_code.as_str())
            .collect();
        let mut rules = HashMap::new();
        if !changed.is_empty() {
            let found = deadline_rule::Entity::find().filter(deadline_rule::Column::Code.is_in(changed));
            for row in found.all(db).await? {
                let said = said(&row.name, row.amount, &row.unit, &row.on_expiry);
                rules.insert((row.code, row.version), said);
            }
        }
        Ok(Self(rules))
    }

    /// The rule of a clock; what it was agreed on where there is none.
    #[must_use]
    pub fn by(&self, clock: &deadline::Model) -> CountedBy {
        let key = (clock.rule_code.clone(), clock.rule_version);
        if let Some(known) = self.0.get(&key) {
            return known.clone();
        }
        match codes::deadline_rule(&clock.rule_code) {
            Some(row) => said(&row.name, row.amount, &row.unit, &row.on_expiry),
            None => CountedBy {
                name: clock.rule.clone(),
                time: String::new(),
                on_expiry: String::new(),
            },
        }
    }
}

fn said(name: &str, amount: i32, unit: &str, on_expiry: &str) -> CountedBy {
    let label = TimeUnit::parse(unit).map_or("", TimeUnit::label);
    let time = match amount {
        0 => "立即".to_owned(),
        n if n < 0 => format!("提前{}{label}", n.unsigned_abs()),
        n => format!("{n}{label}"),
    };
    CountedBy {
        name: name.to_owned(),
        time,
        on_expiry: on_expiry.to_owned(),
    }
}

/// What a running clock does next and when, in words.
#[must_use]
pub fn next_in_words(clock: &deadline::Model) -> String {
    let Some(at) = clock.next_at else {
        return "已报到最上一级，等待处理".to_owned();
    };
    let at = clock::minute(at);
    match Stage::after(clock.escalation) {
        Some(Stage::Warn) => format!("{at} 提醒责任单位"),
        Some(Stage::Due) => format!("{at} 到期"),
        Some(Stage::Climb(rung)) => format!("{at} 报{}", rung.label()),
        None => "已报到最上一级，等待处理".to_owned(),
    }
}
