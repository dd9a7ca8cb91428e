//! The fields of the forms of an order, and from what was typed to the
//! operation that does it.

use super::fields::{self, Field, Maker, deciding, pairs};
use super::order::OrderDeed;
use super::perform::yes;
use super::typed::Typed;
use crate::casework::order::{
    self, CallBack, Evaluate, ExtensionAsk, HandIn, Known, PauseAsk, RATERS, Supervise, TOLD, Urge, VALUES, WAYS,
};
use crate::casework::steps::{self, Arbitration};
use crate::clock;
use crate::clocks::PauseReason;
use crate::ctx::Ctx;
use crate::entity::protection_case;
use crate::error::{Error, Result};
use crate::journal::Act;
use crate::network;
use crate::rules::codes;
use crate::state::App;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

type Options = Vec<(String, String, String)>;

impl OrderDeed {
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
            Self::Extension => vec![
                Field {
                    cls: "c4",
                    ..make.plain("text", "days", "延长的工作日数", "1 至 10")
                },
                make.area("reason", "延期理由", "写明未能按期办结的原因和下一步"),
            ],
            Self::RuleExtension => deciding(make, "同意延期", "不同意", "意见或不同意的理由"),
            Self::Pause => vec![
                make.choice("list", "ground", "停表事由", grounds()),
                make.area("reason", "停表说明", "写等待什么、预计何时有结果"),
            ],
            Self::RulePause => deciding(make, "同意停表", "不同意", "意见或不同意的理由"),
            Self::Unpause | Self::LiftPause => vec![make.area("reason", "恢复计时的原因", "")],
            Self::Urge => vec![
                make.plain("check", "from_caller", "来电人催办", ""),
                make.area("note", "催办说明", "可空；不写来电人姓名、电话"),
            ],
            _ => self.fields_further(db, ctx, make, case).await?,
        })
    }

    /// Those of the steps that keep an order moving and bring it to its end.
    async fn fields_further(
        self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        make: &Maker<'_>,
        case: &protection_case::Model,
    ) -> Result<Vec<Field>> {
        Ok(match self {
            Self::Supervise => supervising(ctx, make),
            Self::Answer => vec![
                make.choice("list", "supervision", "督办单", sheets(db, case).await?),
                make.area("answer", "督办答复", "写已做的、未做的原因和完成时间"),
            ],
            Self::EndSupervision => vec![
                make.choice("list", "supervision", "督办单", sheets(db, case).await?),
                make.area("reason", "解除意见", "单位已答复的可空"),
            ],
            Self::HandIn => vec![
                make.area("summary", "办理结果", "写做了什么、结果如何、儿童现状；只写事实"),
                make.plain("text", "papers", "文书编号", "有文书的填写，可空"),
            ],
            Self::Review => deciding(make, "通过，办结", "退回重办", "审核意见或退回理由"),
            Self::CallBack => calling_back(make, &order::known(db, case.id).await?),
            Self::Evaluate => vec![
                make.choice("list", "rater", "评价人", pairs(&RATERS)),
                make.choice("radios", "value", "评价", pairs(&VALUES)),
                make.area("note", "评价说明", "可空"),
            ],
            _ => Vec::new(),
        })
    }

    /// Does the step and answers the act that was done.
    pub(crate) async fn perform(self, app: &App, ctx: &Ctx, id: Uuid, typed: &Typed) -> Result<Act> {
        let seen = typed.version();
        let reason = typed.text("reason");
        let act = match self {
            Self::Dispute => {
                steps::open_dispute(app, ctx, id, seen, reason).await?;
                Act::DisputeOpened
            }
            Self::Arbitrate => {
                let unit = typed.id("unit");
                let ruling = Arbitration {
                    unit: Some(unit.ok_or_else(|| Error::field("unit", "选择指定的承办单位"))?),
                    reason: reason.to_owned(),
                };
                steps::arbitrate(app, ctx, id, seen, &ruling).await?;
                Act::DisputeRuled
            }
            Self::Extension => {
                let days = typed.text("days").trim().parse();
                let ask = ExtensionAsk {
                    days: days.map_err(|_| Error::field("days", "填写延长的工作日数，如 5"))?,
                    reason: reason.to_owned(),
                };
                order::ask_extension(app, ctx, id, seen, &ask).await?;
                Act::ExtensionAsked
            }
            Self::RuleExtension => {
                order::rule_extension(app, ctx, id, seen, (yes(typed)?, reason)).await?;
                Act::ExtensionRuled
            }
            Self::Pause => {
                let ask = PauseAsk {
                    ground: typed.text("ground").to_owned(),
                    reason: reason.to_owned(),
                };
                order::ask_pause(app, ctx, id, seen, &ask).await?;
                Act::PauseAsked
            }
            Self::RulePause => {
                order::rule_pause(app, ctx, id, seen, (yes(typed)?, reason)).await?;
                Act::PauseRuled
            }
            Self::Unpause | Self::LiftPause => {
                order::end_pause(app, ctx, id, seen, reason).await?;
                Act::PauseEnded
            }
            _ => return self.perform_further(app, ctx, id, typed).await,
        };
        Ok(act)
    }

    /// Those that keep an order moving and bring it to its end.
    #[expect(clippy::too_many_lines, reason = "one arm per step, in the order of the list")]
    async fn perform_further(self, app: &App, ctx: &Ctx, id: Uuid, typed: &Typed) -> Result<Act> {
        let seen = typed.version();
        let reason = typed.text("reason");
        let text = |name: &str| typed.text(name).to_owned();
        Ok(match self {
            Self::Urge => {
                let urge = Urge {
                    from_caller: typed.on("from_caller"),
                    note: text("note"),
                };
                order::urge(app, ctx, id, seen, &urge).await?;
                Act::OrderUrged
            }
            Self::Supervise => {
                order::supervise(app, ctx, id, seen, &sheet(typed)?).await?;
                Act::SupervisionOpened
            }
            Self::Answer => {
                let answer = (chosen(typed)?, typed.text("answer"));
                order::answer_supervision(app, ctx, id, seen, answer).await?;
                Act::SupervisionAnswered
            }
            Self::EndSupervision => {
                order::end_supervision(app, ctx, id, seen, (chosen(typed)?, reason)).await?;
                Act::SupervisionEnded
            }
            Self::HandIn => {
                let result = HandIn {
                    summary: text("summary"),
                    papers: text("papers"),
                };
                order::hand_in(app, ctx, id, seen, &result).await?;
                Act::ResultHandedIn
            }
            Self::Review if yes(typed)? => {
                order::accept_result(app, ctx, id, seen, reason).await?;
                Act::ResultAccepted
            }
            Self::Review => {
                order::send_back_result(app, ctx, id, seen, reason).await?;
                Act::ResultSentBack
            }
            Self::CallBack => {
                order::call_back(app, ctx, id, seen, &call(typed)?).await?;
                Act::CalledBack
            }
            Self::Evaluate => {
                let said = Evaluate {
                    rater: text("rater"),
                    value: text("value"),
                    note: text("note"),
                };
                order::evaluate(app, ctx, id, seen, &said).await?;
                Act::OrderEvaluated
            }
            Self::Archive => {
                order::archive(app, ctx, id, seen).await?;
                Act::OrderArchived
            }
            _ => return Err(Error::NotFound),
        })
    }
}

