//! What goes in comes out.

use super::*;

#[test]
fn labels_come_back_to_the_letter_and_share_their_headers() {
    let mut ledger = SqliteLedger::in_memory();
    let (appid, campaign) = (appid(), name("metro"));
    let scenes = [scene(1), scene(2), Scene::text("1").expect("a scene")];
    for labels in [rich_labels(), labels("plain"), rich_labels()] {
        let place = |scene| Settlement::Place { appid: &appid, scene, campaign: &campaign, labels: &labels };
        ledger.settle(&mut scenes.iter().map(place), now()).expect("settled");
        for scene in &scenes {
            assert_eq!(record_of(&ledger, scene).labels, labels);
        }
    }
    assert_eq!(history(&ledger).account(&appid).expect("an account").codes.len(), 3, "1 and \"1\" are two");
}

#[test]
fn a_history_holds_generations_calls_and_the_time_of_the_last_writing() {
    let mut ledger = SqliteLedger::in_memory();
    assert_eq!(history(&ledger), History::empty());
    place(&mut ledger, "metro", &[scene(1001)]);
    assert_eq!(record_of(&ledger, &scene(1001)).latest, None);
    let key = issue(&mut ledger, &scene(1001), 1, month());
    ledger.record(&[intent(key, 2, month()), answer(key, 2, month())], later(1)).expect("recorded");
    let history = history(&ledger);
    assert_eq!(history.ledger_at, Some(later(1)));
    let record = history.code(&appid(), &scene(1001)).expect("a code");
    assert_eq!((record.campaign.as_str(), record.seq, record.retired), ("metro", 1, false));
    let expected = Generation {
        number: 2,
        lifetime: month(),
        created_at: now(),
        expires_at: Some(later(2_592_000)),
        picture: None,
    };
    assert_eq!(record.latest, Some(expected));
    assert_eq!(history.account(&appid()).expect("an account").calls_today, 2);
    assert_eq!(ledger.campaigns().expect("names"), [name("metro")]);
}

#[test]
fn a_ledger_knows_who_made_its_codes_as_their_urls_say_it() {
    let mut ledger = SqliteLedger::in_memory();
    assert_eq!(ledger.origins().expect("origins"), Origins::default());
    place(&mut ledger, "metro", &[scene(1), scene(2)]);
    let key = |ledger: &SqliteLedger, number| record_of(ledger, &scene(number)).key;
    let urls = ["http://emulator.invalid/q/x", "http://weixin.qq.com/q/x?u=http://emulator.invalid/"];
    for (url, number) in urls.into_iter().zip(1..) {
        let key = key(&ledger, number);
        let Entry::Answer { lifetime, created_at, expires_at, ticket, .. } = answer(key, 1, month()) else {
            unreachable!("an answer");
        };
        let url = url.to_owned();
        let made =
            Entry::Answer { key, generation: 1, lifetime, created_at, expires_at, ticket, url: url.clone() };
        ledger.record(&[intent(key, 1, month()), made], now()).expect("recorded");
        assert_eq!(is_emulators(&url), number == 1);
        let origins = Origins { emulator: true, platform: number == 2 };
        assert_eq!(ledger.origins().expect("origins"), origins, "{url}");
    }
}

#[test]
fn accounts_are_apart() {
    let mut ledger = SqliteLedger::in_memory();
    place(&mut ledger, "metro", &[scene(1)]);
    let (other, campaign, labels) =
        (AppId::new("wxother").expect("an appid"), name("metro"), labels("there"));
    let same = Settlement::Place { appid: &other, scene: &scene(1), campaign: &campaign, labels: &labels };
    ledger.settle(&mut [same].into_iter(), now()).expect("settled");
    let history = ledger.history(&[appid(), other.clone()], today()).expect("a history");
    assert_eq!(history.code(&appid(), &scene(1)).expect("a code").seq, 1);
    assert_eq!(
        history.code(&other, &scene(1)).expect("a code").seq,
        2,
        "a campaign's places are for all accounts"
    );
    let absent = AppId::new("wxnever").expect("an appid");
    assert_eq!(
        ledger.history(std::slice::from_ref(&absent), today()).expect("a history").accounts().count(),
        0
    );
    assert_eq!(ledger.calls(&absent, today()).expect("a number"), 0);
}

