//! An emulator's codes lead nowhere: whatever carries one says so, and they stay away from real ones.

use super::support::{Bundle, Kind, Platform, Project};

const METRO: &str = "expires: 30d\ncodes: [{scenes: 1..2, channel: \"Exit {n}\"}]";
const BUNDLE: &str = "output/metro/metro.NOT-FOR-PRINT.zip";

/// An emulator as `scenepress emulator` serves it.
fn server() -> Platform {
    Platform::with(|settings| settings.url_prefix = scenepress::emulator::Settings::default().url_prefix)
}

/// Points the account at a host that nobody has.
fn point_at_a_real_host(project: &Project) {
    let url = "https://platform.invalid";
    let account = format!(
        "default: {{appid: '${{WECHAT_APPID}}', secret: '${{WECHAT_SECRET}}', api_url: '{url}', image_url: '{url}'}}\n"
    );
    project.write("campaigns/accounts.yaml", account);
}

#[test]
fn what_an_emulator_that_is_served_made_is_not_for_print() {
    let platform = server();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    let told = project.expect(&["run"], 0);
    told.says("An emulator made codes of these bundles: they lead nowhere, and are not for print.\n");
    assert!(!told.stderr.contains("hand over"), "{}", told.stderr);
    let bundle = Bundle::open(&project.path(BUNDLE));
    assert_eq!(bundle.manifest()["not_for_print"], true);
    assert!(bundle.text("README.txt").contains("NOT FOR PRINT"));
    assert!(
        bundle
            .column("url")
            .iter()
            .all(|url| url.starts_with("http://emulator.invalid/q/") && url.len() == 45)
    );
    assert!(!project.files("output").contains(&"output/metro/metro.zip".to_owned()));

    // It is the campaign's bundle like any other.
    let before = project.results();
    project.expect(&["run"], 0).says("Nothing to do");
    assert!(project.results() == before);
    project.expect(&["bundle"], 0);
    assert_eq!(Bundle::open(&project.path(BUNDLE)).sha256, bundle.sha256);
    let status = project.expect(&["status", "--format", "json"], 0).json();
    assert_eq!(status["campaigns"][0]["bundle"], BUNDLE);
    assert_eq!(project.expect(&["verify", BUNDLE], 0).stdout.matches("NOT FOR PRINT").count(), 1);
    project.expect(&["handoff", BUNDLE, "--to", "Printer"], 4).says("an emulator made its codes");
    project.write("campaigns/metro.yaml", METRO.replace("1..2", "1..3"));
    project.expect(&["run"], 0);
    assert!(project.files("output").contains(&"output/metro/metro.r1.NOT-FOR-PRINT.zip".to_owned()));
    project.remove("output/ledger.sqlite");
    project.expect(&["run"], 4).says(&format!("{BUNDLE} exists, but there is no ledger"));
}

#[test]
fn a_real_host_is_not_asked_with_a_ledger_of_an_emulators_codes() {
    let platform = server();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    project.expect(&["run"], 0);
    point_at_a_real_host(&project);
    let before = project.output();
    let words = "the ledger output/ledger.sqlite holds codes that an emulator made";
    for verb in ["run", "bundle"] {
        let told = project.expect(&[verb], 4);
        told.says(words);
        told.says("help: name another ledger, with a folder for its bundles: --ledger FILE --output DIR\n");
    }
    project.expect(&["plan"], 0).says(&format!("warning: `scenepress run` would refuse: {words}"));
    project.expect(&["run", "--ledger", "real.sqlite", "--output", "real", "--require-ledger"], 4);
    assert_eq!(project.output(), before);
}

#[test]
fn an_emulators_codes_are_not_mixed_with_real_ones() {
    let real = Platform::start();
    let project = Project::new(&real).campaign("metro.yaml", METRO);
    project.expect(&["run"], 0);
    let urls = project.bundle("metro").column("url");
    project.expect(&["ledger", "backup", "copy.sqlite"], 0);
    project.expect(&["run", "--emulator", "--ledger", "copy.sqlite"], 4).says("holds real codes");

    let emulator = server();
    project.write_accounts(&emulator, "");
    project.write("campaigns/metro.yaml", METRO.replace("1..2", "1..9"));
    let told = project.expect(&["run"], 4);
    told.says("its api_url is an emulator, whose codes lead nowhere");
    assert_eq!(emulator.count(Kind::Create), 1, "the first answer tells");
    assert_eq!(project.bundle("metro").column("url"), urls);
    project.write_accounts(&real, "");
    project.expect(&["run"], 0);
    assert_eq!(project.bundle("metro").rows().len(), 9);
}

#[test]
fn an_emulators_bundle_is_imported_only_for_an_account_on_this_machine() {
    let platform = server();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    project.expect(&["run"], 0);
    project.write("metro.zip", project.read(BUNDLE));
    let url = platform.url_of("id 1");
    project.write("table.csv", format!("scene,channel,ticket,url,expires_at\n9,A,abc,{url},never\n"));
    project.remove("output");

    point_at_a_real_host(&project);
    for args in [["metro.zip"].as_slice(), &["table.csv", "--campaign", "metro"]] {
        let told = project.expect(&[&["ledger", "import"], args].concat(), 2);
        told.says("an emulator made this code, which leads nowhere");
    }
    assert_eq!(project.files("output"), [""; 0]);
    project.write_accounts(&platform, "");
    project.expect(&["ledger", "import", "metro.zip"], 0).says("2 codes adopted");
    project.expect(&["run"], 0);
    assert_eq!(platform.count(Kind::Create), 2);

    let real = Platform::start();
    let other = Project::new(&real).campaign("metro.yaml", METRO);
    other.expect(&["run"], 0);
    other.write("emulators.zip", project.read(BUNDLE));
    other.expect(&["ledger", "import", "emulators.zip"], 4).says("holds real codes");
}

#[test]
fn a_manifest_cannot_hide_an_emulators_codes() {
    let platform = server();
    let project = Project::new(&platform).campaign("metro.yaml", METRO);
    project.expect(&["run"], 0);
    let manifest = String::from_utf8(project.read("output/metro/manifest.json")).expect("UTF-8");
    assert!(manifest.contains("\"not_for_print\": true"));
    let bundle = Bundle::open(&project.path(BUNDLE));
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in &bundle.files {
        let options =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file(name.as_str(), options).expect("an entry");
        let text =
            String::from_utf8_lossy(content).replace("\"not_for_print\": true", "\"not_for_print\": false");
        let content = if name == "manifest.json" { text.as_bytes() } else { content };
        std::io::Write::write_all(&mut zip, content).expect("written");
    }
    project.write("hidden.zip", zip.finish().expect("a zip").into_inner());
    let told = project.expect(&["verify", "hidden.zip"], 6);
    assert!(told.stdout.contains("manifest.json: line 7 is not as it was written"), "{}", told.stdout);
    project.expect(&["handoff", "hidden.zip", "--to", "Printer"], 4).says("an emulator made its codes");
}
