//! `doctor`, against a platform that is well and one that is not.

use scenepress::emulator::{self, Profile, Settings};
use tokio::runtime::Runtime;

use super::support::{APPID, Kind, Platform, Project, SECRET, Told, Verdict};

const METRO: &str = "expires: 30d\ncodes: [{scenes: 1..3, channel: \"Exit {n}\"}]";

fn metro(platform: &Platform) -> Project {
    Project::new(platform).campaign("metro.yaml", METRO)
}

const READ: &str = "ok      campaigns     1 campaign of 3 codes can be read";

/// The lines, without the one of the disk, whose room nobody knows.
fn lines(told: &Told) -> Vec<String> {
    let lines = told.stdout.lines().filter(|line| !line.contains("  disk  "));
    lines.map(str::to_owned).collect()
}

const UNPROVEN: &str = "whether it may make codes is not seen before the first one (48001 where it may not), and none \
                        is made here";

#[test]
fn all_is_well_and_nothing_was_made() {
    let platform = Platform::start();
    let project = metro(&platform);
    project.expect(&["run"], 0);
    let creates = platform.count(Kind::Create);
    let told = project.expect(&["doctor"], 0);
    let url = platform.url();
    assert_eq!(
        lines(&told),
        [
            READ,
            "ok      credentials   default: an access token was given",
            &format!("ok      platform      default: {url} answers"),
            "ok      allow-list    default: this machine's IP may call",
            "ok      clock         default: this machine's clock agrees with the platform's to 2 min",
            "ok      quota         default: 99,997 of 100,000 calls left today, 3 used",
            &format!("unseen  account type  default: {UNPROVEN}"),
            "ok      ledger        output/ledger.sqlite is whole: 3 codes",
            "ok      pictures      3 pictures in output/pictures, none is missing",
        ]
    );
    assert_eq!(told.stderr, "");
    assert!(told.stdout.contains(" free for output\n"), "{}", told.stdout);
    assert_eq!(platform.count(Kind::Create), creates);
    assert!(
        platform.asked().iter().all(|asked| !String::from_utf8_lossy(&asked.body).contains("force_refresh"))
    );

    let document = project.expect(&["doctor", "--format", "json"], 0).json();
    assert_eq!((&document["format"], &document["exit"]), (&1.into(), &0.into()));
    assert_eq!(
        document["checks"][5],
        serde_json::json!({
            "check": "quota", "account": "default", "status": "ok",
            "message": "99,997 of 100,000 calls left today, 3 used",
        })
    );
    assert!(!told.stdout.contains(SECRET) && !document.to_string().contains(SECRET));
}

#[test]
fn each_refusal_of_the_platform_is_told_where_it_belongs() {
    let platform = Platform::start();
    let project = metro(&platform);
    for (errcode, exit, check) in [
        (40013, 7, "credentials"),
        (40125, 7, "credentials"),
        (40164, 7, "allow-list"),
        (89503, 7, "allow-list"),
        (45009, 5, "credentials"),
        (-1, 3, "credentials"),
    ] {
        platform.rule(move |_| Verdict::error(errcode));
        let document = project.expect(&["doctor", "--format", "json"], exit).json();
        let bad =
            document["checks"].as_array().expect("checks").iter().filter(|check| check["status"] == "bad");
        let bad: Vec<_> = bad.map(|check| check["check"].as_str().expect("a name")).collect();
        assert_eq!((bad, &document["exit"]), (vec![check], &exit.into()), "{errcode}");
    }
    platform.rule(|_| {
        let said =
            "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 6ab1c500-0badcafe-1";
        let body = serde_json::json!({"errcode": 40164, "errmsg": said}).to_string();
        Verdict::body("application/json", body.as_bytes())
    });
    let told = project.expect(&["doctor"], 7);
    let not_seen = "not seen, since no access token was had";
    assert_eq!(
        lines(&told),
        [
            READ,
            &format!("unseen  credentials   default: {not_seen}"),
            &format!("ok      platform      default: {} answers", platform.url()),
            "bad     allow-list    default: the IP 203.0.113.7 may not call for account default (wx0123456789abcdef): \
             add it to the IP allow-list on mp.weixin.qq.com (基本配置, IP白名单), or go through a relay with a fixed \
             IP (`api_url`); the platform says: invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist \
             (errcode 40164, rid 6ab1c500-0badcafe-1)",
            "ok      clock         default: this machine's clock agrees with the platform's to 2 min",
            &format!("unseen  quota         default: {not_seen}"),
            &format!("unseen  account type  default: {not_seen}"),
            "ok      ledger        there is none at output/ledger.sqlite yet: a run makes it",
        ]
    );
    platform.rule(|asked| if asked.kind == Kind::Token { Verdict::Pass } else { Verdict::error(48001) });
    let told = project.expect(&["doctor", "-q"], 7);
    assert_eq!(
        lines(&told),
        [
            "bad     account type  default: account default (wx0123456789abcdef) may not make codes: only verified \
          service accounts (已认证的服务号) may; the platform says: no (errcode 48001, rid 6ab1c500-0badcafe-00048001)"
        ]
    );
}

