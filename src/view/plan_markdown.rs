//! The plan as Markdown, in Chinese and English, for the merge request that asks for it.
//!
//! Names come from files that anybody may have written. In a table of GitHub's or GitLab's they must break neither the
//! table nor the page, and call nobody: every sign that could mean something stands as a character reference.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::ProblemLine;
use super::groups::{by_cause, group};
use super::markdown::{LIST, SENTENCE, code, code_up_to, prose, table};
use super::problems_markdown::{problems_of_no_plan, problems_of_plan};
use crate::model::{CampaignName, LimitKind, beijing_date, grouped, minute_text, rough_duration};
use crate::plan::{ActionKind, CampaignPlan, NIGHTS, Night, Plan, Reason};

/// The most characters of options that are shown.
const OPTIONS: usize = 400;

const TITLE: &str = "## scenepress: plan · 计划\n\n";

/// The plan for a merge request, with the problems of the files: less than 60,000 characters, of which GitHub takes
/// 65,536. There are at most eight tables beside the counts, of 6,000 each; what stands around them is less than 10,000.
///
/// `options` are those `run` needs to make the same plan, as a shell reads them, each after a blank.
pub fn plan_markdown(plan: &Plan, problems: &[ProblemLine], options: &str) -> String {
    let mut text = TITLE.to_owned();
    head(&mut text, plan);
    problems_of_plan(&mut text, problems);
    counts(&mut text, plan);
    accounts(&mut text, plan);
    on_paper(&mut text, plan);
    refusals(&mut text, plan);
    for section in &SECTIONS {
        changes(&mut text, plan, section);
    }
    nights(&mut text, plan);
    let digest = plan.digest;
    let _ = write!(
        text,
        "Digest · 摘要: `{digest}`\n\n{} does exactly this plan or nothing. · \
         这条命令只执行这份计划，否则什么都不做。\n",
        command(&format!("scenepress run --expect {digest}"), options)
    );
    text
}

/// A command, which a reader may copy: whole, or not with its options.
fn command(command: &str, options: &str) -> String {
    if options.is_empty() {
        format!("`{command}`")
    } else if options.chars().count() <= OPTIONS {
        let whole = format!("{command}{options}");
        code_up_to(&whole, whole.chars().count())
    } else {
        format!("`{command}` with the options and paths of this plan (与本计划相同的选项和路径)")
    }
}

/// The same if no plan could be made: the problems say why.
pub fn plan_markdown_without_plan(problems: &[ProblemLine], now: Timestamp) -> String {
    let mut text = TITLE.to_owned();
    let now = minute_text(now);
    let _ = write!(
        text,
        "**No plan could be made**, as of {now} (Beijing time): put right first what is below. · \
         **无法做出计划**（北京时间 {now}）：请先解决下面的问题。\n\n"
    );
    problems_of_no_plan(&mut text, problems);
    text
}

fn head(text: &mut String, plan: &Plan) {
    let now = minute_text(plan.now);
    let _ = match plan.ledger_at {
        Some(at) => {
            // Asked about a day before it, it has no age.
            let age = rough_duration(
                std::time::Duration::try_from(plan.now.duration_since(at)).unwrap_or_default(),
            );
            let at = minute_text(at);
            write!(
                text,
                "As of {now} (Beijing time), against the ledger of {at}: it is {age} old. · \
                 北京时间 {now}；台账截至 {at}，距今 {age}。\n\n"
            )
        }
        None => write!(
            text,
            "As of {now} (Beijing time). **No ledger: everything counts as new.** · \
             北京时间 {now}。**没有台账：全部算作新码。**\n\n"
        ),
    };
    if !plan.only.is_everything() {
        let only = prose(&plan.only.to_string(), LIST);
        let left: u64 = plan.campaigns.iter().map(|campaign| campaign.left_out).sum();
        let left = grouped(left);
        let _ = write!(
            text,
            "Only codes with · 仅限: {only}\n\nOther codes of these campaigns that wait · 这些活动里另外等待处理的码: {left}\n\n"
        );
    }
    if plan.counts().changes() == 0 && plan.fetches() == 0 {
        text.push_str("**Nothing to do.** · **没有要做的事。**\n\n");
    }
}

fn counts(text: &mut String, plan: &Plan) {
    let (counts, unissued) = (plan.counts(), plan.unissued());
    text.push_str("| | | Codes · 码数 |\n|---|---|--:|\n");
    for (kind, english, chinese) in [
        (ActionKind::Create, "new", "新发"),
        (ActionKind::Renew, "renewed: **the picture changes**", "续期：**图片会变**"),
        (ActionKind::Relabel, "relabelled: the same picture", "改标注：图片不变"),
        (ActionKind::Retire, "retired: no longer renewed", "退役：不再续期"),
        (ActionKind::Refuse, "refused: nothing is done", "拒绝：什么都不做"),
        (ActionKind::Keep, "unchanged", "不变"),
    ] {
        let codes = counts.of(kind) - if kind == ActionKind::Keep { unissued } else { 0 };
        let _ = writeln!(text, "| {english} | {chinese} | {} |", grouped(codes));
    }
    if unissued > 0 {
        let unissued = grouped(unissued);
        let _ = writeln!(text, "| not issued: the campaign has ended | 不发：活动已经结束 | {unissued} |");
    }
    text.push('\n');
}

