//! Whatever is done in whatever order, the ledger agrees with a simple account of it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    Place { scene: u64, campaign: usize },
    Retire { scene: u64 },
    Ask { scene: u64, permanent: bool },
    Answer { scene: u64, permanent: bool },
    Refuse { scene: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let scene = 1..5u64;
    prop_oneof![
        3 => (scene.clone(), 0..3usize).prop_map(|(scene, campaign)| Step::Place { scene, campaign }),
        1 => scene.clone().prop_map(|scene| Step::Retire { scene }),
        3 => (scene.clone(), any::<bool>()).prop_map(|(scene, permanent)| Step::Ask { scene, permanent }),
        2 => (scene.clone(), any::<bool>()).prop_map(|(scene, permanent)| Step::Answer { scene, permanent }),
        1 => scene.prop_map(|scene| Step::Refuse { scene }),
    ]
}

/// A code, by the simple account.
#[derive(Default)]
struct Simple {
    campaign: usize,
    retired: bool,
    generations: Vec<(usize, bool)>,
    /// (generation, permanent) -> campaign; the last one asked for is in `asked`.
    /// Unanswered requests: the campaign of the last, and how many.
    open: BTreeMap<(u32, bool), (usize, u32)>,
    asked: Option<(u32, bool)>,
}

#[derive(Default)]
struct Account {
    codes: BTreeMap<u64, Simple>,
    places: BTreeMap<usize, Vec<u64>>,
    calls: u64,
}

const NAMES: [&str; 3] = ["metro", "stores", "desk"];

impl Account {
    /// Does a step to both; a step for a code that does not exist is none.
    fn take(&mut self, ledger: &mut SqliteLedger, step: &Step, clock: i64) {
        if let Step::Place { scene: id, campaign } = *step {
            let code = self.codes.entry(id).or_default();
            (code.campaign, code.retired) = (campaign, false);
            let places = self.places.entry(campaign).or_default();
            if !places.contains(&id) {
                places.push(id);
            }
            return place(ledger, NAMES[campaign], &[scene(id)]);
        }
        let (Step::Retire { scene: id }
        | Step::Ask { scene: id, .. }
        | Step::Answer { scene: id, .. }
        | Step::Refuse { scene: id }
        | Step::Place { scene: id, .. }) = *step;
        let Some(code) = self.codes.get_mut(&id) else { return };
        let key = record_of(ledger, &scene(id)).key;
        let generation = u32::try_from(code.generations.len()).expect("small") + 1;
        let lifetime = |permanent| if permanent { Lifetime::Permanent } else { month() };
        let entry = match *step {
            Step::Retire { .. } | Step::Place { .. } => {
                code.retired = true;
                return retire(ledger, &scene(id));
            }
            Step::Ask { permanent, .. } => {
                let open = code.open.entry((generation, permanent)).or_default();
                *open = (code.campaign, open.1 + 1);
                code.asked = Some((generation, permanent));
                self.calls += 1;
                Entry::Intent { key, generation, lifetime: lifetime(permanent), at: later(clock) }
            }
            Step::Answer { permanent, .. } => {
                code.open.retain(|(number, kind), _| *number > generation || *kind != permanent);
                code.asked = None;
                code.generations.push((code.campaign, permanent));
                answer(key, generation, lifetime(permanent))
            }
            Step::Refuse { .. } => {
                // The engine refuses what it asked for last.
                let Some(asked) = code.asked.take() else { return };
                match code.open.get_mut(&asked) {
                    Some((_, requests)) if *requests > 1 => *requests -= 1,
                    _ => drop(code.open.remove(&asked)),
                }
                Entry::Refusal { key, generation, errcode: 40053 }
            }
        };
        ledger.record(&[entry], now()).expect("recorded");
    }

    /// What the history must say of permanents.
    fn permanents(&self) -> BTreeMap<CampaignName, u64> {
        let mut permanents = BTreeMap::new();
        for code in self.codes.values() {
            let made =
                code.generations.iter().find(|(_, permanent)| *permanent).map(|(campaign, _)| *campaign);
            let asked =
                code.open.iter().find(|((_, permanent), _)| *permanent).map(|(_, (campaign, _))| *campaign);
            if let Some(campaign) = made.or(asked) {
                *permanents.entry(name(NAMES[campaign])).or_default() += 1;
            }
        }
        permanents
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn the_history_agrees_with_a_simple_account_of_what_was_done(steps in prop::collection::vec(step(), 1..40)) {
        let mut ledger = SqliteLedger::in_memory();
        let mut account = Account::default();
        let mut seen: BTreeMap<(usize, u64), u64> = BTreeMap::new();
        for (clock, step) in (0..).zip(&steps) {
            account.take(&mut ledger, step, clock);
            let history = history(&ledger);
            for (id, code) in &account.codes {
                let record = history.code(&appid(), &scene(*id)).expect("a code");
                prop_assert_eq!(record.campaign.as_str(), NAMES[code.campaign]);
                prop_assert_eq!(record.retired, code.retired);
                // Allotted in the order of appearance, once, and kept.
                let place = account.places[&code.campaign].iter().position(|other| other == id).expect("placed");
                prop_assert_eq!(record.seq, place as u64 + 1);
                prop_assert_eq!(*seen.entry((code.campaign, *id)).or_insert(record.seq), record.seq);
                let latest = record.latest.as_ref();
                prop_assert_eq!(latest.map_or(0, |latest| latest.number as usize), code.generations.len());
                let permanent = code.generations.last().map(|(_, permanent)| *permanent);
                prop_assert_eq!(latest.map(|latest| latest.lifetime.is_permanent()), permanent);
            }
            if let Some(known) = history.account(&appid()) {
                prop_assert_eq!(known.codes.len(), account.codes.len());
                prop_assert_eq!(known.calls_today, account.calls);
                prop_assert_eq!(&known.permanents, &account.permanents());
            }
        }
        let places: BTreeSet<_> = seen.iter().map(|((campaign, _), seq)| (campaign, seq)).collect();
        prop_assert_eq!(places.len(), seen.len(), "no place was given twice");
    }

    #[test]
    fn labels_come_back_as_they_went_in(
        // What no label may hold is no label: that of one filler alone, say.
        channel in "[\\p{L}\\p{N}][^\\p{C}\u{2028}\u{2029}]{0,20}"
            .prop_filter_map("no channel", |text| Channel::new(&text).ok()),
        tags in prop::collection::vec(
            "[\\p{L}\\p{N}\\p{S}]{1,9}".prop_filter_map("no tag", |text| Tag::new(&text).ok()), 0..4
        ),
        table in prop::collection::vec((any::<String>(), any::<String>()), 0..4),
    ) {
        let (columns, values): (Vec<Box<str>>, Vec<Box<str>>) =
            table.into_iter().map(|(column, value)| (column.into(), value.into())).unzip();
        let labels = Labels {
            channel,
            tags: tags.into_iter().collect(),
            extras: Extras::new(columns.into(), values),
        };
        let mut ledger = SqliteLedger::in_memory();
        let (appid, scene, campaign) = (appid(), scene(1), name("metro"));
        let place = Settlement::Place { appid: &appid, scene: &scene, campaign: &campaign, labels: &labels };
        ledger.settle(&mut [place].into_iter(), now()).expect("settled");
        prop_assert_eq!(record_of(&ledger, &scene).labels, labels);
    }
}
