use crate::stored;
use crate::support::Workplace;

const BUNDLE: &str = "output/metro/metro.zip";

#[test]
fn a_good_bundle_is_told_in_one_line() {
    let workplace = stored::workplace();
    workplace.run(&["verify", BUNDLE]).is(
        0,
        "output/metro/metro.zip: 3 codes, revision 1, all pictures decode to their url; the first expires on 2026-12-22 10:00\n",
        "",
    );
    workplace.run(&["verify", "-q", BUNDLE]).is(0, "", "");
    let document = workplace.run(&["verify", "--format", "json", BUNDLE]).json();
    assert_eq!(document["bundles"][0]["good"], true);
    assert_eq!(document["bundles"][0]["permanent"], 1);
    assert_eq!(document["bundles"][0]["first_expires_at"], "2026-12-22T10:00:00+08:00");
}

#[test]
fn one_byte_that_is_off_is_a_bad_bundle() {
    let workplace = stored::workplace();
    let mut bytes = workplace.read(BUNDLE);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    workplace.write("bad.zip", bytes);
    let outcome = workplace.run(&["verify", "-q", "bad.zip", BUNDLE]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (6, ""));
    assert!(outcome.stdout.starts_with("bad.zip: BAD, "), "{}", outcome.stdout);
    let words = ": is damaged: its data does not match its checksum\n";
    assert!(outcome.stdout.contains(words), "{}", outcome.stdout);
    let document = workplace.run(&["verify", "bad.zip", "--format", "json"]).json();
    assert_eq!(document["bundles"][0]["good"], false);
    assert!(document["bundles"][0]["faults"][0]["entry"].is_string());
}

#[test]
fn what_is_no_bundle_is_told_apart_from_what_is_not_there() {
    let workplace = Workplace::new();
    workplace.run(&["verify", "none.zip"]).is(2, "", "error: there is no file none.zip\n");
    workplace.write("text.zip", "no zip at all");
    workplace.run(&["verify", "text.zip"]).is(
        6,
        "",
        "error: text.zip is not a bundle that can be checked: it does not end as a bundle does: it was cut short, \
         appended to, packed again, or is no zip\n",
    );
    workplace.run(&["verify", "."]).is(2, "", "error: . is a folder: name the bundle in it, CAMPAIGN.zip\n");
    let document = workplace.run(&["verify", "text.zip", "--format", "json"]).json();
    assert_eq!(document["bundles"][0]["good"], false);
    assert!(document["bundles"][0]["error"].is_string());
}
