//! Paper that hangs although its code is another account's now, or for screens.

use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::changes::day_before;
use super::handing_over::{ZIP, today};
use super::support::{APPID, Bundle, Platform, Project, SECRET};

const OTHER: &str = "wxfedcba9876543210";

const METRO: &str = "expires: 30d
codes:
  - {scene: 1, channel: North}
  - {scene: 2, channel: East}
";

/// A project with a second account, whose campaign is done and handed over, and the day of that.
fn handed_over(text: &str) -> (Platform, Project, String) {
    let platform = Platform::with(|settings| settings.accounts.push((OTHER.to_owned(), SECRET.to_owned())));
    let project = Project::new(&platform).campaign("metro.yaml", text);
    let url = platform.url();
    let account = |name: &str, appid: &str| {
        format!(
            "{name}:\n  appid: {appid}\n  secret: ${{WECHAT_SECRET}}\n  api_url: {url}\n  image_url: {url}\n  rate: 1000/s\n"
        )
    };
    let accounts = account("default", APPID) + &account("second", OTHER);
    project.write("campaigns/accounts.yaml", accounts);
    project.expect(&["run"], 0);
    let day = today(&project);
    (platform, project, day)
}

/// The instant at which a generation dies.
fn dies_at(project: &Project, scene: &str, appid: &str, generation: u64) -> Timestamp {
    let found =
        project.expect(&["inspect", scene, "--format", "json"], 0).json()["things"][0]["found"].clone();
    let mut found = found.as_array().expect("a list").iter();
    let of = found.find(|found| found["appid"] == appid && found["issued"]["generation"] == generation);
    let at = of.expect("the generation")["issued"]["expires_at"].as_str().expect("an instant").to_owned();
    at.parse().expect("an instant")
}

/// The day and the minute of an instant.
fn minute(at: Timestamp) -> String {
    at.to_zoned(TimeZone::fixed(Offset::constant(8))).strftime("%Y-%m-%d %H:%M").to_string()
}

fn dies(project: &Project, scene: &str, appid: &str, generation: u64) -> String {
    minute(dies_at(project, scene, appid, generation))
}

/// What `status --min-left 3d` says at an instant: what it notes of paper, and what is overdue.
fn watched(project: &Project, now: Timestamp, exit: i32) -> Vec<String> {
    let told = project.expect(&["status", "--min-left", "3d", "--now", &now.to_string()], exit);
    let is_meant =
        |line: &&str| line.starts_with("metro: ") && line.contains("paper") || line.starts_with("overdue");
    told.stdout.lines().filter(is_meant).map(str::to_owned).collect()
}

/// What the document says of each half of the campaign: account, on paper, outdated, since when, for screens, since when.
fn halves(project: &Project, now: Timestamp) -> Vec<Value> {
    let status = project.expect(&["status", "--format", "json", "--now", &now.to_string()], 0).json();
    let half = |campaign: &Value| {
        let keys = [
            "account",
            "on_paper",
            "outdated_on_paper",
            "paper_dies_at",
            "screens_on_paper",
            "screens_paper_dies_at",
        ];
        Value::from_iter(keys.map(|key| campaign[key].clone()))
    };
    status["campaigns"].as_array().expect("a list").iter().map(half).collect()
}

