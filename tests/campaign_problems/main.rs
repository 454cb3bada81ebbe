//! The whole text of every problem a campaign file can have.

mod accounts;
mod bounds;
mod cells;
mod codes;
mod files;
mod hooks;
mod includes;
mod keys;
mod lifetimes;
mod limits;
mod paper;
mod reading;
mod scenes;
mod support;
mod tables;

use scenepress::campaign::KINDS;

#[test]
fn every_kind_of_problem_has_its_text_in_a_test() {
    let tests = concat!(
        include_str!("accounts.rs"),
        include_str!("bounds.rs"),
        include_str!("cells.rs"),
        include_str!("codes.rs"),
        include_str!("files.rs"),
        include_str!("hooks.rs"),
        include_str!("includes.rs"),
        include_str!("keys.rs"),
        include_str!("lifetimes.rs"),
        include_str!("limits.rs"),
        include_str!("paper.rs"),
        include_str!("reading.rs"),
        include_str!("scenes.rs"),
        include_str!("tables.rs"),
        include_str!("../verbs/credentials.rs"),
    );
    let missing: Vec<&str> = KINDS
        .iter()
        .copied()
        .filter(|kind| {
            !tests.contains(&format!("error[{kind}]")) && !tests.contains(&format!("warning[{kind}]"))
        })
        .collect();
    assert_eq!(missing, Vec::<&str>::new(), "these kinds have no test");
}
