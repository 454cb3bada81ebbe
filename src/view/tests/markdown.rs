//! The plan for a merge request.

use jiff::civil::date;

use super::plan::rich;
use crate::model::{AccountName, Campaign, Medium, grouped};
use crate::plan::fixture::{DAY, MONTH, campaign, code, generation, history, id, now, record, text, wanted};
use crate::plan::{Only, Plan};
use crate::view::{ProblemLine, plan_markdown, plan_markdown_without_plan};

const RICH: &str = r#"## scenepress: plan · 计划

As of 2026-11-22 15:00 (Beijing time), against the ledger of 2026-11-21 03:10: it is 1 d 11 h old. · 北京时间 2026-11-22 15:00；台账截至 2026-11-21 03:10，距今 1 d 11 h。

| | | Codes · 码数 |
|---|---|--:|
| new | 新发 | 52 |
| renewed: **the picture changes** | 续期：**图片会变** | 3 |
| relabelled: the same picture | 改标注：图片不变 | 2 |
| retired: no longer renewed | 退役：不再续期 | 4 |
| refused: nothing is done | 拒绝：什么都不做 | 5 |
| unchanged | 不变 | 2 |

| Account · 账号 | Calls · 调用 | Used today · 今日已用 | Permanent codes · 永久码 | Used for ever · 永久已用 |
|---|--:|--:|--:|--:|
| <code>default</code> | 55 | 1,200 of 100,000 | 2 | 1,204 of 100,000 |

### Refused: nothing is done for these campaigns · 拒绝：这些活动什么都不做

| Campaign · 活动 | Codes · 码数 | Why · 原因 |
|---|--:|---|
| <code>desk</code> | 3 | permanent&#95;budget is 2, 0 permanent codes created and 3 more wanted&#58; raise it only if these codes are meant to last for ever · 永久码超出 permanent&#95;budget |
| <code>desk</code> | 1 | scene 1001&#58; the ledger has the string 1001, whose scan events look the same&#58; use another scene · 台账里已有事件相同的场景值 |

### New · 新发 (52)

| Campaign · 活动 | Scene · 场景值 | Channel · 渠道 | |
|---|---|---|---|
| <code>metro</code> | <code>"vip desk"</code> | <code>VIP 前台</code> | permanent · 永久码，不能删除 |
| <code>metro</code> | <code>door</code> | <code>门店</code> | permanent · 永久码，不能删除 |
| <code>stores</code> | <code>2001..2050 (50 codes)</code> | <code>Store 2001 … Store 2050</code> |  |

### Renewed: the picture changes! · 续期：图片会变！ (3)

What hangs or is printed does not live longer: put the new picture in its place. · 已张贴、已印刷的不会延长：请换上新图。

| Campaign · 活动 | Scene · 场景值 | Channel · 渠道 | |
|---|---|---|---|
| <code>metro</code> | <code>2..3 (2 codes)</code> | <code>Line 2 … Line 3</code> | die on 2026-11-25 15&#58;00 to 2026-11-25 15&#58;02 · 将失效 |
| <code>metro</code> | <code>4</code> | <code>Line 4</code> | died on 2026-11-21 15&#58;00 · 已失效 |

### Relabelled: the same picture, nothing to print · 改标注：图片不变，不必重印 (2)

| Campaign · 活动 | Scene · 场景值 | Channel · 渠道 | |
|---|---|---|---|
| <code>metro</code> | <code>5</code> | <code>Line 5</code> | channel was "Five" · 原为另一渠道 |
| <code>metro</code> | <code>6</code> | <code>Line 6</code> | was in campaign older · 原属另一活动 |

### Retired · 退役 (4)

