//! What a request for a code asks for: action name and action info, checked as the platform checks them.
//!
//! The platform is strict about permanent codes and hardly looks at temporary ones: a wrong id gives a working
//! ticket whose scan events carry another scene (reported by users).

use serde_json::{Map, Value};

use super::refusal::{ACTION_INFO, ACTION_NAME, Refusal};

/// Seconds a temporary code lives when the request does not say (reported; the documents say 30 or 60).
const EXPIRE_SECONDS_DEFAULT: u32 = 60;
/// Documented. What happens above it is unknown; here it counts as this.
const EXPIRE_SECONDS_MAX: u32 = 2_592_000;
/// Documented.
const PERMANENT_ID_MAX: u64 = 100_000;
/// Inferred from a refused string of 59 characters and 65 bytes. Not enforced for temporary codes (reported).
const PERMANENT_STR_MAX_BYTES: usize = 64;

/// Characters of scenes, appids and tickets that are kept for faults and the log; right ones are shorter.
const TEXT_KEPT: usize = 200;

/// A code that may be made, as far as the request alone tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Lives so many seconds, 1 to 2,592,000. The second is the scene that scan events will carry if it is not the
    /// one that was sent: 4294967295 for an id that is too large, otherwise 0.
    Temporary(u32, Option<u32>),
    /// Lives for ever. Holds `id` or `str`, and the scene: the id 123 and the string `123` are two codes.
    Permanent(&'static str, String),
}

/// The fields of a request.
pub(super) type Fields = Map<String, Value>;

/// A text that a request has; an empty one counts as missing.
pub(super) fn text<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Reads a create request, in the platform's order: action name (40052), action info (40053).
pub(super) fn wanted(fields: &Fields) -> Result<Wanted, Refusal> {
    let (permanent, kind) = match text(fields, "action_name") {
        Some("QR_SCENE") => (false, "id"),
        Some("QR_STR_SCENE") => (false, "str"),
        Some("QR_LIMIT_SCENE") => (true, "id"),
        Some("QR_LIMIT_STR_SCENE") => (true, "str"),
        _ => return Err(ACTION_NAME),
    };
    let action_info = fields.get("action_info").and_then(Value::as_object).ok_or(ACTION_INFO)?;
    let scene = action_info.get("scene").and_then(Value::as_object);
    let id = scene.and_then(|scene| scene.get("scene_id"));
    let string = scene.and_then(|scene| text(scene, "scene_str"));
    if permanent {
        let id = id.and_then(Value::as_u64).filter(|id| (1..=PERMANENT_ID_MAX).contains(id));
        let string = string.filter(|text| text.len() <= PERMANENT_STR_MAX_BYTES).map(str::to_owned);
        let scene = if kind == "id" { id.map(|id| id.to_string()) } else { string };
        return Ok(Wanted::Permanent(kind, scene.ok_or(ACTION_INFO)?));
    }
    let event_scene = match (scene, kind) {
        (None, _) => Some(0),
        (Some(_), "id") => event_scene(id),
        (Some(_), _) => string.map(|_| None).ok_or(ACTION_INFO)?,
    };
    Ok(Wanted::Temporary(expire_seconds(fields.get("expire_seconds")), event_scene))
}

