//! The picture in the READMEs: what the program prints, beside a code that it made.

use std::fmt::Write;
use std::io::Read;
use std::path::Path;

use rqrr::{BitGrid, PreparedImage};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use crate::compare::assert_shown;
use crate::reference::is_update;
use crate::shell::Shell;
use crate::{markdown, repository, write};

const FILE: &str = "docs/src/picture.svg";
const BUNDLE: &str = "output/emulator/stores/stores.NOT-FOR-PRINT.zip";

/// The commands in the picture, and how many lines of each are shown.
const COMMANDS: [(&str, usize); 2] =
    [("scenepress status --emulator", 10), ("scenepress inspect --emulator 3001", 8)];

#[test]
fn the_picture_shows_what_the_program_prints() {
    let mut shell = Shell::new();
    shell.run("scenepress run --emulator -q");
    let shown = COMMANDS.map(|(command, lines)| {
        let printed = shell.run(&format!("{command} --color always")).expect("it is run");
        let first: Vec<String> = printed.lines().take(lines).map(str::to_owned).collect();
        (command, first)
    });
    shell.finish();
    if is_update() {
        let path = shell.path(BUNDLE);
        write(&repository(FILE), &svg(&shown, &modules(&path)));
    }
    let mut texts = texts(&markdown::read(Path::new(FILE))).into_iter().peekable();
    for (command, _) in COMMANDS {
        assert_eq!(texts.next().as_deref(), Some(format!("$ {command}").as_str()));
        let mut lines = Vec::new();
        while texts.peek().is_some_and(|line| !line.starts_with("$ ")) {
            lines.extend(texts.next());
        }
        lines.truncate(lines.iter().position(|line| line == "…").map_or(lines.len(), |place| place + 1));
        assert_shown(&lines, &shell.run(command).expect("it is run"), command);
    }
}

/// The dark modules of the first picture in a bundle: where each is, and how many there are on a side.
fn modules(bundle: &Path) -> (usize, Vec<(usize, usize)>) {
    let file = std::fs::File::open(bundle).expect("the bundle");
    let mut zip = zip::ZipArchive::new(file).expect("a zip");
    let names = (0..zip.len())
        .map(|index| zip.name_for_index(index).expect("an entry").expect("a name").into_owned());
    let name = names.into_iter().find(|name| name.starts_with("images/")).expect("a picture");
    let mut jpeg = Vec::new();
    zip.by_name(&name).expect("the picture").read_to_end(&mut jpeg).expect("its bytes");
    let grey = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&jpeg), grey);
    let pixels = decoder.decode().expect("a JPEG");
    let (width, height) = decoder.dimensions().expect("its size");
    let mut image = PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    let grids = image.detect_grids();
    let grid = &grids.first().expect("a code").grid;
    let side = grid.size();
    let all = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
    (side, all.filter(|(x, y)| grid.bit(*y, *x)).collect())
}

/// A terminal on the left, the code on the right.
fn svg(shown: &[(&str, Vec<String>)], (side, dark): &(usize, Vec<(usize, usize)>)) -> String {
    let mut lines = Vec::new();
    for (command, printed) in shown {
        lines.push(format!("<tspan fill=\"#7ee787\">$</tspan> {}", escaped(command)));
        lines.extend(printed.iter().map(|line| coloured(line)));
        lines.push("…".to_owned());
    }
    let height = 40 + 18 * lines.len();
    let scale = 6;
    let quiet = 4 * scale;
    let code = scale * side + 2 * quiet;
    let (left, top) = (540, (height - code) / 2);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {height}\" font-family=\"ui-monospace, Menlo, Consolas, monospace\" font-size=\"13\">\n\
         <rect width=\"520\" height=\"{height}\" rx=\"8\" fill=\"#0d1117\"/>\n\
         <g fill=\"#c9d1d9\" xml:space=\"preserve\">\n",
        left + code,
    );
    for (number, line) in lines.iter().enumerate() {
        let _ = writeln!(svg, "<text x=\"16\" y=\"{}\">{line}</text>", 30 + 18 * number);
    }
    let mut path = String::new();
    for (x, y) in dark {
        let _ = write!(path, "M{},{}h{scale}v{scale}h-{scale}z", x * scale, y * scale);
    }
    let _ = write!(
        svg,
        "</g>\n<rect x=\"{left}\" y=\"{top}\" width=\"{code}\" height=\"{code}\" fill=\"#fff\"/>\n\
         <path transform=\"translate({0},{1})\" d=\"{path}\"/>\n\
         <g text-anchor=\"middle\" fill=\"#57606a\"><text x=\"{2}\" y=\"{3}\">made by the emulator:</text>\
         <text x=\"{2}\" y=\"{4}\">not for print</text></g>\n</svg>\n",
        left + quiet,
        top + quiet,
        left + code / 2,
        top + code + 18,
        top + code + 36,
    );
    svg
}

/// A printed line with its colours.
fn coloured(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let mut text = escaped(parts.next().unwrap_or_default());
    for part in parts {
        let (code, rest) = part.split_once('m').expect("a colour");
        text += match code {
            "0" => "</tspan>",
            "1" => "<tspan font-weight=\"bold\">",
            "2" => "<tspan fill=\"#8b949e\">",
            "32" => "<tspan fill=\"#7ee787\">",
            "33" => "<tspan fill=\"#d29922\">",
            other => panic!("an unknown colour: {other}"),
        };
        text += &escaped(rest);
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The text of each line in the picture.
fn texts(svg: &str) -> Vec<String> {
    let lines = svg.lines().filter(|line| line.starts_with("<text "));
    lines
        .map(|line| {
            let parts = line.split('<').filter_map(|part| part.split_once('>'));
            let text: String = parts.map(|(_, text)| text).collect();
            text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        })
        .collect()
}
