//! A world in which every form can be posted, and words that would be
//! recognised anywhere.

use crate::given::{self, Spec};
use crate::support::{App, Client, Reply};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use tonghu::entity::protection_case;
use tonghu::rules::level::RiskLevel;
use uuid::Uuid;

/// In every name, address and sentence.
pub const STEM: &str = "龘靐";
/// In every telephone number.
pub const PHONES: &str = "16000007";
/// In every id number.
pub const IDS: &str = "14069920190";

/// A body that was not sent yet.
#[derive(Clone)]
pub enum Body {
    Form(Vec<(String, String)>),
    Json(Value),
    /// Fields, then files by field, file name and content.
    Files(Vec<(String, String)>, Vec<(String, String, Vec<u8>)>),
}

/// One valid request, ready to be sent or spoilt.
#[derive(Clone)]
pub struct Shot {
    pub who: &'static str,
    pub path: String,
    pub body: Body,
}

impl Shot {
    pub async fn send(&self, world: &World) -> Reply {
        let client = world.who(self.who).await;
        match &self.body {
            Body::Form(fields) => client.post(&self.path, &pairs(fields)).await,
            Body::Json(body) => client.json("POST", &self.path, body.clone()).await,
            Body::Files(fields, files) => {
                let files: Vec<(&str, &str, &str, &[u8])> = files
                    .iter()
                    .map(|(field, name, bytes)| (&**field, &**name, "application/octet-stream", &**bytes))
                    .collect();
                client.multipart(&self.path, &pairs(fields), &files).await
            }
        }
    }
}

pub fn pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (&**name, &**value)).collect()
}

/// Fields of a form; what is given as `&str` and what as `String` reads alike.
#[macro_export]
macro_rules! fields {
    ($($name:expr => $value:expr),* $(,)?) => {
        vec![$(($name.to_string(), $value.to_string())),*]
    };
}

/// A form of such fields.
#[macro_export]
macro_rules! form {
    ($($any:tt)*) => {
        $crate::hostile::world::Body::Form($crate::fields!($($any)*))
    };
}

/// The application and everybody who uses it.
pub struct World {
    pub app: App,
    clients: Mutex<HashMap<&'static str, Client>>,
    count: AtomicU32,
}

impl World {
    pub async fn new() -> Self {
        Self::over(App::start().await)
    }

    pub fn over(app: App) -> Self {
        Self {
            app,
            clients: Mutex::default(),
            count: AtomicU32::new(0),
        }
    }

    /// A person, signed in once; nobody for the empty name.
    pub async fn who(&self, username: &'static str) -> Client {
        let known = self.clients.lock().unwrap().get(username).cloned();
        if let Some(client) = known {
            return client;
        }
        let client = match username {
            // At an address of its own: its failures slow nobody else down.
            "" => self.app.stranger().at("10.66.0.1"),
            "partner" => self.app.partner(),
            name => self.app.sign_in(name).await,
        };
        self.clients.lock().unwrap().insert(username, client.clone());
        client
    }

    /// Forgets a session that a request ended.
    pub fn forget(&self, username: &str) {
        self.clients.lock().unwrap().remove(username);
    }

    pub fn next(&self) -> u32 {
        self.count.fetch_add(1, Ordering::Relaxed)
    }

    pub fn name(&self) -> String {
        format!("{STEM}{}", self.next())
    }

    pub fn sentence(&self) -> String {
        format!("{STEM}第{}句：孩子说门锁着，外婆不在家。", self.next())
    }

    pub fn address(&self) -> String {
        format!("{STEM}村东头第{}户", self.next())
    }

    pub fn phone(&self) -> String {
        format!("{PHONES}{:03}", self.next() % 1000)
    }

    /// With a valid check digit, born in 2019.
    pub fn id_number(&self) -> String {
        let n = self.next();
        let stem = format!("{IDS}{}{:02}{:03}", 1 + n % 9, 1 + n % 28, n % 1000);
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let sum: u32 = stem
            .chars()
            .zip(weights)
            .map(|(digit, weight)| digit.to_digit(10).unwrap() * weight)
            .sum();
        let check = "10X98765432".chars().nth(usize::try_from(sum % 11).unwrap()).unwrap();
        format!("{stem}{check}")
    }

    /// A case at a level, moved to a stage.
    pub async fn case(&self, level: RiskLevel, stage: &str) -> protection_case::Model {
        let spec = Spec::at(&self.app, level).await;
        let case = given::case(&self.app, spec).await;
        self.change(case.id, |row| row.stage = Set(stage.to_owned())).await
    }

    /// Puts a case into a state that other features lead to.
    pub async fn change(
        &self,
        id: Uuid,
        change: impl FnOnce(&mut protection_case::ActiveModel),
    ) -> protection_case::Model {
        let mut row = protection_case::ActiveModel::default();
        change(&mut row);
        protection_case::Entity::update_many()
            .set(row)
            .filter(protection_case::Column::Id.eq(id))
            .exec(self.app.state.db.schema())
            .await
            .unwrap();
        given::now(&self.app, id).await
    }

    /// Does a step over the API; answers what came back.
    pub async fn step(&self, who: &'static str, path: &str, body: Value) -> Value {
        let reply = self.who(who).await.json("POST", path, body).await;
        assert!(reply.status.is_success(), "{who} {path}: {}", reply.text());
        reply.json()
    }

    /// A report of the desk as a draft: its id and version.
    pub async fn draft(&self) -> (String, i64) {
        let body = json!({ "outcome": "hold", "demand_type": "inquiry" });
        let draft = self.step("operator", "/api/v1/reports", body).await;
        let id = draft["id"].as_str().unwrap().to_owned();
        (id, draft["version"].as_i64().unwrap())
    }
}