/// The scene a create request names, as a text, for faults and the log: right or wrong, whatever the action.
pub(super) fn scene(fields: &Fields) -> Option<String> {
    let scene = fields.get("action_info")?.get("scene")?;
    match scene.get("scene_id").or_else(|| scene.get("scene_str"))? {
        Value::String(text) => Some(kept(text)),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// The beginning of a text that a request has.
pub(super) fn kept(text: &str) -> String {
    text.chars().take(TEXT_KEPT).collect()
}

/// What scan events carry instead of this temporary id; `None` if they carry the id.
fn event_scene(id: Option<&Value>) -> Option<u32> {
    let id = id.unwrap_or(&Value::Null);
    match id.as_u64() {
        Some(1..=0xffff_ffff) => None,
        Some(0) => Some(0),
        Some(_) => Some(u32::MAX),
        // Numbers above 64 bits are read as floating point.
        None if id.as_f64().is_some_and(|id| id > f64::from(u32::MAX)) => Some(u32::MAX),
        None => Some(0),
    }
}

/// Zero, negative, not a number: unknown on the platform; here as if the field were missing.
fn expire_seconds(value: Option<&Value>) -> u32 {
    match value.and_then(Value::as_u64) {
        None | Some(0) => EXPIRE_SECONDS_DEFAULT,
        Some(seconds) => u32::try_from(seconds).unwrap_or(u32::MAX).min(EXPIRE_SECONDS_MAX),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &Value) -> Result<Wanted, Refusal> {
        wanted(body.as_object().expect("an object"))
    }

    /// A request by `scene_id` or `scene_str`, whichever the action takes.
    fn request(action_name: &str, scene: &Value) -> Result<Wanted, Refusal> {
        let field = if action_name.contains("STR") { "scene_str" } else { "scene_id" };
        read(
            &json!({"expire_seconds": 604_800, "action_name": action_name, "action_info": {"scene": {field: scene}}}),
        )
    }

    fn temporary(expire_seconds: u32) -> Wanted {
        Wanted::Temporary(expire_seconds, None)
    }

    fn event_scene_of(wanted: Result<Wanted, Refusal>) -> Option<u32> {
        match wanted.expect("a working ticket") {
            Wanted::Temporary(_, event_scene) => event_scene,
            Wanted::Permanent(..) => None,
        }
    }

    #[test]
    fn the_documented_requests_are_understood() {
        assert_eq!(request("QR_SCENE", &json!(123)), Ok(temporary(604_800)));
        assert_eq!(request("QR_STR_SCENE", &json!("shop-7")), Ok(temporary(604_800)));
        assert_eq!(request("QR_LIMIT_SCENE", &json!(123)), Ok(Wanted::Permanent("id", "123".into())));
        assert_eq!(
            request("QR_LIMIT_STR_SCENE", &json!("shop-7")),
            Ok(Wanted::Permanent("str", "shop-7".into()))
        );
    }

    #[test]
    fn an_action_name_that_is_none_is_40052() {
        for name in [json!("qr_scene"), json!("QR_CARD"), json!(""), json!(1), Value::Null] {
            assert_eq!(read(&json!({"action_name": name, "action_info": {}})), Err(ACTION_NAME), "{name}");
        }
        assert_eq!(read(&json!({})), Err(ACTION_NAME));
    }

    #[test]
    fn action_info_is_checked_for_permanent_codes() {
        for id in [json!(0), json!(100_001), json!(-1), json!(1.5), json!("7"), Value::Null] {
            assert_eq!(request("QR_LIMIT_SCENE", &id), Err(ACTION_INFO), "{id}");
        }
        let byte_65 = format!("{}ab", "店".repeat(21));
        for text in [json!(""), json!("a".repeat(65)), json!(byte_65), json!(7), Value::Null] {
            assert_eq!(request("QR_LIMIT_STR_SCENE", &text), Err(ACTION_INFO), "{text}");
        }
        for good in ["a".repeat(64), format!("{}a", "店".repeat(21))] {
            assert!(request("QR_LIMIT_STR_SCENE", &json!(good)).is_ok(), "{good}");
        }
        assert!(request("QR_LIMIT_SCENE", &json!(1)).is_ok());
        assert!(request("QR_LIMIT_SCENE", &json!(100_000)).is_ok());
        let flat = json!({"action_name": "QR_LIMIT_SCENE", "action_info": {"scene_id": 7}});
        assert_eq!(read(&flat), Err(ACTION_INFO));
    }

    #[test]
    fn action_info_that_is_missing_is_40053_for_every_action() {
        for name in ["QR_SCENE", "QR_STR_SCENE", "QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"] {
            assert_eq!(read(&json!({"action_name": name})), Err(ACTION_INFO), "{name}");
            assert_eq!(read(&json!({"action_name": name, "action_info": 7})), Err(ACTION_INFO), "{name}");
        }
        assert_eq!(request("QR_STR_SCENE", &json!("")), Err(ACTION_INFO));
    }

    #[test]
    fn a_wrong_temporary_id_is_not_refused_but_events_carry_another_scene() {
        let too_large = serde_json::from_str::<Value>("36893488147419103232").expect("a number");
        for (id, event_scene) in [
            (json!(1), None),
            (json!(4_294_967_295_u32), None),
            (json!(4_294_967_296_u64), Some(u32::MAX)),
            (too_large, Some(u32::MAX)),
            (json!(0), Some(0)),
            (json!(-5), Some(0)),
            (json!(1.5), Some(0)),
            (json!("123"), Some(0)),
            (json!("abc"), Some(0)),
            (Value::Null, Some(0)),
        ] {
            assert_eq!(event_scene_of(request("QR_SCENE", &id)), event_scene, "{id}");
        }
    }

    #[test]
    fn a_missing_scene_level_is_not_refused_but_events_carry_0() {
        for name in ["QR_SCENE", "QR_STR_SCENE"] {
            let flat = json!({"action_name": name, "action_info": {"scene_id": 7, "scene_str": "a"}});
            assert_eq!(event_scene_of(read(&flat)), Some(0), "{name}");
        }
    }

    #[test]
    fn a_long_temporary_string_is_not_refused() {
        assert_eq!(request("QR_STR_SCENE", &json!("a".repeat(65))), Ok(temporary(604_800)));
    }

    #[test]
    fn expire_seconds_is_60_where_it_is_missing_and_30_days_at_most() {
        let info = json!({"scene": {"scene_id": 7}});
        for (sent, lives) in [
            (json!(60), 60),
            (json!(1), 1),
            (json!(2_592_000), 2_592_000),
            (json!(2_592_001), 2_592_000),
            (json!(10_000_000_000_u64), 2_592_000),
            (json!(0), 60),
            (json!(-1), 60),
            (json!("x"), 60),
        ] {
            let body = json!({"expire_seconds": sent, "action_name": "QR_SCENE", "action_info": info});
            assert_eq!(read(&body), Ok(temporary(lives)), "{sent}");
        }
        assert_eq!(read(&json!({"action_name": "QR_SCENE", "action_info": info})), Ok(temporary(60)));
    }
}
