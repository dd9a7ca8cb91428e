//! How something is handed to another line, and how a referral stands.

/// The way of a referral.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 三方转接: the other line came into the call.
    Joined,
    /// 转介函: a letter goes out.
    Letter,
    /// 告知号码: the caller was told where to call.
    Told,
}

impl Kind {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Joined, Self::Letter, Self::Told];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Joined => "joined",
            Self::Letter => "letter",
            Self::Told => "told",
        }
    }

    /// The words on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Joined => "三方转接",
            Self::Letter => "转介函",
            Self::Told => "告知号码",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Whether the other line owes an answer: it took the matter over, or was
    /// asked to. A caller who was only told a number calls there alone.
    #[must_use]
    pub fn is_answered(self) -> bool {
        self != Self::Told
    }
}

/// How a referral stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// 待答复
    Open,
    /// 已答复
    Answered,
    /// 已告知: nothing is waited for.
    Told,
    /// 已撤回
    Withdrawn,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Answered, Self::Told, Self::Withdrawn];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::Told => "told",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The words on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "待答复",
            Self::Answered => "已答复",
            Self::Told => "已告知",
            Self::Withdrawn => "已撤回",
        }
    }

    /// The kind of its mark.
    #[must_use]
    pub fn mark(self) -> &'static str {
        match self {
            Self::Open => "wait",
            Self::Answered => "ok",
            Self::Told => "on",
            Self::Withdrawn => "",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_words_read_back() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.code()), Some(kind));
        }
        for state in State::ALL {
            assert_eq!(State::parse(state.code()), Some(state));
        }
        assert_eq!(Kind::parse("三方转接"), None);
    }
}
