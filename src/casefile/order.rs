//! The steps of an order on the case page: what each is called, asks for and
//! does.

use super::fields::{self, Field, Maker};
use super::typed::Typed;
use crate::casework::order::Order;
use crate::casework::steps::{self, Arbitration};
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::{Error, Result};
use crate::journal::Act;
use crate::network;
use crate::rules::policy::Action;
use crate::rules::workflow::Step;
use crate::state::App;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// A step of an order with a form of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrderDeed {
    Dispute,
    Arbitrate,
}

impl OrderDeed {
    /// The word of its address.
    pub(crate) fn slug(self) -> &'static str {
        match self {
            Self::Dispute => "dispute",
            Self::Arbitrate => "arbitrate",
        }
    }

    /// The words on its button.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Dispute => "提请仲裁",
            Self::Arbitrate => "仲裁",
        }
    }

    /// What the policy is asked.
    pub(crate) fn action(self) -> Action {
        match self {
            Self::Dispute => Action::Dispatch,
            Self::Arbitrate => Action::Arbitrate,
        }
    }

    /// What the workflow is asked.
    pub(crate) fn step(self) -> Step {
        match self {
            Self::Dispute => Step::Dispute,
            Self::Arbitrate => Step::Arbitrate,
        }
    }

    /// Whether the order's state gives the step a meaning.
    pub(crate) fn fits(self, order: &Order) -> bool {
        match self {
            Self::Dispute => order.row.arbitrated_at.is_none(),
            Self::Arbitrate => true,
        }
    }

    /// Whether it stands behind 「更多」.
    pub(crate) fn rare(self) -> bool {
        self == Self::Dispute
    }

    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Arbitrate => "go",
            Self::Dispute => "",
        }
    }

    /// Whether its form asks for a decision.
    pub(crate) fn decides(self) -> bool {
        self == Self::Arbitrate
    }

    /// What one must know before deciding.
    pub(crate) fn note(self) -> &'static str {
        match self {
            Self::Dispute => "职责交叉、各方均不承办时提请；由市级裁定，指定后不得退回。",
            Self::Arbitrate => "指定的单位须签收办理，不得退回；此后改派只由市级办理。",
        }
    }

    /// The fields of its form.
    pub(crate) async fn fields(
        self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        make: &Maker<'_>,
        case: &protection_case::Model,
    ) -> Result<Vec<Field>> {
        Ok(match self {
            Self::Dispute => vec![make.area("reason", "争议情况", "写各方意见和依据")],
            Self::Arbitrate => {
                let here = network::unit_name(db, case.lead_unit).await?;
                let mut units = vec![(case.lead_unit.to_string(), here, String::new())];
                units.extend(fields::units(db, ctx, case).await?);
                vec![
                    make.choice("select", "unit", "指定承办单位", units),
                    make.area("reason", "仲裁理由", "写明职责依据"),
                ]
            }
        })
    }

    /// Does the step and answers the act that was done.
    pub(crate) async fn perform(self, app: &App, ctx: &Ctx, id: Uuid, typed: &Typed) -> Result<Act> {
        let seen = typed.version();
        let reason = typed.text("reason");
        match self {
            Self::Dispute => steps::open_dispute(app, ctx, id, seen, reason)
                .await
                .map(|_| Act::DisputeOpened),
            Self::Arbitrate => {
                let unit = typed.id("unit");
                let ruling = Arbitration {
                    unit: Some(unit.ok_or_else(|| Error::field("unit", "选择指定的承办单位"))?),
                    reason: reason.to_owned(),
                };
                steps::arbitrate(app, ctx, id, seen, &ruling)
                    .await
                    .map(|_| Act::DisputeRuled)
            }
        }
    }
}
