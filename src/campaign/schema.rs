//! The schemas of campaign files, of `accounts.yaml` and of `hooks.yaml`, for editors.
//!
//! A schema sees values, not texts: that `007` is no scene and `31d` no lifetime only the reader knows. What the reader
//! accepts is valid here; what it refuses by its shape is not. Each key the reader knows has its entry here, which a
//! test holds: whoever adds a key is told where.

use schemars::{Schema, json_schema};
use serde_json::{Map, Value, json};

use crate::model::{Account, ExpireSeconds, Limits, Medium, Rate, SCENE_STR_MAX_BYTES};

/// A lifetime: `30d`, `never`.
const LIFETIME: &str = r"^\s*(never|[0-9]+\s*(s|m|min|h|d|w))\s*$";
/// A duration that is not 0.
const DURATION: &str = r"^\s*0*[1-9][0-9]*\s*(s|m|min|h|d|w)\s*$";
/// `2001..2050`
const RANGE: &str = r"^\s*[1-9][0-9]{0,9}\s*\.\.\s*[1-9][0-9]{0,9}\s*$";
/// A text that is not blank.
const TEXT: &str = r"\S";
/// `5%`
const PERCENT: &str = r"^\s*(0|[1-9][0-9]?|100)\s*%\s*$";
/// `${NAME}`
const VARIABLE: &str = r"^\s*\$\{[A-Za-z_][A-Za-z0-9_]*\}\s*$";

/// The schema of a campaign file, and of a YAML file that one includes.
pub fn campaign_schema() -> Schema {
    json_schema!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A campaign file of scenepress",
        "type": "object",
        "properties": properties(file_keys()),
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
            "properties": properties(account_keys()),
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
        "properties": properties(hook_keys()),
        "additionalProperties": false,
    })
}