fn accounts(text: &mut String, plan: &Plan) {
    if plan.accounts.is_empty() {
        return;
    }
    let rows = plan.accounts.iter().map(|account| {
        let (calls, permanent) = (account.calls, account.permanent);
        let left = calls.left_today();
        let over = if calls.needed > left {
            format!(
                "<br>**{} fit today, the run ends with exit 5 · 今日只够 {0} 次，运行以退出码 5 结束，次日继续**",
                grouped(left)
            )
        } else {
            String::new()
        };
        let row = format!(
            "| {} | {} | {} of {}{over} | {} | {} of {} |",
            code(account.name.as_str()),
            grouped(calls.needed),
            grouped(calls.used_today),
            grouped(calls.daily_quota),
            grouped(permanent.needed),
            grouped(permanent.issued),
            grouped(permanent.pool)
        );
        (row, 1)
    });
    let head = "| Account · 账号 | Calls · 调用 | Used today · 今日已用 | Permanent codes · 永久码 | Used for ever · 永久已用 |\n|---|--:|--:|--:|--:|\n";
    table(text, head, rows);
}

/// What is to be known of campaigns before anybody prints: which are not declared, and whose codes on paper have expired
/// as accepted or expire too early.
fn on_paper(text: &mut String, plan: &Plan) {
    let campaigns = || plan.campaigns.iter();
    let undeclared = campaigns().filter(|campaign| campaign.is_undeclared());
    campaigns_text(
        text,
        undeclared.map(|campaign| campaign.name.to_string()),
        "**Not declared for paper** (`medium: paper`, or `screen`): {campaigns} · **未声明可印刷**：{count} 个活动",
    );
    let word = |campaign: &CampaignName, codes, first| {
        format!("{campaign} ({}, {})", grouped(codes), beijing_date(first))
    };
    let expired = campaigns().filter_map(|campaign| campaign.expired_on_paper(plan.now));
    campaigns_text(
        text,
        expired.map(|of| word(&of.campaign, of.codes, of.first_expired_at)),
        "**Codes on paper that are dead, as accepted** (codes, first death): {campaigns}. Take them down, or print \
         them anew with `--reprint`. · **印在纸上、已按约定失效的码**（码数，最早失效日）：{count} 个活动。请撤下，或用 \
         `--reprint` 重新印刷。",
    );
    let early = campaigns().filter_map(|campaign| campaign.early_on_paper(plan.now));
    campaigns_text(
        text,
        early.map(|of| word(&of.campaign, of.codes, of.first_expires_at)),
        "**Codes on paper that die before the last day is over** (codes, first death): {campaigns}. Use \
         `expires: never`, a shorter `until`, `accept_expiry`, or `--reprint` once they are due, with `--accept-expiry` \
         where new ones would die too early as well. · \
         **印在纸上、最后一天结束前就失效的码**（码数，最早失效日）：{count} 个活动。出路：`expires: never`、更早的 `until`、\
         `accept_expiry`，或到期后用 `--reprint`（新码也会提前失效的，再加 `--accept-expiry`）。",
    );
}

/// A paragraph with the `{count}` of campaigns and a list of the `{campaigns}`; nothing if there are none.
fn campaigns_text(text: &mut String, campaigns: impl Iterator<Item = String>, words: &str) {
    let names: Vec<String> = campaigns.collect();
    if !names.is_empty() {
        let count = grouped(names.len() as u64);
        let list = format!("{count}, {}", code_up_to(&names.join(", "), LIST));
        *text += &words.replace("{count}", &count).replace("{campaigns}", &list);
        text.push_str("\n\n");
    }
}

/// The days on which renewals come due.
fn nights(text: &mut String, plan: &Plan) {
    if plan.accounts.iter().all(|account| account.nights.is_empty()) {
        return;
    }
    let _ = write!(text, "### Renewals of the next {NIGHTS} nights · 今后 {NIGHTS} 夜的续期\n\n");
    let rows = plan.accounts.iter().flat_map(|account| {
        let name = code(account.name.as_str());
        account.nights.iter().map(move |Night { day, renewals, over_quota }| {
            let over = match over_quota {
                0 => String::new(),
                over => format!("**{} over the daily quota · 超出每日配额 {0}**", grouped(*over)),
            };
            (format!("| {name} | {day} | {} | {over} |", grouped(*renewals)), 1)
        })
    });
    let head = "| Account · 账号 | Night · 夜 | Renewals · 续期 | |\n|---|---|--:|---|\n";
    table(text, head, rows);
}

