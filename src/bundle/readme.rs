//! `README.txt`: what somebody at a print shop has to know, in Chinese and English.

use jiff::civil::Date;

use crate::model::{Declared, PictureNames, beijing_date, counted, grouped, minute_text, outlives, verb};
use crate::paper::is_printed;

use super::Selection;
use super::diff::Changes;
use super::language::{Language, said};
use super::news;
use super::row::{AsRow, Listing, Row};

/// The file's name in the bundle.
pub(super) const FILE_NAME: &str = "README.txt";

/// The whole text: UTF-8 with byte order mark and CRLF, so that every Windows editor shows it rightly.
///
/// `side` is the smallest picture's, in pixels.
pub(super) fn text<T: AsRow>(listing: &Listing<'_, T>, changes: &Changes, side: u32) -> String {
    let mut text = String::from("\u{FEFF}");
    for language in [Language::Chinese, Language::English] {
        let parts = [
            title(listing, language),
            marks(listing, language),
            use_of_codes(listing, language),
            counts_and_expiry(listing, language),
            news::sentences(changes, listing, language),
            rules(listing, side, language),
            files(listing.header.names, language),
        ];
        text.extend(parts);
    }
    text.replace('\n', "\r\n")
}

fn title<T>(listing: &Listing<'_, T>, language: Language) -> String {
    let header = listing.header;
    let (campaign, revision) = (&header.campaign, header.revision);
    let (title, use_for) = match header.declared {
        Declared::Not => ("微信二维码包", ""),
        Declared::Paper => ("微信二维码印刷包", " for print"),
        Declared::Screen => ("微信二维码包（屏幕用）", " for screens"),
        Declared::Mixed => ("微信二维码包（印刷和屏幕用）", " for print and screens"),
    };
    said!(
        language,
        "{title}：{campaign}（第 {revision} 版）\n\n",
        "WeChat QR codes{use_for}: {campaign} (revision {revision})\n\n",
    )
}

/// Why the bundle must not be printed as it is.
fn marks<T>(listing: &Listing<'_, T>, language: Language) -> String {
    let kind = listing.header.kind;
    let emulator = language.pick(
        "禁止印刷 NOT FOR PRINT：本包由模拟器生成，扫码无效，仅供测试。",
        "NOT FOR PRINT: an emulator made these codes. They lead nowhere. ",
    );
    let partial = language.pick(
        "不完整 PARTIAL：本包缺少部分二维码，请等待完整的包。",
        "PARTIAL: some codes of the campaign are missing. Wait for the whole bundle. ",
    );
    let selection = listing.header.selection.as_ref();
    let unprinted = selection.map(|selection| unprinted(selection, listing, language));
    let marks = [kind.emulator.then_some(emulator), kind.partial.then_some(partial), unprinted.as_deref()];
    marks.into_iter().flatten().flat_map(|mark| ["*** ", mark, "***\n\n"]).collect()
}

/// That the zip holds a part of the bundle.
fn unprinted<T>(selection: &Selection, listing: &Listing<'_, T>, language: Language) -> String {
    let revision = listing.header.revision;
    let (whose, who) = match selection.to.as_ref().map(|to| to.name().unwrap_or_default()) {
        None => ("尚未交付印刷的".to_owned(), "went to nobody yet".to_owned()),
        Some(to) => (format!("尚未交给 {to} 的"), format!("{to} has not got yet")),
    };
    said!(
        language,
        "未印部分 UNPRINTED：本包只含第 {revision} 版中{whose}二维码，请全部印刷。",
        "UNPRINTED: only the codes of revision {revision} that {who}. Print all of them. ",
    )
}

/// What the codes are declared for, and how long their paper works and hangs.
fn use_of_codes<T: AsRow>(listing: &Listing<'_, T>, language: Language) -> String {
    let medium = match listing.header.declared {
        Declared::Not => language.pick(
            "*** 未声明可印刷：活动文件没有为每个二维码写明 medium: paper 或 screen，印刷前请先向活动方确认。***",
            "*** Not declared for paper: not every code has `medium: paper` or `screen`. Ask before you print. ***",
        ),
        Declared::Screen => language.pick(
            "*** 仅用于屏幕，请勿印刷：续期后要换成新图。***",
            "*** For screens only, not for paper: a renewed code is a new picture. ***",
        ),
        Declared::Mixed => language.pick(
            "*** 只有一部分用于印刷，其余仅用于屏幕：只印清单中“用途”列（medium）为“印刷”（paper）的。***",
            "*** Only some are for paper, the others for screens: print only those with `paper` in the column `medium` of \
             the list (用途 is 印刷 in manifest-excel.csv). ***",
        ),
        Declared::Paper => language.pick("已声明用于印刷。", "Declared for paper."),
    };
    format!("{medium}\n{}\n", life_of_paper(listing, language))
}

