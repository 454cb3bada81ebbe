//! Laws of reading.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;

use super::accounts::{self, Accounts};
use super::document::Document;
use super::keys::{Scope, find, keys};
use super::problem::{AccountPositions, Findings, Format, Source, Spot, offset};
use super::report::{Problems, RenderOptions};
use super::resolve::{Resolved, resolve};
use super::{hooks, mask, rows};
use crate::model::{Account, Rate, Scene};
use crate::table::{decode_table, decode_utf8};

fn source(name: &str, text: &str) -> Source {
    let format = if Path::new(name).extension().is_some_and(|e| e == "csv") {
        Format::Table
    } else {
        Format::Campaign
    };
    Source { path: Path::new(name).into(), format, text: text.to_owned() }
}

/// Reads files in the given order; includes are found by their names.
fn resolved(files: &[(&str, String)]) -> (Resolved, String) {
    let sources: Vec<Source> = files.iter().map(|(name, text)| source(name, text)).collect();
    let mut findings = Findings::default();
    let mut documents: Vec<_> = (0..)
        .zip(&sources)
        .map(|(file, source)| match source.format {
            Format::Table => rows::read(file, source, &mut findings),
            Format::Campaign | Format::Accounts => Document::from_yaml(file, source, &mut findings),
        })
        .collect();
    for include in documents.iter_mut().flat_map(|document| &mut document.includes) {
        include.target = files.iter().position(|(name, _)| *name == include.path);
    }
    let listed: BTreeSet<_> = (0..).take(files.len()).collect();
    let mut resolved = resolve(&sources, &listed, documents, &Accounts::without_file(), None, &mut findings);
    // Which index a file has is the order's business.
    resolved.campaigns.sort_by(|a, b| a.1.path.cmp(&b.1.path));
    resolved.campaigns.iter_mut().for_each(|(file, _)| *file = 0);
    resolved.broken.sort_by(|a, b| sources[a.0 as usize].path.cmp(&sources[b.0 as usize].path));
    resolved.broken.iter_mut().for_each(|(file, _)| *file = 0);
    (
        resolved,
        Problems::new(Path::new(""), sources, findings, AccountPositions::default())
            .render(RenderOptions { color: false, all: true }),
    )
}

/// A folder in which scenes, names and includes meet now and then.
fn folder() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let scene =
        prop_oneof![(1..12_u32).prop_map(|n| n.to_string()), (1..12_u32).prop_map(|n| format!("\"{n}\""))];
    let scenes = prop::collection::vec(scene, 0..4);
    let include = prop_oneof![Just(""), Just("t.csv"), Just("u.yaml"), Just("t.csv, u.yaml"), Just("a.yaml")];
    let campaign = (scenes, include, 0..3_u8).prop_map(|(scenes, include, name)| {
        let codes: String = scenes.iter().flat_map(|s| ["  - {scene: ", s, ", channel: C}\n"]).collect();
        let name = if name == 0 { "campaign: same\n" } else { "" };
        format!("{name}expires: 30d\ncodes:\n{codes}include: [{include}]\n")
    });
    let fragment = (1..12_u32, prop_oneof![Just(""), Just("t.csv"), Just("u.yaml")])
        .prop_map(|(n, include)| format!("codes:\n  - {{scene: {n}, channel: U}}\ninclude: [{include}]\n"));
    let table = (1..12_u32).prop_map(|n| format!("scene,channel\n{n},T\n"));
    (campaign.clone(), campaign.clone(), campaign, fragment, table).prop_map(|(a, b, c, u, t)| {
        vec![("a.yaml", a), ("b.yaml", b), ("c.yaml", c), ("u.yaml", u), ("t.csv", t)]
    })
}

