//! Knowledge at hand: articles that answer what callers ask, found while they
//! talk. Articles are public text and so not sealed; they name nobody. Each has
//! an owner, a validity and a day on which it is looked over again, and every
//! version stays readable: an answer rests on the version that was read out.
//!
//! Full text over Chinese is searched by an index of single characters, pairs
//! and foreign words kept beside the articles (`article_gram`): it is the same
//! on both databases, needs no dictionary and finds a word of one character.

mod api;
mod cite;
mod find;
mod grams;
mod keep;
mod pages;
mod questions;
mod panel;
mod review;
mod shown;
mod text;

pub use api::openapi;
pub use cite::{Citation, Cited, citations, cite, cited, uncite};
pub use find::{Asked, Found, Hit, find};
pub use keep::{Content, Deed, create, deed, save};
pub use review::remind;
pub use shown::{Listed, Sheet, Which, list, sheet, version};
pub use text::{Block, Piece};

use crate::web::Routes;

/// The pages and JSON endpoints of the feature.
#[must_use]
pub fn routes() -> Routes {
    pages::routes().merge(panel::routes()).merge(api::routes())
}

/// Where an article stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// 草稿
    Draft,
    /// 已发布
    Published,
    /// 已撤下
    Withdrawn,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Published, Self::Draft, Self::Withdrawn];

    /// The stored word.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The words on screen.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "草稿",
            Self::Published => "已发布",
            Self::Withdrawn => "已撤下",
        }
    }

    /// The kind of its mark.
    #[must_use]
    pub fn mark(self) -> &'static str {
        match self {
            Self::Draft => "wait",
            Self::Published => "ok",
            Self::Withdrawn => "",
        }
    }

    /// Reads the stored word.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}
