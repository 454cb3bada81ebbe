//! The `scenepress` program.

fn main() {}