fn said_about(format: Format, bytes: Vec<u8>) -> String {
    let mut findings = Findings::default();
    let decoded = if format == Format::Table { decode_table(bytes) } else { decode_utf8(bytes) };
    let text = decoded.map_or_else(|undecodable| undecodable.text, |decoded| decoded.text);
    let source = Source { path: Path::new("x").into(), format, text };
    let documents = match format {
        Format::Table => vec![rows::read(0, &source, &mut findings)],
        Format::Campaign => vec![Document::from_yaml(0, &source, &mut findings)],
        Format::Accounts => {
            accounts::read(0, &source, Path::new(""), &mut findings);
            Vec::new()
        }
    };
    let sources = vec![source];
    resolve(&sources, &BTreeSet::from([0]), documents, &Accounts::without_file(), None, &mut findings);
    Problems::new(Path::new(""), sources, findings, AccountPositions::default())
        .render(RenderOptions { color: false, all: true })
}

fn yaml_like() -> impl Strategy<Value = Vec<u8>> {
    let word = prop::sample::select(vec![
        "codes", "scene", "scenes", "channel", "expires", "include", "secret", "appid", "default", "tags",
        ":", ": ", "\n", "\n  ", "  - ", "{", "}", "[", "]", ",", "\"", "'", "1", "0", "007", "1..5", "2..1",
        "30d", "never", "30", "&a", "*a", "<<", "!x ", "|", ">", "#", "---\n", "\t", "\r\n", "北京",
        "\u{feff}", "\u{0}", "${A}", "null",
    ]);
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat().into_bytes())
}

fn table_like() -> impl Strategy<Value = Vec<u8>> {
    let word = prop::sample::select(vec![
        "scene",
        "channel",
        "expires",
        "tags",
        "scene_type",
        "size",
        ",",
        ",",
        ",",
        "\n",
        "\r\n",
        "\r",
        "\"",
        "\"\"",
        "1",
        "007",
        "str",
        "30d",
        "never",
        "北京",
        " ",
        "1.5E+9",
        "x",
    ]);
    let body = prop::collection::vec(word, 0..40).prop_map(|words| words.concat());
    prop_oneof![body.clone(), body.prop_map(|body| format!("scene,channel,expires\n{body}"))]
        .prop_map(String::into_bytes)
}

/// Whether something is said of a value behind a key.
fn is_complained_of(scope: Scope, key: &str, value: &str) -> bool {
    let (start, format) = match scope {
        Scope::File | Scope::Included | Scope::Hooks => (format!("{key}: "), Format::Campaign),
        Scope::Code => (format!("codes:\n  - {key}: "), Format::Campaign),
        Scope::Bundle => (format!("bundle:\n  {key}: "), Format::Campaign),
        Scope::Limits => (format!("limits:\n  {key}: "), Format::Campaign),
        Scope::Account => (format!("default:\n  {key}: "), Format::Accounts),
        Scope::Column => (format!("{key}\n"), Format::Table),
    };
    let source = Source { path: Path::new("x").into(), format, text: format!("{start}{value}\n") };
    let mut findings = Findings::default();
    match (scope, format) {
        (Scope::Hooks, _) => drop(hooks::read(0, &source, Path::new(""), &mut findings)),
        (_, Format::Accounts) => drop(accounts::read(0, &source, Path::new(""), &mut findings)),
        (_, _) => drop(Document::from_yaml(0, &source, &mut findings)),
    }
    let within = offset(start.len())..offset(start.len() + value.len());
    findings
        .list
        .iter()
        .any(|finding| matches!(finding.position.spot, Spot::Bytes { start, .. } if within.contains(&start)))
}

