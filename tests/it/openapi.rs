//! The description of the interface against the interface: every route and
//! nothing else, every answer, every example — checked, and run.

mod refusals;
mod runs;
mod schema;

use crate::support::Reply;
use schema::Schemas;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use tonghu::web::Access;

/// The description, and what it says of one operation.
struct Described(&'static Value);

impl Described {
    fn read() -> Self {
        Self(tonghu::openapi::document())
    }

    fn operations(&self) -> BTreeMap<(String, String), &'static Value> {
        let mut found = BTreeMap::new();
        for (path, operations) in self.0["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                found.insert((method.to_uppercase(), path.clone()), operation);
            }
        }
        found
    }

    fn operation(&self, method: &str, path: &str) -> &'static Value {
        let operation = &self.0["paths"][path][method.to_lowercase()];
        assert!(operation.is_object(), "{method} {path} is not described");
        operation
    }

    /// The examples of a request body by their names; a single one has none.
    fn examples(&self, method: &str, path: &str) -> BTreeMap<String, Value> {
        let body = &self.operation(method, path)["requestBody"]["content"]["application/json"];
        let mut found = BTreeMap::new();
        if let Some(example) = body.get("example") {
            found.insert(String::new(), example.clone());
        }
        for (name, example) in body["examples"].as_object().into_iter().flatten() {
            found.insert(name.clone(), example["value"].clone());
        }
        found
    }

    /// A reply must be one of those described, its body as its schema says.
    fn holds(&self, (method, path): (&str, &str), reply: &Reply) {
        let status = reply.status.as_u16().to_string();
        let answers = &self.operation(method, path)["responses"];
        let at = format!("{method} {path}: {status} {}", reply.text());
        let answer = answers.get(&status).unwrap_or_else(|| panic!("not described: {at}"));
        let Some(content) = answer.get("content") else {
            assert!(reply.bytes.is_empty(), "a body is not described: {at}");
            return;
        };
        let kind = reply.header("content-type").unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default();
        let told = content
            .get(kind)
            .unwrap_or_else(|| panic!("{kind} is not described: {at}"));
        if kind.ends_with("json") {
            let faults = Schemas(self.0).faults(&told["schema"], &reply.json());
            assert!(faults.is_empty(), "{faults:#?} {at}");
        }
    }
}

/// The routes that answer in JSON, and those for who runs the service.
fn served() -> BTreeMap<(String, String), Access> {
    let is_api = |path: &str| path.starts_with("/api/v1/") || ["/healthz", "/readyz", "/metrics"].contains(&path);
    tonghu::app::routes(true)
        .list()
        .iter()
        .filter(|route| is_api(route.path))
        .map(|route| ((route.method.to_string(), route.path.to_owned()), route.access))
        .collect()
}

#[test]
fn every_route_of_the_interface_is_described_and_nothing_else_is() {
    let described: BTreeSet<_> = Described::read().operations().into_keys().collect();
    let served: BTreeSet<_> = served().into_keys().collect();
    assert!(served.len() >= 15, "{served:?}");
    assert_eq!(described, served);
}

#[test]
fn every_operation_says_who_may_what_it_takes_and_what_it_answers() {
    let document = Described::read();
    let mut table = String::new();
    let mut names = BTreeSet::new();
    for ((method, path), operation) in document.operations() {
        let at = format!("{method} {path}");
        assert!(
            operation["summary"].as_str().is_some_and(|text| !text.is_empty()),
            "{at}"
        );
        assert!(operation["tags"].as_array().is_some_and(|tags| tags.len() == 1), "{at}");
        assert!(
            names.insert(operation["operationId"].to_string()),
            "{at}: operationId twice"
        );
        let answers: BTreeSet<u16> = operation["responses"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(status, answer)| {
                assert!(
                    answer["description"].as_str().is_some_and(|text| !text.is_empty()),
                    "{at}"
                );
                status.parse().unwrap()
            })
            .collect();
        let missing: Vec<u16> = owed(&method, &path).difference(&answers).copied().collect();
        assert!(missing.is_empty(), "{at} does not describe {missing:?}");
        writeln!(table, "{at:<36} {}", line(operation, &answers)).unwrap();
    }
    insta::assert_snapshot!("openapi_answers", table);
}

/// What the access list and the kind of request make possible.
fn owed(method: &str, path: &str) -> BTreeSet<u16> {
    let access = served()[&(method.to_owned(), path.to_owned())];
    let mut owed = match path {
        "/healthz" => return BTreeSet::from([200]),
        path if !path.starts_with("/api/") => return BTreeSet::from([200, 401, 429]),
        _ => BTreeSet::from([401, 408, 429, 500, 503]),
    };
    if access != Access::Public {
        owed.insert(403);
    }
    if path.contains('{') {
        owed.extend([400, 404]);
    }
    if method == "POST" {
        owed.extend([400, 413, 415, 422]);
    }
    if path.ends_with("/steps") {
        owed.extend([200, 409]);
    }
    owed
}

/// Security, parameters and answers in one line.
fn line(operation: &Value, answers: &BTreeSet<u16>) -> String {
    let security: Vec<String> = operation["security"]
        .as_array()
        .unwrap()
        .iter()
        .map(|way| {
            way.as_object()
                .unwrap()
                .keys()
                .next()
                .cloned()
                .unwrap_or_else(|| "open".to_owned())
        })
        .collect();
    let parameters: Vec<String> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| format!("{}:{}", one["in"].as_str().unwrap(), one["name"].as_str().unwrap()))
        .collect();
    let answers: Vec<String> = answers.iter().map(u16::to_string).collect();
    format!(
        "{} | {} | {}",
        security.join("/"),
        answers.join(" "),
        parameters.join(" ")
    )
}

#[test]
fn the_parameters_of_a_path_are_the_described_ones_and_the_access_agrees() {
    let document = Described::read();
    for ((method, path), operation) in document.operations() {
        let named: BTreeSet<&str> = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let told: BTreeSet<&str> = parameters
            .filter(|one| one["in"] == "path")
            .map(|one| one["name"].as_str().unwrap())
            .collect();
        assert_eq!(told, named, "{method} {path}");
        let open = operation["security"]
            .as_array()
            .unwrap()
            .iter()
            .any(|way| way == &serde_json::json!({}));
        let access = served()[&(method.clone(), path.clone())];
        assert_eq!(open, access == Access::Public, "{method} {path}");
    }
}

#[test]
fn every_body_and_answer_has_an_example_that_fits_its_schema() {
    let document = Described::read();
    let schemas = Schemas(document.0);
    let mut checked = 0;
    for ((method, path), operation) in document.operations() {
        let body = operation.get("requestBody").map(|body| ("body", &body["content"]));
        let answers = operation["responses"].as_object().unwrap().iter();
        let answers = answers.filter_map(|(status, answer)| Some((status.as_str(), answer.get("content")?)));
        for (part, content) in body.into_iter().chain(answers) {
            for (kind, told) in content.as_object().unwrap() {
                let at = format!("{method} {path} {part} {kind}");
                let named = told["examples"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(_, one)| &one["value"]);
                let examples: Vec<&Value> = told.get("example").into_iter().chain(named).collect();
                assert!(!examples.is_empty(), "{at} has no example");
                for example in examples {
                    let faults = schemas.faults(&told["schema"], example);
                    assert!(faults.is_empty(), "{at}: {faults:#?}");
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 100, "{checked}");
}
