//! Configuration: flags over environment over `tonghu.toml`, and where each
//! value came from. The only module that reads the environment.

use anyhow::Context;
use chrono::NaiveTime;
use serde::Deserialize;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// 命令行参数
    Flag,
    /// 环境变量
    Environment,
    /// tonghu.toml
    File,
    /// 默认值
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Flag => "命令行",
            Self::Environment => "环境变量",
            Self::File => "tonghu.toml",
            Self::Default => "默认",
        })
    }
}

/// A value with its origin.
#[derive(Debug, Clone)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

/// What the process runs on.
#[derive(Debug, Clone)]
pub struct Config {
    /// `sqlite://…` or `postgres://…`.
    pub database_url: Sourced<String>,
    /// Address and port to listen on.
    pub bind: Sourced<String>,
    /// File with the field keys.
    pub key_file: Sourced<PathBuf>,
    /// The address that people type, for links and secure cookies.
    pub public_url: Sourced<String>,
    /// Addresses of the proxies in front, which say whom they speak for.
    pub proxies: Sourced<Vec<IpAddr>>,
    /// Where text messages are posted to; empty where none are sent.
    pub sms_url: Sourced<String>,
    /// What they are signed with.
    pub sms_secret: Sourced<String>,
    /// For so many days a notice that was read is kept.
    pub notice_days: Sourced<u32>,
    /// For so many days a call without a report is kept.
    pub call_days: Sourced<u32>,
    /// So often a missed caller is rung up at most.
    pub call_back_attempts: Sourced<u32>,
    /// In these hours of the day missed callers are rung up.
    pub call_back_hours: Sourced<Hours>,
    /// The address that makes the softphone dial; `{number}` is the number.
    pub softphone: Sourced<String>,
    /// Filter of the log.
    pub log: Sourced<String>,
    /// Whether this is the demonstration: synthetic data, loopback only.
    pub demo: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    database_url: Option<String>,
    bind: Option<String>,
    key_file: Option<String>,
    public_url: Option<String>,
    proxies: Option<String>,
    sms_url: Option<String>,
    sms_secret: Option<String>,
    notice_days: Option<String>,
    call_days: Option<String>,
    call_back_attempts: Option<String>,
    call_back_hours: Option<String>,
    softphone: Option<String>,
    log: Option<String>,
}

/// What the command line may override.
#[derive(Debug, Default, Clone)]
pub struct Flags {
    /// `--bind`
    pub bind: Option<String>,
    /// `--demo`
    pub demo: bool,
}

impl Config {
    /// Reads flags, environment and `tonghu.toml` in the working directory.
    pub fn load(flags: &Flags) -> anyhow::Result<Self> {
        let file = read_file(Path::new("tonghu.toml"))?;
        let mut config = Self {
            database_url: pick(
                None,
                "TONGHU_DATABASE_URL",
                file.database_url,
                "sqlite://data/tonghu.db",
            ),
            bind: pick(flags.bind.clone(), "TONGHU_BIND", file.bind, "127.0.0.1:8080"),
            key_file: path(pick(None, "TONGHU_KEY_FILE", file.key_file, "data/tonghu.keys")),
            public_url: pick(None, "TONGHU_PUBLIC_URL", file.public_url, ""),
            proxies: addresses(&pick(None, "TONGHU_PROXIES", file.proxies, ""))?,
            sms_url: pick(None, "TONGHU_SMS_URL", file.sms_url, ""),
            sms_secret: pick(None, "TONGHU_SMS_SECRET", file.sms_secret, ""),
            notice_days: whole(&pick(None, "TONGHU_NOTICE_DAYS", file.notice_days, "180"), &NOTICE_DAYS)?,
            call_days: whole(&pick(None, "TONGHU_CALL_DAYS", file.call_days, "180"), &CALL_DAYS)?,
            call_back_attempts: whole(
                &pick(None, "TONGHU_CALL_BACK_ATTEMPTS", file.call_back_attempts, "3"),
                &CALL_BACK_ATTEMPTS,
            )?,
            call_back_hours: hours(&pick(
                None,
                "TONGHU_CALL_BACK_HOURS",
                file.call_back_hours,
                "08:00-22:00",
            ))?,
            softphone: softphone(pick(None, "TONGHU_SOFTPHONE", file.softphone, "tel:{number}"))?,
            log: pick(None, "TONGHU_LOG", file.log, "info,sqlx=warn,sea_orm=warn"),
            demo: flags.demo,
        };
        if flags.demo {
            config.point_at_demo();
        }
        Ok(config)
    }

