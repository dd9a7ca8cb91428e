//! How a cell of a code list is read: lists are separated by `|`, yes and no
//! are words, an empty cell is nothing.

use serde::{Deserialize, Deserializer, de::Error};

use crate::rules::division::Tier;
use crate::rules::level::{RiskLevel, Sensitivity};
use crate::rules::taskshare::SharedField;

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split('|').map(str::trim).filter(|part| !part.is_empty())
}

/// `a|b|c`
pub(super) fn list<'de, D: Deserializer<'de>>(cell: D) -> Result<Vec<String>, D::Error> {
    let text = String::deserialize(cell)?;
    Ok(parts(&text).map(str::to_owned).collect())
}

/// `place|address`
pub(super) fn shared<'de, D: Deserializer<'de>>(cell: D) -> Result<Vec<SharedField>, D::Error> {
    let text = String::deserialize(cell)?;
    parts(&text)
        .map(|part| SharedField::parse(part).ok_or_else(|| D::Error::custom(format!("未知共享字段：{part}"))))
        .collect()
}

/// `1|2|3`
pub(super) fn numbers<'de, D: Deserializer<'de>>(cell: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(cell)?;
    parts(&text)
        .map(|part| part.parse().map_err(D::Error::custom))
        .collect()
}

/// `yes` or `no`
pub(super) fn yes<'de, D: Deserializer<'de>>(cell: D) -> Result<bool, D::Error> {
    match String::deserialize(cell)?.as_str() {
        "yes" | "1" => Ok(true),
        "no" | "0" => Ok(false),
        other => Err(D::Error::custom(format!("应为 yes 或 no：{other}"))),
    }
}

/// `red|yellow`
pub(super) fn levels<'de, D: Deserializer<'de>>(cell: D) -> Result<Vec<RiskLevel>, D::Error> {
    let text = String::deserialize(cell)?;
    parts(&text)
        .map(|part| RiskLevel::parse(part).ok_or_else(|| D::Error::custom(format!("未知等级：{part}"))))
        .collect()
}

/// `red`, or empty
pub(super) fn level<'de, D: Deserializer<'de>>(cell: D) -> Result<Option<RiskLevel>, D::Error> {
    let text = String::deserialize(cell)?;
    match text.as_str() {
        "" => Ok(None),
        word => RiskLevel::parse(word)
            .map(Some)
            .ok_or_else(|| D::Error::custom(format!("未知等级：{word}"))),
    }
}

/// `L1` to `L4`
pub(super) fn sensitivity<'de, D: Deserializer<'de>>(cell: D) -> Result<Sensitivity, D::Error> {
    match String::deserialize(cell)?.as_str() {
        "L1" => Ok(Sensitivity::L1),
        "L2" => Ok(Sensitivity::L2),
        "L3" => Ok(Sensitivity::L3),
        "L4" => Ok(Sensitivity::L4),
        other => Err(D::Error::custom(format!("未知密级：{other}"))),
    }
}

fn a_tier<E: Error>(word: &str) -> Result<Tier, E> {
    Tier::parse(word).ok_or_else(|| E::custom(format!("未知层级：{word}")))
}

/// `city`, or empty
pub(super) fn tier<'de, D: Deserializer<'de>>(cell: D) -> Result<Option<Tier>, D::Error> {
    let text = String::deserialize(cell)?;
    if text.is_empty() {
        Ok(None)
    } else {
        a_tier(&text).map(Some)
    }
}

/// `city|county`
pub(super) fn tiers<'de, D: Deserializer<'de>>(cell: D) -> Result<Vec<Tier>, D::Error> {
    let text = String::deserialize(cell)?;
    parts(&text).map(a_tier).collect()
}