fn rfc3339(at: Timestamp) -> String {
    at.to_zoned(TimeZone::fixed(Offset::constant(8))).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// The samples of the metrics on paper that is to come down, without their labels.
fn metrics(project: &Project, now: Timestamp) -> Vec<String> {
    project.expect(&["status", "--now", &now.to_string(), "--prometheus", "metro.prom"], 0);
    let text = String::from_utf8(project.read("metro.prom")).expect("a text");
    let sample = |line: &str| {
        let (name, rest) = line.split_once('{')?;
        let value = rest.split_once("} ")?.1;
        let is_meant = ["scenepress_paper_codes_outdated", "scenepress_paper_next_death_timestamp_seconds"];
        is_meant.contains(&name).then(|| format!("{name} {value}"))
    };
    text.lines().filter_map(sample).collect()
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// `CHANGES.csv` without its header, and with `DATE` for the days that pictures die on.
fn changes(bundle: &Bundle) -> Vec<String> {
    let undated = |row: &str| {
        let mut parts = row.split("_until-");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| format!("{text}_until-DATE{}", &part[8..]))
    };
    bundle.text("CHANGES.csv").split_terminator("\r\n").skip(1).map(undated).collect()
}

/// The two parts of the README on what changed, up to what is to be known of printing.
fn told(bundle: &Bundle) -> [String; 2] {
    let readme = bundle.text("README.txt").replace("\r\n", "\n");
    [("仍在它自己的到期时间失效。\n", "\n\n印刷要求"), ("still expires at its own time.\n", "\n\nPrint\n")]
        .map(|(from, to)| {
            let text = readme.split(from).nth(1).unwrap_or_else(|| panic!("{readme}"));
            let to = if text.contains(to) {
                to
            } else if from.is_ascii() {
                "\n\nOn screens"
            } else {
                "\n\n使用要求"
            };
            text.split(to).next().expect("a part").to_owned()
        })
}

#[test]
fn paper_of_the_account_before_is_to_be_replaced_until_the_new_accounts_is_handed_over() {
    let (_platform, project, day) = handed_over(METRO);
    // The shop has the first generation; the second, which dies later, stays at home.
    project.age(25);
    let first = dies(&project, "1", APPID, 1);
    project.expect(&["run"], 0);
    let second = format!("account: second\n{METRO}");
    project.write("campaigns/metro.yaml", &second);
    project.expect(&["run"], 0);
    let bundle = project.bundle("metro");
    let shop = format!("{APPID} g1 r1 {day} Shop A");
    let row = |scene: &str, name: &str, seq: u64| {
        let before = format!("images/00000{scene}_{scene}_{name}_g1_until-DATE.jpg");
        let image = format!("images/00000{seq}_{scene}_{name}_g1_until-DATE.jpg");
        format!("replaced,{seq},{scene},id,{name},{name},1,1,{before},{image},{first},{shop},,paper")
    };
    assert_eq!(changes(&bundle), [row("1", "North", 3), row("2", "East", 4)]);
    let before = &first[..10];
    let last = day_before(&first);
    let chinese = |new: &str| {
        format!(
            "与已交付印刷的相比：{new}换图 2 个，请重新印刷，最迟在 {last} 换下旧图。明细见 CHANGES.csv。"
        )
    };
    let english = |new: &str| {
        format!(
            "Compared with what went to print: {new}2 pictures replaced: reprint by {last}. CHANGES.csv lists them."
        )
    };
    assert_eq!(told(&bundle), [chinese(""), english("")]);
    project.expect(&["verify", ZIP], 0);

    let at = dies_at(&project, "1", APPID, 1);
    let now = at - HOUR;
    let half = json!(["second", 0, 2, rfc3339(at), 0, null]);
    assert_eq!(halves(&project, now), [json!(["default", 0, 0, null, 0, null]), half]);
    let note = format!(
        "metro: 2 codes are on paper as an earlier picture, dead from {first}: print the newest and hand them over"
    );
    let overdue = format!(
        "overdue: metro: 2 pieces of paper are earlier pictures, the first of which dies at {first}, in 1 h (at least 3 d \
         are to be left): print the newest and hand them over (`scenepress handoff`), or accept it in the file: \
         `accept_expiry: {before}`"
    );
    assert_eq!(watched(&project, now, 11), [note, overdue]);

    // It is told of until the shop has what is there now.
    project.write("campaigns/metro.yaml", format!("{second}  - {{scene: 3, channel: South}}\n"));
    project.expect(&["run"], 0);
    let bundle = project.bundle("metro");
    let new = "new,5,3,id,,South,,1,,images/000005_3_South_g1_until-DATE.jpg,,,,paper".to_owned();
    assert_eq!(changes(&bundle), [row("1", "North", 3), row("2", "East", 4), new]);
    assert_eq!(told(&bundle), [chinese("新增 1 个；"), english("1 new; ")]);
    let sha256 = bundle.sha256;
    project.expect(&["handoff", ZIP, "--to", "Shop A"], 0);
    project.remove("output/metro");
    project.expect(&["bundle"], 0);
    assert_eq!(project.bundle("metro").sha256, sha256);
    project.write("campaigns/metro.yaml", format!("{second}  - {{scene: 3, channel: Southern gate}}\n"));
    project.expect(&["run"], 0);
    let bundle = project.bundle("metro");
    let images = ["South", "Southern-gate"].map(|name| format!("images/000005_3_{name}_g1_until-DATE.jpg"));
    let row = format!(
        "relabelled,5,3,id,South,Southern gate,1,1,{},{},,g1 r4 {day} Shop A,,paper",
        images[0], images[1]
    );
    assert_eq!(changes(&bundle), [row]);
}

#[test]
fn paper_of_what_is_for_screens_now_is_to_come_down() {
    let (_platform, project, day) = handed_over(METRO);
    let first = dies(&project, "1", APPID, 1);
    let screen = METRO.replace("expires: 30d", "expires: 30d\nmedium: screen");
    project.write("campaigns/metro.yaml", &screen);
    project.expect(&["run"], 0);
    let bundle = project.bundle("metro");
    let shop = format!("g1 r1 {day} Shop A");
    // What hangs has to come down, and a screen goes on from the revision before.
    let image =
        |scene: u64, name: &str, of: u64| format!("images/00000{scene}_{scene}_{name}_g{of}_until-DATE.jpg");
    let withdrawn = |scene: u64, name: &str, of: u64, first: &str| {
        let images = format!("{},{}", image(scene, name, 1), image(scene, name, of));
        format!("withdrawn,{scene},{scene},id,{name},{name},1,{of},{images},{first},{shop},screen,paper")
    };
    let relabelled = |scene: u64, name: &str| {
        let image = image(scene, name, 1);
        format!("relabelled,{scene},{scene},id,{name},{name},1,1,{image},{image},,,screen,r1")
    };
    let rows = [
        relabelled(1, "North"),
        withdrawn(1, "North", 1, &first),
        relabelled(2, "East"),
        withdrawn(2, "East", 1, &first),
    ];
    assert_eq!(changes(&bundle), rows);
    let chinese = |revision: u64, screens: &str| {
        format!(
            "与已交付印刷的相比：已印出、现在仅用于屏幕 2 个，请取下。明细见 CHANGES.csv。\n屏幕用的与第 {revision} 版相比：{screens}。\
             明细见 CHANGES.csv。"
        )
    };
    let english = |revision: u64, screens: &str| {
        format!(
            "Compared with what went to print: 2 on paper, but for screens now: take down. CHANGES.csv lists them.\nOn \
             screens since revision {revision}: {screens}. CHANGES.csv lists them."
        )
    };
    let told_of = [chinese(1, "仅改标注 2 个，不要重印"), english(1, "2 only relabelled: do not reprint")];
    assert_eq!(told(&bundle), told_of);

    // A renewal does not make it good to print what is for screens.
    project.age(25);
    let first = dies(&project, "1", APPID, 1);
    project.expect(&["run"], 0);
    let bundle = project.bundle("metro");
    let (before, last) = (&first[..10], day_before(&first));
    let replaced = |scene: u64, name: &str| {
        let images = format!("{},{}", image(scene, name, 1), image(scene, name, 2));
        format!("replaced,{scene},{scene},id,{name},{name},1,2,{images},{first},,screen,r2")
    };
    let [north, east] = [withdrawn(1, "North", 2, &first), withdrawn(2, "East", 2, &first)];
    let rows = [replaced(1, "North"), north.clone(), replaced(2, "East"), east.clone()];
    assert_eq!(changes(&bundle), rows);
    let told_of = [
        chinese(2, &format!("屏幕用换图 2 个，请最迟在 {last} 把屏幕上的旧图换成新图")),
        english(2, &format!("2 pictures for screens replaced: put the new ones on the screens by {last}")),
    ];
    assert_eq!(told(&bundle), told_of);

    // What hangs is told of in a revision that has another reason, too.
    project.write("campaigns/metro.yaml", format!("{screen}  - {{scene: 3, channel: South}}\n"));
    project.expect(&["run"], 0);
    let bundle = project.bundle("metro");
    let new = "new,3,3,id,,South,,1,,images/000003_3_South_g1_until-DATE.jpg,,,screen,r3".to_owned();
    assert_eq!(changes(&bundle), [north, east, new]);
    project.expect(&["verify", ZIP], 0);
    project.expect(&["handoff", ZIP], 4);

    let at = dies_at(&project, "1", APPID, 1);
    let now = at + HOUR;
    assert_eq!(halves(&project, now), [json!(["default", 0, 0, null, 2, rfc3339(at)])]);
    let note = format!(
        "metro: 2 codes for screens hang on paper, dead from {first}: take them down, or declare them `medium: paper` and \
         print them"
    );
    let overdue = format!(
        "overdue: metro: 2 pieces of paper are of codes for screens, the first of which died at {first}: take them down, \
         or declare them `medium: paper` and print them, or accept it in the file: `accept_expiry: {before}`"
    );
    assert_eq!(watched(&project, now, 11), [note, overdue]);
    assert_eq!(
        metrics(&project, now),
        [
            "scenepress_paper_codes_outdated 2".to_owned(),
            format!("scenepress_paper_next_death_timestamp_seconds {}", at.as_second())
        ]
    );
}

#[test]
fn a_watchman_is_told_when_only_the_printed_generation_dies() {
    let paper = "expires: 30d\nmedium: paper\nuntil: 2099-03-15\ncodes:\n  - {scene: 1, channel: North}\n";
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("metro.yaml", paper);
    project.expect(&["run", "--accept-expiry", "metro"], 0);
    project.expect(&["handoff", ZIP, "--to", "Shop A"], 0);
    project.expect(&["handoff", ZIP, "--to", "Shop B"], 0);
    project.age(21);
    project.expect(&["run", "--reprint", "metro", "--accept-expiry", "metro"], 0);
    project.expect(&["handoff", ZIP, "--to", "Shop B"], 0);
    let at = dies_at(&project, "1", APPID, 1);
    let (dies, day) = (minute(at), &minute(at)[..10]);
    let soon = "metro: 1 code on paper dies before 2099-03-15 is over, on ";
    let note = format!(
        "metro: 1 code is on paper as an earlier picture, dead from {dies}: print the newest and hand it over"
    );
    let overdue = |left: &str| {
        format!(
            "overdue: metro: 1 piece of paper is an earlier picture, and {left}: print the newest and hand it over \
             (`scenepress handoff`), or accept it in the file: `accept_expiry: {day}`"
        )
    };
    let quiet = [note.clone()];
    let watched = |now, exit| {
        let mut lines = watched(&project, now, exit);
        lines.retain(|line| !line.starts_with(soon));
        lines
    };
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    assert_eq!(watched(at - days(3), 0), quiet);
    let dying = overdue(&format!("dies at {dies}, in 1 d (at least 3 d are to be left)"));
    assert_eq!(watched(at - days(1), 11), [note.clone(), dying]);
    let dead = overdue(&format!("died at {dies}"));
    assert_eq!(watched(at + days(1), 11), [note.clone(), dead.clone()]);
    let numbers = |next: &[i64]| {
        let codes = ["scenepress_paper_codes_outdated 1".to_owned()].into_iter();
        let next = next.iter().map(|next| format!("scenepress_paper_next_death_timestamp_seconds {next}"));
        codes.chain(next).collect::<Vec<_>>()
    };
    assert_eq!(metrics(&project, at), numbers(&[at.as_second()]));

    // Accepted it is known, and nobody is called for it; so it is once the campaign is over, or where it ends first.
    let later = minute(at + days(1))[..10].to_owned();
    project.write("campaigns/metro.yaml", format!("accept_expiry: {later}\n{paper}"));
    assert_eq!(watched(at + days(1), 11), [note, dead]);
    project.write("campaigns/metro.yaml", format!("accept_expiry: {day}\n{paper}"));
    assert_eq!(watched(at + days(1), 0), quiet);
    assert_eq!(metrics(&project, at), numbers(&[]));
    let until = minute(at - days(1))[..10].to_owned();
    project.write("campaigns/metro.yaml", paper.replace("2099-03-15", &until));
    assert_eq!(watched(at - days(1), 0), quiet);
    assert_eq!(watched(at + days(1), 0), quiet);

    project.write("campaigns/metro.yaml", paper);
    project.expect(&["handoff", ZIP, "--to", "Shop A"], 0);
    assert_eq!(watched(at + days(1), 0), ["metro: 1 code is on paper"]);
}

#[test]
fn an_older_revision_that_holds_retired_codes_is_recorded_with_a_warning() {
    let paper =
        METRO.replace("codes:", "medium: paper\nuntil: 2099-03-15\naccept_expiry: 2026-01-01\ncodes:");
    let (_platform, project, day) = handed_over(&paper);
    project.write("old.zip", project.read(ZIP));
    project.write("campaigns/metro.yaml", paper.replace("  - {scene: 2, channel: East}\n", ""));
    project.expect(&["run"], 0);
    let told = project.expect(&["handoff", "old.zip", "--to", "Shop B"], 0);
    let recorded = |to: &str, id: u64| {
        format!("old.zip: 2 codes of metro, revision 1, handed to {to} on {day} (record {id})\n")
    };
    let warning = |what: &str, revision: u64| {
        format!(
            "warning: old.zip: {what} not renewed, and what is printed expires on its day; revision {revision} of metro is \
             what is wanted now\n"
        )
    };
    assert_eq!(
        (told.stdout, told.stderr),
        (recorded("Shop B", 2), warning("1 code of it is retired: it is", 2))
    );

    // So it is of an account that the campaign has no more, also where its codes were issued anew there.
    project.age(21);
    project.write("campaigns/metro.yaml", &paper);
    project.expect(&["run", "--reprint", "metro"], 0);
    project.write("campaigns/metro.yaml", format!("account: second\n{paper}"));
    project.expect(&["run"], 0);
    let told = project.expect(&["handoff", "old.zip", "--to", "Shop C"], 0);
    let warned = warning("2 codes of it are retired: they are", 4);
    assert_eq!((told.stdout, told.stderr), (recorded("Shop C", 3), warned));
}

#[test]
fn what_is_withdrawn_says_what_it_was_for_and_when_the_first_of_its_pictures_dies() {
    let of = |codes: &str| {
        let head = "expires: 30d\nuntil: 2099-03-15\naccept_expiry: 2026-01-01\ncodes:\n";
        format!("{head}  - {{scene: 1, channel: North, medium: paper}}\n{codes}")
    };
    let east = "  - {scene: 2, channel: East, medium: paper}\n";
    let desk = "  - {scene: 3, channel: Desk, medium: screen}\n";
    let (_platform, project, day) = handed_over(&of(&format!("{east}{desk}")));
    project.age(25);
    let printed = dies(&project, "2", APPID, 1);
    project.expect(&["run", "--reprint", "metro"], 0);
    let shown = dies(&project, "3", APPID, 2);
    project.write("campaigns/metro.yaml", of(""));
    project.expect(&["run"], 0);
    let bundle = project.bundle("metro");
    let image =
        |scene: u64, name: &str, of: u64| format!("images/00000{scene}_{scene}_{name}_g{of}_until-DATE.jpg");
    let shop = format!("g1 r1 {day} Shop A");
    let images = format!("{},{}", image(1, "North", 1), image(1, "North", 2));
    let rows = [
        format!("replaced,1,1,id,North,North,1,2,{images},{printed},{shop},paper,paper"),
        format!("withdrawn,2,2,id,East,,1,,{},,{printed},{shop},paper,paper", image(2, "East", 1)),
        format!("withdrawn,3,3,id,Desk,,2,,{},,{shown},,screen,r2", image(3, "Desk", 2)),
    ];
    assert_eq!(changes(&bundle), rows);
    project.expect(&["verify", ZIP], 0);
    project.remove("output/metro");
    project.expect(&["bundle"], 0);
    assert_eq!(project.bundle("metro").sha256, bundle.sha256);
}