#[test]
fn quotas_that_are_spent_or_small_are_told() {
    let platform = Platform::with(|settings| settings.daily_limit = 3);
    let project = Project::with_account(&platform, "  daily_quota: 3\n").campaign("metro.yaml", METRO);
    project.expect(&["run"], 0);
    let told = project.expect(&["doctor", "-q"], 5);
    assert_eq!(
        lines(&told),
        [
            "bad     quota         default: 0 of 3 calls left today, 3 used: run again tomorrow (it is believed to reset \
          at midnight, Beijing time)"
        ]
    );
    let platform = Platform::with(|settings| settings.daily_limit = 10_000);
    let project = metro(&platform);
    let told = project.expect(&["doctor", "-q"], 0);
    assert_eq!(
        lines(&told),
        [
            "warn    quota         default: 10,000 of 10,000 calls left today, 0 used, but accounts.yaml counts on \
             100,000 calls: write daily_quota: 10000",
            "warn    account type  default: by its quota of 10,000 a day a test account, whose codes work for its \
             testers only",
        ]
    );
}

#[test]
fn a_clock_that_is_off_is_told() {
    let platform = Platform::start();
    let project = metro(&platform);
    let runtime = Runtime::new().expect("a runtime");
    for (skew, date_off, exit, line) in [
        (-60, 0, 0, ""),
        (
            0,
            8 * 3600,
            0,
            "warn    clock         default: this machine's clock is 8 h behind URL and agrees with URL: one of these clocks is wrong, perhaps a relay's: set it",
        ),
        (
            -1200,
            0,
            0,
            "warn    clock         default: this machine's clock is 20 min ahead of URL: set it (NTP), or codes are renewed too early or too late",
        ),
        (
            8 * 3600,
            0,
            4,
            "bad     clock         default: this machine's clock is 8 h behind URL: set this machine's clock (NTP), or the relay's; nothing is issued before",
        ),
    ] {
        let faults =
            emulator::read_faults(&format!("- {{at: token, date_off: {date_off}}}")).expect("faults");
        let settings = Settings {
            accounts: vec![(APPID.into(), SECRET.into())],
            skew,
            faults,
            ..Profile::Service.settings()
        };
        let emulator = runtime.block_on(emulator::start(settings, 0)).expect("a port");
        let accounts = format!(
            "default: {{appid: '{APPID}', secret: '${{WECHAT_SECRET}}', api_url: '{0}', image_url: '{0}'}}\n",
            emulator.url()
        );
        project.write("campaigns/accounts.yaml", accounts);
        let told = project.expect(&["doctor", "-q"], exit);
        assert_eq!(lines(&told).concat(), line.replace("URL", &emulator.url()), "{skew}");
        runtime.block_on(emulator.stop());
    }
}

#[test]
fn what_is_wrong_on_this_machine_is_told() {
    let platform = Platform::start();
    let project = metro(&platform);
    project.expect(&["run"], 0);
    let picture = project.files("output/pictures").remove(0);
    project.remove(&picture);
    assert_eq!(
        lines(&project.expect(&["doctor", "-q"], 0)),
        [
            "warn    pictures      1 of 3 pictures missing in output/pictures: the next run fetches what is still wanted"
        ]
    );
    project.sql("PRAGMA foreign_keys = OFF; UPDATE generations SET campaign = 99");
    assert_eq!(
        lines(&project.expect(&["doctor", "-q"], 1)),
        [
            "bad     ledger        output/ledger.sqlite is damaged: a row of generations refers to one of campaigns that \
          is not there. Restore a backup of it"
        ]
    );
    project.remove("output/ledger.sqlite");
    let lost = "bad     ledger        output/metro/metro.zip exists, but there is no ledger at output/ledger.sqlite: without it \
                every code would be issued again: restore the ledger from its backup; or rebuild it from the bundles: \
                scenepress ledger import output/*/*.zip; or name the right one: --ledger FILE; or, if it is left over \
                from something else, move output/metro/metro.zip away";
    assert_eq!(lines(&project.expect(&["doctor", "-q"], 4)), [lost]);
    assert_eq!(lines(&project.expect(&["doctor", "-q", "--require-ledger"], 4)), [lost]);
    project.remove("output/metro");
    assert_eq!(
        lines(&project.expect(&["doctor", "-q", "--require-ledger"], 4)),
        ["bad     ledger        there is no ledger at output/ledger.sqlite: restore it from its backup"]
    );
    // The worst of them is the exit.
    platform.rule(|_| Verdict::error(40013));
    assert_eq!(project.expect(&["doctor", "-q", "--require-ledger"], 7).exit, 7);

    let mut command = project.command(&["doctor", "-q"]);
    command.env_remove("WECHAT_SECRET");
    let told = Told::of(command);
    assert_eq!(told.exit, 2);
    assert_eq!(
        lines(&told),
        [
            "bad     credentials   default: WECHAT_SECRET, the secret of account `default`, is not set: set it (export \
          WECHAT_SECRET=…), or rehearse without credentials: --emulator"
        ]
    );
    let asked = platform.asked().len();
    assert_eq!(
        lines(&project.expect(&["doctor", "--emulator"], 0)),
        [READ, "ok      ledger        there is none at output/emulator/ledger.sqlite yet: a run makes it"]
    );
    assert_eq!(platform.asked().len(), asked);

    project.write("campaigns/metro.yaml", METRO.replace("30d", "30d\nrenew_before: 20d"));
    let told = project.expect(&["doctor", "--emulator"], 0);
    assert_eq!(lines(&told)[0], format!("{READ}; 1 warning, see `scenepress check`"));
    project.write("campaigns/metro.yaml", "codes: [{scene: 1}]\n");
    let told = project.expect(&["doctor", "-q", "--emulator"], 2);
    let broken = "bad     campaigns     1 problem in 1 file: a run would do nothing; `scenepress check` shows what to do";
    assert_eq!(lines(&told), [broken]);
}
