//! Inputs: the stored ones as they are, then stored ones that were damaged at random.

use std::fs;
use std::panic::RefUnwindSafe;
use std::path::PathBuf;
use std::time::Duration;

/// One damage: its kind, a place, a length or another place, which word.
type Edit = (u8, u32, u32, u8);

/// What a target is fed with.
pub struct Target {
    /// Its folder in `tests/fuzz/corpus`.
    pub name: &'static str,
    /// What is put in now and then.
    pub words: &'static [&'static str],
    /// How many damaged inputs a plain `cargo test` tries; `BOLERO_RANDOM_ITERATIONS` overrules it.
    pub iterations: usize,
}

impl Target {
    /// Holds a law, which panics where it is broken, for every input.
    pub fn hold(&self, law: impl Fn(&[u8]) + RefUnwindSafe) {
        self.hold_in(&self.corpus(), law);
    }

    /// The same with inputs that are not stored.
    pub fn hold_in(&self, corpus: &[(String, Vec<u8>)], law: impl Fn(&[u8]) + RefUnwindSafe) {
        for (name, bytes) in corpus {
            println!("{name}");
            law(bytes);
        }
        let words = self.words;
        bolero::check!()
            .with_iterations(self.iterations)
            // The number of inputs is the bound; `BOLERO_RANDOM_TEST_TIME_MS` sets another.
            .with_test_time(Duration::MAX)
            .with_shrink_time(Duration::from_secs(5))
            .with_type::<(u16, Vec<Edit>)>()
            .for_each(|(chosen, edits)| law(&damaged(corpus, usize::from(*chosen), edits, words)));
    }

    /// The stored inputs, each with its path.
    pub fn corpus(&self) -> Vec<(String, Vec<u8>)> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(self.name);
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        let read = |path: PathBuf| (path.display().to_string(), fs::read(&path).expect("a stored input"));
        files.into_iter().map(read).collect()
    }
}

/// A stored input with a few edits.
fn damaged(corpus: &[(String, Vec<u8>)], chosen: usize, edits: &[Edit], words: &[&str]) -> Vec<u8> {
    let mut bytes = corpus[chosen % corpus.len()].1.clone();
    for &(kind, at, other, word) in edits.iter().take(12) {
        let (at, other) = (at as usize % (bytes.len() + 1), other as usize);
        let to = at + other % (bytes.len() - at + 1);
        let near = at + other % (bytes.len() - at + 1).min(16);
        let word = words.get(usize::from(word) % words.len().max(1)).copied().unwrap_or_default();
        match kind % 10 {
            0 | 1 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << (other % 8);
                }
            }
            2 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = other.to_le_bytes()[0];
                }
            }
            3 | 4 => drop(bytes.splice(at..at, word.bytes())),
            5 => drop(bytes.splice(at..near, word.bytes())),
            6 => drop(bytes.drain(at..near)),
            7 => {
                let part = bytes[at..near].to_vec();
                bytes.splice(at..at, part.iter().copied().cycle().take(part.len() * (1 + other % 64)));
            }
            8 => {
                let from = &corpus[other % corpus.len()].1;
                let begin = at % (from.len() + 1);
                let end = (begin + 64).min(from.len());
                bytes.splice(at..at, from[begin..end].iter().copied());
            }
            _ => drop(bytes.drain(at..to)),
        }
    }
    bytes
}
