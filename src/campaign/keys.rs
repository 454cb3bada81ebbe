//! The one list of keys: what may stand in which file, of what shape, and what it means.
//!
//! Readers, suggestions, masks and the schemas for editors come from it. To add a key, write its entry here and read it
//! where the field is that takes its value.

use super::problem::suggestion;
use crate::model::{Account, Bundling, LimitKind};

/// Where a key may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// A campaign file.
    File,
    /// A file that a campaign includes.
    Included,
    /// An entry of `codes`.
    Code,
    /// The first row of a table.
    Column,
    /// `limits`.
    Limits,
    /// `bundle`.
    Bundle,
    /// An account of `accounts.yaml`.
    Account,
    /// `hooks.yaml`.
    Hooks,
}

/// What may stand behind a key. Texts have the regular expression that an editor holds them to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A text that people choose: a number or `true` in quotes would be right.
    Free(&'static str),
    /// A text of a form of its own.
    Form(&'static str),
    /// A number with a unit: without quotes a number is read as the text it is written as.
    Measure(&'static str),
    /// A list of such texts.
    List(&'static str),
    /// A program and its arguments.
    Command,
    /// A lifetime in seconds.
    Seconds,
    /// One of these words.
    Words(&'static [&'static str]),
    /// `true` or `false`, by default `false`.
    Flag,
    /// `on` or `off`, which some YAML readers take for `true` and `false`.
    Switch,
    /// A whole number: the least, the most, and the default.
    Count(u64, Option<u64>, u64),
    /// A mapping with keys of its own.
    Mapping(Scope),
    Limit(LimitKind),
    /// The list of codes.
    Codes,
    Scene,
}

/// A lifetime: `30d`, `never`.
const LIFETIME: &str = r"^\s*(never|[0-9]+\s*(s|m|min|h|d|w))\s*$";
/// A duration that is not 0.
const DURATION: &str = r"^\s*0*[1-9][0-9]*\s*(s|m|min|h|d|w)\s*$";
/// `2001..2050`
const RANGE: &str = r"^\s*[1-9][0-9]{0,9}\s*\.\.\s*[1-9][0-9]{0,9}\s*$";
/// `2027-03-15`
pub(super) const DAY: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
/// A text that is not blank.
pub(super) const TEXT: &str = r"\S";
/// A text that no system refuses as a folder's name.
const NAME: &str = r#"^[^<>:"/\\|?*\u0000-\u001f\u007f-\u009f. -]([^<>:"/\\|?*\u0000-\u001f\u007f-\u009f]*[^<>:"/\\|?*\u0000-\u001f\u007f-\u009f. ])?$"#;
/// A tag.
const TAG: &str = r"^[^;]*[^;\s][^;]*$";
/// `${NAME}`
const VARIABLE: &str = r"^\s*\$\{[A-Za-z_][A-Za-z0-9_]*\}\s*$";
/// An appid or a variable.
const APPID: &str = r"^\s*([A-Za-z0-9_-]{1,64}|\$\{[A-Za-z_][A-Za-z0-9_]*\})\s*$";
/// https anywhere, http to this machine.
const URL: &str = r"^\s*(https://[^@/?# \\]+|http://([Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt]|127\.[0-9.]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?)(/[^?# \\]*)?\s*$";
/// `10/s`
const RATE: &str = r"^\s*\+?0*[1-9][0-9]*\s*/\s*(s|m|min)\s*$";

/// A key, and everything that is said about it.
#[derive(Debug)]
pub(super) struct Key {
    pub name: &'static str,
    pub scopes: &'static [Scope],
    pub shape: Shape,
    /// A value as it is written in YAML.
    pub example: &'static str,
    /// More of them.
    pub more: &'static [&'static str],
    /// Whether the example holds if the key is left out.
    pub is_usual: bool,
    /// What it means, in sentences.
    pub doc: &'static str,
}

impl Key {
    /// How the key is written, for help.
    pub(super) fn usage(&self) -> String {
        match self.shape {
            Shape::Codes => format!("write a code a line, such as `- {}`", self.example),
            _ => format!("write {}: {}", self.name, self.example),
        }
    }

    /// Whether a number without quotes is read as the text it is written as.
    pub(super) fn takes_numbers(&self) -> bool {
        matches!(self.shape, Shape::Measure(_))
    }

    /// Whether a number or `true` in quotes would be right here.
    pub(super) fn is_free_text(&self) -> bool {
        matches!(self.shape, Shape::Free(_) | Shape::Command) || self.name == "tags"
    }
}

/// The keys that may stand in one place, in the order in which people are told them.
pub(super) fn keys(scope: Scope) -> impl Iterator<Item = &'static Key> + Clone {
    KEYS.iter().filter(move |key| key.scopes.contains(&scope))
}

