//! Divisions of the four-tier network: twelve-digit statistical codes
//! (six for the county, three for the township, three for the village).

use std::fmt;

/// A tier of the network (四级网络), widest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// 市
    City,
    /// 县（市、区）
    County,
    /// 乡镇（街道）
    Township,
    /// 村（社区）
    Village,
}

impl Tier {
    /// Every tier, widest first.
    pub const ALL: [Self; 4] = [Self::City, Self::County, Self::Township, Self::Village];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::City => "city",
            Self::County => "county",
            Self::Township => "township",
            Self::Village => "village",
        }
    }

    /// The word on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::City => "市",
            Self::County => "县（市、区）",
            Self::Township => "乡镇（街道）",
            Self::Village => "村（社区）",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.code() == code)
    }

    /// The next wider tier; the city has none.
    #[must_use]
    pub fn above(self) -> Option<Self> {
        match self {
            Self::City => None,
            Self::County => Some(Self::City),
            Self::Township => Some(Self::County),
            Self::Village => Some(Self::Township),
        }
    }
}

/// A division by its full code: twelve ASCII digits, zeros where the tier is
/// wider. Ordering is by code, so a subtree is a contiguous range.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Division(String);

/// The text is not a division code of 6, 9 or 12 digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("区划代码应为 6、9 或 12 位数字")]
pub struct BadDivision;

impl Division {
    /// Reads a code of 6, 9 or 12 digits and fills it up with zeros.
    ///
    /// # Errors
    /// [`BadDivision`] for any other length or a character that is no digit.
    pub fn parse(text: &str) -> Result<Self, BadDivision> {
        let text = text.trim();
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        match (digits, text.len()) {
            (true, 6 | 9 | 12) => Ok(Self(format!("{text:0<12}"))),
            _ => Err(BadDivision),
        }
    }

    /// The twelve digits.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0
    }

    /// The tier, told by the trailing zeros.
    #[must_use]
    pub fn tier(&self) -> Tier {
        if !self.0.ends_with("000") {
            Tier::Village
        } else if &self.0[6..9] != "000" {
            Tier::Township
        } else if &self.0[4..6] != "00" {
            Tier::County
        } else {
            Tier::City
        }
    }

    /// The division of a wider or the same tier that holds this one; `None`
    /// when this one is wider than asked.
    #[must_use]
    pub fn at(&self, tier: Tier) -> Option<Self> {
        (tier <= self.tier()).then(|| {
            let keep = significant(tier);
            Self([&self.0[..keep], &"000000000000"[keep..]].concat())
        })
    }

    /// The division right above; the city has none.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.tier().above().and_then(|tier| self.at(tier))
    }

    /// First and last code of the subtree, both inclusive.
    #[must_use]
    pub fn range(&self) -> (String, String) {
        let keep = significant(self.tier());
        (self.0.clone(), format!("{:9<12}", &self.0[..keep]))
    }

    /// Whether the other division lies in this one's subtree (itself included).
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0[..significant(self.tier())])
    }
}

/// How many of the twelve digits tell a division of this tier.
fn significant(tier: Tier) -> usize {
    match tier {
        Tier::City => 4,
        Tier::County => 6,
        Tier::Township => 9,
        Tier::Village => 12,
    }
}

impl fmt::Display for Division {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for Division {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_code_may_be_given_at_any_tier() {
        for (given, tier) in [
            ("140600", Tier::City),
            ("140622", Tier::County),
            ("140622100", Tier::Township),
            ("140622100001", Tier::Village),
        ] {
            assert_eq!(Division::parse(given).unwrap().tier(), tier, "{given}");
        }
        for bad in ["", "14", "1406221", "14062210000a", "１４０６２２"] {
            assert_eq!(Division::parse(bad), Err(BadDivision), "{bad}");
        }
    }

    #[test]
    fn a_neighbouring_township_is_outside() {
        let here = Division::parse("140622100").unwrap();
        assert!(here.contains(&Division::parse("140622100007").unwrap()));
        assert!(!here.contains(&Division::parse("140622101").unwrap()));
        assert!(!here.contains(&Division::parse("140622").unwrap()));
    }

    proptest! {
        #[test]
        fn every_ancestor_contains_its_descendant(county in 1u32..99, town in 1u32..999, village in 1u32..999) {
            let code = Division::parse(&format!("1406{county:02}{town:03}{village:03}")).unwrap();
            for tier in Tier::ALL {
                let above = code.at(tier).unwrap();
                prop_assert!(above.contains(&code));
                prop_assert_eq!(above.tier(), tier);
                let (first, last) = above.range();
                prop_assert!(first.as_str() <= code.code() && code.code() <= last.as_str());
            }
        }
    }
}