#[test]
fn names_that_differ_by_case_only_are_one_campaign_by_its_last_name() {
    let mut ledger = SqliteLedger::in_memory();
    place(&mut ledger, "Metro", &[scene(1), scene(2)]);
    place(&mut ledger, "metro", &[scene(3), scene(1)]);
    let places = [1, 2, 3].map(|id| {
        let record = record_of(&ledger, &scene(id));
        (record.campaign.to_string(), record.seq)
    });
    assert_eq!(places, [("metro".into(), 1), ("metro".into(), 2), ("metro".into(), 3)]);
    assert_eq!(ledger.campaigns().expect("names"), [name("metro")]);
}

#[test]
fn every_request_counts_as_a_call_on_its_day_in_asia_shanghai() {
    let mut ledger = SqliteLedger::in_memory();
    place(&mut ledger, "metro", &[scene(1), scene(2)]);
    let [first, second] = [1, 2].map(|id| record_of(&ledger, &scene(id)).key);
    let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
    let request = |key, at| Entry::Intent { key, generation: 1, lifetime: month(), at };
    let before_midnight = at("2026-11-22T15:59:59Z");
    let midnight = at("2026-11-22T16:00:00Z");
    let entries =
        [request(first, before_midnight), request(second, before_midnight), request(first, midnight)];
    ledger.record(&entries, now()).expect("recorded");
    ledger.record(&[request(first, before_midnight)], now()).expect("recorded");
    let calls = |day: &str| ledger.calls(&appid(), day.parse().expect("a day")).expect("a number");
    assert_eq!((calls("2026-11-22"), calls("2026-11-23"), calls("2026-11-24")), (3, 1, 0));
}

#[test]
fn a_permanent_code_counts_from_its_request_until_a_refusal_in_the_campaign_of_the_time() {
    let mut ledger = SqliteLedger::in_memory();
    let permanents = |ledger: &SqliteLedger| {
        let history = history(ledger);
        let found = history.account(&appid()).expect("an account").permanents.clone();
        found.into_iter().map(|(name, number)| (name.to_string(), number)).collect::<Vec<_>>()
    };
    place(&mut ledger, "desk", &[scene(1), scene(2)]);
    let [first, second] = [1, 2].map(|id| record_of(&ledger, &scene(id)).key);
    let forever = Lifetime::Permanent;
    ledger.record(&[intent(first, 1, forever), intent(second, 1, forever)], now()).expect("recorded");
    assert_eq!(permanents(&ledger), [("desk".into(), 2)]);
    ledger.record(&[intent(first, 1, forever), answer(first, 1, forever)], now()).expect("recorded");
    assert_eq!(permanents(&ledger), [("desk".into(), 2)], "a repeat is the same code");
    let refusal = Entry::Refusal { key: second, generation: 1, errcode: 45029 };
    ledger.record(&[refusal], now()).expect("recorded");
    assert_eq!(permanents(&ledger), [("desk".into(), 1)]);
    place(&mut ledger, "shop", &[scene(1), scene(2)]);
    ledger.record(&[intent(first, 2, forever), intent(second, 1, forever)], now()).expect("recorded");
    assert_eq!(permanents(&ledger), [("desk".into(), 1), ("shop".into(), 1)]);
    retire(&mut ledger, &scene(1));
    assert_eq!(permanents(&ledger), [("desk".into(), 1), ("shop".into(), 1)], "it cannot be deleted");
}

