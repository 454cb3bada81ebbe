//! Paper that hangs although its code is another account's now, or for screens.

use super::handing_over::{ZIP, today};
use super::support::{APPID, Bundle, Office, Platform, SECRET};

const OTHER: &str = "wxfedcba9876543210";

const METRO: &str = "expires: 30d
codes:
  - {scene: 1, channel: North}
  - {scene: 2, channel: East}
";

/// An office with a second account, whose campaign is done and handed over, and the day of that.
fn handed_over(text: &str) -> (Platform, Office, String) {
    let platform = Platform::with(|settings| settings.accounts.push((OTHER.to_owned(), SECRET.to_owned())));
    let office = Office::new(&platform).campaign("metro.yaml", text);
    let url = platform.url();
    let account = |name: &str, appid: &str| {
        format!(
            "{name}:\n  appid: {appid}\n  secret: ${{WECHAT_SECRET}}\n  api_url: {url}\n  image_url: {url}\n  rate: 1000/s\n"
        )
    };
    let accounts = account("default", APPID) + &account("second", OTHER);
    office.write("campaigns/accounts.yaml", accounts);
    office.expect(&["run"], 0);
    let day = today(&office);
    (platform, office, day)
}

/// The day and the minute on which a generation dies.
fn dies(office: &Office, scene: &str, appid: &str, generation: u64) -> String {
    let found =
        office.expect(&["inspect", scene, "--format", "json"], 0).json()["things"][0]["found"].clone();
    let mut found = found.as_array().expect("a list").iter();
    let of = found.find(|found| found["appid"] == appid && found["issued"]["generation"] == generation);
    let at = of.expect("the generation")["issued"]["expires_at"].as_str().expect("an instant").to_owned();
    at[..16].replace('T', " ")
}

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
    [("仍在它自己的到期时间失效。\n", "\n\n印刷要求"), ("still dies at its own time.\n", "\n\nPrint\n")].map(
        |(from, to)| {
            let text = readme.split(from).nth(1).unwrap_or_else(|| panic!("{readme}"));
            let to = if text.contains(to) {
                to
            } else if from.is_ascii() {
                "\n\nOn screens"
            } else {
                "\n\n使用要求"
            };
            text.split(to).next().expect("a part").to_owned()
        },
    )
}

#[test]
fn paper_of_the_account_before_is_to_be_replaced_until_the_new_accounts_is_handed_over() {
    let (_platform, office, day) = handed_over(METRO);
    // The shop has the first generation; the second, which dies later, stays at home.
    office.age(25);
    let first = dies(&office, "1", APPID, 1);
    office.expect(&["run"], 0);
    let second = format!("account: second\n{METRO}");
    office.write("campaigns/metro.yaml", &second);
    office.expect(&["run"], 0);
    let bundle = office.bundle("metro");
    let shop = format!("{APPID} g1 r1 {day} Shop A");
    let row = |scene: &str, name: &str, seq: u64| {
        let before = format!("images/00000{scene}_{scene}_{name}_g2_until-DATE.jpg");
        let image = format!("images/00000{seq}_{scene}_{name}_g1_until-DATE.jpg");
        format!("replaced,{seq},{scene},id,{name},{name},2,1,{before},{image},{first},{shop},")
    };
    assert_eq!(changes(&bundle), [row("1", "North", 3), row("2", "East", 4)]);
    let before = &first[..10];
    let pieces_chinese = format!(
        "
已交付印刷、现已换图的 2 张，请换成本包里的新图：
- 000003 1 North：纸上是账号 {APPID} 的第 1 代，{first} 失效；{day} 交给 Shop A（第 1 版）。换成第 1 代。
- 000004 2 East：纸上是账号 {APPID} 的第 1 代，{first} 失效；{day} 交给 Shop A（第 1 版）。换成第 1 代。"
    );
    let pieces = format!(
        "
On paper and replaced by another picture, 2 pieces; print those of this bundle:
- 000003 1 North: generation 1 of account {APPID} on paper dies at {first}; handed to Shop A on {day} (revision 1). Replace it with generation 1.
- 000004 2 East: generation 1 of account {APPID} on paper dies at {first}; handed to Shop A on {day} (revision 1). Replace it with generation 1."
    );
    let chinese = format!(
        "与第 2 版相比：换图 2 个，请在 {before} 之前重新印刷。明细见 CHANGES.csv。\n{pieces_chinese}"
    );
    let english = format!(
        "Since revision 2: 2 pictures replaced: reprint before {before}. CHANGES.csv lists them.\n{pieces}"
    );
    assert_eq!(told(&bundle), [chinese, english]);
    office.expect(&["verify", ZIP], 0);

    // It is told of until the shop has what is there now.
    office.write("campaigns/metro.yaml", format!("{second}  - {{scene: 3, channel: South}}\n"));
    office.expect(&["run"], 0);
    let bundle = office.bundle("metro");
    let row = |scene: &str, name: &str, seq: u64| {
        let image = format!("images/00000{seq}_{scene}_{name}_g1_until-DATE.jpg");
        format!("outdated,{seq},{scene},id,,{name},,1,,{image},{first},{shop},")
    };
    let new = "new,5,3,id,,South,,1,,images/000005_3_South_g1_until-DATE.jpg,,,".to_owned();
    assert_eq!(changes(&bundle), [row("1", "North", 3), row("2", "East", 4), new]);
    let chinese = format!("与第 3 版相比：新增 1 个。明细见 CHANGES.csv。\n{pieces_chinese}");
    let english = format!("Since revision 3: 1 new. CHANGES.csv lists them.\n{pieces}");
    assert_eq!(told(&bundle), [chinese, english]);
    let sha256 = bundle.sha256;
    office.expect(&["handoff", ZIP, "--to", "Shop A"], 0);
    office.remove("output/metro");
    office.expect(&["bundle"], 0);
    assert_eq!(office.bundle("metro").sha256, sha256);
    office.write("campaigns/metro.yaml", format!("{second}  - {{scene: 3, channel: Southern gate}}\n"));
    office.expect(&["run"], 0);
    let bundle = office.bundle("metro");
    let images = ["South", "Southern-gate"].map(|name| format!("images/000005_3_{name}_g1_until-DATE.jpg"));
    let row =
        format!("relabelled,5,3,id,South,Southern gate,1,1,{},{},,g1 r4 {day} Shop A,", images[0], images[1]);
    assert_eq!(changes(&bundle), [row]);
}

