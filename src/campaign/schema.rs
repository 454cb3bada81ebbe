//! The schemas of campaign files, of `accounts.yaml` and of `hooks.yaml`, for editors.
//!
//! A schema sees values, not texts: that `007` is no scene and `31d` no lifetime only the reader knows. What the reader
//! accepts is valid here; what it refuses by its shape is not.

use schemars::{Schema, json_schema};
use serde_json::{Map, Value, json};

use super::keys::{DAY, Key, Scope, Shape, TEXT, keys};
use crate::model::{ExpireSeconds, Limits, SCENE_STR_MAX_BYTES};

/// A scene that is a text.
const SCENE: &str = r"^(?!qrscene_)[^\u0000-\u001f\u007f-\u009f]*$";
/// `5%`
const PERCENT: &str = r"^\s*(0|[1-9][0-9]?|100)\s*%\s*$";
/// The schema of a campaign file, and of a YAML file that one includes.
pub fn campaign_schema() -> Schema {
    json_schema!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A campaign file of scenepress",
        "type": "object",
        "properties": properties(Scope::File),
        "additionalProperties": false,
        "anyOf": [{"required": ["codes"]}, {"required": ["include"]}],
        "not": {"required": ["expires", "expire_seconds"]},
    })
}

/// The schema of `accounts.yaml`.
pub fn accounts_schema() -> Schema {
    json_schema!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "accounts.yaml of scenepress",
        "description": "The accounts that campaigns name in `account`. It holds no secret, only where to find it.",
        "type": "object",
        "propertyNames": {"pattern": TEXT},
        "additionalProperties": {
            "description": "An account; campaigns that name none belong to `default`.",
            "type": "object",
            "properties": properties(Scope::Account),
            "additionalProperties": false,
            "required": ["appid"],
            "oneOf": [{"required": ["secret"]}, {"required": ["secret_file"]}],
        },
    })
}

/// The schema of `hooks.yaml`.
pub fn hooks_schema() -> Schema {
    json_schema!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "hooks.yaml of scenepress",
        "description": "Programs that `scenepress run` starts. No shell reads them.",
        "type": "object",
        "properties": properties(Scope::Hooks),
        "additionalProperties": false,
    })
}

fn properties(scope: Scope) -> Map<String, Value> {
    let property = |key: &Key| {
        let mut property = Map::new();
        property.insert("description".to_owned(), description(key).into());
        if let Value::Object(members) = shape(key) {
            property.extend(members);
        }
        (key.name.to_owned(), property.into())
    };
    keys(scope).map(property).collect()
}

fn description(key: &Key) -> String {
    let doc = key.doc.trim_start();
    match key.shape {
        Shape::Limit(kind) => format!(
            "{doc} in one run: so many, or so many percent of the living ones. Left out, {}.",
            Limits::default().of(kind)
        ),
        _ => doc.to_owned(),
    }
}

/// What may stand behind a key.
fn shape(key: &Key) -> Value {
    let examples: Vec<_> = std::iter::once(key.example).chain(key.more.iter().copied()).collect();
    match key.shape {
        Shape::Free(pattern) | Shape::Form(pattern) | Shape::Measure(pattern) => {
            let mut schema = json!({"type": "string", "pattern": pattern});
            if !key.is_usual || !key.more.is_empty() {
                schema["examples"] = examples.into();
            }
            if pattern == DAY {
                schema["format"] = "date".into();
            }
            if key.is_usual {
                schema["default"] = key.example.into();
            }
            schema
        }
        Shape::List(pattern) => {
            let items = json!({"type": "string", "pattern": pattern});
            json!({"type": ["array", "null"], "items": items, "examples": [words(key.example)]})
        }
        Shape::Command => {
            json!({"type": "array", "minItems": 1, "items": {"type": "string"}, "examples": [words(key.example)]})
        }
        Shape::Seconds => {
            json!({"type": "integer", "minimum": ExpireSeconds::MIN.get(), "maximum": ExpireSeconds::MAX.get()})
        }
        Shape::Switch => json!({"enum": ["on", "off", true, false]}),
        Shape::Words(words) if key.is_usual => json!({"enum": words, "default": key.example}),
        Shape::Words(words) => json!({"enum": words}),
        Shape::Flag => json!({"type": "boolean", "default": false}),
        Shape::Count(least, None, default) => {
            json!({"type": "integer", "minimum": least, "default": default})
        }
        Shape::Count(least, most, default) => {
            json!({"type": "integer", "minimum": least, "maximum": most, "default": default})
        }
        Shape::Mapping(scope) => {
            json!({"type": "object", "properties": properties(scope), "additionalProperties": false})
        }
        Shape::Limit(_) => json!({
            "oneOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": PERCENT}],
            "examples": [50, "5%"],
        }),
        Shape::Codes => json!({"type": ["array", "null"], "items": code()}),
        Shape::Scene => scene(),
    }
}

fn code() -> Value {
    json!({
        "type": "object",
        "properties": properties(Scope::Code),
        "additionalProperties": false,
        "required": ["channel"],
        "oneOf": [{"required": ["scene"]}, {"required": ["scenes"]}],
        "not": {"required": ["expires", "expire_seconds"]},
    })
}

fn scene() -> Value {
    json!({
        "oneOf": [
            {"type": "integer", "minimum": 1, "maximum": u32::MAX},
            {"type": "string", "minLength": 1, "maxLength": SCENE_STR_MAX_BYTES, "pattern": SCENE},
        ],
        "examples": [1001, "vip-desk"],
    })
}

/// The words of `[./tell.sh, --loud]`.
fn words(list: &str) -> Vec<&str> {
    list.trim_matches(['[', ']']).split(", ").collect()
}
