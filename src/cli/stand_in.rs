//! The stand-in for the 12345 platform beside the demonstration: a process of
//! its own, of which this one knows the address alone.

use super::{StandIn, say};
use crate::demo;
use crate::state::App;
use anyhow::Context;
use platform::Platform;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// So long it may take until it says where it is.
const PATIENCE: Duration = Duration::from_secs(10);

/// Stands in for the platform until the input ends. The first line of the input
/// is the secret; each further one pushes an order.
pub(super) async fn run(of: &StandIn) -> anyhow::Result<()> {
    let mut told = input();
    let secret = told.recv().await.context("标准输入的第一行应为签名密钥")?;
    let platform = Platform::new(&of.service, &of.client, &secret)?;
    let listener = TcpListener::bind("127.0.0.1:0").await.context("替身的监听地址")?;
    say(&format!("http://{}", listener.local_addr()?));
    let pushes = async {
        while told.recv().await.is_some() {
            platform.push().await;
        }
    };
    tokio::select! {
        served = platform.clone().serve(listener) => served,
        () = pushes => Ok(()),
    }
}

/// The lines of the input, read beside the runtime, which would wait for a
/// reader of its own at the end.
fn input() -> mpsc::UnboundedReceiver<String> {
    let (tell, told) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if tell.send(line).is_err() {
                return;
            }
        }
    });
    told
}

/// The stand-in's process. It ends with this value, and its input with this
/// process, however that ends.
pub(super) struct Beside(Child);

impl Drop for Beside {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Starts one for the service at an address, lets the answers of the
/// demonstration's partner go to it, and has it push one order. Where that fails
/// the demonstration goes on without.
pub(super) async fn beside(app: &App, service: &str) -> Option<Beside> {
    match start(app, service).await {
        Ok((beside, url)) => {
            say(&format!("12345 平台（演示替身）在 {url} 提供页面：推送工单，看回告"));
            Some(beside)
        }
        Err(error) => {
            tracing::warn!(error = format!("{error:#}"), "no stand-in for 12345");
            say(&format!("12345 平台（演示替身）没有启动，其余照常：{error:#}"));
            None
        }
    }
}

async fn start(app: &App, service: &str) -> anyhow::Result<(Beside, String)> {
    let (client, secret) = demo::PARTNER;
    let mut beside = Beside(spawn(service, client)?);
    let output = beside.0.stdout.take().context("替身的输出")?;
    tell(&mut beside, secret)?;
    let url = first_line(output).await?;
    demo::answer_at(app, &url).await?;
    tell(&mut beside, "")?;
    Ok((beside, url))
}

/// It gets nothing of this process's surroundings and configuration, their
/// secrets least of all.
fn spawn(service: &str, client: &str) -> anyhow::Result<Child> {
    Command::new(std::env::current_exe().context("程序所在")?)
        .args(["stand-in", "--service", service, "--client", client])
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("启动替身")
}

fn tell(beside: &mut Beside, line: &str) -> anyhow::Result<()> {
    let input = beside.0.stdin.as_mut().context("替身的输入")?;
    writeln!(input, "{line}").context("替身已退出")
}

async fn first_line(output: ChildStdout) -> anyhow::Result<String> {
    let read = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).map(|_| line)
    });
    let line = tokio::time::timeout(PATIENCE, read).await.context("替身没有应答")???;
    let url = line.trim().to_owned();
    anyhow::ensure!(!url.is_empty(), "替身已退出");
    Ok(url)
}
