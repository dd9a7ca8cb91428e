//! Search keys of division names: pinyin initials and full pinyin, with the
//! other readings of characters that have several.

use pinyin::{Pinyin, ToPinyinMulti};

/// Readings kept per name; names with more are found by their first ones.
const READINGS: usize = 8;

/// What the people say instead of a committee's full name: 安庄村 for
/// 安庄村委会; the name itself where it has no such ending.
pub(super) fn short(name: &str) -> String {
    for (ending, rest) in [
        ("村民委员会", "村"),
        ("村委会", "村"),
        ("居民委员会", ""),
        ("居委会", ""),
    ] {
        if let Some(stem) = name.strip_suffix(ending).filter(|stem| !stem.is_empty()) {
            let doubled = rest == "村" && stem.ends_with('村');
            return if doubled {
                stem.to_owned()
            } else {
                format!("{stem}{rest}")
            };
        }
    }
    name.to_owned()
}

/// The keys of a name, each a list of readings separated by blanks.
pub(super) struct Keys {
    /// `jcz`
    pub(super) initials: String,
    /// `jinchengzhen`
    pub(super) pinyin: String,
}

impl Keys {
    /// The keys of the short name in all its readings and of the full name in
    /// its first one.
    pub(super) fn of(name: &str) -> Self {
        let said = short(name);
        let mut initials = readings(&said, |word| word.get(..1).unwrap_or_default().to_owned());
        let mut pinyin = readings(&said, str::to_owned);
        if said != name {
            initials.extend(
                readings(name, |word| word.get(..1).unwrap_or_default().to_owned())
                    .into_iter()
                    .take(1),
            );
            pinyin.extend(readings(name, str::to_owned).into_iter().take(1));
        }
        Self {
            initials: initials.join(" "),
            pinyin: pinyin.join(" "),
        }
    }
}

/// Every way to read the text, at most [`READINGS`], first readings first.
fn readings(text: &str, part: impl Fn(&str) -> String) -> Vec<String> {
    let mut all = vec![String::new()];
    for ch in text.chars() {
        let parts = syllables(ch, &part);
        if parts.is_empty() {
            continue;
        }
        let mut longer: Vec<String> = Vec::new();
        for part in &parts {
            longer.extend(all.iter().map(|head| format!("{head}{part}")));
        }
        longer.truncate(READINGS);
        all = longer;
    }
    all.retain(|key| !key.is_empty());
    all
}

/// The readings of one character; letters and digits read as themselves.
fn syllables(ch: char, part: &impl Fn(&str) -> String) -> Vec<String> {
    if ch.is_ascii_alphanumeric() {
        return vec![ch.to_ascii_lowercase().to_string()];
    }
    let mut found: Vec<String> = Vec::new();
    for reading in ch.to_pinyin_multi().into_iter().flatten().map(Pinyin::plain) {
        let key = part(&typed(reading));
        if !key.is_empty() && !found.contains(&key) {
            found.push(key);
        }
    }
    found
}

/// `ü` as keyboards write it.
pub(super) fn typed(text: &str) -> String {
    text.replace(['ü', 'Ü'], "v")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_characters_have_their_initials() {
        let keys = Keys::of("薛圐圙乡");
        assert!(keys.initials.split(' ').any(|key| key == "xklx"), "{}", keys.initials);
    }

    #[test]
    fn a_committee_is_found_by_the_villages_name() {
        assert_eq!(short("安庄村委会"), "安庄村");
        assert_eq!(short("安庄村村民委员会"), "安庄村");
        assert_eq!(short("北关路中心社区居民委员会"), "北关路中心社区");
        assert_eq!(short("金城镇"), "金城镇");
        assert_eq!(Keys::of("安庄村委会").initials.split(' ').next(), Some("azc"));
    }

    #[test]
    fn names_with_many_readings_keep_a_bounded_key() {
        let keys = Keys::of("长长长长长长长长长村");
        assert!(keys.initials.split(' ').count() <= READINGS);
    }
}
