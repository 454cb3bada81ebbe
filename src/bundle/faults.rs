//! What is wrong with a bundle, and what `SHA256SUMS` states.

use serde::Serialize;

use crate::model::{Digest, excerpt};

use super::sums;
use super::zipfile::Opened;

/// The most faults that are kept of one bundle; further ones are counted.
pub const MAX_FAULTS: usize = 1000;

/// The most bytes of `SHA256SUMS`: a line for each of the most entries with the longest names.
const MAX_SUMS_BYTES: u64 = 80 << 20;

/// Something in a bundle that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// In which entry; `zip` for the file as a whole.
    pub entry: String,
    /// What is wrong with it.
    pub message: String,
}

/// Faults as they are found, by the position of their entry; `None` is the zip as a whole.
#[derive(Default)]
pub(super) struct Faults {
    pub(super) found: Vec<(Option<usize>, Fault)>,
    pub(super) count: u64,
}

impl Faults {
    pub(super) fn add(&mut self, position: Option<usize>, entry: &str, message: impl Into<String>) {
        self.count += 1;
        // Names are foreign text: they may hold anything.
        self.found.push((position, Fault { entry: excerpt(entry, 160), message: message.into() }));
        if self.found.len() >= 2 * MAX_FAULTS {
            self.shorten();
        }
    }

    pub(super) fn shorten(&mut self) {
        self.found.sort_by_key(|(position, _)| *position);
        self.found.truncate(MAX_FAULTS);
    }
}

/// What `SHA256SUMS` states, by the position of the entry.
pub(super) struct Stated(Vec<Option<Digest>>);

impl Stated {
    /// What is wrong with an entry's digest, if it is not the one stated. Where nothing is stated of an entry, that
    /// is a fault of `SHA256SUMS` already.
    pub(super) fn difference(&self, position: usize, found: Digest) -> Option<String> {
        let stated = (*self.0.get(position)?)?;
        (found != stated).then(|| format!("its SHA-256 is {found}, but {} says {stated}", sums::FILE_NAME))
    }
}

pub(super) fn read_sums(opened: &mut Opened, faults: &mut Faults) -> Stated {
    let mut stated = vec![None; opened.len()];
    let Some(own) = opened.position(sums::FILE_NAME) else { return Stated(stated) };
    let mut add = |message: String| faults.add(Some(own), sums::FILE_NAME, message);
    match opened.read(own, MAX_SUMS_BYTES).map(String::from_utf8) {
        Err(message) => add(message),
        Ok(Err(_)) => add("is not UTF-8".to_owned()),
        Ok(Ok(text)) => {
            let mut lines = text.split_terminator('\n');
            for position in (0..opened.len()).filter(|&position| position != own) {
                let name = opened.entry(position).name;
                match lines.next().and_then(sums::parse) {
                    Some((digest, named)) if named == name => stated[position] = Some(digest),
                    _ => {
                        // What follows is most likely shifted, so this one fault stands for the rest.
                        add(format!("does not have {} where it should", excerpt(&name, 160)));
                        return Stated(stated);
                    }
                }
            }
            if lines.next().is_some() || !text.ends_with('\n') {
                add("does not end where it should".to_owned());
            }
        }
    }
    Stated(stated)
}
