//! What is known of paper: whatever is recorded later, it stays what it was.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::model::{Note, Recipient};

/// A scene and whose it is, with the generation that hangs.
type Hanging = BTreeMap<(u64, &'static str), u32>;

const SHOPS: [&str; 3] = ["", "Shop A", "Shop B"];
const SCENES: u64 = 3;

#[derive(Debug, Clone)]
enum Step {
    HandOver { scenes: BTreeSet<u64>, to: usize },
    TakeDown { scenes: BTreeSet<u64>, from: Option<usize> },
    Undo { record: usize },
    Renew { scene: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let scenes = || prop::collection::btree_set(1..=SCENES, 1..3);
    prop_oneof![
        4 => (scenes(), 0..SHOPS.len()).prop_map(|(scenes, to)| Step::HandOver { scenes, to }),
        2 => (scenes(), prop::option::of(0..SHOPS.len())).prop_map(|(scenes, from)| Step::TakeDown { scenes, from }),
        2 => (1..8_usize).prop_map(|record| Step::Undo { record }),
        1 => (1..=SCENES).prop_map(|scene| Step::Renew { scene }),
    ]
}

/// A record by the simple account: what it makes hang, or takes down of whom, or undoes.
#[derive(Debug, Clone)]
enum Simple {
    Handed(Vec<(u64, u32)>, usize),
    Removed(BTreeSet<u64>, Option<usize>),
    Undone(usize),
}

fn recipient(shop: usize) -> Recipient {
    Recipient::new(SHOPS[shop]).unwrap_or_default()
}

fn shop(to: &Recipient) -> &'static str {
    SHOPS.into_iter().find(|shop| *shop == to.name().unwrap_or_default()).expect("a shop")
}

/// Whether the record at an index stands once there are so many.
fn stands(records: &[Simple], index: usize, until: usize) -> bool {
    !records[..until].iter().any(|record| matches!(record, Simple::Undone(of) if *of == index + 1))
}

fn hanging(records: &[Simple], until: usize) -> Hanging {
    let mut hanging = Hanging::new();
    for index in (0..until).filter(|index| stands(records, *index, until)) {
        match &records[index] {
            Simple::Handed(codes, to) => {
                hanging.extend(codes.iter().map(|(scene, generation)| ((*scene, SHOPS[*to]), *generation)));
            }
            Simple::Removed(scenes, from) => hanging.retain(|(scene, shop), _| {
                !(scenes.contains(scene) && from.is_none_or(|from| SHOPS[from] == *shop))
            }),
            Simple::Undone(_) => {}
        }
    }
    hanging
}

fn hand_over(ledger: &mut SqliteLedger, codes: &[(u64, u32)], to: Recipient, number: u64) -> HandoffOutcome {
    let handoff = Handoff {
        campaign: name("metro"),
        revision: 1,
        zip: Digest::of(&number.to_le_bytes()),
        to,
        copies: None,
        note: Note::default(),
    };
    let codes: Vec<_> = codes
        .iter()
        .map(|(id, generation)| {
            let key = record_of(ledger, &scene(*id)).key;
            let ticket = Ticket::new(&format!("ticket-{}-{generation}", key.0)).expect("a ticket");
            (scene(*id), *generation, ticket)
        })
        .collect();
    let channel = Channel::new("somewhere").expect("a channel");
    let mut codes = codes.iter().map(|(scene, generation, ticket)| HandedCode {
        scene,
        generation: *generation,
        ticket,
        channel: &channel,
        digest: Digest::of(b"row"),
    });
    ledger.hand_off(&appid(), &handoff, &mut codes, now()).expect("recorded")
}

fn take(ledger: &mut SqliteLedger, records: &mut Vec<Simple>, step: &Step) {
    let latest = |ledger: &SqliteLedger, id| record_of(ledger, &scene(id)).latest.expect("issued").number;
    match step {
        Step::Renew { scene: id } => drop(issue(ledger, &scene(*id), latest(ledger, *id) + 1, month())),
        Step::HandOver { scenes, to } => {
            let codes: Vec<_> = scenes.iter().map(|scene| (*scene, latest(ledger, *scene))).collect();
            let outcome = hand_over(ledger, &codes, recipient(*to), records.len() as u64);
            assert!(matches!(outcome, HandoffOutcome::Recorded { .. }), "{outcome:?}");
            records.push(Simple::Handed(codes, *to));
        }
        Step::TakeDown { scenes, from } => {
            let from_whom = from.map(recipient);
            let mut pieces = ledger.paper(&name("metro"), u64::MAX).expect("paper");
            pieces.retain(|piece| {
                let is_named = scenes.iter().any(|id| scene(*id) == piece.scene);
                is_named && from_whom.as_ref().is_none_or(|from| *from == piece.to)
            });
            let removal = Removal { campaign: name("metro"), from: from_whom, note: Note::default() };
            ledger.take_down(&removal, &mut pieces.iter(), now()).expect("recorded");
            let scenes = pieces.iter().map(|piece| piece.scene.to_string().parse().expect("an id")).collect();
            records.push(Simple::Removed(scenes, *from));
        }
        Step::Undo { record } => {
            let outcome = ledger.undo_handoff(*record as u64, now()).expect("no error");
            let expected = match records.get(record - 1) {
                None => UndoOutcome::Unknown(records.len() as u64),
                Some(Simple::Undone(of)) => UndoOutcome::IsUndo(*of as u64),
                Some(_) => {
                    let by = records.iter().position(|by| matches!(by, Simple::Undone(of) if of == record));
                    if by.is_none() {
                        records.push(Simple::Undone(*record));
                    }
                    by.map_or(UndoOutcome::Recorded(records.len() as u64), |by| {
                        UndoOutcome::Already(by as u64 + 1)
                    })
                }
            };
            assert_eq!(outcome, expected);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn what_was_known_as_of_a_record_stays_the_same(steps in prop::collection::vec(step(), 1..16)) {
        let mut ledger = SqliteLedger::in_memory();
        let scenes: Vec<_> = (1..=SCENES).map(scene).collect();
        place(&mut ledger, "metro", &scenes);
        for scene in &scenes {
            issue(&mut ledger, scene, 1, month());
        }
        let mut records = Vec::new();
        for step in &steps {
            take(&mut ledger, &mut records, step);
        }
        prop_assert_eq!(ledger.last_handoff().expect("a number"), records.len() as u64);
        for until in 0..=records.len() {
            let paper = ledger.paper(&name("metro"), until as u64).expect("paper");
            let known: Hanging = paper
                .iter()
                .map(|piece| {
                    ((piece.scene.to_string().parse().expect("an id"), shop(&piece.to)), piece.generation)
                })
                .collect();
            prop_assert_eq!(known.len(), paper.len());
            prop_assert_eq!(known, hanging(&records, until), "as of {} of {:?}", until, &records);
            let went: BTreeSet<(String, u32, &str)> = (0..until)
                .filter(|index| stands(&records, *index, until))
                .filter_map(|index| match &records[index] {
                    Simple::Handed(codes, to) => Some((codes, SHOPS[*to])),
                    _ => None,
                })
                .flat_map(|(codes, to)| codes.iter().map(move |(scene, number)| (scene.to_string(), *number, to)))
                .collect();
            let handed = ledger.handed(&name("metro"), until as u64).expect("generations");
            let handed: Vec<_> = handed
                .iter()
                .map(|handed| (handed.scene.to_string(), handed.generation, shop(&handed.to)))
                .collect();
            prop_assert_eq!(handed.len(), went.len());
            let was_handed_over = ledger.was_handed_over(&name("metro"), until as u64).expect("an answer");
            prop_assert_eq!(was_handed_over, !went.is_empty());
            prop_assert_eq!(BTreeSet::from_iter(handed), went);
        }
        prop_assert_eq!(ledger.handoff_records().expect("records").len(), records.len());
    }
}

#[test]
fn the_same_bundle_is_recorded_again_only_if_that_says_something_new() {
    let mut ledger = SqliteLedger::in_memory();
    place(&mut ledger, "metro", &[scene(1)]);
    issue(&mut ledger, &scene(1), 1, month());
    let hand =
        |ledger: &mut SqliteLedger, shop, bundle| hand_over(ledger, &[(1, 1)], recipient(shop), bundle);
    let id = |outcome| match outcome {
        HandoffOutcome::Recorded { id, .. } => Ok(id),
        HandoffOutcome::Already { id, .. } => Err(id),
        HandoffOutcome::Unknown { .. } => panic!("it is known"),
    };
    assert_eq!(id(hand(&mut ledger, 1, 7)), Ok(1));
    assert_eq!(id(hand(&mut ledger, 2, 7)), Ok(2), "another recipient");
    assert_eq!(id(hand(&mut ledger, 1, 7)), Err(1));
    assert_eq!(id(hand(&mut ledger, 1, 8)), Ok(3), "another bundle");
    assert_eq!(id(hand(&mut ledger, 1, 7)), Ok(4), "the earlier one again");
    ledger.undo_handoff(4, now()).expect("undone");
    assert_eq!(id(hand(&mut ledger, 1, 7)), Ok(6), "it was undone");
    let pieces = ledger.paper(&name("metro"), u64::MAX).expect("paper");
    let removal = Removal { campaign: name("metro"), from: None, note: Note::default() };
    ledger.take_down(&removal, &mut pieces.iter(), now()).expect("recorded");
    assert_eq!(ledger.paper(&name("metro"), u64::MAX).expect("paper"), []);
    assert_eq!(id(hand(&mut ledger, 1, 7)), Ok(8), "it was taken down");
    assert_eq!(id(hand(&mut ledger, 1, 7)), Err(8));
}
