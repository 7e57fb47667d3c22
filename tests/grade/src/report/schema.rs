//! The schema says what a line is, neither more nor less than the model does.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::samples::{LINES, submissions};
use crate::model::Submission;

static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../schema.json")).expect("it is JSON"));

static VALIDATOR: LazyLock<Validator> =
    LazyLock::new(|| jsonschema::draft202012::new(&SCHEMA).expect("it is a schema"));

/// What the schema has against a line; nothing if it is right.
pub fn refusals(line: &str) -> Vec<String> {
    let Ok(line) = serde_json::from_str(line) else { return vec!["no JSON".to_owned()] };
    VALIDATOR.iter_errors(&line).map(|error| error.to_string()).collect()
}

fn is_refused(line: &Value) -> bool {
    let line = line.to_string();
    let refused = !refusals(&line).is_empty();
    if !refused {
        return false;
    }
    let model: Result<Submission, _> = serde_json::from_str(&line);
    assert!(model.is_err(), "the schema refuses what the model takes: {line}");
    true
}

#[test]
fn the_schema_is_one() {
    assert!(jsonschema::draft202012::meta::is_valid(&SCHEMA));
}

#[test]
fn every_state_is_valid_as_it_was_written_and_as_the_model_writes_it() {
    for (line, submission) in LINES.lines().zip(submissions()) {
        assert_eq!(refusals(line), Vec::<String>::new());
        let again = serde_json::to_string(&submission).expect("the model can be written");
        assert_eq!(refusals(&again), Vec::<String>::new());
    }
    for state in ["missing", "not_started", "does_not_compile", "failed", "done", "stopped"] {
        assert!(LINES.contains(&format!("\"state\":\"{state}\"")), "no sample is {state}");
    }
    for outcome in ["passed", "failed", "ignored", "not_run"] {
        assert!(LINES.contains(&format!("\"outcome\":\"{outcome}\"")), "no sample is {outcome}");
    }
}

/// The first sample, and the places in it where there is an object: the whole, a lab, a check.
const OBJECTS: [&str; 3] = ["", "/labs/0", "/labs/0/results/0"];

fn sample() -> Value {
    let line = LINES.lines().next().expect("there is a line");
    serde_json::from_str(line).expect("it is JSON")
}

fn object<'a>(line: &'a mut Value, place: &str) -> &'a mut serde_json::Map<String, Value> {
    line.pointer_mut(place).and_then(Value::as_object_mut).expect("it is an object")
}

#[test]
fn a_missing_field_is_refused() {
    for place in OBJECTS {
        let fields: Vec<String> = object(&mut sample(), place).keys().cloned().collect();
        for field in fields {
            let mut line = sample();
            object(&mut line, place).remove(&field);
            assert!(is_refused(&line), "{place}/{field}");
        }
    }
}

#[test]
fn an_unknown_field_is_refused() {
    for place in OBJECTS {
        let mut line = sample();
        object(&mut line, place).insert("other".to_owned(), json!(1));
        assert!(is_refused(&line), "{place}");
    }
}

#[test]
fn a_value_of_another_kind_is_refused() {
    for place in OBJECTS {
        let fields: Vec<String> = object(&mut sample(), place).keys().cloned().collect();
        for field in fields {
            let mut line = sample();
            object(&mut line, place).insert(field.clone(), Value::Null);
            assert!(is_refused(&line), "{place}/{field}");
        }
    }
    for (field, value) in [("state", json!("begun")), ("passed", json!(-1)), ("total", json!(1.5))]
    {
        let mut line = sample();
        object(&mut line, "/labs/0").insert(field.to_owned(), value);
        assert!(is_refused(&line), "{field}");
    }
}

#[test]
fn every_field_is_explained() {
    for place in ["", "/$defs/lab", "/$defs/check"] {
        let fields = SCHEMA.pointer(&format!("{place}/properties")).and_then(Value::as_object);
        for (name, field) in fields.expect("it has fields") {
            assert!(field["description"].is_string(), "{place}/{name}");
        }
    }
}
