use crate::stored;
use crate::support::Workplace;

#[test]
fn the_document_begins_with_its_format() {
    let workplace = workplace();
    let outcome = workplace.run(&["bundle", "--format", "json"]);
    let keys: Vec<&str> =
        outcome.stdout.lines().filter_map(|line| line.trim().strip_prefix('"')?.split('"').next()).collect();
    assert_eq!(
        keys,
        [
            "format",
            "campaigns",
            "campaign",
            "exit",
            "bundle",
            "bundle_sha256",
            "revision",
            "unprinted",
            "expired",
            "message"
        ],
        "{outcome:?}"
    );
}

#[test]
fn a_success_is_silent_with_q() {
    workplace().run(&["bundle", "-q"]).is(0, "", "");
}

/// With the pictures in their place, as a run leaves them.
fn workplace() -> Workplace {
    let workplace = stored::workplace();
    let file = std::fs::File::open(workplace.path("output/metro/metro.zip")).expect("a bundle");
    let mut zip = zip::ZipArchive::new(file).expect("a zip");
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).expect("an entry");
        if entry.name().expect("a name").starts_with("images/") {
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut bytes).expect("read");
            let digest = scenepress::model::Digest::of(&bytes);
            workplace.write(&format!("output/pictures/{digest}.jpg"), bytes);
        }
    }
    workplace
}