/// How long the paper works and hangs, and how much of it hangs expired; empty if nothing is said of paper.
fn life_of_paper<T: AsRow>(listing: &Listing<'_, T>, language: Language) -> String {
    let printed = || listing.rows().filter(|row| is_printed(row.medium));
    let first = printed().filter_map(|row| row.last_day()).min();
    match (listing.header.until, listing.header.declared, first) {
        (Some(until), _, _) => life_until(until, printed(), language),
        (None, Declared::Not | Declared::Screen, _) => String::new(),
        (None, _, None) => language.pick("印刷品不会失效。\n", "The paper never expires.\n").to_owned(),
        (None, _, Some(first)) => said!(
            language,
            "最早失效的印刷品有效到 {first}（北京时间）。\n",
            "The first paper to expire works through {first} (Beijing time).\n",
        ),
    }
}

/// The same if the paper hangs until a day.
fn life_until<'a>(until: Date, printed: impl Iterator<Item = Row<'a>>, language: Language) -> String {
    let hangs = said!(
        language,
        "印刷品张贴到 {until}（含当天，北京时间），",
        "The paper hangs until {until}, that day included (Beijing time).",
    );
    let (mut codes, mut early) = (0, Vec::new());
    for row in printed {
        codes += 1;
        early.extend(row.expires_at.filter(|at| !outlives(*at, Some(until))).map(beijing_date));
    }
    let Some((first, last)) = early.iter().min().zip(early.iter().max()) else {
        return hangs + language.pick("到那天全部有效。\n", " All of it works until then.\n");
    };
    let (expired, number, codes) = (early.len() as u64, grouped(codes), counted(codes, "code"));
    let (hang, expired) = (verb(expired, "hangs", "hang"), grouped(expired));
    let period = if first == last {
        said!(language, "{first} 至 {until} 期间", "from {first} to {until}")
    } else {
        said!(
            language,
            "最早的自 {first} 起、最晚的自 {last} 起，到 {until} 为止",
            "until {until}, the first from {first}, the last from {last}",
        )
    };
    hangs
        + &said!(
            language,
            "但 {number} 个二维码中有 {expired} 个提前失效：{period}，贴在外面也扫不开。\n",
            " But {expired} of its {codes} {hang} expired {period}.\n",
        )
}

fn counts_and_expiry<T>(listing: &Listing<'_, T>, language: Language) -> String {
    let summary = listing.summary;
    let (temporary, permanent) = (grouped(summary.temporary), grouped(summary.permanent));
    let (number, codes) = (grouped(summary.codes), counted(summary.codes, "code"));
    let counts = said!(
        language,
        "二维码：共 {number} 个，其中临时 {temporary} 个，永久 {permanent} 个。\n",
        "{codes}: {temporary} temporary, {permanent} permanent.\n",
    );
    let Some((first, last)) = summary.first_expiry.zip(summary.last_expiry) else {
        let all =
            language.pick("全部为永久二维码，不会失效。\n", "All of them are permanent and never expire.\n");
        return counts + all;
    };
    let (first, last) = (minute_text(first), minute_text(last));
    let never = language.pick("永久二维码不会失效。", " Permanent codes never expire.");
    let never = if summary.permanent > 0 { never } else { "" };
    let expiry = said!(
        language,
        "失效时间（北京时间）：最早 {first}，最晚 {last}。{never}\n",
        "Beijing time: the first expires at {first}, the last at {last}.{never}\n",
    );
    let renewal = language.pick(
        "临时二维码到期即失效。续期会得到一张新图；已印出的旧图不会延期，仍在它自己的到期时间失效。\n",
        "A renewed code is a different picture. The old one on paper still expires at its own time.\n",
    );
    counts + &expiry + renewal
}

/// What to mind when printing, or when showing on screens.
fn rules<T>(listing: &Listing<'_, T>, side: u32, language: Language) -> String {
    let for_screens = listing.header.declared == Declared::Screen;
    // The largest side in whole millimetres that still has 300 pixels an inch.
    let most = u64::from(side) * 254 / 3000;
    let title = if for_screens {
        language.pick("\n使用要求\n", "\nOn screens\n")
    } else {
        &said!(
            language,
            "\n印刷要求\n- 尺寸：最小的图片边长 {side} 像素，按 300 dpi 印刷，边长最大 {most} 毫米。\n",
            "\nPrint\n- Size: the smallest picture is {side} pixels wide; at 300 dpi print it at most {most} mm wide.\n",
        )
    };
    let handling = language.pick(
        "- 保留四周白边，宽度至少为 4 个模块（模块即二维码中最小的方格）。
- 不要裁切、拉伸、改色，不要重新压缩，也不要用会压缩图片的聊天工具单张转发。",
        "- Keep the white border: at least 4 modules on every side (a module is the smallest square of the code).
- Do not crop, stretch or recolour the pictures, do not recompress them, and do not forward single pictures
  with a chat program that compresses them.",
    );
    let scan = if for_screens {
        language.pick("上屏前，请先用手机微信扫码确认。", "Scan each screen with WeChat before it is shown.")
    } else {
        language.pick(
            "批量印刷前，请先打样并用手机微信扫码确认。",
            "Print a proof and scan it with WeChat before the whole run.",
        )
    };
    format!("{title}{handling}\n- {scan}\n")
}

