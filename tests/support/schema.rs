//! The schemas that the program prints, and what is held to them.
#![allow(dead_code, reason = "each test binary uses its part of it")]

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

/// The names that `schema` takes.
pub const NAMES: [&str; 6] = ["campaign", "accounts", "run", "plan", "status", "manifest"];

static ALL: LazyLock<BTreeMap<&str, (Value, Validator)>> = LazyLock::new(|| {
    let printed = |name| {
        let output = Command::new(assert_cmd::cargo::cargo_bin!("scenepress"))
            .args(["schema", name])
            .env_clear()
            .output()
            .expect("the program");
        let schema: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
        (schema, validator)
    };
    NAMES.into_iter().map(|name| (name, printed(name))).collect()
});

/// A schema as it is printed.
pub fn schema(name: &str) -> &'static Value {
    &ALL[name].0
}

/// Where a value is not what a schema says, and why.
pub fn faults(name: &str, value: &Value) -> Vec<String> {
    ALL[name].1.iter_errors(value).map(|fault| format!("{}: {fault}", fault.instance_path())).collect()
}

/// Holds a value to a schema.
#[track_caller]
pub fn assert_valid(name: &str, value: &Value) {
    let faults = faults(name, value);
    assert!(faults.is_empty(), "not as `schema {name}` says:\n{}\n{value:#}", faults.join("\n"));
}