#[test]
fn paper_of_what_is_for_screens_now_is_to_come_down() {
    let (_platform, office, day) = handed_over(METRO);
    let first = dies(&office, "1", APPID, 1);
    let screen = METRO.replace("expires: 30d", "expires: 30d\nmedium: screen");
    office.write("campaigns/metro.yaml", &screen);
    office.expect(&["run"], 0);
    let bundle = office.bundle("metro");
    let shop = format!("g1 r1 {day} Shop A");
    let row = |scene: u64, name: &str| {
        let image = format!("images/00000{scene}_{scene}_{name}_g1_until-DATE.jpg");
        format!("relabelled,{scene},{scene},id,{name},{name},1,1,{image},{image},{first},{shop},screen")
    };
    assert_eq!(changes(&bundle), [row(1, "North"), row(2, "East")]);
    let pieces_chinese = |first: &str| {
        format!(
            "
已交付印刷、现在仅用于屏幕的 2 张，请取下（或请活动方声明 medium: paper 后重新印刷）：
- 000001 1 North：纸上是第 1 代，{first} 失效；{day} 交给 Shop A（第 1 版）。
- 000002 2 East：纸上是第 1 代，{first} 失效；{day} 交给 Shop A（第 1 版）。"
        )
    };
    let pieces = |first: &str| {
        format!(
            "
On paper and now for screens only, 2 pieces; take down, or have `medium: paper` declared and print again:
- 000001 1 North: generation 1 on paper dies at {first}; handed to Shop A on {day} (revision 1).
- 000002 2 East: generation 1 on paper dies at {first}; handed to Shop A on {day} (revision 1)."
        )
    };
    let chinese = format!(
        "与第 1 版相比：改标注 2 个，仅用于屏幕，但已印出，见下。明细见 CHANGES.csv。\n{}",
        pieces_chinese(&first)
    );
    let english = format!(
        "Since revision 1: 2 relabelled, for screens, but on paper: see below. CHANGES.csv lists them.\n{}",
        pieces(&first)
    );
    assert_eq!(told(&bundle), [chinese, english]);

    // A renewal does not make it good to print what is for screens.
    office.age(25);
    let first = dies(&office, "1", APPID, 1);
    office.expect(&["run"], 0);
    let bundle = office.bundle("metro");
    let before = &first[..10];
    let row = |scene: u64, name: &str| {
        let [before, image] =
            [1, 2].map(|of| format!("images/00000{scene}_{scene}_{name}_g{of}_until-DATE.jpg"));
        format!("replaced,{scene},{scene},id,{name},{name},1,2,{before},{image},{first},{shop},screen")
    };
    assert_eq!(changes(&bundle), [row(1, "North"), row(2, "East")]);
    let chinese = format!(
        "与第 2 版相比：屏幕用换图 2 个，请在 {before} 之前把屏幕上的旧图换成新图。明细见 CHANGES.csv。\n{}",
        pieces_chinese(&first)
    );
    let english = format!(
        "Since revision 2: 2 pictures for screens replaced: put the new ones on the screens before {before}. CHANGES.csv \
         lists them.\n{}",
        pieces(&first)
    );
    assert_eq!(told(&bundle), [chinese, english]);

    // What hangs is told of in a revision that has another reason, too.
    office.write("campaigns/metro.yaml", format!("{screen}  - {{scene: 3, channel: South}}\n"));
    office.expect(&["run"], 0);
    let bundle = office.bundle("metro");
    let row = |scene: u64, name: &str| {
        let image = format!("images/00000{scene}_{scene}_{name}_g2_until-DATE.jpg");
        format!("outdated,{scene},{scene},id,,{name},,2,,{image},{first},{shop},screen")
    };
    let new = "new,3,3,id,,South,,1,,images/000003_3_South_g1_until-DATE.jpg,,,screen".to_owned();
    assert_eq!(changes(&bundle), [row(1, "North"), row(2, "East"), new]);
    office.expect(&["verify", ZIP], 0);
    office.expect(&["handoff", ZIP], 4);
}