#[test]
fn a_permanent_request_without_an_answer_is_not_forgotten_over_a_temporary_one() {
    let mut ledger = SqliteLedger::in_memory();
    place(&mut ledger, "desk", &[scene(1)]);
    let key = record_of(&ledger, &scene(1)).key;
    let issued =
        |ledger: &SqliteLedger| history(ledger).account(&appid()).expect("an account").permanents_issued();
    ledger.record(&[intent(key, 1, Lifetime::Permanent)], now()).expect("recorded");
    let refused = Entry::Refusal { key, generation: 1, errcode: 40053 };
    ledger.record(&[intent(key, 1, month()), refused.clone()], now()).expect("recorded");
    assert_eq!(issued(&ledger), 1);
    ledger.record(&[intent(key, 1, month()), answer(key, 1, month())], now()).expect("recorded");
    assert_eq!(issued(&ledger), 1);
    // Asked for again, the platform gives the same code.
    let again = [intent(key, 2, Lifetime::Permanent), answer(key, 2, Lifetime::Permanent)];
    ledger.record(&again, now()).expect("recorded");
    assert_eq!(issued(&ledger), 1);
    ledger.record(&[refused], now()).expect("a refusal of nothing is harmless");
}

#[test]
fn a_refusal_takes_back_its_own_request_and_not_one_that_was_lost_before() {
    let mut ledger = SqliteLedger::in_memory();
    place(&mut ledger, "desk", &[scene(1)]);
    let key = record_of(&ledger, &scene(1)).key;
    let issued =
        |ledger: &SqliteLedger| history(ledger).account(&appid()).expect("an account").permanents_issued();
    let refused = Entry::Refusal { key, generation: 1, errcode: 45009 };
    ledger.record(&[intent(key, 1, Lifetime::Permanent)], now()).expect("recorded");
    ledger.record(&[intent(key, 1, Lifetime::Permanent), refused], now()).expect("recorded");
    assert_eq!(issued(&ledger), 1, "the first request may have made it");
    assert!(record_of(&ledger, &scene(1)).permanent_asked);
}

#[test]
fn a_generation_that_exists_is_not_overwritten_and_nothing_of_the_call_is_kept() {
    let mut ledger = SqliteLedger::in_memory();
    place(&mut ledger, "metro", &[scene(1), scene(2)]);
    let first = issue(&mut ledger, &scene(1), 1, month());
    let second = record_of(&ledger, &scene(2)).key;
    let before = history(&ledger);
    let entries =
        [intent(second, 1, month()), answer(second, 1, month()), answer(first, 1, Lifetime::Permanent)];
    let error = ledger.record(&entries, later(9)).expect_err("it exists");
    assert_eq!(
        error.to_string(),
        "memory does not fit what was to be recorded: UNIQUE constraint failed: generations.code, generations.number"
    );
    assert_eq!(history(&ledger), before);
}

#[test]
fn what_the_ledger_does_not_have_cannot_be_answered_or_pictured() {
    let mut ledger = SqliteLedger::in_memory();
    place(&mut ledger, "metro", &[scene(1)]);
    let known = record_of(&ledger, &scene(1)).key;
    let unknown = CodeKey(99);
    for entry in [intent(unknown, 1, month()), answer(unknown, 1, month()), picture(known, 3, "x")] {
        let error = ledger.record(&[entry], now()).expect_err("unknown");
        let expected = "memory does not fit what was to be recorded: the code or generation is unknown: this is a defect, \
                        please report it";
        assert_eq!(error.one_line(), expected);
    }
    let retire = Settlement::Retire { key: unknown };
    ledger.settle(&mut [retire].into_iter(), now()).expect_err("unknown");
    let dying = Entry::Answer {
        key: known,
        generation: 1,
        lifetime: Lifetime::Permanent,
        created_at: now(),
        expires_at: Some(later(1)),
        ticket: Ticket::new("t").expect("a ticket"),
        url: String::new(),
    };
    ledger.record(&[dying], now()).expect_err("a permanent code does not die");
}

