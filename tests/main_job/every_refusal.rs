//! Every refusal a plan knows, as people see it: the whole text of `plan`, of `plan --format markdown` and of `run`,
//! in a file each in `refused/`. Days, minutes and digests are left out.

use scenepress::clock;
use scenepress::model::{LimitKind, beijing_date};
use scenepress::plan::Reason;

use super::support::{Platform, Project};
use super::whole;

/// Which files show a reason. What is no refusal has none; what a refusal says in different words has several.
macro_rules! texts {
    ($($reason:pat => [$($name:literal),*],)*) => {
        /// A reason that is new does not compile before it stands here.
        #[allow(dead_code, reason = "what it is for is that it knows every reason")]
        fn texts_of(reason: &Reason) -> &'static [&'static str] {
            match reason { $($reason => &[$($name),*],)* }
        }

        const TEXTS: &[&str] = &[$($($name,)*)*];
    };
}

texts! {
    Reason::New
    | Reason::BecomesPermanent
    | Reason::Due(_)
    | Reason::Expired(_)
    | Reason::Current
    | Reason::OutlivesCampaign
    | Reason::DeathAccepted(_)
    | Reason::DeadAsAccepted(_)
    | Reason::TakenDown
    | Reason::CampaignEnded
    | Reason::EndedUnissued
    | Reason::PictureMissing
    | Reason::Was(_)
    | Reason::LabelsChanged
    | Reason::LeftFiles(_) => [],
    Reason::Example => ["example"],
    Reason::EndedBeforeFirst(_) => ["wrong-year"],
    Reason::PermanentToTemporary => ["permanent-to-temporary"],
    Reason::Lookalike(_) => ["lookalike-of-a-number", "lookalike-of-a-string"],
    Reason::Reused(_) => ["reused-alive", "reused-dead", "reused-permanent", "reused-unknown"],
    Reason::Budget { .. } => ["budget"],
    Reason::Pool { .. } => ["pool"],
    Reason::Limit(_) => [
        "limit-reissue", "limit-retire", "limit-file-gone", "limit-table", "limit-relabel", "limit-swapped",
        "limit-moved"
    ],
    Reason::DueOnPaper(_) => ["paper-due", "paper-dead"],
    Reason::ExpiresTooEarly(_) => ["paper-dies", "paper-short", "paper-last-day", "paper-number"],
    Reason::OtherAccount(_) => ["other-account"],
    // That takes `--only`: `moved_accounts`.
    Reason::MovesInPart => [],
    // Never the cause: it stands beside one.
    Reason::CampaignRefused => ["budget"],
}

/// In what a limit is counted: a kind that is new does not compile before it has a text.
#[allow(dead_code, reason = "what it is for is that it knows every kind")]
fn text_of(kind: LimitKind) -> &'static str {
    match kind {
        LimitKind::Reissue => "limit-reissue",
        LimitKind::Retire => "limit-retire",
        LimitKind::Relabel => "limit-relabel",
    }
}

const METRO: &str = "campaigns/metro.yaml";

/// The codes of a campaign on screens.
fn screens(codes: &str) -> String {
    format!("expires: 30d\nmedium: screen\ncodes: [{codes}]\n")
}

fn desk(budget: u32, codes: &str) -> String {
    format!("permanent_budget: {budget}\n{}", screens(codes).replace("30d", "never"))
}

/// On paper until so many days from now.
fn paper(days: i64, codes: &str) -> String {
    let until = beijing_date(clock::now()).saturating_add(jiff::SignedDuration::from_hours(24 * days));
    format!("until: {until}\n{}", screens(codes).replace("screen", "paper"))
}

const TWELVE: &str = "{scenes: 1..12, channel: \"Exit {n}\"}";

