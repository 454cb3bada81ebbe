//! Limits from outside: what is refused, what is shown, and the way out.

use super::support::{Kind, Platform, Project};

fn stores(numbers: std::ops::RangeInclusive<u32>, keys: &str) -> String {
    format!(
        "expires: 30d\n{keys}codes: [{{scenes: {}..{}, channel: \"Store {{n}}\"}}]\n",
        numbers.start(),
        numbers.end()
    )
}

const REFUSED: &str = "15 of 30 living codes would be retired, the limit is 5 %, at most 50; if that is meant: --allow \
                       retire=stores for one run, or `limits: {retire: 15}` in its file";

#[test]
fn a_campaign_beyond_its_limit_is_refused_the_others_run_and_it_is_allowed_by_flag_or_file() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("stores.yaml", &stores(1..=30, ""));
    project.expect(&["run"], 0);
    let bundle = project.read("output/stores/stores.zip");
    project.write("campaigns/stores.yaml", stores(1..=15, ""));
    project.write("campaigns/fair.yaml", stores(101..=102, ""));

    let shown = project.expect(&["plan"], 0);
    let lines = format!(
        "\nstores (account default): REFUSED: 15 codes, 15 keep\n  ! refuse   16..30 (15 codes): {REFUSED}\n\nTotal: 2 \
         create, 15 keep, 15 refuse\n"
    );
    assert!(shown.stdout.contains(&lines), "{}", shown.stdout);
    assert!(shown.stdout.contains("\n1 campaign refused: nothing is done for it\n"), "{}", shown.stdout);

    let told = project.expect(&["run"], 4);
    told.says("fair: 2 created\n");
    told.says(&format!(" and was not replaced: {REFUSED}\n"));
    assert_eq!(project.read("output/stores/stores.zip"), bundle);
    assert_eq!(project.number("SELECT count(*) FROM codes WHERE retired = 0"), 32);
    let document = project.run_json(4);
    assert_eq!(document["message"], format!("stores: {REFUSED}"));
    project.expect(&["bundle"], 4);

    // By the file, then by the flag.
    project.write("campaigns/stores.yaml", stores(1..=20, "limits: {retire: 10}\n"));
    project.expect(&["run"], 0);
    project.write("campaigns/stores.yaml", stores(1..=5, "limits: {retire: 10}\n"));
    project.expect(&["run"], 4);
    let approved = project.expect(&["plan", "--allow", "retire=stores", "--out", "plan.json"], 0);
    assert!(approved.stdout.contains("stores (account default): 5 keep, 15 retire\n"), "{}", approved.stdout);
    project.expect(&["run", "--plan", "plan.json"], 4); // what was allowed for the plan is to be allowed for the run
    project.expect(&["run", "--plan", "plan.json", "--allow", "retire=stores"], 0);
    assert_eq!(project.bundle("stores").rows().len(), 5);
    assert_eq!(platform.count(Kind::Create), 32);
}

#[test]
fn a_campaign_file_that_vanished_retires_nobody_until_its_name_is_allowed() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("stores.yaml", &stores(1..=30, ""));
    project.write("campaigns/fair.yaml", stores(101..=102, ""));
    project.expect(&["run"], 0);
    project.remove("campaigns/stores.yaml");
    let told = project.expect(&["run"], 4);
    told.says(
        "30 of 30 living codes would be retired, the limit is 5 %, at most 50; put its file back, or if that is meant: \
         --allow retire=stores for one run\n",
    );
    assert_eq!(project.number("SELECT count(*) FROM codes WHERE retired = 1"), 0);
    project.expect(&["run", "--allow", "retire=stores"], 0);
    assert_eq!(project.number("SELECT count(*) FROM codes WHERE retired = 1"), 30);
    // It is over: the name is not known to the plan any more.
    let told = project.expect(&["run", "--allow", "retire=stores"], 0);
    told.says("warning: --allow retire=stores: this plan has no campaign of that name\n");
}

#[test]
fn a_column_that_was_sorted_alone_is_not_recorded() {
    let platform = Platform::start();
    let rows = |order: &mut dyn Iterator<Item = u32>| {
        let rows = (1..=40).zip(order).map(|(scene, channel)| format!("{scene},Store {channel}\n"));
        format!("scene,channel,expires\n{}", rows.collect::<String>().replace('\n', ",30d\n"))
    };
    let project = Project::new(&platform).campaign("stores.csv", &rows(&mut (1..=40)));
    project.expect(&["run"], 0);
    project.write("campaigns/stores.csv", rows(&mut (1..=40).rev()));
    let told = project.expect(&["run"], 4);
    told.says(
        "40 channels changed, 40 only swapped: was one column sorted alone? 40 of 40 living codes would be relabelled, \
         the limit is 5 %; if that is meant: --allow relabel=stores for one run\n",
    );
    project.expect(&["run", "--allow", "relabel=stores"], 0);
    assert_eq!(platform.count(Kind::Create), 40);
}

#[test]
fn an_allowance_without_a_limit_is_wrong_usage() {
    let platform = Platform::start();
    let project = Project::new(&platform).campaign("stores.yaml", &stores(1..=2, ""));
    for verb in ["run", "plan", "bundle"] {
        let told = project.expect(&[verb, "--allow", "stores"], 2);
        let error = "error: invalid value 'stores' for '--allow <LIMIT=CAMPAIGN>': \"stores\" is no limit: write \
                     reissue=CAMPAIGN, retire=CAMPAIGN or relabel=CAMPAIGN\n\nFor more information, try '--help'.\n";
        assert_eq!((told.stdout.as_str(), told.stderr.as_str()), ("", error), "{verb}");
    }
}
