//! Chapters as manual pages: their text as it is, with headings that `man` knows.

use std::fmt::Write;

use super::topics::{TOPICS, Topic};

/// The manual page of a chapter, in section 7.
pub fn manual_page(topic: Topic) -> String {
    let (name, title) = (escaped(topic.name), escaped(topic.title()));
    let mut page = format!(
        ".TH scenepress-{} 7 \"\" \"scenepress {}\" \"scenepress manual\"\n.SH NAME\nscenepress\\-{name} \\- {title}\n.SH DESCRIPTION\n.nf\n",
        topic.name,
        env!("CARGO_PKG_VERSION")
    );
    for line in topic.shown().lines().skip(1) {
        // Writing into a string cannot fail.
        let _ = if let Some(title) = line.strip_prefix("## ") {
            writeln!(page, ".fi\n.SH {}\n.nf", escaped(&title.to_uppercase()))
        } else if let Some(title) = line.strip_prefix("### ") {
            writeln!(page, ".fi\n.SS {}\n.nf", escaped(title))
        } else {
            // A dot or a quote at the beginning is no request.
            writeln!(page, "\\&{}", escaped(line))
        };
    }
    let others = TOPICS.iter().filter(|other| other.name != topic.name);
    let others: Vec<String> =
        others.map(|other| format!(", scenepress\\-{}(7)", escaped(other.name))).collect();
    page + ".fi\n.SH SEE ALSO\nscenepress(1)" + &others.concat() + "\n"
}

/// Escapes what `man` would take for its own.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-")
}