/// Brings a project to where the campaign is refused.
fn prepare(name: &str, platform: &Platform) -> Project {
    let with = |account: &str| Project::with_account(platform, account);
    let project = with(if name == "pool" { "  permanents_used_elsewhere: 99999\n" } else { "" });
    let ran = |text: String| {
        project.write(METRO, text);
        project.expect(&["run"], 0);
    };
    let one = |channel: &str| screens(&format!("{{scene: 1, channel: {channel}}}, {{scene: 2, channel: B}}"));
    let without = || screens("{scene: 2, channel: B}");
    match name {
        "example" => {
            project.write("campaigns/accounts.yaml", "default: {appid: wx1, secret: \"${WECHAT_SECRET}\"}\n");
            project.write(METRO, format!("example: true\n{}", one("A")));
        }
        "permanent-to-temporary" => {
            ran(desk(1, "{scene: 1, channel: A}"));
            project.write(METRO, one("A"));
        }
        "lookalike-of-a-number" | "lookalike-of-a-string" => {
            let scenes = if name.ends_with("number") { ["1001", "\"1001\""] } else { ["\"1001\"", "1001"] };
            let [first, second] = scenes.map(|scene| screens(&format!("{{scene: {scene}, channel: A}}")));
            ran(first);
            project.write(METRO, second);
        }
        "reused-alive" | "reused-dead" => {
            ran(one("A"));
            ran(without());
            project.write(METRO, one("C"));
            if name == "reused-dead" {
                project.age(40);
            }
        }
        "reused-permanent" | "reused-unknown" => {
            let b = "{scene: 2, channel: B}";
            ran(desk(3, &format!("{{scene: 1, channel: A}}, {b}")));
            ran(desk(3, b));
            project.write(METRO, desk(3, &format!("{{scene: 1, channel: C}}, {b}")));
            if name == "reused-unknown" {
                // As if the answer had been lost.
                project.sql(
                    "PRAGMA foreign_keys = OFF;
                     INSERT INTO intents (code, generation, permanent, campaign, last_at)
                         SELECT id, 1, 1, campaign, 1795310000 FROM codes WHERE scene = 1;
                     UPDATE codes SET latest = NULL WHERE scene = 1;
                     DELETE FROM generations WHERE code = (SELECT id FROM codes WHERE scene = 1)",
                );
            }
        }
        "budget" => {
            ran(desk(1, "{scene: 1, channel: A}"));
            let codes = "{scene: 2, channel: B}, {scene: 3, channel: C, expires: 7d}";
            project.write(METRO, desk(1, codes));
        }
        "pool" => project.write(METRO, desk(2, "{scene: 1, channel: A}, {scene: 2, channel: B}")),
        "limit-reissue" => {
            ran(screens(TWELVE));
            project.write(METRO, desk(12, TWELVE));
        }
        "limit-retire" => {
            ran(screens(TWELVE));
            project.write(METRO, screens("{scenes: 1..2, channel: \"Exit {n}\"}"));
        }
        "limit-file-gone" => {
            ran(screens(TWELVE));
            project.remove(METRO);
            project.write("campaigns/other.yaml", screens("{scene: 99, channel: Z}"));
        }
        "other-account" => {
            ran(screens(TWELVE));
            let accounts = String::from_utf8(project.read("campaigns/accounts.yaml")).expect("UTF-8");
            project
                .write("campaigns/accounts.yaml", accounts.replace("${WECHAT_APPID}", "wxfedcba9876543210"));
        }
        "limit-table" => {
            let row = |number: u32| format!("{number},Exit {number},30d,screen\n");
            let table =
                |codes| format!("scene,channel,expires,medium\n{}", (1..=codes).map(row).collect::<String>());
            project.write("campaigns/metro.csv", table(12));
            project.expect(&["run"], 0);
            project.write("campaigns/metro.csv", table(2));
        }
        "limit-relabel" => {
            ran(screens(TWELVE));
            project.write(METRO, screens(&TWELVE.replace("Exit", "Gate")));
        }
        "limit-moved" => {
            ran(screens(TWELVE));
            project.remove(METRO);
            let gates = |scenes| screens(&TWELVE.replace("Exit", "Gate").replace("1..12", scenes));
            project.write("campaigns/east.yaml", gates("1..6"));
            project.write("campaigns/west.yaml", gates("7..12"));
        }
        "limit-swapped" => {
            let codes =
                |from: i32| (1..=12).map(move |n| format!("{{scene: {n}, channel: C{}}}", (n - from).abs()));
            let list = |from| screens(&codes(from).collect::<Vec<_>>().join(", "));
            ran(list(0));
            project.write(METRO, list(13));
        }
        paper => prepare_paper(paper, &project),
    }
    project
}

fn prepare_paper(name: &str, project: &Project) {
    match name {
        "paper-due" | "paper-dead" => {
            let codes = "{scene: 1, channel: A}, {scene: 2, channel: B}";
            let codes = if name == "paper-due" { codes } else { "{scene: 1, channel: A}" };
            project.write(METRO, paper(90, codes));
            project.expect(&["run", "--accept-expiry", "metro"], 0);
            project.age(if name == "paper-due" { 21 } else { 31 });
        }
        "wrong-year" => project.write(METRO, paper(-365, TWELVE)),
        "paper-dies" => project.write(METRO, paper(90, "{scene: 1, channel: A}")),
        "paper-short" => {
            let codes = "{scene: 1, channel: A}, {scene: 2, channel: B}, {scene: 3, channel: C}";
            project.write(METRO, paper(20, codes).replace("30d", "7d"));
        }
        "paper-last-day" => project.write(METRO, paper(30, "{scene: 1, channel: A}")),
        "paper-number" => project.write(METRO, paper(90, "{scene: 100001, channel: A}")),
        other => panic!("{other} is refused by nothing"),
    }
}

fn shown(name: &str) -> String {
    let platform = Platform::start();
    let project = prepare(name, &platform);
    let requests = platform.asked().len();
    let mut text = String::new();
    for (args, exit) in [(&["plan"][..], 0), (&["plan", "--format", "markdown"], 0), (&["run"], 4)] {
        let told = project.expect(args, exit);
        let (stdout, stderr) = (whole::neutral(&told.stdout), whole::neutral(&told.stderr));
        text += &format!("$ scenepress {}\n{stdout}{stderr}exit {exit}\n", args.join(" "));
        assert!(stdout.is_empty() || stderr.is_empty(), "{name}: {stdout}{stderr}");
    }
    if name != "limit-file-gone" {
        assert_eq!(platform.asked().len(), requests, "{name}: nothing is asked for");
    }
    text
}

#[test]
fn every_refusal_has_its_whole_text_in_a_file() {
    whole::hold("refused", TEXTS, shown);
}
