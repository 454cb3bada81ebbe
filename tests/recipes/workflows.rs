//! The workflows of GitHub and GitLab: their shape, and their scripts carried out in a checkout.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::machine::{Machine, has_git};
use crate::recipes::Recipes;
use crate::{both, english};

const NIGHTLY: &str = ".github/workflows/nightly.yaml";
const PLAN: &str = ".github/workflows/plan.yaml";
const GITLAB: &str = ".gitlab-ci.yml";

/// The one secret, as GitHub names it.
const SECRET: &str = "${{ secrets.WECHAT_SECRET }}";

fn yaml(recipes: &Recipes, name: &str) -> Value {
    serde_yaml::from_str(&recipes.get(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn texts(value: &Value) -> Vec<String> {
    let texts = value.as_array().unwrap_or_else(|| panic!("no list: {value}"));
    texts.iter().map(|text| text.as_str().expect("a text").to_owned()).collect()
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("a mapping").keys().map(String::as_str).collect()
}

/// The variables of an `env` or `variables`, on a machine. Only `WECHAT_SECRET` may be one of GitHub's secrets.
fn variables(machine: &Machine, value: &Value) -> Vec<(String, String)> {
    let known = machine.read("scenepress.env");
    let secret = known.trim().strip_prefix("WECHAT_SECRET=").expect("a secret");
    let entries = value.as_object().into_iter().flatten();
    entries
        .map(|(name, value)| {
            let value = value.as_str().expect("a text").replace(SECRET, secret);
            assert!(!value.contains("${{"), "{name}: {value}");
            (name.clone(), machine.place(&value))
        })
        .collect()
}

/// A checkout of what the git server has, which every job begins with.
fn checkout(machine: &Machine, name: &str) -> PathBuf {
    machine.script(&format!("git clone -q origin {name}"), &[]);
    machine.path(name)
}

/// Runs a script as a runner does; it succeeds.
fn run(machine: &Machine, folder: &Path, script: &str, variables: &[(String, String)]) -> String {
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let said = machine.follow("bash", folder, script, &variables);
    assert_eq!(said.exit, 0, "{script}\n{}", said.text);
    said.text
}

/// The plan of a merge request that adds a code, in Markdown: one new, nothing to fetch anew.
fn assert_plan(plan: &str) {
    assert!(plan.starts_with("## scenepress: plan · 计划\n"), "{plan}");
    for row in [
        "| new | 新发 | 1 |",
        "| unchanged | 不变 | 55 |",
        "| retired: no longer renewed | 退役：不再续期 | 0 |",
    ] {
        assert!(plan.contains(row), "{row} is not in\n{plan}");
    }
}

#[test]
fn the_nightly_workflow_holds_the_secret_where_only_its_run_sees_it() {
    for recipes in both() {
        let nightly = yaml(&recipes, NIGHTLY);
        assert_eq!(keys(&nightly["on"]), ["schedule", "workflow_dispatch"]);
        assert_eq!(nightly["on"]["schedule"], json!([{"cron": "17 19 * * *"}]));
        assert_eq!(nightly["permissions"], json!({"contents": "read"}));
        assert_eq!(nightly["concurrency"], json!({"group": "nightly", "cancel-in-progress": false}));
        assert_eq!(keys(&nightly["jobs"]), ["run"]);
        let job = &nightly["jobs"]["run"];
        assert_eq!(job["runs-on"], json!(["self-hosted", "codes"]));
        assert_eq!(job["environment"], "nightly");
        assert_eq!(recipes.get(NIGHTLY).matches("secrets.").count(), 1);
        let with_secret =
            job["steps"].as_array().expect("steps").iter().find(|step| step["env"] != Value::Null);
        let step = with_secret.expect("a step with variables");
        assert_eq!(step["env"], json!({"WECHAT_SECRET": SECRET}));
        assert!(step["run"].as_str().expect("a script").starts_with("scenepress run "));
    }
}

#[test]
fn no_merge_request_gets_a_secret_or_a_fork_a_machine() {
    for recipes in both() {
        let plan = yaml(&recipes, PLAN);
        assert_eq!(plan["on"], json!({"pull_request": {"paths": ["campaigns/**"]}}));
        assert_eq!(plan["permissions"], json!({"contents": "read"}));
        assert_eq!(keys(&plan["jobs"]), ["plan"]);
        let job = &plan["jobs"]["plan"];
        assert_eq!(job["if"], "github.event.pull_request.head.repo.full_name == github.repository");
        assert_eq!(job["steps"][0]["with"], json!({"persist-credentials": false}));
        let text = recipes.get(PLAN);
        assert!(
            !text.contains("secrets") && !text.contains("environment") && !text.contains("env:"),
            "{text}"
        );

        let gitlab = yaml(&recipes, GITLAB);
        assert_eq!(keys(&gitlab), ["default", "nightly", "plan"]);
        assert!(!recipes.get(GITLAB).contains("WECHAT_SECRET"));
        let rule = |source: &str| json!([{"if": format!("$CI_PIPELINE_SOURCE == \"{source}\"")}]);
        assert_eq!(gitlab["plan"]["rules"], rule("merge_request_event"));
        assert_eq!(gitlab["nightly"]["rules"], rule("schedule"));
        assert_eq!(gitlab["nightly"]["resource_group"], "nightly");
        assert_eq!(gitlab["default"]["tags"], json!(["codes"]));
    }
}

/// A key that is misspelt would be passed over, or refused only where the workflow lands.
#[test]
fn the_keys_of_jobs_and_steps_are_those_of_the_services() {
    let known = |value: &Value, known: &[&str]| {
        let unknown: Vec<&str> = keys(value).into_iter().filter(|key| !known.contains(key)).collect();
        assert_eq!(unknown, Vec::<&str>::new());
    };
    for recipes in both() {
        for name in [NIGHTLY, PLAN] {
            let workflow = yaml(&recipes, name);
            known(&workflow, &["name", "on", "permissions", "concurrency", "jobs"]);
            for job in workflow["jobs"].as_object().expect("jobs").values() {
                known(job, &["if", "runs-on", "environment", "timeout-minutes", "env", "steps"]);
                for step in job["steps"].as_array().expect("steps") {
                    known(step, &["uses", "with", "if", "run", "env"]);
                    let always = step["run"].as_str().is_some_and(|run| run.contains("ledger backup"));
                    assert!(!always || step["if"] == "always()", "a backup after each run: {step}");
                }
            }
        }
        let gitlab = yaml(&recipes, GITLAB);
        for job in ["plan", "nightly"] {
            let keys =
                ["rules", "resource_group", "timeout", "variables", "script", "after_script", "artifacts"];
            known(&gitlab[job], &keys);
            known(&gitlab[job]["artifacts"], &["expose_as", "paths", "exclude", "when", "expire_in"]);
        }
    }
}

#[test]
fn actions_are_pinned_by_their_major_version() {
    for recipes in both() {
        for name in [NIGHTLY, PLAN] {
            let workflow = yaml(&recipes, name);
            let jobs = workflow["jobs"].as_object().expect("jobs");
            let steps = jobs.values().flat_map(|job| job["steps"].as_array().expect("steps"));
            for step in steps {
                let Some(action) = step["uses"].as_str() else {
                    assert!(step["run"].is_string(), "neither uses nor run: {step}");
                    continue;
                };
                let (owner, version) = action.split_once("@v").expect("an action and its version");
                assert!(owner.starts_with("actions/"), "{action}");
                assert!(version.parse::<u32>().is_ok(), "{action}");
            }
        }
    }
}

/// The steps of a GitHub job, carried out in a checkout; the patterns of what is uploaded.
fn github(machine: &Machine, folder: &Path, job: &Value) -> Vec<String> {
    let mut uploaded = Vec::new();
    let summary = machine.path("summary.md").display().to_string();
    for step in job["steps"].as_array().expect("steps") {
        let mut all = variables(machine, &job["env"]);
        all.extend(variables(machine, &step["env"]));
        all.push(("GITHUB_STEP_SUMMARY".to_owned(), summary.clone()));
        if let Some(script) = step["run"].as_str() {
            run(machine, folder, script, &all);
        }
        if let Some(path) = step["with"]["path"].as_str() {
            uploaded.extend(path.lines().map(|pattern| machine.place(pattern)));
        }
    }
    uploaded
}

#[test]
fn githubs_steps_do_a_night_and_then_a_plan() {
    if !has_git() {
        return;
    }
    let recipes = english();
    let machine = Machine::at_work(&recipes);
    machine.push_a_code(7);
    let nightly = yaml(&recipes, NIGHTLY);
    let uploaded = github(&machine, &checkout(&machine, "night"), &nightly["jobs"]["run"]);
    assert!(!machine.path("night/output").exists(), "nothing is left where a checkout cleans");
    let [bundles, but_not] = uploaded.as_slice() else { panic!("{uploaded:?}") };
    let list = |pattern: &str| machine.script(&format!("cd / && echo {pattern}"), &[]);
    let folder = machine.path("srv-codes/output/metro");
    let of = |name: &str| folder.join(name).display().to_string();
    assert_eq!(list(bundles), format!("{} {}\n", of("metro.r1.zip"), of("metro.zip")));
    let but_not = but_not.strip_prefix('!').expect("an exception");
    assert_eq!(list(but_not), format!("{}\n", of("metro.r1.zip")));

    machine.push_a_code(8);
    let ledger = || std::fs::read(machine.path("srv-codes/output/ledger.sqlite")).expect("the ledger");
    let before = ledger();
    machine.script("rm scenepress.env && echo WECHAT_SECRET= >scenepress.env", &[]);
    let plan = yaml(&recipes, PLAN);
    assert_eq!(github(&machine, &checkout(&machine, "merge"), &plan["jobs"]["plan"]), Vec::<String>::new());
    assert_eq!(ledger(), before);
    let summary = machine.read("summary.md");
    assert!(summary.contains("| unchanged | 不变 | 56 |"), "{summary}");
    assert_plan(&summary.replace("| 56 |", "| 55 |"));
}

#[test]
fn gitlabs_scripts_do_a_night_and_then_a_plan() {
    if !has_git() {
        return;
    }
    let recipes = english();
    let machine = Machine::at_work(&recipes);
    let gitlab = yaml(&recipes, GITLAB);
    let lines = |job: &str, key: &str| texts(&gitlab[job][key]).join("\n");
    let mut known = variables(&machine, &gitlab["nightly"]["variables"]);
    let secret = machine.read("scenepress.env").trim().replace("WECHAT_SECRET=", "");
    let folder = checkout(&machine, "night");
    // The script and what comes after it have each a shell of their own.
    let with_secret = [known.clone(), vec![("WECHAT_SECRET".to_owned(), secret)]].concat();
    let told = run(&machine, &folder, &lines("nightly", "script"), &with_secret);
    assert!(told.ends_with("\nNothing to do: 55 codes are as they should be.\n"), "{told}");
    known.retain(|(name, _)| name == "SCENEPRESS_LEDGER");
    run(&machine, &folder, &lines("nightly", "after_script"), &known);
    assert_eq!(gitlab["nightly"]["artifacts"]["paths"], json!(["bundles/"]));
    assert_eq!(gitlab["nightly"]["artifacts"]["when"], "always");
    assert_eq!(gitlab["nightly"]["artifacts"]["exclude"], json!(["bundles/*.r[0-9]*.zip"]));
    assert_eq!(machine.script("cd night && ls -A", &[]), ".git\n.gitignore\nbundles\ncampaigns\n");
    assert_eq!(machine.script("cd night && ls bundles", &[]), "metro.zip\n");

    machine.push_a_code(7);
    let folder = checkout(&machine, "merge");
    run(&machine, &folder, &lines("plan", "script"), &[]);
    let artifacts = &gitlab["plan"]["artifacts"];
    assert_eq!((&artifacts["expose_as"], &artifacts["paths"]), (&json!("plan"), &json!(["plan.md"])));
    assert_plan(&machine.read("merge/plan.md"));
}

#[test]
fn a_merge_request_that_a_run_would_refuse_fails() {
    if !has_git() {
        return;
    }
    let recipes = english();
    let machine = Machine::at_work(&recipes);
    machine.script("cp srv-codes/output/ledger.sqlite backups/ledger.sqlite", &[]);
    let folder = checkout(&machine, "merge");
    let paper = "expires: 30d\nmedium: paper\nuntil: 2099-03-15\ncodes:\n  - {scene: 9, channel: x}\n";
    machine.write("merge/campaigns/paper.yaml", paper);
    let gitlab = yaml(&recipes, GITLAB);
    let script = |key: &str| texts(&gitlab["plan"][key]).join("\n");
    let said = machine.follow("bash", &folder, &script("script"), &[]);
    assert_eq!(said.exit, 4, "{}", said.text);
    assert!(machine.read("merge/plan.md").contains("### Refused: nothing is done for these campaigns"));
    let checked = machine.follow("bash", &folder, &script("after_script"), &[]);
    assert!(checked.text.contains("warning[paper-expires-early]"), "{}", checked.text);
    let steps = yaml(&recipes, PLAN)["jobs"]["plan"]["steps"].clone();
    let plan = steps[1]["run"].as_str().expect("a script").to_owned();
    let summary = machine.path("summary.md").display().to_string();
    let said = machine.follow("bash", &folder, &plan, &[("GITHUB_STEP_SUMMARY", &summary)]);
    assert_eq!((said.exit, &steps[2]["if"]), (4, &json!("always()")), "{}", said.text);
}

#[test]
fn a_merge_request_with_problems_is_told_of_them() {
    if !has_git() {
        return;
    }
    let recipes = english();
    let machine = Machine::at_work(&recipes);
    let folder = checkout(&machine, "merge");
    machine.write("merge/campaigns/broken.yaml", "codes:\n  - {scene: 0, channel: x}\n");
    let gitlab = yaml(&recipes, GITLAB);
    let script = texts(&gitlab["plan"]["script"]).join("\n");
    let said = machine.follow("bash", &folder, &script, &[]);
    assert_eq!(said.exit, 2, "{}", said.text);
    assert_eq!(gitlab["plan"]["artifacts"]["when"], "always");
    let told = machine.read("merge/plan.md");
    assert!(told.starts_with("## scenepress: plan · 计划\n\n**No plan could be made**, "), "{told}");
    let place = "<code>campaigns/broken.yaml&#58;<wbr>2&#58;13</code>";
    assert!(told.contains(&format!("\n| **error · 错误** | {place} | scene 0 is not allowed<br>")), "{told}");
}
