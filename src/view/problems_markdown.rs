//! The problems of campaign files, in the comment for a merge request.

use std::fmt::Write as _;

use super::ProblemLine;
use super::markdown::{SENTENCE, code_up_to, prose, short, table};
use crate::campaign::Severity;
use crate::model::{counted, grouped};

/// The most characters of a file's path.
const PATH: usize = 100;
/// The most characters of what to do.
const HELP: usize = 200;

/// Why there is no plan.
pub(super) fn problems_of_no_plan(text: &mut String, problems: &[ProblemLine]) {
    problems_table(text, "Problems · 问题", problems);
}

/// What is wrong in files whose campaigns are skipped; warnings alone are only counted, as the text does.
pub(super) fn problems_of_plan(text: &mut String, problems: &[ProblemLine]) {
    if problems.iter().any(is_error) {
        problems_table(
            text,
            "Problems: campaigns with them are skipped · 问题：有问题的活动被跳过",
            problems,
        );
    } else if !problems.is_empty() {
        let number = problems.len() as u64;
        let _ = write!(
            text,
            "{} in the campaign files: see `scenepress check`. · 活动文件有 {} 个警告，见 `scenepress check`。\n\n",
            counted(number, "warning"),
            grouped(number)
        );
    }
}

fn is_error(problem: &ProblemLine) -> bool {
    problem.severity == Severity::Error
}

/// Errors come first: not all may be shown.
fn problems_table(text: &mut String, heading: &str, problems: &[ProblemLine]) {
    let _ = write!(text, "### {heading} ({})\n\n", grouped(problems.len() as u64));
    let errors = problems.iter().filter(|problem| is_error(problem));
    let warnings = problems.iter().filter(|problem| !is_error(problem));
    let rows = errors.chain(warnings).map(|problem| (row(problem), 1));
    let head = "| | Place · 位置 | What is wrong, what to do · 问题与办法（英文） |\n|---|---|---|\n";
    table(text, head, rows);
}

fn row(problem: &ProblemLine) -> String {
    let severity = match problem.severity {
        Severity::Error => "**error · 错误**",
        Severity::Warning => "warning · 警告",
    };
    let numbers = [problem.line, problem.column].map(|number| number.map(|number| format!(":{number}")));
    let numbers = numbers.map(Option::unwrap_or_default).concat();
    // A path may be long; the line must be seen.
    let place = |path: &String| code_up_to(&format!("{}{numbers}", short(path, PATH)), usize::MAX);
    let place = problem.path.as_ref().map(place);
    let help = problem.help.as_deref().map(|help| format!("<br>{}", prose(help, HELP)));
    format!(
        "| {severity} | {} | {}{} |",
        place.unwrap_or_default(),
        prose(&problem.message, SENTENCE),
        help.unwrap_or_default()
    )
}
