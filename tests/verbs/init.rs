use crate::support::Workplace;

#[test]
fn the_example_passes_the_check_and_plans() {
    let workplace = Workplace::new();
    workplace.run(&["init"]).is(
        0,
        "\
wrote campaigns/accounts.yaml
wrote campaigns/example.yaml

Next:
  scenepress check             reads the campaign files
  scenepress plan --emulator   shows what a run would do
  scenepress run --emulator    rehearses it without credentials
For real codes put the account's appid and secret where accounts.yaml says, and remove `example: true`.
",
        "",
    );
    workplace.run(&["check"]).is(0, "campaigns/: 1 campaign, 23 codes, no problems\n", "");
    let outcome = workplace.run(&["plan", "--emulator"]);
    assert!(outcome.stdout.contains("Total: 23 create"), "{}", outcome.stdout);
    let outcome = workplace.run_with(&["plan"], &[("WECHAT_APPID", "wx1")]);
    assert!(outcome.stdout.contains("example: true"), "{}", outcome.stdout);
}

#[test]
fn another_folder_is_named_in_what_comes_next() {
    let workplace = Workplace::new();
    let outcome = workplace.run(&["init", "spring/campaigns"]);
    assert!(outcome.stdout.contains("  scenepress check spring/campaigns "), "{}", outcome.stdout);
    assert_eq!(workplace.run(&["check", "spring/campaigns"]).code, 0);
    workplace.run(&["init", "other", "-q"]).is(0, "", "");
}

#[test]
fn nothing_is_overwritten() {
    let workplace = Workplace::new();
    workplace.write("campaigns/accounts.yaml", "mine");
    workplace.run(&["init"]).is(
        2,
        "",
        "error: campaigns/accounts.yaml exists already: nothing was written. Name another folder: scenepress init DIR\n",
    );
    assert_eq!(workplace.read("campaigns/accounts.yaml"), b"mine");
    assert!(!workplace.path("campaigns/example.yaml").exists());
}