/// A key and what may stand there.
type Key = (&'static str, Value);

fn properties(keys: Vec<Key>) -> Value {
    Value::Object(keys.into_iter().map(|(key, schema)| (key.to_owned(), schema)).collect::<Map<_, _>>())
}

/// The keys of a campaign file.
fn file_keys() -> Vec<Key> {
    // What no system takes in a folder's name.
    let bad = r#"<>:"/\\|?*\u0000-\u001f\u007f-\u009f"#;
    vec![
        (
            "campaign",
            json!({
                "description": "The campaign's name, which is its folder's and its bundle's. Left out, the file's name.",
                "type": "string",
                "pattern": format!("^[^{bad}. -]([^{bad}]*[^{bad}. ])?$"),
                "examples": ["metro-screens"],
            }),
        ),
        (
            "account",
            json!({
                "description": "An account of accounts.yaml. Left out, `default`.",
                "type": "string",
                "pattern": TEXT,
                "default": "default",
            }),
        ),
        ("expires", expires("How long a code lives, unless it says otherwise itself")),
        ("expire_seconds", expire_seconds()),
        (
            "renew_before",
            json!({
                "description": "A run renews a code with about this left. Left out, a third of its lifetime.",
                "type": "string",
                "pattern": DURATION,
                "examples": ["10d"],
            }),
        ),
        ("until", day("The last day (Asia/Shanghai). Nothing is renewed or bundled after it.", "2027-03-15")),
        ("medium", medium("What the codes are shown on, unless a code says it itself")),
        (
            "accept_expiry",
            day("Codes on paper may die on this day or later, though they hang until `until`.", "2027-02-20"),
        ),
        ("reuse", reuse("The scenes of these codes")),
        (
            "permanent_budget",
            json!({
                "description": "How many permanent codes this campaign may ever create. Left out, none.",
                "type": "integer",
                "minimum": 0,
                "default": 0,
            }),
        ),
        (
            "limits",
            json!({
                "description": "How much one run may change before somebody has to say that it is meant.",
                "type": "object",
                "properties": properties(limit_keys()),
                "additionalProperties": false,
            }),
        ),
        (
            "example",
            json!({
                "description": "Keeps the campaign from real hosts: only --emulator runs it.",
                "type": "boolean",
                "default": false,
            }),
        ),
        (
            "codes",
            json!({
                "description": "The codes, each with its scene and the channel where it is placed.",
                "type": ["array", "null"],
                "items": {
                    "type": "object",
                    "properties": properties(code_keys()),
                    "additionalProperties": false,
                    "required": ["channel"],
                    "oneOf": [{"required": ["scene"]}, {"required": ["scenes"]}],
                    "not": {"required": ["expires", "expire_seconds"]},
                },
            }),
        ),
        (
            "include",
            json!({
                "description": "Tables (.csv) and YAML files with more codes, by their paths from this file. An \
                                included file is no campaign of its own.",
                "type": ["array", "null"],
                "items": {"type": "string", "pattern": TEXT},
                "examples": [["stores.csv"]],
            }),
        ),
    ]
}

/// The keys of a code.
fn code_keys() -> Vec<Key> {
    vec![
        (
            "scene",
            json!({
                "description": "What the code carries and the platform reports: a number is a scene_id, a text a \
                                scene_str.",
                "oneOf": [
                    {"type": "integer", "minimum": 1, "maximum": u32::MAX},
                    {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": SCENE_STR_MAX_BYTES,
                        "pattern": r"^(?!qrscene_)[^\u0000-\u001f\u007f-\u009f]*$",
                    },
                ],
                "examples": [1001, "vip-desk"],
            }),
        ),
        (
            "scenes",
            json!({
                "description": "A range of scene_ids, both ends included; {n} in `channel` stands for the number.",
                "type": "string",
                "pattern": RANGE,
                "examples": ["2001..2050"],
            }),
        ),
        (
            "channel",
            json!({
                "description": "Where the code is placed, for people.",
                "type": "string",
                "pattern": TEXT,
                "examples": ["Metro line 2"],
            }),
        ),
        (
            "tags",
            json!({
                "description": "Words to choose codes by: --only tag=metro.",
                "type": ["array", "null"],
                "items": {"type": "string", "pattern": r"^[^;]*[^;\s][^;]*$"},
                "examples": [["metro", "shanghai"]],
            }),
        ),
        ("expires", expires("How long this code lives")),
        ("expire_seconds", expire_seconds()),
        ("medium", medium("What this code is shown on")),
        ("reuse", reuse("This scene")),
    ]
}

fn day(what: &str, example: &str) -> Value {
    json!({
        "description": what,
        "type": "string",
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        "format": "date",
        "examples": [example],
    })
}

fn medium(what: &str) -> Value {
    json!({
        "description": format!("{what}: paper is never renewed unasked. Left out, it is not declared for paper."),
        "enum": [Medium::Paper.as_str(), Medium::Screen.as_str()],
    })
}

fn reuse(what: &str) -> Value {
    json!({
        "description": format!("{what} may have been another channel's before: old prints count for the new one."),
        "type": "boolean",
        "default": false,
    })
}

fn expires(what: &str) -> Value {
    json!({
        "description": format!(
            "{what}: 60s to 30d (s, min, h, d, w), or `never` for a permanent code, which can never be deleted."
        ),
        "type": "string",
        "pattern": LIFETIME,
        "examples": ["30d", "never"],
    })
}

fn expire_seconds() -> Value {
    json!({
        "description": "The same as `expires`, in seconds.",
        "type": "integer",
        "minimum": ExpireSeconds::MIN.get(),
        "maximum": ExpireSeconds::MAX.get(),
    })
}

/// The keys of `limits`.
fn limit_keys() -> Vec<Key> {
    let defaults = Limits::default();
    let limit = |what: &str, default: String| {
        json!({
            "description": format!("{what} in one run: so many, or so many percent of the living ones. Left out, {default}."),
            "oneOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": PERCENT}],
            "examples": [50, "5%"],
        })
    };
    vec![
        (
            "reissue",
            limit("Living codes that get a new ticket before they are due", defaults.reissue.to_string()),
        ),
        ("retire", limit("Living codes that are retired", defaults.retire.to_string())),
        ("relabel", limit("Living codes whose channel becomes another", defaults.relabel.to_string())),
    ]
}

