//! Limits of the machine: what the system says when it gives no more files, threads or memory.

/// What helps, if a message tells of a limit of the machine. Such a message is no sign of a defect.
pub fn machine_limit(message: &str) -> Option<&'static str> {
    LIMITS.iter().find(|(words, _)| message.contains(words)).map(|(_, help)| *help)
}

/// What the system, `SQLite` and the standard library say, and what helps.
const LIMITS: [(&str, &str); 6] = [
    ("Too many open files", "let this process open more files: ulimit -n 4096"),
    // `SQLite` does not say why.
    (
        "unable to open database file",
        "see that its folder can be written, and let this process open more files: ulimit -n 4096",
    ),
    (
        "Resource temporarily unavailable",
        "let this user start more threads: ulimit -u, or pids_limit of the container",
    ),
    ("Cannot allocate memory", MEMORY),
    ("out of memory", MEMORY),
    ("memory allocation of", MEMORY),
];

const MEMORY: &str = "give this process more memory: ulimit -v, or the limit of the container";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_the_machine_are_told_from_defects() {
        for (message, help) in [
            ("cannot write a.jpg: Too many open files (os error 24)", Some("ulimit -n")),
            ("Too many open files in system (os error 23)", Some("ulimit -n")),
            (
                "OS can't spawn worker thread: Resource temporarily unavailable (os error 11)",
                Some("ulimit -u"),
            ),
            (
                "failed to spawn thread: Os { code: 11, kind: WouldBlock, message: \"Resource temporarily unavailable\" }",
                Some("ulimit -u"),
            ),
            ("failed to spawn thread: Cannot allocate memory (os error 12)", Some("memory")),
            ("out of memory", Some("memory")),
            ("unable to open database file", Some("ulimit -n")),
            ("index out of bounds: the len is 1 but the index is 1", None),
            ("No space left on device (os error 28)", None),
        ] {
            let found = machine_limit(message);
            assert_eq!(found.is_some(), help.is_some(), "{message}");
            assert!(help.is_none_or(|help| found.is_some_and(|found| found.contains(help))), "{message}");
        }
    }
}