    /// The demonstration has a database and keys of its own, made afresh.
    fn point_at_demo(&mut self) {
        let dir = variable("TONGHU_DEMO_DIR").map_or_else(|| PathBuf::from("data/demo"), PathBuf::from);
        self.database_url = Sourced {
            value: format!("sqlite://{}", dir.join("tonghu-demo.db").display()),
            origin: Origin::Flag,
        };
        self.key_file = Sourced {
            value: dir.join("tonghu-demo.keys"),
            origin: Origin::Flag,
        };
    }

    /// Whether cookies may only travel over TLS.
    #[must_use]
    pub fn secure_cookies(&self) -> bool {
        self.public_url.value.starts_with("https://")
    }

    /// Whether text messages are sent.
    #[must_use]
    pub fn sends_sms(&self) -> bool {
        !self.sms_url.value.is_empty()
    }

    /// Every value with its origin, secrets hidden, for `tonghu check`.
    #[must_use]
    pub fn report(&self) -> Vec<(&'static str, String, Origin)> {
        vec![
            (
                "database_url",
                hide_password(&self.database_url.value),
                self.database_url.origin,
            ),
            ("bind", self.bind.value.clone(), self.bind.origin),
            (
                "key_file",
                self.key_file.value.display().to_string(),
                self.key_file.origin,
            ),
            ("public_url", self.public_url.value.clone(), self.public_url.origin),
            ("proxies", words(&self.proxies.value), self.proxies.origin),
            ("sms_url", or_off(&self.sms_url.value), self.sms_url.origin),
            ("sms_secret", hidden(&self.sms_secret.value), self.sms_secret.origin),
            (
                "notice_days",
                self.notice_days.value.to_string(),
                self.notice_days.origin,
            ),
            ("call_days", self.call_days.value.to_string(), self.call_days.origin),
            (
                "call_back_attempts",
                self.call_back_attempts.value.to_string(),
                self.call_back_attempts.origin,
            ),
            (
                "call_back_hours",
                self.call_back_hours.value.to_string(),
                self.call_back_hours.origin,
            ),
            ("softphone", self.softphone.value.clone(), self.softphone.origin),
            ("log", self.log.value.clone(), self.log.origin),
        ]
    }
}

fn read_file(path: &Path) -> anyhow::Result<Stored> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(toml::from_str(&text)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Stored::default()),
        Err(error) => Err(error.into()),
    }
}

#[expect(clippy::disallowed_methods, reason = "the one reader of the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn pick(flag: Option<String>, name: &str, file: Option<String>, default: &str) -> Sourced<String> {
    let found = [
        (flag, Origin::Flag),
        (variable(name), Origin::Environment),
        (file, Origin::File),
    ];
    found
        .into_iter()
        .find_map(|(value, origin)| value.map(|value| Sourced { value, origin }))
        .unwrap_or_else(|| Sourced {
            value: default.to_owned(),
            origin: Origin::Default,
        })
}

/// Addresses with commas between them.
fn addresses(text: &Sourced<String>) -> anyhow::Result<Sourced<Vec<IpAddr>>> {
    let parts = text.value.split(',').map(str::trim).filter(|part| !part.is_empty());
    let value = parts
        .map(|part| {
            part.parse()
                .with_context(|| format!("前置代理地址 {part} 不是 IP 地址"))
        })
        .collect::<anyhow::Result<_>>()?;
    Ok(Sourced {
        value,
        origin: text.origin,
    })
}

