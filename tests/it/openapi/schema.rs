//! A checker of JSON Schema, as much of it as the document uses: a keyword
//! that it does not know is a fault, so that nothing passes unlooked at.

use serde_json::Value;
use std::collections::BTreeSet;

/// Keywords that say nothing about what is valid.
const REMARKS: &[&str] = &["description", "example", "examples", "title", "default", "deprecated"];

/// The document whose `#/components/…` the schemas refer to.
pub struct Schemas<'a>(pub &'a Value);

/// What an object may hold.
enum Known {
    Anything,
    Only(BTreeSet<String>),
}

impl Schemas<'_> {
    /// What of a value does not fit a schema; properties that the schema does
    /// not name are faults as well.
    pub fn faults(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        self.check(schema, value, "", &mut faults);
        faults
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        self.parts(schema, value, at, faults);
        let (Some(fields), Known::Only(known)) = (value.as_object(), self.known(schema, value)) else {
            return;
        };
        for name in fields.keys().filter(|name| !known.contains(*name)) {
            faults.push(format!("{at}/{name} is not described"));
        }
    }

    fn fits(&self, schema: &Value, value: &Value) -> bool {
        let mut faults = Vec::new();
        self.parts(schema, value, "", &mut faults);
        faults.is_empty()
    }

    fn target(&self, reference: &str) -> &Value {
        let pointer = reference.strip_prefix('#').unwrap_or(reference);
        let target = self.0.pointer(pointer);
        target.unwrap_or_else(|| panic!("{reference} leads nowhere"))
    }

    /// Each keyword on its own.
    fn parts(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let Some(keywords) = schema.as_object() else {
            return;
        };
        for (keyword, told) in keywords {
            match keyword.as_str() {
                "$ref" => self.parts(self.target(told.as_str().unwrap()), value, at, faults),
                "allOf" => each(told).for_each(|part| self.parts(part, value, at, faults)),
                "oneOf" | "anyOf" => {
                    let fitting = each(told).filter(|part| self.fits(part, value)).count();
                    if fitting == 0 || (keyword == "oneOf" && fitting > 1) {
                        faults.push(format!("{at}: {fitting} of {keyword} fit"));
                    }
                }
                "properties" => self.properties(told, value, at, faults),
                "items" => {
                    for (place, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(told, item, &format!("{at}/{place}"), faults);
                    }
                }
                "additionalProperties" => self.others(schema, told, value, (at, faults)),
                "propertyNames" => {
                    for name in value.as_object().into_iter().flatten().map(|(name, _)| name) {
                        self.check(told, &Value::String(name.clone()), &format!("{at}/{name}"), faults);
                    }
                }
                _ => faults.extend(simple(keyword, told, value).map(|fault| format!("{at}: {fault}"))),
            }
        }
    }

    fn properties(&self, told: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
        let (Some(told), Some(value)) = (told.as_object(), value.as_object()) else {
            return;
        };
        for (name, schema) in told {
            if let Some(value) = value.get(name) {
                self.check(schema, value, &format!("{at}/{name}"), faults);
            }
        }
    }

    /// Properties that are not named one by one.
    fn others(&self, schema: &Value, told: &Value, value: &Value, (at, faults): (&str, &mut Vec<String>)) {
        let named = |name: &str| schema["properties"].get(name).is_some();
        let fields = value.as_object().into_iter().flatten();
        for (name, value) in fields.filter(|(name, _)| !named(name)) {
            match told {
                Value::Bool(true) => {}
                Value::Bool(false) => faults.push(format!("{at}/{name} is refused")),
                told => self.check(told, value, &format!("{at}/{name}"), faults),
            }
        }
    }

    fn known(&self, schema: &Value, value: &Value) -> Known {
        let mut all = BTreeSet::new();
        let mut said = false;
        let Some(keywords) = schema.as_object() else {
            return Known::Anything;
        };
        for (keyword, told) in keywords {
            let parts: Vec<&Value> = match keyword.as_str() {
                "properties" => {
                    all.extend(told.as_object().into_iter().flatten().map(|(name, _)| name.clone()));
                    said = true;
                    continue;
                }
                "additionalProperties" if told != &Value::Bool(false) => return Known::Anything,
                "$ref" => vec![self.target(told.as_str().unwrap())],
                "allOf" => each(told).collect(),
                "oneOf" | "anyOf" => each(told).filter(|part| self.fits(part, value)).collect(),
                _ => continue,
            };
            for part in parts {
                match self.known(part, value) {
                    Known::Anything => return Known::Anything,
                    Known::Only(names) => all.extend(names),
                }
                said = true;
            }
        }
        if said { Known::Only(all) } else { Known::Anything }
    }
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

