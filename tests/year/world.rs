//! A year's worth of campaign files: forty campaigns on three accounts, which people change as people do.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use jiff::ToSpan;
use jiff::civil::Date;

pub const ACCOUNTS: [&str; 3] = ["north", "south", "west"];

/// Numbers that look drawn, the same in every run.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From 0 to below a number.
    pub fn below(&mut self, number: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % number
    }

    /// Once in so many times.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

/// A code as its file has it.
#[derive(Debug, Clone)]
pub struct Code {
    pub channel: String,
    /// Whole days; 0 is permanent.
    pub days: u64,
    pub added: Date,
}

pub struct Campaign {
    pub account: usize,
    pub until: Option<Date>,
    /// By scene id, which is used once and never again.
    pub codes: BTreeMap<u32, Code>,
}

pub struct World {
    pub dice: Dice,
    pub campaigns: BTreeMap<String, Campaign>,
    next_scene: u32,
    next_campaign: u32,
}

impl World {
    /// Forty campaigns on a first day.
    pub fn new(today: Date) -> Self {
        let mut world =
            Self { dice: Dice::new(20_261_122), campaigns: BTreeMap::new(), next_scene: 1, next_campaign: 1 };
        for _ in 0..40 {
            world.open(today);
        }
        world
    }

    /// A campaign of a few codes; some end within the year.
    fn open(&mut self, today: Date) {
        let account = usize::try_from(self.dice.below(ACCOUNTS.len() as u64)).expect("three");
        let until = self.dice.once_in(3).then(|| later(today, 20 + self.dice.below(200)));
        let name = format!("campaign-{:03}", self.next_campaign);
        self.next_campaign += 1;
        self.campaigns.insert(name.clone(), Campaign { account, until, codes: BTreeMap::new() });
        for _ in 0..2 + self.dice.below(3) {
            self.add(&name, today);
        }
    }

    fn add(&mut self, campaign: &str, today: Date) {
        let days = if self.dice.once_in(12) { 0 } else { 4 + self.dice.below(27) };
        let scene = self.next_scene;
        self.next_scene += 1;
        let code = Code { channel: format!("Store {scene}"), days, added: today };
        self.campaigns.get_mut(campaign).expect("a campaign").codes.insert(scene, code);
    }

    /// What people do to their files in a day.
    pub fn change(&mut self, today: Date) {
        let names: Vec<String> = self.campaigns.keys().cloned().collect();
        for name in names {
            let ended = self.campaigns[&name].until.is_some_and(|until| until < today);
            if ended && self.dice.once_in(30) {
                self.campaigns.remove(&name);
                self.open(today);
                continue;
            }
            if ended || !self.dice.once_in(10) {
                continue;
            }
            let scenes: Vec<u32> = self.campaigns[&name].codes.keys().copied().collect();
            let some = scenes[usize::try_from(self.dice.below(scenes.len() as u64)).expect("few")];
            let what = self.dice.below(6);
            let days = 4 + self.dice.below(27);
            let codes = &mut self.campaigns.get_mut(&name).expect("a campaign").codes;
            let code = codes.get_mut(&some).expect("a code");
            match what {
                0 | 1 => self.add(&name, today),
                2 if scenes.len() > 2 => drop(codes.remove(&some)),
                3 => code.channel = format!("Shop {some}, door {days}"),
                4 if code.days > 0 => code.days = days,
                5 if code.days > 0 && self.dice.once_in(4) => code.days = 0,
                _ => {}
            }
        }
        // A day when many codes come at once, more than a night may make.
        if self.dice.once_in(90) {
            let name = self.campaigns.keys().next_back().expect("a campaign").clone();
            for _ in 0..50 {
                self.add(&name, today);
            }
        }
    }

    /// Writes the files of the day.
    pub fn write(&self, folder: &Path, accounts: &str) {
        if folder.exists() {
            std::fs::remove_dir_all(folder).expect("the files of yesterday");
        }
        std::fs::create_dir(folder).expect("a folder");
        std::fs::write(folder.join("accounts.yaml"), accounts).expect("a file");
        for (name, campaign) in &self.campaigns {
            let mut text =
                format!("account: {}\nmedium: screen\npermanent_budget: 100\n", ACCOUNTS[campaign.account]);
            if let Some(until) = campaign.until {
                writeln!(text, "until: {until}").expect("text");
            }
            text += "codes:\n";
            for (scene, code) in &campaign.codes {
                let expires = if code.days == 0 { "never".to_owned() } else { format!("{}d", code.days) };
                writeln!(text, "  - {{scene: {scene}, channel: \"{}\", expires: {expires}}}", code.channel)
                    .expect("text");
            }
            std::fs::write(folder.join(format!("{name}.yaml")), text).expect("a file");
        }
    }
}

fn later(day: Date, days: u64) -> Date {
    day.checked_add(i64::try_from(days).expect("few").days()).expect("a day")
}