| Campaign · 活动 | Scene · 场景值 | Channel · 渠道 | |
|---|---|---|---|
| <code>gone</code> | <code>90</code> | <code>Fair</code> | expiry 2026-11-24 15&#58;00 · 不再续期 |
| <code>gone</code> | <code>"1001"</code> | <code>Fair</code> | expiry 2026-11-20 15&#58;00 · 不再续期 |
| <code>metro</code> | <code>7..8 (2 codes)</code> | <code>Line 7 … Line 8</code> | in no campaign file any more (expiry 2026-12-12 15&#58;00 to 2026-12-12 16&#58;00) · 不再续期 |

### Renewals of the next 14 nights · 今后 14 夜的续期

| Account · 账号 | Night · 夜 | Renewals · 续期 | |
|---|---|--:|---|
| <code>default</code> | 2026-12-03 | 3 |  |

Digest · 摘要: `DIGEST`

`scenepress run --expect DIGEST` does exactly this plan or nothing. · 这条命令只执行这份计划，否则什么都不做。
"#;

const EMPTY: &str = "\
## scenepress: plan · 计划

As of 2026-11-22 15:00 (Beijing time). **No ledger: everything counts as new.** · 北京时间 2026-11-22 15:00。**没有台账：全部算作新码。**

**Nothing to do.** · **没有要做的事。**

| | | Codes · 码数 |
|---|---|--:|
| new | 新发 | 0 |
| renewed: **the picture changes** | 续期：**图片会变** | 0 |
| relabelled: the same picture | 改标注：图片不变 | 0 |
| retired: no longer renewed | 退役：不再续期 | 0 |
| refused: nothing is done | 拒绝：什么都不做 | 0 |
| unchanged | 不变 | 0 |

Digest · 摘要: `DIGEST`

`scenepress run --expect DIGEST` does exactly this plan or nothing. · 这条命令只执行这份计划，否则什么都不做。
";

#[test]
fn a_plan_is_told_in_two_languages() {
    let plan = rich();
    assert_eq!(plan_markdown(&plan, &[], ""), RICH.replace("DIGEST", &plan.digest.to_string()));
}

#[test]
fn an_idle_plan_and_one_without_a_ledger_are_short() {
    let empty = plan_markdown(&Plan::make(&wanted([]), &crate::model::History::empty(), now()), &[], "");
    let digest = Plan::make(&wanted([]), &history([]), now()).digest;
    assert_eq!(empty, EMPTY.replace("DIGEST", &digest.to_string()));
}

/// What a name may hold, and what must not come of it.
const HOSTILE: &str = "| **x** <script> `a` \\| [y](http://z) @team #12 &amp; ~~s~~ _i_ ![p](q) :tada:";

#[test]
fn a_name_breaks_neither_table_nor_page() {
    let metro = Campaign { account: AccountName::new(HOSTILE).expect("a name"), ..campaign("metro", vec![]) };
    let codes = vec![
        code(id(1), MONTH, HOSTILE),
        code(text("| **x** <script>"), MONTH, "Desk"),
        code(id(2), MONTH, "New"),
        code(id(3), MONTH, "Moved"),
    ];
    let mut wanted = wanted([Campaign { codes: codes.into_iter().map(Into::into).collect(), ..metro }]);
    let account = wanted.accounts.remove(&AccountName::default()).expect("the account");
    wanted.accounts.insert(AccountName::new(HOSTILE).expect("a name"), account);
    wanted.only = Only(vec!["channel=*".parse().expect("a filter"), "scene=*".parse().expect("a filter")]);
    let live = |of: &str| record("metro", of, Some(generation(1, MONTH, 20 * DAY)));
    let known = history([(id(2), live(HOSTILE)), (id(4), live(HOSTILE))]);
    let text = plan_markdown(&Plan::make(&wanted, &known, now()), &[], "");
    for sign in
        ["<script", "**x", "`a", "[y]", "@team", " #12", "~~", "_i_", "![", ":tada:", "\\|", "http://"]
    {
        assert!(!text.contains(sign), "{sign} in\n{text}");
    }
    let cell = "<code>\"&#124; &#42;&#42;x&#42;&#42; &#60;script&#62;\"</code>";
    assert!(text.contains(&format!("\n| <code>metro</code> | {cell} | <code>Desk</code> |  |\n")), "{text}");
    let columns = |row: &&str| row.matches('|').count();
    let tables: Vec<usize> =
        text.lines().filter(|line| line.starts_with('|')).map(|row| columns(&row)).collect();
    assert_eq!(tables, [4, 4, 4, 4, 4, 4, 4, 4, 6, 6, 6, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5]);
}

#[test]
fn a_channel_that_is_an_address_or_calls_somebody_stays_text() {
    let codes = vec![
        code(id(1), MONTH, "desk@example.com"),
        code(text("www.example.com"), MONTH, "https://example.com/@team/#12"),
    ];
    let refused = Campaign { example: true, ..campaign("a@b.com", vec![code(id(9), MONTH, "Shop")]) };
    let paper = code(id(3), MONTH, "@team http://b.com").on(Some(Medium::Paper));
    let paper = Campaign { until: Some(date(2027, 3, 15)), ..campaign("metro!7", vec![paper]) };
    let text = plan_markdown(
        &Plan::make(&wanted([campaign("metro", codes), refused, paper]), &history([]), now()),
        &[],
        "",
    );
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| <code>")).collect();
    assert_eq!(rows, ROWS_OF_ADDRESSES);
}

const ROWS_OF_ADDRESSES: [&str; 5] = [
    "| <code>default</code> | 2 | 0 of 100,000 | 0 | 0 of 100,000 |",
    "| <code>a&#64;<wbr>b.com</code> | 1 | the campaign is marked &#96;example&#58; true&#96; and runs only against loopback (--emulator); remove that line to issue real codes · 示例活动，只能用 --emulator 运行 |",
    "| <code>metro&#33;<wbr>7</code> | 1 | '&#64;&#8203;team http&#58;&#8203;//b.com' hangs until 2027-03-15, a temporary code lives at most 30 days&#58; it dies on 2026-12-22. Use &#96;expires&#58; never&#96; with &#96;permanent&#95;budget&#58; 1&#96; (the account&#58; 0 of 100,000 used; they cannot be deleted), or accept it in the file&#58; &#96;accept&#95;expiry&#58; 2026-12-22&#96; · 纸挂的时间比二维码的寿命长 |",
    "| <code>metro</code> | <code>1</code> | <code>desk&#64;<wbr>example.com</code> |  |",
    "| <code>metro</code> | <code>\"www<wbr>.example.com\"</code> | <code>https&#58;<wbr>//example.com/&#64;<wbr>team/&#35;<wbr>12</code> |  |",
];

#[test]
fn a_plan_of_any_size_stays_under_60_000_characters_and_counts_what_it_does_not_show() {
    let long = |sign: char, number: u64| format!("{}{number}", sign.to_string().repeat(190));
    let mut campaigns = Vec::new();
    let mut known = Vec::new();
    for number in 0..300_u64 {
        // Every other number, so that nothing is one group; each kind in each campaign.
        let of = format!("{}-{number}", "战".repeat(55));
        let scene = |index: u64| id(number * 1_000 + index * 2 + 1);
        let codes = (0..24).map(|index| code(scene(index), MONTH, &long('|', index))).collect();
        let live = |of: &str, channel: &str, dies| record(of, channel, Some(generation(1, MONTH, dies)));
        known.extend(
            (0..6).map(|i| (scene(i), live(&of, &long('|', i), DAY + i64::try_from(i).expect("few")))),
        );
        known.extend((6..12).map(|i| (scene(i), live(&of, &long('_', i), 20 * DAY))));
        known.extend((30..36).map(|i| (scene(i), live(&of, &long('*', i), 20 * DAY))));
        campaigns.push(campaign(&of, codes));
        campaigns.push(Campaign {
            example: true,
            ..campaign(&format!("x{of}"), vec![code(scene(99), MONTH, "A")])
        });
    }
    let problem = |number: u64| ProblemLine {
        kind: "unknown-key".to_owned(),
        severity: if number == 4_999 {
            crate::campaign::Severity::Error
        } else {
            crate::campaign::Severity::Warning
        },
        path: Some(long('@', number)),
        line: Some(number),
        column: Some(7),
        message: long('/', number).repeat(10),
        help: Some(long('x', number).repeat(10)),
    };
    let problems: Vec<ProblemLine> = (0..5_000).map(problem).collect();
    let text = plan_markdown(&Plan::make(&wanted(campaigns), &history(known), now()), &problems, "");
    let characters = text.chars().count();
    assert!((20_000..60_000).contains(&characters), "{characters}");
    let hidden = text.lines().filter(|line| line.starts_with("… and ")).count();
    assert_eq!(hidden, 6, "problems, new, renewed, relabelled, retired, refused:\n{text}");
    assert!(text.ends_with("这条命令只执行这份计划，否则什么都不做。\n"));

    let text = plan_markdown_without_plan(&problems, now());
    assert!(text.chars().count() < 10_000, "{text}");
    let shown = text.lines().filter(|line| line.starts_with("| **error") || line.starts_with("| warning"));
    let shown = shown.count();
    assert!(text.lines().any(|line| line.starts_with("| **error")), "errors come first:\n{text}");
    let hidden = grouped(5_000 - shown as u64);
    assert!(text.ends_with(&format!("\n… and {hidden} more · 另有 {hidden} 项\n\n")), "{text}");
}

#[test]
fn it_tells_of_the_coming_nights_and_of_what_is_not_declared_for_paper() {
    let metro = campaign("metro", [7, 8].map(|n| code(id(n), MONTH, "Line")).to_vec());
    let shops = campaign("sh_ps", vec![code(id(9), MONTH, "Shop").on(None)]);
    let mut wanted = wanted([metro, shops]);
    wanted.accounts.values_mut().for_each(|account| account.daily_quota = 1);
    let live = |of, dies| record(of, "Line", Some(generation(1, MONTH, dies)));
    let known = history([
        (id(7), live("metro", 12 * DAY)),
        (id(8), live("metro", 12 * DAY)),
        (id(9), record("sh_ps", "Shop", Some(generation(1, MONTH, 25 * DAY)))),
    ]);
    let plan = Plan::make(&wanted, &known, now());
    let expected = "\
## scenepress: plan · 计划

As of 2026-11-22 15:00 (Beijing time), against the ledger of 2026-11-21 03:10: it is 1 d 11 h old. · 北京时间 2026-11-22 15:00；台账截至 2026-11-21 03:10，距今 1 d 11 h。

**Nothing to do.** · **没有要做的事。**

| | | Codes · 码数 |
|---|---|--:|
| new | 新发 | 0 |
| renewed: **the picture changes** | 续期：**图片会变** | 0 |
| relabelled: the same picture | 改标注：图片不变 | 0 |
| retired: no longer renewed | 退役：不再续期 | 0 |
| refused: nothing is done | 拒绝：什么都不做 | 0 |
| unchanged | 不变 | 3 |

| Account · 账号 | Calls · 调用 | Used today · 今日已用 | Permanent codes · 永久码 | Used for ever · 永久已用 |
|---|--:|--:|--:|--:|
| <code>default</code> | 0 | 0 of 1 | 0 | 0 of 100,000 |

**Not declared for paper** (`medium: paper`, or `screen`): 1, <code>sh&#95;ps</code> · **未声明可印刷**：1 个活动

### Renewals of the next 14 nights · 今后 14 夜的续期

| Account · 账号 | Night · 夜 | Renewals · 续期 | |
|---|---|--:|---|
| <code>default</code> | 2026-11-24 | 2 | **1 over the daily quota · 超出每日配额 1** |

Digest · 摘要: `DIGEST`

`scenepress run --expect DIGEST` does exactly this plan or nothing. · 这条命令只执行这份计划，否则什么都不做。
";
    assert_eq!(plan_markdown(&plan, &[], ""), expected.replace("DIGEST", &plan.digest.to_string()));
}