/// Keywords that need no other schema.
fn simple(keyword: &str, told: &Value, value: &Value) -> Option<String> {
    let fits = match keyword {
        "type" => match told {
            Value::Array(kinds) => kinds.iter().any(|kind| is_a(kind, value)),
            kind => is_a(kind, value),
        },
        "enum" => told.as_array()?.contains(value),
        "const" => told == value,
        "required" => {
            let fields = value.as_object()?;
            let missing = each(told).find(|name| !fields.contains_key(name.as_str().unwrap_or_default()));
            return missing.map(|name| format!("{name} is missing"));
        }
        "format" => has_format(told.as_str()?, value),
        "minimum" => value.as_f64()? >= told.as_f64()?,
        "maximum" => value.as_f64()? <= told.as_f64()?,
        "minLength" => value.as_str()?.chars().count() >= usize::try_from(told.as_u64()?).ok()?,
        "maxLength" => value.as_str()?.chars().count() <= usize::try_from(told.as_u64()?).ok()?,
        other if REMARKS.contains(&other) => true,
        other => return Some(format!("keyword {other} is not known to this checker")),
    };
    (!fits).then(|| format!("{value} against {keyword} {told}"))
}

fn is_a(kind: &Value, value: &Value) -> bool {
    match kind.as_str().unwrap_or_default() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

fn has_format(format: &str, value: &Value) -> bool {
    let Some(text) = value.as_str() else {
        // A format speaks of one type only; the type itself is another keyword.
        return true;
    };
    match format {
        "uuid" => uuid::Uuid::parse_str(text).is_ok(),
        "date-time" => chrono::DateTime::parse_from_rfc3339(text).is_ok(),
        "date" => text.parse::<chrono::NaiveDate>().is_ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(schema: &Value, value: &Value) -> usize {
        let document = json!({ "components": { "schemas": {
            "Named": { "type": "object", "required": ["name"], "properties": { "name": { "type": "string" } } },
        }}});
        Schemas(&document).faults(schema, value).len()
    }

    #[test]
    fn each_kind_of_fault_is_found() {
        let named = json!({ "$ref": "#/components/schemas/Named" });
        assert_eq!(faults(&named, &json!({ "name": "x" })), 0);
        assert_eq!(faults(&named, &json!({})), 1, "missing");
        assert_eq!(faults(&named, &json!({ "name": 1 })), 1, "type");
        assert_eq!(faults(&named, &json!({ "name": "x", "more": 1 })), 1, "not described");
        let both = json!({ "allOf": [named, { "type": "object", "properties": { "age": { "type": "integer" } } }] });
        assert_eq!(faults(&both, &json!({ "name": "x", "age": 7 })), 0);
        assert_eq!(faults(&both, &json!({ "name": "x", "age": "7" })), 1);
        assert_eq!(faults(&both, &json!({ "name": "x", "years": 7 })), 1);
        let id = json!({ "type": ["string", "null"], "format": "uuid" });
        assert_eq!(faults(&id, &Value::Null), 0);
        assert_eq!(faults(&id, &json!("x")), 1);
        assert_eq!(faults(&json!({ "pattern": "x" }), &json!("x")), 1, "unknown keyword");
    }

    #[test]
    fn of_several_shapes_exactly_one_must_fit() {
        let step = |name: &str, field: &str| {
            json!({
                "type": "object", "required": ["step", field],
                "properties": { "step": { "type": "string", "enum": [name] }, field: { "type": "string" } },
            })
        };
        let steps = json!({ "oneOf": [step("note", "text"), step("merge", "into")] });
        assert_eq!(faults(&steps, &json!({ "step": "note", "text": "x" })), 0);
        assert_eq!(faults(&steps, &json!({ "step": "note", "into": "x" })), 1);
        assert_eq!(faults(&steps, &json!({ "step": "note", "text": "x", "into": "x" })), 1);
    }
}
