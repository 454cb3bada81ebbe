//! The schemas that the program prints, and what is held to them.
#![allow(dead_code, reason = "each test binary uses its part of it")]

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

/// The names that `schema` takes.
pub const NAMES: [&str; 11] = [
    "campaign", "accounts", "hooks", "run", "plan", "status", "events", "inspect", "diff", "handoffs",
    "manifest",
];

struct Schema {
    printed: Value,
    validator: Validator,
    /// Of the same schema, but nothing may be there that it does not name.
    closed: Validator,
}

static ALL: LazyLock<BTreeMap<&str, Schema>> = LazyLock::new(|| {
    let schema = |name| {
        let output = Command::new(assert_cmd::cargo::cargo_bin!("scenepress"))
            .args(["schema", name])
            .env_clear()
            .output()
            .expect("the program");
        let printed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let mut closed = printed.clone();
        close(&mut closed);
        Schema { validator: validator(&printed), closed: validator(&closed), printed }
    };
    NAMES.into_iter().map(|name| (name, schema(name))).collect()
});

fn validator(schema: &Value) -> Validator {
    jsonschema::options().should_validate_formats(true).build(schema).expect("a schema")
}

/// Forbids members without an entry wherever the schema leaves them open.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(close);
            if members.get("properties").is_some_and(Value::is_object) && members.contains_key("type") {
                members.entry("additionalProperties").or_insert(Value::Bool(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// A schema as it is printed.
pub fn schema(name: &str) -> &'static Value {
    &ALL[name].printed
}

/// Where a value is not what a schema says, and why.
pub fn faults(name: &str, value: &Value) -> Vec<String> {
    told(&ALL[name].validator, value)
}

/// The same, and what the schema leaves room for without naming it.
pub fn unnamed(name: &str, value: &Value) -> Vec<String> {
    told(&ALL[name].closed, value)
}

fn told(validator: &Validator, value: &Value) -> Vec<String> {
    validator.iter_errors(value).map(|fault| format!("{}: {fault}", fault.instance_path())).collect()
}

/// Holds what the program wrote, or what it reads, to a schema: nothing may be in it that the schema does not name.
#[track_caller]
pub fn assert_valid(name: &str, value: &Value) {
    let place = match name {
        "manifest" => "src/bundle/schema.rs",
        "campaign" | "accounts" | "hooks" => "src/campaign/schema.rs",
        _ => "the type that writes it",
    };
    let faults = unnamed(name, value).join("\n");
    assert!(faults.is_empty(), "not as `schema {name}` says, which is made in {place}:\n{faults}\n{value:#}");
}