/// The keys of an account.
fn account_keys() -> Vec<Key> {
    let url = |what: &str, default: &str| {
        json!({
            "description": format!("{what}: https, or http to this machine. A relay may stand here."),
            "type": "string",
            "pattern": r"^\s*(https://[^@/?# \\]+|http://([Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt]|127\.[0-9.]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?)(/[^?# \\]*)?\s*$",
            "default": default,
        })
    };
    vec![
        (
            "appid",
            json!({
                "description": "The account's appid, which is no secret, or ${NAME}: the variable that holds it.",
                "type": "string",
                "pattern": r"^\s*([A-Za-z0-9_-]{1,64}|\$\{[A-Za-z_][A-Za-z0-9_]*\})\s*$",
                "examples": ["wx0123456789abcdef", "${WECHAT_APPID}"],
            }),
        ),
        (
            "secret",
            json!({
                "description": "${NAME}: the variable that holds the secret. The secret itself is refused here.",
                "type": "string",
                "pattern": VARIABLE,
                "examples": ["${WECHAT_SECRET}"],
            }),
        ),
        (
            "secret_file",
            json!({
                "description": "A file that holds nothing but the secret, by its path from this folder.",
                "type": "string",
                "pattern": TEXT,
            }),
        ),
        ("api_url", url("Where access tokens and tickets are asked for", Account::API_URL)),
        ("image_url", url("Where pictures are fetched", Account::IMAGE_URL)),
        (
            "rate",
            json!({
                "description": "How many tickets are asked for in a second or a minute.",
                "type": "string",
                "pattern": r"^\s*\+?0*[1-9][0-9]*\s*/\s*(s|m|min)\s*$",
                "default": Rate::DEFAULT.to_string(),
                "examples": ["10/s", "300/min"],
            }),
        ),
        (
            "daily_quota",
            json!({
                "description": "How many calls this ledger may spend a day; less where other programs share the account.",
                "type": "integer",
                "minimum": 1,
                "default": Account::DAILY_QUOTA,
            }),
        ),
        (
            "permanents_used_elsewhere",
            json!({
                "description": "Permanent codes that other programs made: they count against the account's pool.",
                "type": "integer",
                "minimum": 0,
                "maximum": Account::PERMANENT_POOL,
                "default": 0,
            }),
        ),
    ]
}

/// The keys of `hooks.yaml`.
fn hook_keys() -> Vec<Key> {
    let hook = |when: &str| {
        json!({
            "description": format!("A program and its arguments, started {when}. One with a `/` is looked for from this folder."),
            "type": "array",
            "minItems": 1,
            "items": {"type": "string"},
            "examples": [["./tell.sh", "--loud"]],
        })
    };
    vec![
        ("pre", hook("before anything is done; where it fails, nothing is")),
        ("post", hook("after a run that came as far as `pre`, whatever became of it")),
        ("deploy", hook("for each bundle that was not yet deployed")),
        ("failure", hook("where the exit is not 0")),
        (
            "timeout",
            json!({
                "description": "How long each of them may take. Left out, 60s.",
                "type": "string",
                "pattern": DURATION,
                "default": "60s",
            }),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::document::{CODE_KEYS, KEYS};
    use super::super::hooks::HOOK_KEYS;
    use super::super::limits::LIMIT_KEYS;
    use super::super::mask::ACCOUNT_KEYS;
    use super::*;

    #[test]
    fn every_key_that_is_read_has_its_entry_and_no_other_has() {
        let mut wrong = Vec::new();
        for (known, known_in, entries, entries_in) in [
            (&KEYS[..], "KEYS in src/campaign/document.rs", file_keys(), "file_keys"),
            (&CODE_KEYS[..], "CODE_KEYS in src/campaign/document.rs", code_keys(), "code_keys"),
            (&LIMIT_KEYS[..], "LIMIT_KEYS in src/campaign/limits.rs", limit_keys(), "limit_keys"),
            (&HOOK_KEYS[..], "HOOK_KEYS in src/campaign/hooks.rs", hook_keys(), "hook_keys"),
            (&ACCOUNT_KEYS[..], "ACCOUNT_KEYS in src/campaign/mask.rs", account_keys(), "account_keys"),
        ] {
            for key in known.iter().filter(|key| !entries.iter().any(|(entry, _)| entry == *key)) {
                wrong.push(format!(
                    "`{key}` of {known_in} is not in the schema: add it to `{entries_in}` in src/campaign/schema.rs"
                ));
            }
            for (key, _) in entries.iter().filter(|(entry, _)| !known.contains(entry)) {
                wrong.push(format!(
                    "`{key}` of `{entries_in}` in src/campaign/schema.rs is not read: it is not in {known_in}"
                ));
            }
            for (key, entry) in &entries {
                if !entry["description"].as_str().is_some_and(|text| text.ends_with('.')) {
                    wrong.push(format!(
                        "`{key}` of `{entries_in}` in src/campaign/schema.rs has no description"
                    ));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