#[test]
fn artifacts_come_in_the_order_of_seq_with_their_newest_generation() {
    let mut ledger = SqliteLedger::in_memory();
    let scenes = [scene(30), Scene::text("vip").expect("a scene"), scene(10), scene(20), scene(40)];
    place(&mut ledger, "metro", &scenes);
    for scene in &scenes[..4] {
        issue(&mut ledger, scene, 1, month());
    }
    issue(&mut ledger, &scenes[1], 2, month());
    retire(&mut ledger, &scenes[2]);
    place(&mut ledger, "elsewhere", &scenes[3..4]);
    let found: Vec<_> = ledger
        .artifacts(&appid(), &name("metro"))
        .expect("artifacts")
        .into_iter()
        .map(|found| (found.seq, found.scene.to_string(), found.generation, found.ticket))
        .collect();
    let ticket = |text| Ticket::new(text).expect("a ticket");
    let expected = [(1, "30".into(), 1, ticket("ticket-1-1")), (2, "vip".into(), 2, ticket("ticket-2-2"))];
    assert_eq!(found, expected);
    assert_eq!(ledger.artifacts(&appid(), &name("never")).expect("nothing"), []);
}

#[test]
fn a_bundles_last_record_counts_and_the_earlier_ones_stay() {
    let mut ledger = SqliteLedger::in_memory();
    let campaign = name("metro");
    assert_eq!(ledger.bundle(&campaign).expect("no error"), None);
    let record = |revision: u64, at: &str| BundleRecord {
        revision,
        contents: Digest::of(&revision.to_le_bytes()),
        zip: Digest::of(at.as_bytes()),
        bytes: 1 << 40,
        modified_at: at.parse().expect("an instant"),
        file_name: "metro.zip".to_owned(),
        handoffs: 0,
        names: PictureNames::Dated,
    };
    let records = [
        record(1, "2026-11-22T00:00:00.123456789Z"),
        record(2, "2026-11-23T00:00:00Z"),
        record(2, "2026-11-24T00:00:00Z"),
    ];
    for record in &records {
        for _ in 0..2 {
            ledger.record_bundle(&campaign, record, &mut std::iter::empty(), now()).expect("recorded");
            assert_eq!(ledger.bundle(&campaign).expect("no error").as_ref(), Some(record));
        }
    }
    assert_eq!(history(&ledger).ledger_at, Some(now()));
}

#[test]
fn every_generation_is_found_by_ticket_url_picture_and_scene() {
    let mut ledger = SqliteLedger::in_memory();
    place(&mut ledger, "metro", &[scene(1), scene(2)]);
    let key = issue(&mut ledger, &scene(1), 1, month());
    issue(&mut ledger, &scene(1), 2, month());
    let facts = |what: &Find| {
        let found = ledger.find(what).expect("no error");
        let fact = |found: &Found| {
            let issued = found.issued.as_ref().map(|issued| (issued.generation.number, issued.is_latest));
            (found.scene.to_string(), found.seq, issued)
        };
        found.iter().map(fact).collect::<Vec<_>>()
    };
    let older = [("1".to_owned(), 1, Some((1, false)))];
    assert_eq!(facts(&Find::Ticket(format!("ticket-{}-1", key.0))), older);
    assert_eq!(facts(&Find::Url(format!("http://weixin.qq.com/q/{}-1", key.0))), older);
    assert_eq!(facts(&Find::Picture(Digest::of(format!("{}-1", key.0).as_bytes()))), older);
    let both = [("1".to_owned(), 1, Some((2, true))), ("1".to_owned(), 1, Some((1, false)))];
    assert_eq!(facts(&Find::Scene(scene(1))), both);
    assert_eq!(facts(&Find::Scene(scene(2))), [("2".to_owned(), 2, None)]);
    assert_eq!(facts(&Find::Ticket("other".to_owned())), []);
    assert_eq!(facts(&Find::Scene(Scene::text("1").expect("a scene"))), []);
}

