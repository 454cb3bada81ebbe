use crate::support::Workplace;

const PLAN: &str = "\
Plan of 2026-11-22 10:00 (Beijing time), NO LEDGER: everything counts as new (there is no output/ledger.sqlite)

metro (account default): 3 create
  + create   1001      Metro line 2
  + create   \"1002\"    北京门店
  + create   vip-desk  VIP desk      permanent

Total: 3 create
Account default (wx1): 3 calls (used today 0 of 100,000), 3 pictures; about 1 s at 10/s
  1 permanent code of the account's 100,000 (0 issued): they cannot be deleted
Digest 0000
";

#[test]
fn without_a_ledger_everything_is_new() {
    let outcome = Workplace::with_metro().run(&["plan", "--now", "2026-11-22T10:00"]);
    let digest = outcome.stdout.lines().last().expect("a line").trim_start_matches("Digest ").to_owned();
    outcome.is(0, &PLAN.replace("0000", &digest), "");
    assert_eq!(digest.len(), 64);
}

#[test]
fn the_document_holds_what_the_design_promises() {
    let outcome = Workplace::with_metro().run(&["plan", "--format", "json", "--now", "2026-11-22"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let plan = outcome.json();
    assert_eq!(plan["format"], 1);
    assert_eq!(plan["digest"].as_str().map(str::len), Some(64));
    assert_eq!(plan["now"], "2026-11-22T00:00:00+08:00");
    assert!(plan["ledger_at"].is_null());
    assert_eq!(plan["actions"][0]["action"], "create");
    assert_eq!(plan["actions"][1]["scene_type"], "str");
    assert!(plan["actions"][0]["expires_at"].is_null());
    assert_eq!(plan["counts"]["create"], 3);
    assert_eq!(plan["fetches"], 3);
    assert_eq!(plan["accounts"][0]["calls"]["needed"], 3);
    assert_eq!(plan["accounts"][0]["permanent"]["pool"], 100_000);
    assert_eq!(plan["problems"], serde_json::json!([]));
}

#[test]
fn a_refusal_is_shown_and_is_no_failure() {
    let workplace = Workplace::with_metro();
    workplace
        .write("campaigns/metro.yaml", "example: true\ncodes:\n  - {scene: 1, channel: A, expires: 30d}\n");
    let outcome = workplace.run(&["plan"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert!(outcome.stdout.contains("the campaign is marked `example: true`"), "{}", outcome.stdout);
    let outcome = workplace.run(&["plan", "--emulator"]);
    assert!(outcome.stdout.contains("Total: 1 create"), "{}", outcome.stdout);
}

#[test]
fn a_refusal_is_an_exit_of_4_where_none_is_expected() {
    let workplace = Workplace::with_metro();
    let plan = |format: &str, more: &[&str]| {
        let now = ["plan", "--now", "2026-11-22T10:00", "--format", format, "--expect-no-refusals"];
        workplace.run(&[&now[..], more].concat())
    };
    for format in ["human", "json", "markdown"] {
        assert_eq!(plan(format, &[]).code, 0, "{format}");
    }
    assert_eq!(plan("human", &["--expect-no-changes"]).code, 10);
    let paper = "expires: 30d\nmedium: paper\nuntil: 2027-03-15\ncodes:\n  - {scene: 1, channel: A}\n";
    workplace.write("campaigns/paper.yaml", paper);
    for format in ["human", "json", "markdown"] {
        let refused = plan(format, &["--expect-no-changes"]);
        assert_eq!((refused.code, refused.stderr.as_str()), (4, ""), "{format}");
        assert_eq!(refused.stdout, plan(format, &[]).stdout, "{format}");
        assert!(refused.stdout.contains("2027-03-15"), "{}", refused.stdout);
    }
    assert_eq!(plan("human", &["--accept-expiry", "paper"]).code, 0);
    // Problems of files go after a refusal.
    workplace.write("campaigns/broken.yaml", "codes: 7\n");
    assert_eq!(plan("human", &[]).code, 2);
    assert_eq!(plan("human", &["--keep-going"]).code, 4);
}

#[test]
fn codes_that_were_never_issued_do_not_stay_as_they_are() {
    let workplace = Workplace::new();
    let stores = |codes: &str| {
        let text = format!("expires: 30d\nmedium: screen\nuntil: 2099-03-15\ncodes: [{codes}]\n");
        workplace.write("campaigns/stores.yaml", text);
    };
    let after = ["plan", "--emulator", "--now", "2099-03-16"];
    stores("{scenes: 1..3, channel: \"Store {n}\"}");
    let plan = workplace.run(&after).stdout;
    let refused = "! refuse   1..3 (3 codes): its last day was 2099-03-15, and nothing of it was ever issued: a wrong year?";
    assert!(plan.contains("stores (account default): REFUSED: 3 codes\n"), "{plan}");
    assert!(plan.contains(refused) && plan.contains("1 campaign refused: nothing is done for it"), "{plan}");

    assert_eq!(workplace.run(&["run", "--emulator", "-q"]).code, 0);
    stores("{scenes: 1..5, channel: \"Store {n}\"}");
    let plan = workplace.run(&after).stdout;
    let told = "stores (account default): 3 keep, 2 not issued
  its last day was 2099-03-15: nothing is issued or bundled. 2 codes of it were never issued: if they are needed, \
                correct `until`

Nothing to do: 3 codes stay as they are, 2 codes are not issued: their campaigns have ended.
";
    assert!(plan.contains(told), "{plan}");
    let markdown = workplace.run(&[&after[..], &["--format", "markdown"]].concat()).stdout;
    assert!(
        markdown.contains("| unchanged | 不变 | 3 |\n| not issued: the campaign has ended |"),
        "{markdown}"
    );
    let document = workplace.run(&[&after[..], &["--format", "json"]].concat()).json();
    assert_eq!(document["counts"]["keep"], 5);
    let status = workplace.run(&["status", "--emulator", "--now", "2099-03-16"]).stdout;
    assert!(
        status.contains("2 codes of it were never issued: if they are needed, correct `until`"),
        "{status}"
    );
}

#[test]
fn screens_that_are_changed_by_hand_are_renewed_in_one_night() {
    let workplace = Workplace::new();
    let metro = "expires: 30d\nmedium: screen\ncodes: [{scenes: 1..60, channel: \"Screen {n}\"}]\n";
    workplace.write("campaigns/metro.yaml", metro);
    assert_eq!(workplace.run(&["run", "--emulator", "-q"]).code, 0);
    let nights = || {
        let plan = workplace.run(&["plan", "--emulator", "--format", "json"]).json();
        let in_twenty_days = plan["now"].as_str().and_then(|now| now[..10].parse::<jiff::civil::Date>().ok());
        let day = in_twenty_days.expect("a day").saturating_add(jiff::Span::new().days(19));
        let plan =
            workplace.run(&["plan", "--emulator", "--format", "json", "--now", &day.to_string()]).json();
        plan["accounts"][0]["nights"].as_array().expect("nights").len()
    };
    assert_eq!(nights(), 6);
    workplace.write("campaigns/metro.yaml", format!("spread: off\n{metro}"));
    assert_eq!(nights(), 1);
}

#[test]
fn a_plan_for_a_merge_request_is_markdown() {
    let workplace = Workplace::with_metro();
    let outcome = workplace.run(&["plan", "--format", "markdown", "--now", "2026-11-22T10:00"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let digest =
        workplace.run(&["plan", "--format", "json", "--now", "2026-11-22T10:00"]).json()["digest"].clone();
    assert_eq!(outcome.stdout, MARKDOWN.replace("DIGEST", digest.as_str().expect("a digest")));
    assert_eq!(workplace.run(&["plan", "--format", "markdown", "--expect-no-changes"]).code, 10);
    for verb in ["run", "status", "check"] {
        assert_eq!(workplace.run(&[verb, "--format", "markdown"]).code, 2, "{verb}");
    }
}

const MARKDOWN: &str = "\
## scenepress: plan · 计划

As of 2026-11-22 10:00 (Beijing time). **No ledger: everything counts as new.** · 北京时间 2026-11-22 10:00。**没有台账：全部算作新码。**

| | | Codes · 码数 |
|---|---|--:|
| new | 新发 | 3 |
| renewed: **the picture changes** | 续期：**图片会变** | 0 |
| relabelled: the same picture | 改标注：图片不变 | 0 |
| retired: no longer renewed | 退役：不再续期 | 0 |
| refused: nothing is done | 拒绝：什么都不做 | 0 |
| unchanged | 不变 | 0 |

| Account · 账号 | Calls · 调用 | Used today · 今日已用 | Permanent codes · 永久码 | Used for ever · 永久已用 |
|---|--:|--:|--:|--:|
| <code>default</code> | 3 | 0 of 100,000 | 1 | 0 of 100,000 |

### New · 新发 (3)

| Campaign · 活动 | Scene · 场景值 | Channel · 渠道 | |
|---|---|---|---|
| <code>metro</code> | <code>1001</code> | <code>Metro line 2</code> |  |
| <code>metro</code> | <code>\"1002\"</code> | <code>北京门店</code> |  |
| <code>metro</code> | <code>vip-desk</code> | <code>VIP desk</code> | permanent · 永久码，不能删除 |

Digest · 摘要: `DIGEST`

`scenepress run --expect DIGEST` does exactly this plan or nothing. · 这条命令只执行这份计划，否则什么都不做。
";

#[test]
fn problems_stop_a_plan_unless_it_is_told_to_go_on() {
    let workplace = Workplace::with_metro();
    workplace.write("campaigns/broken.yaml", "codes:\n  - {scene: 0, channel: A, expires: 30d}\n");
    let problem = "\
error[scene-zero]: scene 0 is not allowed
 --> campaigns/broken.yaml:2:13
  |
2 |   - {scene: 0, channel: A, expires: 30d}
  |             ^
  |
  = help: ids begin at 1; the platform reports 0 for codes that were malformed

";
    let nothing = "error: campaign files have problems: nothing was done\n";
    workplace.run(&["plan"]).is(2, "", &format!("{problem}{nothing}"));
    let outcome = workplace.run(&["plan", "--keep-going"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stdout.contains("Total: 3 create"), "{}", outcome.stdout);
    let skipped = "warning: campaigns/broken.yaml has problems and is skipped\n";
    assert_eq!(outcome.stderr, format!("{problem}{skipped}"));
    let outcome = workplace.run(&["plan", "--keep-going", "campaigns/broken.yaml"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));

    let document = workplace.run(&["plan", "--format", "json"]).json();
    assert_eq!(document["problems"][0]["kind"], "scene-zero");
    assert_eq!(document["actions"], serde_json::json!([]));
}

const NO_PLAN: &str = "\
## scenepress: plan · 计划

**No plan could be made**, as of 2026-11-22 10:00 (Beijing time): put right first what is below. · **无法做出计划**（北京时间 2026-11-22 10:00）：请先解决下面的问题。

### Problems · 问题 (NUMBER)

| | Place · 位置 | What is wrong, what to do · 问题与办法（英文） |
|---|---|---|
";

const ZERO: &str = "\
| **error · 错误** | <code>campaigns/broken.yaml&#58;<wbr>2&#58;13</code> | scene 0 is not allowed<br>ids begin at 1; the platform reports 0 for codes that were malformed |
";
const LARGE: &str = "\
| warning · 警告 | <code>campaigns/broken.yaml&#58;<wbr>3&#58;13</code> | the scene&#95;id 2147483648 is over 2147483647<br>it is allowed, but receivers that hold it in a signed 32-bit number see a negative one |
";

#[test]
fn a_comment_for_a_merge_request_tells_of_problems_with_and_without_a_plan() {
    let workplace = Workplace::with_metro();
    let plan = ["plan", "--format", "markdown", "--now", "2026-11-22T10:00"];
    let whole = workplace.run(&plan).stdout;
    let warned = "codes:\n  - {scene: 2147483648, channel: A, expires: 30d}\nmedium: screen\n";
    workplace.write("campaigns/broken.yaml", warned);
    let outcome = workplace.run(&plan);
    let line = "1 warning in the campaign files: see `scenepress check`. · 活动文件有 1 个警告，见 `scenepress check`。";
    assert_eq!((outcome.code, outcome.stdout.contains(&format!("\n\n{line}\n\n| | |"))), (0, true));

    let broken = "codes:\n  - {scene: 0, channel: A, expires: 30d}\n  - {scene: 2147483648, channel: A, expires: 30d}\n";
    workplace.write("campaigns/broken.yaml", broken);
    let outcome = workplace.run(&plan);
    assert_eq!(outcome.code, 2);
    assert_eq!(outcome.stdout, NO_PLAN.replace("NUMBER", "2") + ZERO + LARGE + "\n");
    let outcome = workplace.run(&[&plan[..], &["--keep-going"]].concat());
    assert_eq!(outcome.code, 2);
    let skipped = "Problems: campaigns with them are skipped · 问题：有问题的活动被跳过";
    let head = NO_PLAN.split_once("### Problems").expect("a heading").1.replacen(" · 问题 (NUMBER)", "", 1);
    let section = format!("### {skipped} (2){head}{ZERO}{LARGE}\n");
    let expected = whole.replacen("| | | Codes", &format!("{section}| | | Codes"), 1);
    let expected = expected.replacen("`scenepress run", "<code>scenepress run", 1);
    let expected = expected.replacen("` does exactly", " --keep-going</code> does exactly", 1);
    assert_eq!(outcome.stdout, expected);

    std::fs::remove_file(workplace.path("campaigns/broken.yaml")).expect("removed");
    let outcome = workplace.run(&[&plan[..], &["--require-ledger"]].concat());
    assert_eq!(outcome.code, 4);
    let missing = "\
| **error · 错误** | <code>output/ledger.sqlite</code> | there is no ledger at output/ledger.sqlite<br>restore it from its backup; or, if this is the first run, leave out --require-ledger |
";
    assert_eq!(outcome.stdout, NO_PLAN.replace("NUMBER", "1") + missing + "\n");
}

#[test]
fn warnings_are_mentioned_in_a_line_and_shown_by_check() {
    let workplace = Workplace::with_metro();
    let large = "codes:\n  - {scene: 2147483648, channel: A, expires: 30d}\n  - {scene: 2147483649, channel: B, expires: 30d}\n";
    workplace.write("campaigns/large.yaml", large);
    let shown = workplace.run(&["check"]).stderr;
    let warnings = shown.matches("warning[").count();
    assert!(warnings > 0, "{shown}");
    let line = if warnings == 1 {
        "1 warning in campaigns/large.yaml; `scenepress check` shows it\n".to_owned()
    } else {
        format!("{warnings} warnings in campaigns/large.yaml; `scenepress check` shows them\n")
    };
    for verb in ["plan", "status"] {
        let outcome = workplace.run(&[verb]);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, line.as_str()), "{verb}");
        assert_eq!(workplace.run(&[verb, "-q"]).stderr, "", "{verb}");
        assert_eq!(workplace.run(&[verb, "--all"]).stderr, shown, "{verb}");
    }
}

#[test]
fn a_required_ledger_that_is_missing_refuses() {
    let workplace = Workplace::with_metro();
    workplace.run(&["plan", "--require-ledger"]).is(
        4,
        "",
        "error: there is no ledger at output/ledger.sqlite\n  = help: restore it from its backup\n  \
         = help: or, if this is the first run, leave out --require-ledger\n",
    );
    let outcome = workplace.run_with(&["plan", "--require-ledger"], &[("SCENEPRESS_LEDGER", "elsewhere")]);
    assert!(outcome.stderr.contains("there is no ledger at elsewhere\n"), "{}", outcome.stderr);
}

#[test]
fn bundles_without_a_ledger_are_warned_of() {
    let workplace = Workplace::with_metro();
    workplace.write("output/metro/manifest.json", "{}");
    let outcome = workplace.run(&["plan"]);
    assert_eq!(outcome.code, 0);
    assert!(
        outcome.stderr.starts_with(
            "warning: `scenepress run` would refuse: output/metro/manifest.json exists, but there is no ledger at output/ledger.sqlite: "
        ),
        "{}",
        outcome.stderr
    );
}

#[test]
fn the_markdown_names_the_whole_command_that_does_this_plan() {
    let workplace = Workplace::with_metro();
    let metro =
        "expires: 30d\nmedium: paper\nuntil: 2099-03-15\ncodes:\n  - {scene: 1, channel: Metro line 2}\n";
    workplace.write("campaigns/metro.yaml", metro);
    let options =
        ["--only", "channel=Metro line*", "--accept-expiry", "metro", "--emulator", "campaigns/metro.yaml"];
    let plan = |format| workplace.run(&[&["plan", "--format", format][..], &options].concat());
    let digest = plan("json").json()["digest"].as_str().expect("a digest").to_owned();
    let text = plan("markdown").stdout;
    let last = text.lines().last().expect("a line");
    assert_eq!(
        plain(last),
        format!(
            "scenepress run --expect {digest} --only 'channel=Metro line*' --accept-expiry metro --emulator \
         campaigns/metro.yaml does exactly this plan or nothing. · 这条命令只执行这份计划，否则什么都不做。"
        )
    );
    let outcome = workplace.run(&["run", "--emulator", "--expect", &digest]);
    assert_eq!(outcome.code, 4);
    let hint = " A plan made with --allow, --accept-expiry, --reprint or --only needs the same options\n";
    assert!(outcome.stderr.ends_with(hint), "{}", outcome.stderr);
    workplace.run(&[&["run", "-q", "--expect", &digest][..], &options].concat()).is(0, "", "");
}

/// What a reader sees of a line of Markdown.
fn plain(line: &str) -> String {
    let tags = ["<code>", "</code>", "<wbr>"];
    let mut text = tags.iter().fold(line.to_owned(), |text, tag| text.replace(tag, ""));
    for sign in (33..127_u8).map(char::from) {
        text = text.replace(&format!("&#{};", u32::from(sign)), &sign.to_string());
    }
    text
}
