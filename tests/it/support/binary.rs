//! The program itself, as people start it.

use super::Home;
use super::wire::{self, Answer};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

/// A command of the program on a home, away from any configuration file.
pub fn command(home: &Home, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tonghu"));
    command
        .args(arguments)
        .current_dir(std::env::temp_dir())
        .env("TONGHU_DATABASE_URL", &home.url)
        .env("TONGHU_KEY_FILE", &home.keys)
        .env("TONGHU_BIND", "127.0.0.1:0")
        .env_remove("TONGHU_LOG")
        .env_remove("TONGHU_NOTICE_DAYS")
        .env_remove("TONGHU_PROXIES")
        .env_remove("TONGHU_PUBLIC_URL")
        .stdin(Stdio::null());
    command
}

/// Runs a command to its end; one that does not end is ended, and answers what
/// it said so far.
pub fn run(home: &Home, arguments: &[&str]) -> Output {
    let mut command = command(home, arguments);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let id = child.id().to_string();
    let (ended, waits) = mpsc::channel::<()>();
    let watch = thread::spawn(move || {
        if waits.recv_timeout(Duration::from_mins(1)).is_err() {
            let killed = Command::new("kill").arg(id).status();
            assert!(killed.is_ok(), "kill");
        }
    });
    let output = child.wait_with_output().unwrap();
    // The watch may just have given up.
    let _ = ended.send(());
    watch.join().unwrap();
    output
}

/// What a command said, on either stream.
pub fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr]
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .concat()
}

fn logged(log: &Path) -> File {
    File::options().create(true).append(true).open(log).unwrap()
}

/// The first address of this machine in a text.
fn address(text: &str) -> Option<SocketAddr> {
    let rest = text.split("http://").nth(1)?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && !".:".contains(c))?;
    rest[..end].parse().ok()
}

/// The demonstration of a program, its data and its log in a directory.
fn demonstration(program: &Path, dir: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .args(["serve", "--demo", "--bind", "127.0.0.1:0"])
        .current_dir(dir)
        .env("TONGHU_DEMO_DIR", dir)
        .env_remove("TONGHU_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(logged(&dir.join("log")));
    command
}

/// The line that tells about the stand-in, once it is there.
fn about_the_stand_in(greeting: &str) -> Option<&str> {
    let whole = &greeting[..=greeting.rfind('\n')?];
    whole.lines().find(|line| line.contains("演示替身"))
}

/// Where the demonstration is, once it has said everything.
fn told_all(greeting: &str) -> Option<SocketAddr> {
    about_the_stand_in(greeting).and_then(|_| address(greeting))
}

/// The demonstration, and where the stand-in for 12345 beside it is.
pub fn demonstrated(dir: &Path) -> (Service, SocketAddr) {
    let program = Path::new(env!("CARGO_BIN_EXE_tonghu"));
    let service = Service::greeted(demonstration(program, dir).spawn().unwrap(), &told_all);
    let beside = about_the_stand_in(&service.greeting).and_then(address);
    let beside = beside.unwrap_or_else(|| panic!("{}", service.greeting));
    (service, beside)
}

/// The demonstration of a program whose file is gone as soon as it runs, so that
/// it cannot be started a second time.
pub fn demonstrated_once(dir: &Path) -> Service {
    let program = Path::new(env!("CARGO_BIN_EXE_tonghu"));
    let name = format!("tonghu-{}", uuid::Uuid::new_v4());
    let link = program.with_file_name(name);
    std::fs::hard_link(program, &link).unwrap();
    let child = demonstration(&link, dir).spawn().unwrap();
    std::fs::remove_file(&link).unwrap();
    Service::greeted(child, &told_all)
}

/// A stand-in for 12345 as a process of its own, and where it is.
pub fn stand_in(service: &str) -> (Child, SocketAddr) {
    let (client, secret) = tonghu::demo::PARTNER;
    let mut child = Command::new(env!("CARGO_BIN_EXE_tonghu"))
        .args(["stand-in", "--service", service, "--client", client])
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.as_mut().unwrap(), "{secret}").unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let at = address(&line).unwrap_or_else(|| panic!("{line}"));
    (child, at)
}

/// A running service; killed without warning when dropped.
pub struct Service {
    child: Mutex<Child>,
    pub address: SocketAddr,
    /// Everything it printed before it served.
    pub greeting: String,
}

impl Service {
    /// Starts it and waits until it says where it listens. Its log goes to a
    /// file.
    pub fn start(home: &Home, log: &Path) -> Self {
        let mut serve = command(home, &["serve"]);
        let child = serve.stdout(Stdio::piped()).stderr(logged(log)).spawn().unwrap();
        Self::greeted(child, &address)
    }

    /// Waits until what a program says has its address.
    fn greeted(mut child: Child, found: &dyn Fn(&str) -> Option<SocketAddr>) -> Self {
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = String::new();
        loop {
            let read = lines.read_line(&mut greeting).unwrap();
            assert!(read > 0, "it ended: {greeting} {:?}", child.wait());
            if let Some(address) = found(&greeting) {
                return Self {
                    child: Mutex::new(child),
                    address,
                    greeting,
                };
            }
        }
    }

    /// Ends it without warning: no handler of it runs.
    pub fn kill(&self) {
        let mut child = self.child.lock().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// The cookie of a fresh session.
    pub async fn sign_in(&self, username: &str) -> String {
        let body = json!({ "username": username, "password": tonghu::demo::PASSWORD });
        let answer = self.json(&[], "POST", "/api/v1/session", &body).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        let cookie = answer.header("set-cookie").unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// One request over JSON; nothing when the answer did not arrive.
    pub async fn json(&self, headers: &[(&str, &str)], method: &str, path: &str, body: &Value) -> Option<Answer> {
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/json"));
        let bytes = wire::request(method, path, &headers, body.to_string().as_bytes());
        wire::exchange(self.address, &bytes).await
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended already.
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        drop(child.kill());
        drop(child.wait());
    }
}
