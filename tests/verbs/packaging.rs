use crate::support::Workplace;

#[test]
fn every_shell_gets_completions() {
    let workplace = Workplace::new();
    for (shell, sign) in [
        ("bash", "complete -F _scenepress"),
        ("elvish", "edit:completion"),
        ("fish", "complete -c scenepress"),
        ("powershell", "Register-ArgumentCompleter"),
        ("zsh", "#compdef scenepress"),
    ] {
        let outcome = workplace.run(&["completions", shell]);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
        assert!(outcome.stdout.contains(sign), "{shell}");
        assert!(outcome.stdout.contains("keep-going"), "{shell}");
    }
}

#[test]
fn the_manual_is_one_page_or_one_for_each_verb() {
    let workplace = Workplace::new();
    let outcome = workplace.run(&["man"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    assert!(outcome.stdout.contains(".TH scenepress 1"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("stopped by SIGTERM"), "{}", outcome.stdout);

    let outcome = workplace.run(&["man", "--dir", "share/man1"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    let main = String::from_utf8(workplace.read("share/man1/scenepress.1")).expect("UTF-8");
    assert!(main.contains("scenepress\\-run(1)"), "{main}");
    assert!(main.contains(".TH scenepress 1  \"scenepress 0.1.0\" \"scenepress manual\""), "{main}");
    assert!(main.contains(".SH EXIT STATUS\n.TP\n\\fB0\\fR\ndone; also: nothing to do\n.TP\n"), "{main}");
    let run = String::from_utf8(workplace.read("share/man1/scenepress-run.1")).expect("UTF-8");
    assert!(run.contains("\n.SH EXAMPLES\n  scenepress run \\-\\-emulator\n"), "{run}");
    for page in [&main, &run] {
        let headings: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
        assert!(headings.iter().all(|heading| heading.to_uppercase() == **heading), "{headings:?}");
        assert!(!page.contains("see a summary") && !page.contains("EXTRA"), "{page}");
    }
    let plan = String::from_utf8(workplace.read("share/man1/scenepress-plan.1")).expect("UTF-8");
    assert!(plan.contains(".TH scenepress-plan 1"), "{plan}");
    assert!(plan.contains("scenepress plan"), "{plan}");
    for line in outcome.stdout.lines() {
        assert!(workplace.path(line.trim_start_matches("wrote ")).exists(), "{line}");
    }
}

#[test]
fn each_topic_is_a_page_of_section_7() {
    let workplace = Workplace::new();
    assert_eq!(workplace.run(&["man", "--dir", "pages", "-q"]).stdout, "");
    let page = |name: &str| String::from_utf8(workplace.read(name)).expect("UTF-8");
    let files = page("pages/scenepress-campaign-files.7");
    let begins = ".TH scenepress-campaign-files 7 \"\" \"scenepress 0.1.0\" \"scenepress manual\"\n.SH NAME\n\
                  scenepress\\-campaign\\-files \\- Campaign files\n.SH DESCRIPTION\n";
    assert!(files.starts_with(begins), "{files}");
    for part in [
        "\n.SH WRITE A CAMPAIGN\n",
        "\n\\&scenepress init\n",
        "\n\\&| `expires`, from temporary to `never` | issues a permanent code in its place |\n",
        "\n.SH SEE ALSO\nscenepress(1), scenepress\\-start(7), ",
    ] {
        assert!(files.contains(part), "{part} is not in\n{files}");
    }
    assert!(page("pages/scenepress-recovery.7").contains("\n\\&1. Stop the nightly run.\n\\&2. "));
    assert!(page("pages/scenepress.1").contains(", scenepress\\-campaign\\-files(7), "));

    let mut pages = 0;
    for entry in std::fs::read_dir(workplace.path("pages")).expect("a folder") {
        let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
        if name.ends_with(".7") {
            let text = page(&format!("pages/{name}"));
            for line in text.lines() {
                let is_request =
                    [".TH ", ".SH ", ".SS ", ".nf", ".fi"].iter().any(|name| line.starts_with(name));
                let is_text = line.starts_with("\\&") && !line.starts_with("\\&<!--");
                let of_name = line.starts_with("scenepress");
                assert!(is_request || is_text || of_name, "{name}: {line}");
            }
            pages += 1;
        }
    }
    assert!(pages > 12, "{pages}");
}

#[test]
fn man_has_nothing_against_the_pages() {
    let workplace = Workplace::new();
    workplace.run(&["man", "--dir", "pages", "-q"]);
    if std::process::Command::new("man").arg("--version").output().is_err() {
        println!("skipped: this machine has no man");
        return;
    }
    for name in ["scenepress-recipes.7", "scenepress-problems.7", "scenepress-formats.7", "scenepress-run.1"]
    {
        let page = workplace.path(format!("pages/{name}"));
        let output =
            std::process::Command::new("man").args(["--warnings", "-l"]).arg(page).output().expect("man");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{name}");
        assert!(output.stdout.len() > 500, "{name}");
    }
}

#[test]
fn the_package_holds_the_chapters_that_the_program_is_built_with() {
    let listing = std::process::Command::new(env!("CARGO"))
        .args(["package", "--list", "--allow-dirty", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo");
    assert!(listing.status.success(), "{}", String::from_utf8_lossy(&listing.stderr));
    let files = String::from_utf8(listing.stdout).expect("UTF-8");
    let files: Vec<&str> = files.lines().collect();
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/src")).expect("a folder") {
        let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
        if std::path::Path::new(&name).extension().is_some_and(|extension| extension == "md") {
            assert!(files.contains(&format!("docs/src/{name}").as_str()), "{name} is not in the package");
        }
    }
}
