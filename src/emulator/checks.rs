//! What a request for a code asks for: JSON, action name and action info, checked as the platform checks them.
//!
//! The platform is strict about permanent codes and hardly looks at temporary ones: a wrong id gives a working
//! ticket whose scan events carry another scene (reported by users).

use serde_json::{Map, Value};

use super::refusal::{ACTION_INFO, ACTION_NAME, DATA_FORMAT, Refusal};

/// Seconds a temporary code lives when the request does not say (reported; the documents say 30 or 60).
const EXPIRE_SECONDS_DEFAULT: u32 = 60;
/// Documented. What happens above it is unknown; here it counts as this.
const EXPIRE_SECONDS_MAX: u32 = 2_592_000;
/// Documented.
const PERMANENT_ID_MAX: u64 = 100_000;
/// Inferred from a refused string of 59 characters and 65 bytes. Not enforced for temporary codes (reported).
const PERMANENT_STR_MAX_BYTES: usize = 64;

/// Characters of a scene that are kept for faults and the log; right ones have at most 64.
const SCENE_KEPT: usize = 100;

/// A code that may be made, as far as the request alone tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Lives `expire_seconds`.
    Temporary {
        /// 1 to 2,592,000.
        expire_seconds: u32,
        /// The scene that scan events will carry, where it is not the one that was sent.
        distorted: Option<Distortion>,
    },
    /// Lives for ever.
    Permanent(PermanentScene),
}

/// A temporary code whose scan events carry another scene than was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Distortion {
    /// The request's `action_info`, cut to 200 characters.
    pub sent: String,
    /// 4294967295 for an id that is too large, otherwise 0.
    pub event_scene: u32,
}

/// The scene of a permanent code. The id 123 and the string `123` are two codes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum PermanentScene {
    /// 1 to 100,000.
    Id(u32),
    /// 1 to 64 bytes.
    Str(Box<str>),
}

/// A body as a JSON object. An empty body, a list, a lone value: 47001.
pub(super) fn object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    serde_json::from_slice(body).map_err(|_| DATA_FORMAT)
}

/// Reads the body of a create request, in the platform's order: JSON (47001), action name (40052), action info
/// (40053).
pub(super) fn wanted(body: &[u8]) -> Result<Wanted, Refusal> {
    let fields = object(body)?;
    let (permanent, by_id) = match fields.get("action_name").and_then(Value::as_str) {
        Some("QR_SCENE") => (false, true),
        Some("QR_STR_SCENE") => (false, false),
        Some("QR_LIMIT_SCENE") => (true, true),
        Some("QR_LIMIT_STR_SCENE") => (true, false),
        _ => return Err(ACTION_NAME),
    };
    let action_info = fields.get("action_info").filter(|info| info.is_object()).ok_or(ACTION_INFO)?;
    let scene = action_info.get("scene").filter(|scene| scene.is_object());
    let value = scene.and_then(|scene| scene.get(if by_id { "scene_id" } else { "scene_str" }));
    let text = value.and_then(Value::as_str).filter(|text| !text.is_empty());
    if permanent {
        let scene = if by_id { permanent_id(value) } else { permanent_str(text) };
        return scene.map(Wanted::Permanent).ok_or(ACTION_INFO);
    }
    let event_scene = match scene {
        None => Some(0),
        Some(_) if by_id => event_scene(value),
        Some(_) => text.map(|_| None).ok_or(ACTION_INFO)?,
    };
    Ok(Wanted::Temporary {
        expire_seconds: expire_seconds(fields.get("expire_seconds")),
        distorted: event_scene.map(|event_scene| Distortion {
            sent: action_info.to_string().chars().take(200).collect(),
            event_scene,
        }),
    })
}

/// The scene a create request names, as a text, for faults and the log: right or wrong, whatever the action.
pub(super) fn scene(body: &[u8]) -> Option<String> {
    let fields = object(body).ok()?;
    let scene = fields.get("action_info")?.get("scene")?;
    match scene.get("scene_id").or_else(|| scene.get("scene_str"))? {
        Value::String(text) => Some(text.chars().take(SCENE_KEPT).collect()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// The appid in a body, for faults and the log.
pub(super) fn appid(body: &[u8]) -> Option<String> {
    let fields = object(body).ok()?;
    fields.get("appid")?.as_str().map(|appid| appid.chars().take(SCENE_KEPT).collect())
}

fn permanent_id(value: Option<&Value>) -> Option<PermanentScene> {
    let id = value?.as_u64().filter(|id| (1..=PERMANENT_ID_MAX).contains(id))?;
    u32::try_from(id).ok().map(PermanentScene::Id)
}

fn permanent_str(text: Option<&str>) -> Option<PermanentScene> {
    text.filter(|text| text.len() <= PERMANENT_STR_MAX_BYTES).map(|text| PermanentScene::Str(text.into()))
}

/// What scan events carry instead of this temporary id; `None` where they carry the id.
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
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(body: &Value) -> Result<Wanted, Refusal> {
        wanted(body.to_string().as_bytes())
    }

    /// A request by `scene_id` or `scene_str`, whichever the action takes.
    fn request(action_name: &str, scene: &Value) -> Result<Wanted, Refusal> {
        let field = if action_name.contains("STR") { "scene_str" } else { "scene_id" };
        read(
            &json!({"expire_seconds": 604_800, "action_name": action_name, "action_info": {"scene": {field: scene}}}),
        )
    }

    fn temporary(expire_seconds: u32) -> Wanted {
        Wanted::Temporary { expire_seconds, distorted: None }
    }

    fn event_scene_of(wanted: Result<Wanted, Refusal>) -> Option<u32> {
        match wanted.expect("a working ticket") {
            Wanted::Temporary { distorted, .. } => distorted.map(|distortion| distortion.event_scene),
            Wanted::Permanent(_) => None,
        }
    }

    #[test]
    fn the_documented_requests_are_understood() {
        assert_eq!(request("QR_SCENE", &json!(123)), Ok(temporary(604_800)));
        assert_eq!(request("QR_STR_SCENE", &json!("shop-7")), Ok(temporary(604_800)));
        assert_eq!(request("QR_LIMIT_SCENE", &json!(123)), Ok(Wanted::Permanent(PermanentScene::Id(123))));
        assert_eq!(
            request("QR_LIMIT_STR_SCENE", &json!("shop-7")),
            Ok(Wanted::Permanent(PermanentScene::Str("shop-7".into())))
        );
    }

    #[test]
    fn what_is_no_json_object_is_47001() {
        let bodies: [&[u8]; 7] = [b"", b"{", b"[]", b"7", b"null", b"{\"a\": 1}x", b"\xff\xfe"];
        for body in bodies {
            assert_eq!(wanted(body), Err(DATA_FORMAT), "{}", body.escape_ascii());
        }
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

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_body_makes_reading_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = wanted(&body);
        }
    }
}