/// Their names.
pub(super) fn names(scope: Scope) -> impl Iterator<Item = &'static str> + Clone {
    keys(scope).map(|key| key.name)
}

/// The key of a name.
pub(super) fn find(scope: Scope, name: &str) -> Option<&'static Key> {
    keys(scope).find(|key| key.name == name)
}

/// The key that a misspelt one was probably meant as.
pub(super) fn misspelt(name: &str, scope: Scope) -> Option<&'static str> {
    suggestion(name, names(scope), |length| if length < 5 { 1 } else { 2 })
}

/// `name: Shape, "example" | "more", in Scope Scope;` with `usual` behind an example that is the default, below the lines that say what the key means.
macro_rules! keys {
    ($($(#[doc = $doc:literal])+ $name:ident: $shape:ident $(($($value:expr),+))?, $example:literal $(| $more:literal)* $($usual:ident)?, in $($scope:ident)+;)+) => {
        &[$(Key {
            name: stringify!($name),
            scopes: &[$(Scope::$scope),+],
            shape: Shape::$shape $(($($value),+))?,
            example: $example,
            more: &[$($more),*],
            is_usual: !stringify!($($usual)?).is_empty(),
            doc: concat!($($doc),+),
        }),+]
    };
}

static KEYS: &[Key] = keys! {
    /// The campaign's name, which is its folder's and its bundle's. Left out, the file's name.
    campaign: Free(NAME), "metro-screens", in File;
    /// An account of accounts.yaml. Left out, `default`.
    account: Free(TEXT), "default" usual, in File;
    /// What the code carries and the platform reports: a number is a scene_id, a text a scene_str.
    scene: Scene, "1001", in Code Column;
    /// What `scene` is, if it could be either: `id` or `str`.
    scene_type: Scene, "str", in Column;
    /// A range of scene_ids, both ends included; {n} in `channel` stands for the number.
    scenes: Form(RANGE), "2001..2050", in Code;
    /// Where the code is placed, for people.
    channel: Free(TEXT), "Metro line 2", in Code Column;
    /// Words to choose codes by: --only tag=metro.
    tags: List(TAG), "[metro, shanghai]", in Code Column;
    /// How long a code lives: 60s to 30d (s, min, h, d, w), or `never` for a permanent code, which can never be
    /// deleted. A code's own value replaces the file's.
    expires: Measure(LIFETIME), "30d" | "never", in File Code Column;
    /// The same as `expires`, in seconds.
    expire_seconds: Seconds, "2592000", in File Code;
    /// A run renews a code with about this left. Left out, a third of its lifetime.
    renew_before: Measure(DURATION), "10d", in File;
    /// `off` renews codes that were made in one run in one night, for screens that are changed by hand. Left out, each
    /// code has its own night.
    spread: Switch, "off", in File;
    /// The last day (Asia/Shanghai). Nothing is renewed or bundled after it.
    until: Form(DAY), "2027-03-15", in File;
    /// What a code is shown on: paper is never renewed unasked. Left out, it is not declared for paper. A code's own
    /// value replaces the file's.
    medium: Words(&["paper", "screen"]), "paper", in File Code Column;
    /// Codes on paper may expire on this day or later, though they hang until `until`.
    accept_expiry: Form(DAY), "2027-02-20", in File;
    /// A scene may have been another channel's before: old prints count for the new one. A code's own value replaces
    /// the file's.
    reuse: Flag, "true", in File Code Column;
    /// How many permanent codes this campaign may ever create. Left out, none.
    permanent_budget: Count(0, Some(Account::PERMANENT_POOL), 0), "2", in File;
    /// How much one run may change before somebody has to say that it is meant.
    limits: Mapping(Scope::Limits), "{retire: 50}", in File;
    /// How its bundles are made.
    bundle: Mapping(Scope::Bundle), "{keep: 20, names: stable}", in File;
    /// Keeps the campaign from real hosts: only --emulator runs it.
    example: Flag, "true", in File;
    /// The codes, each with its scene and the channel where it is placed.
    codes: Codes, "{scene: 1001, channel: Metro line 2}", in File Included;
    /// Tables (.csv) and YAML files with more codes, by their paths from this file. An included file is no campaign of
    /// its own.
    include: List(TEXT), "[stores.csv]", in File Included;

    /// Living codes that get a new ticket before they are due
    reissue: Limit(LimitKind::Reissue), "50", in Limits;
    /// Living codes that are retired
    retire: Limit(LimitKind::Retire), "50", in Limits;
    /// Living codes whose channel becomes another
    relabel: Limit(LimitKind::Relabel), "50", in Limits;

    /// How many earlier revisions stay beside the bundle, each as <campaign>.rN.zip.
    keep: Count(0, None, Bundling::KEEP), "20", in Bundle;
    /// How pictures are named: `dated` with generation and last day; `stable` without, so that layouts and players that
    /// link to a picture find the new one under the same name.
    names: Words(&["dated", "stable"]), "dated" usual, in Bundle;

    /// The account's appid, which is no secret, or ${NAME}: the variable that holds it.
    appid: Form(APPID), "wx0123456789abcdef" | "${WECHAT_APPID}", in Account;
    /// ${NAME}: the variable that holds the secret. The secret itself is refused here.
    secret: Form(VARIABLE), "${WECHAT_SECRET}", in Account;
    /// A file that holds nothing but the secret, by its path from this folder.
    secret_file: Form(TEXT), "PATH", in Account;
    /// Where access tokens and tickets are asked for: https, or http to this machine. A relay may stand here.
    api_url: Form(URL), "https://api.weixin.qq.com" usual, in Account;
    /// Where pictures are fetched: https, or http to this machine. A relay may stand here.
    image_url: Form(URL), "https://mp.weixin.qq.com" usual, in Account;
    /// How many tickets are asked for in a second or a minute.
    rate: Measure(RATE), "10/s" | "300/min" usual, in Account;
    /// How many calls this ledger may spend a day; less if other programs share the account.
    daily_quota: Count(1, None, Account::DAILY_QUOTA), "100000", in Account;
    /// Permanent codes that other programs made: they count against the account's pool.
    permanents_used_elsewhere: Count(0, Some(Account::PERMANENT_POOL), 0), "12000", in Account;

    /// A program and its arguments, started before anything is done; if it fails, nothing is. One with a `/` is looked
    /// for from this folder.
    pre: Command, "[./tell.sh, --loud]", in Hooks;
    /// A program and its arguments, started after a run that came as far as `pre`, whatever became of it. One with a `/`
    /// is looked for from this folder.
    post: Command, "[./tell.sh, --loud]", in Hooks;
    /// A program and its arguments, started for each bundle that was not yet deployed. One with a `/` is looked for from
    /// this folder.
    deploy: Command, "[./tell.sh, --loud]", in Hooks;
    /// A program and its arguments, started if the exit is not 0. One with a `/` is looked for from this folder.
    failure: Command, "[./tell.sh, --loud]", in Hooks;
    /// How long each of them may take. Left out, 60s.
    timeout: Measure(DURATION), "60s" usual, in Hooks;
};
