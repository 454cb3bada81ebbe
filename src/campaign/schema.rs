//! The schemas of campaign files, of `accounts.yaml` and of `hooks.yaml`, for editors.
//!
//! A schema sees values, not texts: that `007` is no scene and `31d` no lifetime only the reader knows. What the reader
//! accepts is valid here; what it refuses by its shape is not.

use schemars::{Schema, json_schema};
use serde_json::{Map, Value, json};

use super::keys::{Key, Scope, Shape, keys};
use crate::model::{ExpireSeconds, Limits, Medium, Rate, SCENE_STR_MAX_BYTES};

/// A lifetime: `30d`, `never`.
const LIFETIME: &str = r"^\s*(never|[0-9]+\s*(s|m|min|h|d|w))\s*$";
/// A duration that is not 0.
const DURATION: &str = r"^\s*0*[1-9][0-9]*\s*(s|m|min|h|d|w)\s*$";
/// `2001..2050`
const RANGE: &str = r"^\s*[1-9][0-9]{0,9}\s*\.\.\s*[1-9][0-9]{0,9}\s*$";
/// A text that is not blank.
const TEXT: &str = r"\S";
/// A text that no system refuses as a folder's name.
const NAME: &str = r#"^[^<>:"/\\|?*\u0000-\u001f\u007f-\u009f. -]([^<>:"/\\|?*\u0000-\u001f\u007f-\u009f]*[^<>:"/\\|?*\u0000-\u001f\u007f-\u009f. ])?$"#;
/// A tag.
const TAG: &str = r"^[^;]*[^;\s][^;]*$";
/// A scene that is a text.
const SCENE: &str = r"^(?!qrscene_)[^\u0000-\u001f\u007f-\u009f]*$";
/// `5%`
const PERCENT: &str = r"^\s*(0|[1-9][0-9]?|100)\s*%\s*$";
/// `${NAME}`
const VARIABLE: &str = r"^\s*\$\{[A-Za-z_][A-Za-z0-9_]*\}\s*$";
/// An appid or a variable.
const APPID: &str = r"^\s*([A-Za-z0-9_-]{1,64}|\$\{[A-Za-z_][A-Za-z0-9_]*\})\s*$";
/// https anywhere, http to this machine.
const URL: &str = r"^\s*(https://[^@/?# \\]+|http://([Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt]|127\.[0-9.]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?)(/[^?# \\]*)?\s*$";
/// `10/s`
const RATE: &str = r"^\s*\+?0*[1-9][0-9]*\s*/\s*(s|m|min)\s*$";

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
    let example = key.example;
    let text =
        |pattern: &str, examples: Value| json!({"type": "string", "pattern": pattern, "examples": examples});
    let list = |pattern: &str| json!({"type": ["array", "null"], "items": {"type": "string", "pattern": pattern}, "examples": [words(example)]});
    match key.shape {
        Shape::CampaignName => text(NAME, json!([example])),
        Shape::AccountName => json!({"type": "string", "pattern": TEXT, "default": example}),
        Shape::Text => text(TEXT, json!([example])),
        Shape::Path => json!({"type": "string", "pattern": TEXT}),
        Shape::Tags => list(TAG),
        Shape::Paths => list(TEXT),
        Shape::Command => {
            json!({"type": "array", "minItems": 1, "items": {"type": "string"}, "examples": [words(example)]})
        }
        Shape::Lifetime => text(LIFETIME, json!([example, "never"])),
        Shape::Seconds => {
            json!({"type": "integer", "minimum": ExpireSeconds::MIN.get(), "maximum": ExpireSeconds::MAX.get()})
        }
        Shape::Duration(None) => text(DURATION, json!([example])),
        Shape::Duration(default) => json!({"type": "string", "pattern": DURATION, "default": default}),
        Shape::Day => {
            let pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
            json!({"type": "string", "pattern": pattern, "format": "date", "examples": [example]})
        }
        Shape::Medium => json!({"enum": [Medium::Paper.as_str(), Medium::Screen.as_str()]}),
        Shape::Flag => json!({"type": "boolean", "default": false}),
        Shape::Count(least, None, default) => {
            json!({"type": "integer", "minimum": least, "default": default})
        }
        Shape::Count(least, most, default) => {
            json!({"type": "integer", "minimum": least, "maximum": most, "default": default})
        }
        Shape::Limits => {
            json!({"type": "object", "properties": properties(Scope::Limits), "additionalProperties": false})
        }
        Shape::Limit(_) => json!({
            "oneOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": PERCENT}],
            "examples": [50, "5%"],
        }),
        Shape::Codes => json!({"type": ["array", "null"], "items": code()}),
        Shape::Scene | Shape::SceneType => scene(),
        Shape::Range => text(RANGE, json!([example])),
        Shape::Appid => text(APPID, json!([example, "${WECHAT_APPID}"])),
        Shape::Secret => text(VARIABLE, json!([example])),
        Shape::Url(default) => json!({"type": "string", "pattern": URL, "default": default}),
        Shape::Rate => json!({
            "type": "string",
            "pattern": RATE,
            "default": Rate::DEFAULT.to_string(),
            "examples": [example, "300/min"],
        }),
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