/// What each file is for.
fn files(names: PictureNames, language: Language) -> String {
    let pictures = match (names, language) {
        (PictureNames::Dated, Language::Chinese) => CHINESE_DATED,
        (PictureNames::Dated, Language::English) => ENGLISH_DATED,
        (PictureNames::Stable, Language::Chinese) => CHINESE_STABLE,
        (PictureNames::Stable, Language::English) => ENGLISH_STABLE,
    };
    language.pick(CHINESE_FILES, ENGLISH_FILES).replace("{pictures}", pictures)
}

const CHINESE_DATED: &str = "文件名：序号_场景值_渠道_g第几代_until-日期.jpg（g2 即第 2 代）。
  日期是最后有效日：当天全天有效（北京时间），次日失效；不足两天的二维码精确到分钟，如 until-20261122T1800；
  永久二维码没有日期。";

const ENGLISH_DATED: &str = "named seq_scene_channel_g<generation>_until-<day>.jpg. The code works
  through that whole day (Beijing time) and expires on the next. A code of less than two days has the minute, as in
  until-20261122T1800. A permanent code has no day.";

const CHINESE_STABLE: &str = "文件名：序号_场景值_渠道.jpg。
  换图后文件名不变：请用新文件覆盖旧文件。是第几代、何时失效，见清单。";

const ENGLISH_STABLE: &str = "named seq_scene_channel.jpg. A new picture of a code has the same
  name: overwrite the earlier file with it. The list says which generation it is and when it expires.";

const CHINESE_FILES: &str = "
文件说明
- images/：图片，每个二维码一张。{pictures}
- manifest-excel.csv：清单，可双击用 Excel 打开。会被当作公式或被改写的单元格，前面加了一个 '。
- CHANGES.csv：要印什么、要换什么，可双击用 Excel 打开。compared_with 列：paper 表示与已交付印刷的相比，
  r3 表示与第 3 版相比。change 列：new 新增，未交付印刷；replaced 换图；relabelled 仅改标注，图不变，已印的不要重印；
  withdrawn 撤下，已不在本活动中；medium 为 screen 的，现在仅用于屏幕，印好的请取下。
  replace_before：旧图在此时失效，请在此之前换下；有几张的，是最早失效的一张。撤下的在此时失效。
  channel 渠道，generation 第几代，image 图片；带 _before 的是原来的。on_paper：已交付印刷的，
  例如 g1 r3 2026-11-22 甲店：第 1 代，第 3 版，交付日期，交给谁；是别的账号的，前面加 appid。
  medium：用途，paper 印刷，screen 屏幕，空白是未声明；已不在本活动中的，是它原来的用途。
- manifest.csv、manifest.json：同样的清单，供程序读取，内容以它们为准。
- SHA256SUMS：每个文件的校验值，解压后用来检查文件是否完好。
  Windows，单个文件：certutil -hashfile 文件名 SHA256，结果与 SHA256SUMS 中的一行相同即完好。
  Windows，全部文件：在解压后的文件夹里打开 PowerShell，运行下面一行；没有输出即全部完好，列出的文件已损坏。
  Get-Content SHA256SUMS -Encoding UTF8 | % { $h, $f = $_ -split '  ', 2; if ((Get-FileHash -LiteralPath $f).Hash -ne $h) { $f } }
  macOS、Linux：sha256sum -c SHA256SUMS

--------------------------------------------------------------------------------

";

const ENGLISH_FILES: &str = "
Files
- images/: the pictures, one a code, {pictures}
- manifest-excel.csv: the list, for a double click. A cell that Excel would run or rewrite has a ' before it.
- CHANGES.csv: what to print and what to replace, for a double click. Column compared_with: paper is what went to
  print, r3 is revision 3. Column change: new is not printed yet; replaced has another picture; relabelled has the
  same picture, do not print it again; withdrawn is no longer in this campaign or, if its medium is screen, is for
  screens now: take its paper down.
  replace_before: when the old picture expires; replace it before. Of several, the first. A withdrawn one expires then.
  on_paper: what went to print; g1 r3 2026-11-22 Shop A: generation 1, revision 3, the day, to whom; of another
  account, after its appid.
  medium: paper or screen; empty if that is not declared. If the code is not in this campaign any more, what it was for.
- manifest.csv, manifest.json: the same list for programs; these are exact.
- SHA256SUMS: the checksum of every file, to be compared after unpacking.
  Windows, one file: certutil -hashfile FILE SHA256 prints what stands in its line of SHA256SUMS.
  Windows, all files: open PowerShell in the unpacked folder and run this line. It prints the names of damaged files.
  Get-Content SHA256SUMS -Encoding UTF8 | % { $h, $f = $_ -split '  ', 2; if ((Get-FileHash -LiteralPath $f).Hash -ne $h) { $f } }
  macOS, Linux: sha256sum -c SHA256SUMS
";
