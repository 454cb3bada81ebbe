//! The house's rules, held by reading the source: who may import whom, how long a file may be, who may print.
#![expect(clippy::disallowed_methods, reason = "the rule is for the program; here the repository is read")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use scenepress::cli::Exit;

const MAX_LINES: usize = 800;

/// Modules that may write to a terminal.
const TERMINAL: [&str; 2] = ["cli", "view"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of the repository") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The top-level module a file of `src` belongs to; `None` for `main.rs` and `lib.rs`.
fn module_of(path: &Path) -> Option<String> {
    let first = path.strip_prefix(root().join("src")).ok()?.components().next()?;
    let name = first.as_os_str().to_str()?.trim_end_matches(".rs").to_owned();
    (name != "main" && name != "lib").then_some(name)
}

/// Whether a file holds nothing but tests.
fn is_test_file(path: &Path) -> bool {
    let relative = path.strip_prefix(root()).unwrap_or(path);
    let in_tests = relative.components().any(|part| part.as_os_str() == "tests");
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    in_tests || stem == "tests" || stem.ends_with("_tests") || stem == "fixture"
}

/// The code of a file: no tests, no comments.
fn code_of(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source file");
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// For each module the modules its files import, with one file as witness.
fn imports() -> BTreeMap<String, BTreeMap<String, PathBuf>> {
    let modules: BTreeSet<String> =
        rust_files(&root().join("src")).iter().filter_map(|path| module_of(path)).collect();
    let mut found: BTreeMap<String, BTreeMap<String, PathBuf>> = BTreeMap::new();
    for path in rust_files(&root().join("src")).into_iter().filter(|path| !is_test_file(path)) {
        let Some(module) = module_of(&path) else { continue };
        let imports = found.entry(module.clone()).or_default();
        for rest in code_of(&path).split("crate::").skip(1) {
            let names: Vec<String> = match rest.strip_prefix('{') {
                Some(list) => list.split('}').next().unwrap_or_default().split(',').map(first_word).collect(),
                None => vec![first_word(rest)],
            };
            for name in names.into_iter().filter(|name| modules.contains(name) && *name != module) {
                imports.entry(name).or_insert_with(|| path.clone());
            }
        }
    }
    found
}

fn first_word(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The map in `lib.rs`: for each module those it may import. `cli` may import everything.
fn map() -> BTreeMap<String, BTreeSet<String>> {
    let lib = fs::read_to_string(root().join("src/lib.rs")).expect("lib.rs");
    let rows = lib.lines().filter_map(|line| line.strip_prefix("//! | [`"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split(" | ").collect();
        let [module, _, imports] = cells[..] else { panic!("a row of the map: {row}") };
        let names = imports.trim_end_matches(" |").split(", ").filter(|name| *name != "–");
        (module.trim_end_matches("`]").to_owned(), names.map(str::to_owned).collect())
    })
    .collect()
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let allowed = map();
    let mut wrong = Vec::new();
    for (module, imports) in imports() {
        if module == "cli" {
            continue;
        }
        let Some(allowed) = allowed.get(&module) else {
            wrong.push(format!("{module} is not in the map"));
            continue;
        };
        for (import, path) in imports {
            if !allowed.contains(&import) {
                wrong.push(format!("{module} imports {import} in {}", path.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn no_module_imports_itself_through_others() {
    let imports = imports();
    let mut sorted = BTreeSet::new();
    loop {
        let ready: Vec<&String> = imports
            .iter()
            .filter(|(module, needs)| {
                !sorted.contains(*module) && needs.keys().all(|need| sorted.contains(need))
            })
            .map(|(module, _)| module)
            .collect();
        if ready.is_empty() {
            break;
        }
        sorted.extend(ready.into_iter().cloned());
    }
    let cyclic: Vec<_> = imports.keys().filter(|module| !sorted.contains(*module)).collect();
    assert!(cyclic.is_empty(), "in a cycle: {cyclic:?}");
}

/// The paths a `use` tree names, each as its parts.
fn use_paths(tree: &str, before: &[String]) -> Vec<Vec<String>> {
    let parts = |text: &str| -> Vec<String> {
        let text = text.split(" as ").next().unwrap_or_default();
        text.split("::")
            .map(str::trim)
            .filter(|part| !part.is_empty() && *part != "self")
            .map(str::to_owned)
            .collect()
    };
    let Some((head, group)) = tree.split_once('{') else {
        return vec![[before, &parts(tree)].concat()];
    };
    let before = [before, &parts(head)].concat();
    let group = group.rsplit_once('}').map_or(group, |(inside, _)| inside);
    let mut depth = 0;
    let members = group.split(|c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    members.filter(|member| !member.trim().is_empty()).flat_map(|member| use_paths(member, &before)).collect()
}

/// The path of the module a file holds: `cli/run/mod.rs` and `cli/run.rs` are both `cli`, `run`.
fn module_path(file: &str) -> Vec<String> {
    let path = file.trim_end_matches(".rs");
    path.trim_end_matches("/mod").split('/').map(str::to_owned).collect()
}

/// Whether a file is a door, which gathers what lies behind it: such files are in no circle.
fn is_door(file: &str) -> bool {
    file.ends_with("mod.rs") || file == "lib.rs" || file == "main.rs"
}

/// For each file of `src` the files that its `use` lines name.
fn files_used() -> BTreeMap<String, BTreeSet<String>> {
    let source = root().join("src");
    let files: BTreeMap<String, String> = rust_files(&source)
        .into_iter()
        .filter(|path| !is_test_file(path))
        .map(|path| {
            (path.strip_prefix(&source).expect("a file of src").display().to_string(), code_of(&path))
        })
        .collect();
    let by_module: BTreeMap<Vec<String>, &String> =
        files.keys().map(|file| (module_path(file), file)).collect();
    let uses = |file: &String, code: &String| {
        let here = module_path(file);
        let trees = code.split("use ").skip(1).filter_map(|rest| rest.split(';').next()).map(|tree| {
            let words: Vec<&str> = tree.split_whitespace().collect();
            words.join(" ")
        });
        let targets = trees.flat_map(|tree| use_paths(&tree, &[])).map(|path| {
            let supers = path.iter().take_while(|part| *part == "super").count();
            let is_absolute = path.first().is_some_and(|part| part == "crate");
            let base = if is_absolute { &[][..] } else { &here[..here.len().saturating_sub(supers)] };
            [base, &path[supers.max(usize::from(is_absolute))..]].concat()
        });
        let found = targets.filter_map(|target| {
            // The longest beginning that is a file; what follows is an item in it.
            (1..=target.len()).rev().find_map(|length| by_module.get(&target[..length])).copied()
        });
        found.filter(|found| *found != file && !is_door(found)).cloned().collect()
    };
    files
        .iter()
        .filter(|(file, _)| !is_door(file))
        .map(|(file, code)| (file.clone(), uses(file, code)))
        .collect()
}

#[test]
fn no_file_imports_itself_through_others() {
    let used = files_used();
    let reach = |from: &String| {
        let mut reached = BTreeSet::new();
        let mut next: Vec<&String> = used[from].iter().collect();
        while let Some(file) = next.pop() {
            if reached.insert(file.clone()) {
                next.extend(&used[file]);
            }
        }
        reached
    };
    let reached: BTreeMap<&String, BTreeSet<String>> = used.keys().map(|file| (file, reach(file))).collect();
    let circles: BTreeSet<BTreeSet<&str>> = reached
        .iter()
        .filter(|(file, files)| files.contains(**file))
        .map(|(file, files)| {
            let back = files.iter().filter(|other| reached[other].contains(*file));
            back.map(String::as_str).collect()
        })
        .collect();
    assert!(circles.is_empty(), "in a circle: {circles:?}");
}

/// The files of `cli` that verbs share. Every other file of `cli` is a verb, or in the folder of one.
const SHARED_BY_VERBS: &[&str] = &[
    "args",
    "context",
    "exit",
    "lock",
    "output",
    "plan_file",
    "rehearsal",
    "replace",
    "settings",
    "signals",
];

#[test]
fn no_verb_imports_another() {
    let verb_of = |file: &str| {
        let name = file.strip_prefix("cli/")?.trim_end_matches(".rs");
        name.split('/').next().map(str::to_owned)
    };
    let mut wrong = Vec::new();
    for (file, used) in files_used() {
        let Some(verb) = verb_of(&file) else { continue };
        for other in used.iter().filter_map(|used| verb_of(used)) {
            if other != verb && !SHARED_BY_VERBS.contains(&other.as_str()) {
                wrong.push(format!("{file} imports {other}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn use_lines_are_read_whole() {
    let read =
        |tree: &str| -> Vec<String> { use_paths(tree, &[]).into_iter().map(|path| path.join("/")).collect() };
    assert_eq!(read("crate::model::Scene"), ["crate/model/Scene"]);
    assert_eq!(read("super::{a, b::{self, c as d}, e}"), ["super/a", "super/b", "super/b/c", "super/e"]);
    assert_eq!(
        read("crate::{fsio, model::{Code, Scene}}"),
        ["crate/fsio", "crate/model/Code", "crate/model/Scene"]
    );
    assert!(files_used()["campaign/together.rs"].contains("campaign/document.rs"));
}

#[test]
fn no_file_is_too_long() {
    let long: Vec<String> = ["src", "tests", "benches"]
        .iter()
        .map(|folder| root().join(folder))
        .filter(|folder| folder.exists())
        .flat_map(|folder| rust_files(&folder))
        .filter_map(|path| {
            let lines = fs::read_to_string(&path).expect("a source file").lines().count();
            (lines > MAX_LINES).then(|| format!("{} has {lines} lines", path.display()))
        })
        .collect();
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn only_report_and_cli_write_to_the_terminal() {
    let printing: Vec<String> = rust_files(&root().join("src"))
        .into_iter()
        .filter(|path| !is_test_file(path))
        .filter(|path| module_of(path).is_some_and(|module| !TERMINAL.contains(&module.as_str())))
        .filter(|path| {
            let code = code_of(path);
            ["println!", "print!", "dbg!", "io::stdout", "io::stderr"].iter().any(|word| code.contains(word))
        })
        .map(|path| path.display().to_string())
        .collect();
    assert_eq!(printing, Vec::<String>::new());
}

#[test]
fn the_map_names_every_module_and_no_import_that_is_not_there() {
    let (map, imports) = (map(), imports());
    let modules: BTreeSet<String> =
        rust_files(&root().join("src")).iter().filter_map(|path| module_of(path)).collect();
    assert_eq!(map.keys().cloned().collect::<BTreeSet<_>>(), modules);
    let unused: Vec<String> = map
        .iter()
        .filter(|(module, _)| *module != "cli")
        .flat_map(|(module, allowed)| {
            let found = imports.get(module);
            let unused =
                allowed.iter().filter(move |name| found.is_none_or(|found| !found.contains_key(*name)));
            unused.map(move |name| format!("{module} does not import {name}"))
        })
        .collect();
    assert_eq!(unused, Vec::<String>::new());
}

#[test]
fn every_exit_code_stands_in_both_languages() {
    for name in ["docs/src/exit-codes.md", "docs/src/zh/exit-codes.md"] {
        let chapter = fs::read_to_string(root().join(name)).expect("a chapter");
        for exit in Exit::ALL {
            let row = format!("| {} |", exit.code());
            assert!(chapter.contains(&row), "{name} does not have a row `{row}`");
        }
    }
}

#[test]
fn no_property_test_leaves_files_in_the_tree() {
    let leaving: Vec<String> = ["src", "tests"]
        .iter()
        .flat_map(|folder| rust_files(&root().join(folder)))
        .filter(|path| {
            let text = fs::read_to_string(path).expect("a source file");
            let mut blocks = text.split("proptest! {\n").skip(1);
            let head = |block: &str| block.split("#[test]").next().unwrap_or_default().to_owned();
            blocks.any(|block| !head(block).contains("failure_persistence: None"))
        })
        .map(|path| path.display().to_string())
        .collect();
    assert_eq!(leaving, Vec::<String>::new());
}

#[test]
fn the_top_level_is_what_was_asked_for() {
    let expected: BTreeSet<&str> = [
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "README.zh-CN.md",
        "benches",
        "campaigns",
        "docs",
        "output",
        "src",
        "tests",
    ]
    .into();
    let found: BTreeSet<String> = fs::read_dir(root())
        .expect("the repository")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && name != "target")
        .collect();
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(found, expected);
}
