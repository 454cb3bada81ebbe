//! The ledger as the rest of the program sees it.

mod files;
mod laws;
mod paper;
mod values;

use jiff::civil::Date;

use super::*;
use crate::model::{Channel, ExpireSeconds, Extras, Tag, beijing_date, is_emulators};

fn appid() -> AppId {
    AppId::new("wx0123456789abcdef").expect("an appid")
}

fn name(text: &str) -> CampaignName {
    CampaignName::new(text).expect("a name")
}

fn scene(id: u64) -> Scene {
    Scene::id(id).expect("a scene")
}

fn labels(channel: &str) -> Labels {
    Labels {
        channel: Channel::new(channel).expect("a channel"),
        tags: std::sync::Arc::default(),
        extras: Extras::none(),
    }
}

/// The labels with everything in them.
fn rich_labels() -> Labels {
    Labels {
        channel: Channel::new("门店 \"A\", 2号").expect("a channel"),
        tags: ["metro", "上海"].map(|tag| Tag::new(tag).expect("a tag")).into(),
        extras: Extras::new(["备注".into(), "a;b".into()].into(), ["=1+1".into(), "".into()]),
    }
}

fn now() -> Timestamp {
    "2026-11-22T07:04:05Z".parse().expect("an instant")
}

fn later(seconds: i64) -> Timestamp {
    now() + jiff::SignedDuration::from_secs(seconds)
}

fn today() -> Date {
    beijing_date(now())
}

fn month() -> Lifetime {
    Lifetime::Temporary(ExpireSeconds::MAX)
}

fn place(ledger: &mut SqliteLedger, campaign: &str, scenes: &[Scene]) {
    let (appid, campaign, labels) = (appid(), name(campaign), labels("somewhere"));
    let mut settlements = scenes.iter().map(|scene| Settlement::Place {
        appid: &appid,
        scene,
        campaign: &campaign,
        labels: &labels,
    });
    ledger.settle(&mut settlements, now()).expect("settled");
}

fn retire(ledger: &mut SqliteLedger, scene: &Scene) {
    let key = record_of(ledger, scene).key;
    ledger.settle(&mut [Settlement::Retire { key }].into_iter(), now()).expect("settled");
}

fn history(ledger: &SqliteLedger) -> History {
    ledger.history(&[appid()], today()).expect("a history")
}

fn record_of(ledger: &SqliteLedger, scene: &Scene) -> crate::model::CodeRecord {
    history(ledger).code(&appid(), scene).expect("a code").clone()
}

fn intent(key: CodeKey, generation: u32, lifetime: Lifetime) -> Entry {
    Entry::Intent { key, generation, lifetime, at: now() }
}

fn answer(key: CodeKey, generation: u32, lifetime: Lifetime) -> Entry {
    let expires_at = (!lifetime.is_permanent()).then(|| later(lifetime.seconds().into()));
    let ticket = Ticket::new(&format!("ticket-{}-{generation}", key.0)).expect("a ticket");
    let url = format!("http://weixin.qq.com/q/{}-{generation}", key.0);
    Entry::Answer { key, generation, lifetime, created_at: now(), expires_at, ticket, url }
}

fn picture(key: CodeKey, generation: u32, content: &str) -> Entry {
    let picture = PictureFacts { digest: Digest::of(content.as_bytes()), side: 430 };
    Entry::Picture { key, generation, picture }
}

/// Records an intent, its answer and the picture.
fn issue(ledger: &mut SqliteLedger, scene: &Scene, generation: u32, lifetime: Lifetime) -> CodeKey {
    let key = record_of(ledger, scene).key;
    let content = format!("{}-{generation}", key.0);
    let entries = [
        intent(key, generation, lifetime),
        answer(key, generation, lifetime),
        picture(key, generation, &content),
    ];
    ledger.record(&entries, now()).expect("recorded");
    key
}