/// What a whole number means and where it lies.
type Bounds = (&'static str, std::ops::RangeInclusive<u32>);

const NOTICE_DAYS: Bounds = ("已读通知的保留天数", 1..=3650);
const CALL_DAYS: Bounds = ("没有登记的通话记录的保留天数", 1..=3650);
const CALL_BACK_ATTEMPTS: Bounds = ("未接来电的回拨次数上限", 1..=20);

/// A whole number within its bounds.
fn whole(text: &Sourced<String>, (what, bounds): &Bounds) -> anyhow::Result<Sourced<u32>> {
    let read = text.value.trim().parse::<u32>().ok();
    let value = read.filter(|number| bounds.contains(number)).with_context(|| {
        let (least, most) = (bounds.start(), bounds.end());
        format!("{what} {} 应为 {least} 至 {most} 的整数", text.value)
    })?;
    Ok(Sourced {
        value,
        origin: text.origin,
    })
}

/// Hours of the day, Asia/Shanghai.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// From then on.
    pub from: NaiveTime,
    /// Until then.
    pub until: NaiveTime,
}

impl fmt::Display for Hours {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{}", self.from.format("%H:%M"), self.until.format("%H:%M"))
    }
}

/// `08:00-22:00`.
fn hours(text: &Sourced<String>) -> anyhow::Result<Sourced<Hours>> {
    let time = |part: &str| NaiveTime::parse_from_str(part.trim(), "%H:%M").ok();
    let parts = text.value.split_once('-');
    let both = parts.and_then(|(from, until)| Some((time(from)?, time(until)?)));
    let (from, until) = both
        .filter(|(from, until)| from < until)
        .with_context(|| format!("回拨时段 {} 应写成 08:00-22:00 的样子，止晚于起", text.value))?;
    Ok(Sourced {
        value: Hours { from, until },
        origin: text.origin,
    })
}

/// A link that only dials: of the kinds that browsers hand to a telephone.
fn softphone(text: Sourced<String>) -> anyhow::Result<Sourced<String>> {
    let kind = ["tel:", "sip:", "sips:", "callto:"];
    let fits = kind.iter().any(|kind| text.value.starts_with(kind))
        && text.value.matches("{number}").count() == 1
        && text
            .value
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\"'<>`".contains(&byte));
    anyhow::ensure!(
        fits,
        "软电话链接 {} 应以 tel: 或 sip: 开头并含一处 {{number}}，如 tel:{{number}}",
        text.value
    );
    Ok(text)
}

fn words(addresses: &[IpAddr]) -> String {
    let list: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
    list.join(",")
}

fn path(text: Sourced<String>) -> Sourced<PathBuf> {
    Sourced {
        value: PathBuf::from(text.value),
        origin: text.origin,
    }
}

fn or_off(url: &str) -> String {
    if url.is_empty() {
        "未配置，不发短信".to_owned()
    } else {
        hide_password(url)
    }
}

fn hidden(secret: &str) -> String {
    if secret.is_empty() { "" } else { "***" }.to_owned()
}

fn hide_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(start), Some(end)) if start + 3 < end => {
            format!("{}***{}", &url[..start + 3], &url[end..])
        }
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_hides_the_database_password() {
        assert_eq!(
            hide_password("postgres://tonghu:secret@127.0.0.1/tonghu"),
            "postgres://***@127.0.0.1/tonghu"
        );
        assert_eq!(hide_password("sqlite://data/tonghu.db"), "sqlite://data/tonghu.db");
    }

    #[test]
    fn the_hours_and_the_link_of_the_telephone_are_checked_at_the_start() {
        let given = |value: &str| Sourced {
            value: value.to_owned(),
            origin: Origin::Default,
        };
        assert_eq!(hours(&given("9:30 - 21:00")).unwrap().value.to_string(), "09:30-21:00");
        for bad in ["", "8-22", "22:00-08:00", "08:00", "08:00-24:30"] {
            assert!(hours(&given(bad)).is_err(), "{bad}");
        }
        for fine in ["tel:{number}", "sip:{number}@10.1.2.3"] {
            assert!(softphone(given(fine)).is_ok(), "{fine}");
        }
        for bad in [
            "",
            "tel:",
            "javascript:{number}",
            "tel:{number}{number}",
            "tel:{number}\"x",
        ] {
            assert!(softphone(given(bad)).is_err(), "{bad}");
        }
        assert!(whole(&given("0"), &CALL_DAYS).is_err() && whole(&given("90"), &CALL_DAYS).is_ok());
    }
}