#[test]
fn a_picture_expires_when_no_newest_and_no_living_generation_holds_it() {
    let mut ledger = SqliteLedger::in_memory();
    place(&mut ledger, "metro", &[scene(1), scene(2), scene(3)]);
    let [first, second, third] = [1, 2, 3].map(|id| record_of(&ledger, &scene(id)).key);
    for key in [first, second, third] {
        ledger.record(&[answer(key, 1, month())], now()).expect("recorded");
    }
    let pictures =
        [picture(first, 1, "superseded"), picture(second, 1, "shared"), picture(third, 1, "newest")];
    ledger.record(&pictures, now()).expect("recorded");
    ledger.record(&[answer(first, 2, month()), answer(second, 2, month())], now()).expect("recorded");
    ledger.record(&[picture(first, 2, "renewed"), picture(second, 2, "shared")], now()).expect("recorded");
    let (alive, dead) = (later(2_591_999), later(2_592_000));
    assert_eq!(ledger.expired_pictures(alive).expect("no error"), []);
    let superseded = Digest::of(b"superseded");
    assert_eq!(ledger.expired_pictures(dead).expect("no error"), [superseded]);
    ledger.forget_pictures(&[superseded]).expect("forgotten");
    assert_eq!(ledger.expired_pictures(dead).expect("no error"), []);
    assert_eq!(ledger.find(&Find::Picture(superseded)).expect("no error").len(), 1, "its digest stays");
}

#[test]
fn nothing_to_record_is_not_a_writing() {
    let mut ledger = SqliteLedger::in_memory();
    ledger.settle(&mut std::iter::empty(), now()).expect("nothing");
    ledger.record(&[], now()).expect("nothing");
    ledger.forget_pictures(&[]).expect("nothing");
    assert_eq!(history(&ledger).ledger_at, None);
}

#[test]
fn the_codes_of_a_bundle_and_of_the_one_before_it_are_on_record() {
    let mut ledger = SqliteLedger::in_memory();
    place(&mut ledger, "metro", &[scene(1), scene(2), scene(3)]);
    let keys = [1, 2, 3].map(|id| issue(&mut ledger, &scene(id), 1, month()));
    issue(&mut ledger, &scene(1), 2, month());
    let campaign = name("metro");
    let channel = labels("somewhere").channel;
    // Each revision's codes: which of the three, in which generation.
    let revisions: [&[(usize, u32)]; 5] = [
        &[(0, 1), (1, 1)],
        &[(0, 1), (1, 1), (2, 1)],
        &[(0, 2), (2, 1)],
        &[(0, 2), (2, 1)],
        &[(0, 2), (1, 1)],
    ];
    let index = |code: &BundledCode| usize::try_from(code.seq).expect("small") - 1;
    let mut said = Vec::new();
    for (revision, codes) in (1..).zip(revisions) {
        let record = BundleRecord {
            revision,
            contents: Digest::of(&revision.to_le_bytes()),
            zip: Digest::of(b"zip"),
            bytes: 1,
            modified_at: now(),
            file_name: "metro.zip".to_owned(),
            handoffs: 0,
            names: PictureNames::Dated,
        };
        let row = |&(code, generation): &(usize, u32)| BundledRow {
            key: keys[code],
            generation,
            channel: &channel,
            medium: (generation == 2).then_some(Medium::Screen),
            digest: Digest::of(&generation.to_le_bytes()),
        };
        // Again, with another time and codes that nobody asks for.
        let touched = BundleRecord { modified_at: later(1), ..record.clone() };
        ledger.record_bundle(&campaign, &record, &mut codes.iter().map(row), now()).expect("recorded");
        ledger.record_bundle(&campaign, &touched, &mut std::iter::empty(), now()).expect("recorded");
        let read = |revision| {
            let mut found = Vec::new();
            for code in ledger.bundled(&campaign, revision).expect("no error") {
                let url = format!("http://weixin.qq.com/q/{}-{}", keys[index(&code)].0, code.generation);
                assert_eq!(code.url, url);
                assert_eq!(code.medium, (code.generation == 2).then_some(Medium::Screen));
                found.push((index(&code), code.generation));
            }
            found.sort_unstable();
            found
        };
        said.push(read(revision));
        assert_eq!(read(revision + 1), codes, "after revision {revision}");
    }
    let before: Vec<_> = [&[][..]].into_iter().chain(revisions).map(<[_]>::to_vec).collect();
    for (revision, (said, before)) in (1..).zip(said.into_iter().zip(before)) {
        assert_eq!(said, before, "before revision {revision}");
    }
    assert!(ledger.bundled(&name("never"), 3).expect("nothing").is_empty());
}
