//! The command line: parse, connect, run one command.

mod check;
mod run;
mod simulate;
mod stand_in;

use crate::config::{Config, Flags, Origin};
use crate::error::Error;
use clap::{Args, Parser, Subcommand};
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(
    name = "tonghu",
    version,
    about = "童护：儿童保护热线受理与协同办理",
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// 升级数据库并提供服务（含后台任务）
    Serve(Serve),
    /// 升级数据库结构
    Migrate,
    /// 检查配置、结构、密钥、日历与数据文件
    Check,
    /// 管理账号
    #[command(subcommand)]
    User(User),
    /// 导入名册（默认只预演）
    Import(Import),
    /// 审计
    #[command(subcommand)]
    Audit(Audit),
    /// 字段密钥
    #[command(subcommand)]
    Key(Key),
    /// 向配置的数据库装入可复现的演示数据
    Demo(Demo),
    /// 只运行后台任务
    Worker,
    /// 模拟数年的办理并核对不变式；用临时数据库，不碰正式数据
    Simulate(Simulate),
    /// 演示用的 12345 平台替身；由 serve --demo 启动，签名密钥从标准输入读取
    #[command(hide = true)]
    StandIn(StandIn),
}

#[derive(Debug, Args)]
struct Serve {
    /// 演示：全新的虚构数据，仅限本机
    #[arg(long)]
    demo: bool,
    /// 监听地址
    #[arg(long, value_name = "ADDR")]
    bind: Option<String>,
}

#[derive(Debug, Subcommand)]
enum User {
    /// 新增账号，打印一次性口令（服务账号为令牌）
    Add(NewUser),
    /// 停用账号
    Disable {
        /// 登录名
        username: String,
    },
    /// 重置口令，打印一次性口令（服务账号换发令牌）
    Reset {
        /// 登录名
        username: String,
    },
}

#[derive(Debug, Args)]
struct NewUser {
    /// 登录名
    username: String,
    /// 姓名
    #[arg(long)]
    name: String,
    /// 角色（operator、lead、city、county、township、village、handler、reporter、sysadmin、secadmin、auditor、service）
    #[arg(long)]
    role: String,
    /// 区划代码（6、9 或 12 位）
    #[arg(long, default_value = "140600")]
    division: String,
    /// 机构类别（如 TMP、VIL、PSB），与区划一起确定所属机构
    #[arg(long)]
    unit_kind: Option<String>,
}

#[derive(Debug, Args)]
struct Import {
    /// divisions、units、posts、holidays、children 或 services
    what: String,
    /// CSV 或 XLSX 文件
    file: PathBuf,
    /// 写入；不给则只列出将发生的变更
    #[arg(long)]
    apply: bool,
}

#[derive(Debug, Subcommand)]
enum Audit {
    /// 核对审计链
    Verify,
}

#[derive(Debug, Subcommand)]
enum Key {
    /// 生成密钥文件
    New,
    /// 轮换：新增一把密钥用于今后的加密
    Rotate,
}

#[derive(Debug, Args)]
struct Demo {
    /// 个案数
    #[arg(long, default_value_t = 40)]
    cases: u32,
    /// 儿童数（不少于个案数）
    #[arg(long, default_value_t = 60)]
    children: u32,
    /// 随机种子：同一种子得到同一份数据
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Clone, Args)]
struct Simulate {
    /// 年数，自 2024-01-01 起
    #[arg(long, default_value_t = 1)]
    years: u32,
    /// 天数，代替年数
    #[arg(long)]
    days: Option<u32>,
    /// 个案数
    #[arg(long, default_value_t = 500)]
    cases: u32,
    /// 随机种子：同一种子得到同一轨迹
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// 数据库；须没有个案。不给则用临时的 SQLite
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// 存放摘要和图的目录
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct StandIn {
    /// 童护的地址
    #[arg(long, value_name = "URL")]
    service: String,
    /// 接入方编号
    #[arg(long, value_name = "CODE")]
    client: String,
}

/// Runs the command of this process.
pub async fn main() -> ExitCode {
    let cli = Cli::parse();
    let flags = match &cli.command {
        Command::Serve(serve) => Flags {
            bind: serve.bind.clone(),
            demo: serve.demo,
        },
        _ => Flags::default(),
    };
    let outcome = match Config::load(&flags) {
        Ok(config) => dispatch(cli.command, config).await,
        Err(error) => Err(error.context("配置")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("tonghu: {}", in_words(&error)));
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(command: Command, config: Config) -> anyhow::Result<()> {
    // A simulation breaks the database on purpose: what that logs is no news.
    let quiet = matches!(command, Command::Simulate(_)) && config.log.origin == Origin::Default;
    log(if quiet { "off" } else { &config.log.value })?;
    match command {
        Command::Serve(_) => run::serve(config).await,
        Command::Migrate => run::migrate(config).await,
        Command::Check => check::check(config).await,
        Command::User(user) => run::user(config, user).await,
        Command::Import(import) => run::import(config, &import).await,
        Command::Audit(Audit::Verify) => run::verify(config).await,
        Command::Key(Key::New) => run::new_key(&config),
        Command::Key(Key::Rotate) => run::rotate_key(&config),
        Command::Demo(demo) => run::demo(config, &demo).await,
        Command::Worker => run::worker(config).await,
        Command::Simulate(size) => simulate::simulate(config, size).await,
        Command::StandIn(of) => stand_in::run(&of).await,
    }
}

fn log(filter: &str) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(filter)?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .json()
        .init();
    Ok(())
}

/// An error for the person at the terminal: what was given wrongly one by one.
fn in_words(error: &anyhow::Error) -> String {
    match error.downcast_ref::<Error>() {
        Some(Error::Invalid(faults)) => {
            let faults: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
            faults.join("；")
        }
        _ => format!("{error:#}"),
    }
}

/// A line for the person at the terminal.
fn say(line: &str) {
    // A closed terminal is no reason to stop serving.
    drop(writeln!(std::io::stdout(), "{line}"));
}

fn complain(line: &str) {
    drop(writeln!(std::io::stderr(), "{line}"));
}
