//! The units: what systemd says of them, and their commands carried out.

use std::process::Command;

use crate::machine::{Machine, has_git};
use crate::recipes::Recipes;
use crate::{both, english};

/// A unit's settings, in their order.
struct Unit {
    name: String,
    text: String,
    settings: Vec<(String, String)>,
}

impl Unit {
    fn all(recipes: &Recipes) -> Vec<Self> {
        let units = recipes.all().into_iter().filter_map(|(name, text)| {
            let name = name.strip_prefix("/etc/systemd/system/")?.to_owned();
            let settings = text.lines().filter_map(|line| line.split_once('='));
            let settings = settings.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
            Some(Self { name, text, settings })
        });
        units.collect()
    }

    fn get(&self, key: &str) -> Option<&str> {
        let mut found = self.settings.iter().filter(|(found, _)| found == key);
        let value = found.next()?.1.as_str();
        assert!(found.next().is_none(), "{} says {key} twice", self.name);
        Some(value)
    }

    fn must(&self, key: &str) -> &str {
        self.get(key).unwrap_or_else(|| panic!("{} does not say {key}", self.name))
    }
}

fn named<'a>(units: &'a [Unit], name: &str) -> &'a Unit {
    units.iter().find(|unit| unit.name == name).unwrap_or_else(|| panic!("no unit {name}"))
}

#[test]
fn systemd_has_nothing_against_the_units() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        println!("skipped: this machine has no systemd-analyze");
        return;
    }
    for recipes in both() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new("systemd-analyze");
        command.args(["verify", "--man=no"]);
        for unit in Unit::all(&recipes) {
            // A command has to be there; a template is looked at as its instance.
            let text = unit.text.replace("/usr/local/bin/scenepress", env!("CARGO_BIN_EXE_scenepress"));
            std::fs::write(folder.path().join(&unit.name), text).expect("a file");
            command.arg(folder.path().join(unit.name.replace("@.", "@scenepress.service.")));
        }
        let output = command.output().expect("systemd-analyze");
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert_eq!(said, "", "{:?}", recipes.language);
        assert!(output.status.success());
    }
}

#[test]
fn the_service_tries_again_as_the_table_of_exits_says() {
    for recipes in both() {
        let units = Unit::all(&recipes);
        let service = named(&units, "scenepress.service");
        let codes = |key: &str| -> Vec<u8> {
            service.must(key).split(' ').map(|code| code.parse().expect("an exit code")).collect()
        };
        assert_eq!(service.must("Type"), "oneshot");
        assert_eq!(service.must("Restart"), "on-failure");
        let (prevented, fine) = (codes("RestartPreventExitStatus"), codes("SuccessExitStatus"));
        for (codes, again) in recipes.exits() {
            for code in codes {
                let is_final = code == 0 || prevented.contains(&code) || fine.contains(&code);
                assert_eq!(again, !is_final, "{code}");
            }
        }
        assert!(fine.iter().all(|code| *code > 128), "only a signal from outside is no failure: {fine:?}");
    }
}

#[test]
fn every_unit_that_is_named_is_shown() {
    for recipes in both() {
        let units = Unit::all(&recipes);
        for service in ["scenepress.service", "scenepress-watch.service"] {
            assert_eq!(named(&units, service).must("OnFailure"), "scenepress-alarm@%n.service");
        }
        let alarm = named(&units, "scenepress-alarm@.service");
        assert_eq!(alarm.get("OnFailure"), None, "an alarm that fails gives no alarm");
        let enabled = recipes.get("timers");
        let timers: Vec<&Unit> = units.iter().filter(|unit| unit.get("OnCalendar").is_some()).collect();
        assert_eq!(timers.len(), 2);
        for timer in timers {
            assert!(enabled.contains(&format!(" {}", timer.name)), "{} is not enabled", timer.name);
            named(&units, &timer.name.replace(".timer", ".service"));
            assert!(timer.must("OnCalendar").ends_with(" Asia/Shanghai"));
            assert_eq!((timer.must("Persistent"), timer.must("WantedBy")), ("true", "timers.target"));
        }
    }
}

#[test]
fn the_commands_of_the_units_do_a_night() {
    if !has_git() {
        return;
    }
    let recipes = english();
    let machine = Machine::at_work(&recipes);
    let units = Unit::all(&recipes);
    let run = |unit: &Unit, key: &str| {
        let folder = machine.place(unit.must("WorkingDirectory"));
        let environment = unit.get("EnvironmentFile").map(|file| machine.place(file));
        let lines = environment.map(|file| std::fs::read_to_string(file).expect("the environment"));
        let variables: Vec<(&str, &str)> =
            lines.iter().flat_map(|lines| lines.lines()).filter_map(|line| line.split_once('=')).collect();
        let command = unit.must(key).trim_start_matches('-');
        machine.follow("/bin/sh", folder.as_ref(), command, &variables)
    };
    machine.push_a_code(7);
    machine.hide_the_appid();
    let service = named(&units, "scenepress.service");
    let watchman = named(&units, "scenepress-watch.service");
    let pull = run(service, "ExecStartPre");
    assert_eq!((pull.text.as_str(), pull.exit), ("", 0));
    let watch = run(watchman, "ExecStart");
    assert_eq!(watch.exit, 11, "{}", watch.text);
    let (night, backup) = (run(service, "ExecStart"), run(service, "ExecStopPost"));
    assert_eq!(night.exit, 0, "{}", night.text);
    assert!(night.text.contains("\nmetro: 1 created, 55 unchanged\n"), "{}", night.text);
    assert_eq!((backup.text.as_str(), backup.exit), ("", 0));
    let watch = run(watchman, "ExecStart");
    assert_eq!(watch.exit, 0, "{}", watch.text);

    // All that is written lies where the service may write.
    let writable = service.must("ReadWritePaths").split(' ').collect::<Vec<_>>();
    assert_eq!(writable, ["/srv/codes", "/var/backups/codes"]);
    assert!(machine.path("backups/ledger.sqlite").exists());

    machine.shim("journalctl", "echo \"$*\"\n");
    machine.shim("mail", "echo \"$*\"; cat\n");
    let alarm = named(&units, "scenepress-alarm@.service").must("ExecStart");
    let alarm = alarm.replace("%i", "scenepress.service").replace("%H", "here");
    let said = machine.follow("/bin/sh", &machine.home(), &alarm, &[]);
    let mail = "-s scenepress.service failed on here ops@example.com\n-u scenepress.service -n 30\n";
    assert_eq!((said.text.as_str(), said.exit), (mail, 0));
}
