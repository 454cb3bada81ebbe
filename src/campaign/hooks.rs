//! `hooks.yaml`: programs of the user's that a run starts.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::problem::{Findings, Source};
use super::value;
use super::yaml::{self, Node, Reader, Value};
use crate::model::{HookProgram, Hooks};
use crate::table::Mistake;

/// The file's name.
pub(super) const FILE_NAME: &str = "hooks.yaml";

/// The keys of the file.
pub(super) const HOOK_KEYS: [&str; 5] = ["pre", "post", "deploy", "failure", "timeout"];

/// Reads the file; `None` where something is wrong with it. A file of comments names no hook.
pub(super) fn read(file: usize, source: &Source, folder: &Path, findings: &mut Findings) -> Option<Hooks> {
    let errors = findings.errors();
    let node = yaml::parse(&source.text, file, findings)?;
    let mut hooks = Hooks::default();
    if matches!(node.value, Value::Null) {
        return Some(hooks);
    }
    let mut reader = Reader { file, text: &source.text, findings };
    let fields = reader.fields(&node, FILE_NAME, &HOOK_KEYS)?;
    let mut hook = |key| fields.get(key).and_then(|node| program(key, node, folder, &mut reader));
    (hooks.pre, hooks.post) = (hook("pre"), hook("post"));
    (hooks.deploy, hooks.failure) = (hook("deploy"), hook("failure"));
    if let Some(node) = fields.get("timeout") {
        hooks.timeout = timeout(node, &mut reader).unwrap_or(Hooks::TIMEOUT);
    }
    (reader.findings.errors() == errors).then_some(hooks)
}

fn program(
    key: &'static str,
    node: &Node<'_>,
    folder: &Path,
    reader: &mut Reader<'_>,
) -> Option<HookProgram> {
    let items = reader.list(key, node)?;
    let words: Option<Vec<String>> =
        items.iter().map(|item| reader.text(key, item).map(str::to_owned)).collect();
    let mut words = words?.into_iter();
    let Some(program) = words.next().filter(|program| !program.is_empty()) else {
        let wrong = Mistake::new("empty-text", format!("`{key}` names no program"));
        reader.wrong(node, wrong.help(format!("a program and its arguments: {key}: [./tell.sh, --loud]")));
        return None;
    };
    let program = if program.contains('/') { folder.join(program) } else { PathBuf::from(program) };
    Some(HookProgram { program, arguments: words.collect() })
}

fn timeout(node: &Node<'_>, reader: &mut Reader<'_>) -> Option<Duration> {
    let text = match &node.value {
        Value::Number => node.written(reader.text),
        _ => reader.text("timeout", node)?,
    };
    match value::duration(text, "") {
        Ok(Duration::ZERO) => {
            let wrong = Mistake::new("bad-duration", "with a `timeout` of 0 every hook fails");
            reader.wrong(node, wrong.help("leave it out: 60s is the default"));
            None
        }
        Ok(timeout) => Some(timeout),
        Err(wrong) => {
            reader.wrong(node, wrong.help("write timeout: 60s"));
            None
        }
    }
}