fn grounds() -> Options {
    let all = PauseReason::ALL.into_iter();
    all.map(|ground| (ground.code().to_owned(), ground.label().to_owned(), String::new()))
        .collect()
}

fn supervising(ctx: &Ctx, make: &Maker<'_>) -> Vec<Field> {
    let levels = order::levels(ctx.actor.role)
        .iter()
        .map(|level| (level.to_string(), order::level_label(*level).to_owned(), String::new()));
    let causes = codes::supervision_causes()
        .iter()
        .filter(|row| !row.auto)
        .map(|row| (row.code.clone(), row.name.clone(), String::new()));
    vec![
        make.choice("radios", "level", "督办级别", levels),
        make.choice("list", "cause", "督办事由", causes),
        make.area("reason", "督办要求", "写要办到什么程度"),
        Field {
            cls: "c4",
            ..make.plain("date", "due_on", "答复期限", "不填按事由的默认期限（本地可配置）")
        },
    ]
}

/// The sheets that have not ended.
async fn sheets(db: &impl ConnectionTrait, case: &protection_case::Model) -> Result<Options> {
    let known = order::known(db, case.id).await?;
    let open = known.sheets.into_iter().map(|row| {
        let cause = codes::supervision_cause(&row.cause).map_or("督办", |cause| &cause.name);
        let label = format!("{} {}", row.number, order::level_label(row.level));
        (row.id.to_string(), label, cause.to_owned())
    });
    Ok(open.collect())
}

/// A number that is not marked safe is not offered for a call.
fn calling_back(make: &Maker<'_>, known: &Known) -> Vec<Field> {
    let ways = pairs(&WAYS)
        .into_iter()
        .filter(|(code, ..)| code != "phone" || known.safe_to_call);
    let way = make.choice("list", "way", "回访方式", ways);
    let hint = if known.safe_to_call {
        "号码不在此显示；拨打前按来电时约定的安全时段"
    } else {
        "来电号码未标注安全：不得拨打、不得发短信，改由线下核实"
    };
    let answer = [("yes", "是"), ("no", "否")];
    vec![
        Field {
            hint: hint.to_owned(),
            ..way
        },
        make.choice("radios", "reached", "是否联系到", pairs(&answer)),
        make.choice("radios", "solved", "事项是否解决", pairs(&answer)),
        make.choice("radios", "told", "告知来电人", pairs(&TOLD)),
        make.area("note", "回访情况", "未联系到或未解决的必填"),
    ]
}

fn chosen(typed: &Typed) -> Result<Uuid> {
    typed
        .id("supervision")
        .ok_or_else(|| Error::field("supervision", "选择督办单"))
}

fn sheet(typed: &Typed) -> Result<Supervise> {
    let due_on = match typed.filled("due_on") {
        Some(text) => {
            let day = clock::read_day(&text);
            Some(day.ok_or_else(|| Error::field("due_on", "填写答复期限，如 2026-11-27"))?)
        }
        None => None,
    };
    Ok(Supervise {
        level: typed.text("level").parse().unwrap_or(0),
        cause: typed.text("cause").to_owned(),
        reason: typed.text("reason").to_owned(),
        due_on,
    })
}

fn call(typed: &Typed) -> Result<CallBack> {
    let answer = |name: &str, message: &str| match typed.text(name) {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(Error::field(name, message)),
    };
    let reached = answer("reached", "选择是否联系到")?;
    Ok(CallBack {
        way: typed.text("way").to_owned(),
        reached,
        // Whoever was not reached could not say.
        solved: reached && answer("solved", "选择事项是否解决")?,
        told: typed.text("told").to_owned(),
        note: typed.text("note").to_owned(),
    })
}