/// Each cause of each refused campaign once.
fn refusals(text: &mut String, plan: &Plan) {
    let refused: Vec<&CampaignPlan> =
        plan.campaigns.iter().filter(|campaign| campaign.is_refused()).collect();
    if refused.is_empty() {
        return;
    }
    text.push_str("### Refused: nothing is done for these campaigns · 拒绝：这些活动什么都不做\n\n");
    let rows = refused.into_iter().flat_map(|campaign| {
        by_cause(campaign.refusals(), |action| &action.reason).into_iter().map(move |(reason, actions)| {
            let codes = actions.len() as u64;
            let cause = in_two_languages(&prose(&campaign.refusal(actions[0]), SENTENCE), chinese(reason));
            (format!("| {} | {} | {cause} |", code(campaign.name.as_str()), grouped(codes)), codes)
        })
    });
    table(text, "| Campaign · 活动 | Codes · 码数 | Why · 原因 |\n|---|--:|---|\n", rows);
}

/// `English · 中文`
fn in_two_languages(english: &str, chinese: &str) -> String {
    if english.is_empty() || chinese.is_empty() {
        english.to_owned()
    } else {
        format!("{english} · {chinese}")
    }
}

/// A reason in a few words of Chinese.
fn chinese(reason: &Reason) -> &'static str {
    match reason {
        Reason::New => "永久码，不能删除",
        Reason::BecomesPermanent => "改为永久码：图片会变，不能删除",
        Reason::Due(_) => "将失效",
        Reason::Expired(_) => "已失效",
        Reason::Was(before) if before.retired => "曾停用，重新启用",
        Reason::Was(before) if before.campaign.is_some() => "原属另一活动",
        Reason::Was(_) => "原为另一渠道",
        Reason::LabelsChanged => "标签或其他列有变",
        Reason::LeftFiles(_) => "不再续期",
        Reason::Example => "示例活动，只能用 --emulator 运行",
        Reason::EndedBeforeFirst(_) => "最后一天已过，却从未发过码：年份写错了吗？",
        Reason::PermanentToTemporary => "永久码不能改为临时码",
        Reason::Lookalike(_) => "台账里已有事件相同的场景值",
        Reason::Budget { .. } => "永久码超出 permanent&#95;budget",
        Reason::Pool { .. } => "永久码超出账号的总额",
        Reason::Limit(over) => match over.kind {
            LimitKind::Reissue => "未到期就重新申请的码超过限额",
            LimitKind::Retire => "退役的码超过限额",
            LimitKind::Relabel => "改渠道的码超过限额",
        },
        Reason::Reused(_) => "场景值已退役，原属另一渠道，旧印刷品会算到新渠道",
        Reason::MovesInPart => "活动换账号，要么整个换，要么不换：请不带 --only 运行",
        Reason::OtherAccount(_) => "活动换了账号，原账号的码被拒绝：要么整个换，要么不换",
        Reason::DueOnPaper(_) => "印在纸上的码到了期限：续期后是另一张图片，要重新印刷",
        Reason::ExpiresTooEarly(_) => "纸挂的时间比二维码的寿命长",
        _ => "",
    }
}

/// What is done to codes of one kind.
struct Section {
    kind: ActionKind,
    heading: &'static str,
    /// What a reader has to know; may be empty.
    advice: &'static str,
}

const SECTIONS: [Section; 4] = [
    Section { kind: ActionKind::Create, heading: "New · 新发", advice: "" },
    Section {
        kind: ActionKind::Renew,
        heading: "Renewed: the picture changes! · 续期：图片会变！",
        advice: "What hangs or is printed does not live longer: put the new picture in its place. · \
                 已张贴、已印刷的不会延长：请换上新图。\n\n",
    },
    Section {
        kind: ActionKind::Relabel,
        heading: "Relabelled: the same picture, nothing to print · 改标注：图片不变，不必重印",
        advice: "",
    },
    Section { kind: ActionKind::Retire, heading: "Retired · 退役", advice: "" },
];

fn changes(text: &mut String, plan: &Plan, section: &Section) {
    let codes = plan.counts().of(section.kind);
    if codes == 0 {
        return;
    }
    let _ = write!(text, "### {} ({})\n\n{}", section.heading, grouped(codes), section.advice);
    let rows = plan.campaigns.iter().flat_map(|campaign| {
        let actions = campaign.actions.iter().filter(|action| action.kind == section.kind);
        group(actions, true).into_iter().map(move |group| {
            let row = format!(
                "| {} | {} | {} | {} |",
                code(campaign.name.as_str()),
                code(&group.scenes()),
                code(&group.channels()),
                in_two_languages(&prose(&group.note(campaign), SENTENCE), chinese(&group.first.reason))
            );
            (row, group.codes)
        })
    });
    let head = "| Campaign · 活动 | Scene · 场景值 | Channel · 渠道 | |\n|---|---|---|---|\n";
    table(text, head, rows);
}