#[test]
fn every_key_of_the_list_is_read() {
    for scope in [
        Scope::File,
        Scope::Included,
        Scope::Code,
        Scope::Limits,
        Scope::Bundle,
        Scope::Account,
        Scope::Hooks,
    ] {
        for key in keys(scope) {
            assert!(is_complained_of(scope, key.name, "{no: {sense: 1}}"), "{} is not read", key.name);
            let example =
                if key.name == "codes" { format!("[{}]", key.example) } else { key.example.to_owned() };
            assert!(!is_complained_of(scope, key.name, &example), "{}: {example}", key.name);
        }
    }
    for key in keys(Scope::Column) {
        let others = ["scene", "channel"].into_iter().filter(|name| *name != key.name);
        let columns: Vec<_> = others.chain([key.name]).collect();
        let cells: Vec<_> = (1..columns.len()).map(|n| n.to_string()).chain(["\u{7}".to_owned()]).collect();
        let text = format!("{}\n{}\n", columns.join(","), cells.join(","));
        let mut findings = Findings::default();
        rows::read(0, &source("x.csv", &text), &mut findings);
        let spot = Spot::Cell { row: 2, column: offset(columns.len() - 1) };
        assert!(findings.list.iter().any(|finding| finding.position.spot == spot), "{text}");
    }
    for (name, usual) in [("api_url", Account::API_URL), ("image_url", Account::IMAGE_URL)] {
        assert_eq!(find(Scope::Account, name).map(|key| key.example), Some(usual));
    }
    assert_eq!(find(Scope::Account, "rate").map(|key| key.example), Some(&*Rate::DEFAULT.to_string()));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn resolving_does_not_depend_on_the_order_of_files(
        (files, shuffled) in folder().prop_flat_map(|f| (Just(f.clone()), Just(f).prop_shuffle())),
    ) {
        prop_assert_eq!(resolved(&files), resolved(&shuffled));
    }

    #[test]
    fn a_number_in_quotes_stays_a_string(number in any::<u32>(), zeros in 0..3_usize, single in any::<bool>()) {
        let quote = if single { '\'' } else { '"' };
        let digits = format!("{}{number}", "0".repeat(zeros));
        let text = format!("codes:\n  - {{scene: {quote}{digits}{quote}, channel: A}}\n");
        let mut findings = Findings::default();
        let document = Document::from_yaml(0, &source("x.yaml", &text), &mut findings);
        prop_assert_eq!(findings.errors(), 0);
        prop_assert_eq!(&document.codes[0].scene, &Scene::text(&digits).expect("a scene"));
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes in any::<Vec<u8>>()) {
        for format in [Format::Campaign, Format::Accounts, Format::Table] {
            said_about(format, bytes.clone());
        }
    }

    #[test]
    fn no_yaml_makes_reading_panic(bytes in yaml_like()) {
        said_about(Format::Campaign, bytes.clone());
        said_about(Format::Accounts, bytes);
    }

    #[test]
    fn no_table_makes_reading_panic(bytes in table_like()) {
        said_about(Format::Table, bytes);
    }

    #[test]
    fn a_secret_is_never_shown(
        secret in "[0-9A-Za-z][0-9A-Za-z-]{6,38}[0-9A-Za-z]",
        key in prop::sample::select(vec![
            "secret: ", "Secret: ", "app_secret: ", "secrets: ", "secret_key: ", "secert: ", "token: ", "password: ",
            "default: ", "appid: ", "rate: ", "daily_quota: ", "api_url: https://", "image_url: ", "colour: ",
            "secret = ", "secret ", "secret： ", "secret：", "WECHAT_SECRET=", "- ", "- - ", "!", "secret: !",
            "${WECHAT_SECRET}", "secret: ${WECHAT_SECRET}", "secret: *", "secret: &", "secret: &a ", "# ",
            "secret: ${A} # ", "x, ", "secret:\n    ", "secret: >\n    word ", "? ", "\"secret\": ", "secret: ${A} ",
        ]),
        before in prop::sample::select(vec!["", "\"", "'", "- ", "|\n    ", "[", "$", "{a: "]),
        after in prop::sample::select(vec![
            "", "\"", "\n  rate: x", "\n  bad: [", "]", "}", "\n  appid: 5", " x", ": [", "\n\t- x",
        ]),
        is_outer in any::<bool>(),
    ) {
        // A word that is a key's own is no secret.
        prop_assume!(secret.contains(|c: char| c.is_ascii_digit() || c.is_ascii_uppercase()));
        let start = if is_outer { "" } else { "default:\n  appid: wx 1\n  " };
        let text = format!("{start}{key}{before}{secret}{after}\nother: {{appid: 5\n");
        let said = said_about(Format::Accounts, text.clone().into_bytes());
        prop_assert!(!said.contains(secret.as_str()), "{}\n{}", text, said);
        prop_assert!(!said.is_empty());
        let mut shown = text.clone();
        mask::hide_values(&mut shown);
        prop_assert!(!shown.contains(secret.as_str()), "{}\n{}", text, shown);
    }
}
