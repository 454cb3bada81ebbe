//! `hooks.yaml`: programs of the user's that a run starts.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::fields::{Entry, Fields, Reader};
use super::keys::Scope;
use super::problem::{Findings, Source};
use super::tree::{self, Value};
use super::value;
use crate::model::{HookProgram, Hooks, Mistake};

/// The file's name.
pub(super) const FILE_NAME: &str = "hooks.yaml";

/// Reads the file; `None` if something is wrong with it. A file of comments names no hook.
pub(super) fn read(file: u32, source: &Source, folder: &Path, findings: &mut Findings) -> Option<Hooks> {
    let errors = findings.errors();
    let node = tree::parse(&source.text, file, findings)?;
    let mut hooks = Hooks::default();
    if matches!(node.value, Value::Null) {
        return Some(hooks);
    }
    let mut reader = Reader::new(file, source, findings);
    let fields = reader.fields(&node, FILE_NAME, Scope::Hooks)?;
    let mut hook = |name| program(&fields, name, &mut reader, folder);
    (hooks.pre, hooks.post) = (hook("pre"), hook("post"));
    (hooks.deploy, hooks.failure) = (hook("deploy"), hook("failure"));
    hooks.timeout = reader.parsed(&fields, "timeout", timeout).unwrap_or(Hooks::TIMEOUT);
    (reader.findings.errors() == errors).then_some(hooks)
}

fn program(
    fields: &Fields<'_, '_>,
    name: &str,
    reader: &mut Reader<'_>,
    folder: &Path,
) -> Option<HookProgram> {
    let Entry { key, value: node, .. } = fields.get(name)?;
    let items = reader.list(key, node)?;
    let words: Option<Vec<String>> =
        items.iter().map(|item| reader.text(key, item).map(str::to_owned)).collect();
    let mut words = words?.into_iter();
    let program = words.next().filter(|program| !program.is_empty()).ok_or_else(|| {
        Mistake::new("empty-text", format!("`{}` names no program", key.name))
            .help(format!("a program and its arguments: {}: {}", key.name, key.example))
    });
    let program = reader.checked(node, program)?;
    let program = if program.contains('/') { folder.join(program) } else { PathBuf::from(program) };
    Some(HookProgram { program, arguments: words.collect() })
}

fn timeout(text: &str) -> Result<Duration, Mistake> {
    match value::duration(text, "") {
        Ok(Duration::ZERO) => Err(Mistake::new("bad-duration", "with a `timeout` of 0 every hook fails")
            .help("leave it out: 60s is the default")),
        result => result.map_err(|mistake| mistake.help("write timeout: 60s")),
    }
}
