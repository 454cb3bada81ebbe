//! Campaigns and ledgers in a few words, for tests.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::{Retirement, Wanted, WantedAccount, WantedCampaign};
use crate::model::{
    AccountHistory, AccountName, AppId, Bundling, Campaign, CampaignName, Channel, Code, CodeKey, CodeRecord,
    Digest, ExpireSeconds, Extras, Generation, History, Labels, Lifetime, Limits, Medium, PictureFacts, Rate,
    Scene, Tag,
};
use crate::paper::PrintGate;

/// Seconds.
pub(crate) const DAY: i64 = 86_400;
pub(crate) const MONTH: Lifetime = Lifetime::Temporary(ExpireSeconds::MAX);

/// 2026-11-22 15:00 in Beijing.
pub(crate) fn now() -> Timestamp {
    instant("2026-11-22T07:00:00Z")
}

pub(crate) fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

/// So many seconds after [`now`].
pub(crate) fn after(seconds: i64) -> Timestamp {
    Timestamp::from_second(now().as_second() + seconds).expect("an instant")
}

pub(crate) fn appid() -> AppId {
    AppId::new("wx0123456789abcdef").expect("an appid")
}

pub(crate) fn name(text: &str) -> CampaignName {
    CampaignName::new(text).expect("a name")
}

pub(crate) fn id(number: u64) -> Scene {
    Scene::id(number).expect("a scene")
}

pub(crate) fn text(text: &str) -> Scene {
    Scene::text(text).expect("a scene")
}

pub(crate) fn channel(text: &str) -> Channel {
    Channel::new(text).expect("a channel")
}

pub(crate) fn labels(of: &str) -> Labels {
    Labels { channel: channel(of), tags: std::sync::Arc::default(), extras: Extras::none() }
}

pub(crate) fn tagged(of: &str, tags: &[&str]) -> Labels {
    let tags = tags.iter().map(|tag| Tag::new(tag).expect("a tag")).collect();
    Labels { tags, ..labels(of) }
}

/// Shown on a screen.
pub(crate) fn code(scene: Scene, lifetime: Lifetime, of: &str) -> Code {
    Code::new(scene, lifetime, labels(of)).expect("a code").on(Some(Medium::Screen))
}

pub(crate) fn campaign(of: &str, codes: Vec<Code>) -> Campaign {
    Campaign {
        name: name(of),
        account: AccountName::default(),
        path: PathBuf::from(format!("campaigns/{of}.yaml")),
        renew_before: None,
        spread: true,
        until: None,
        accept_expiry: None,
        permanent_budget: 0,
        limits: Limits::default(),
        bundle: Bundling::default(),
        example: false,
        codes: codes.into_iter().map(Arc::new).collect(),
    }
}

/// What `--reprint` and `--accept-expiry` permit for every campaign of these names.
pub(crate) fn permitted(reprint: &[&str], accept_expiry: &[&str]) -> PrintGate {
    let names = |of: &[&str]| of.iter().map(|of| name(of)).collect();
    PrintGate::Shut { reprint: names(reprint), accept_expiry: names(accept_expiry) }
}

pub(crate) fn selected(campaign: Campaign) -> WantedCampaign {
    WantedCampaign { campaign, appid: appid(), selected: true }
}

/// The whole folder is selected; one account, not on loopback.
pub(crate) fn wanted(campaigns: impl IntoIterator<Item = Campaign>) -> Wanted {
    let account = WantedAccount {
        appid: appid(),
        rate: Rate::DEFAULT,
        daily_quota: 100_000,
        permanents_used_elsewhere: 0,
        is_loopback: false,
    };
    Wanted {
        campaigns: campaigns.into_iter().map(selected).collect(),
        accounts: BTreeMap::from([(AccountName::default(), account)]),
        retirement: Retirement::Folder,
        ..Wanted::default()
    }
}

/// A generation with a picture, dying so many seconds after [`now`].
pub(crate) fn generation(number: u32, lifetime: Lifetime, dies_in: i64) -> Generation {
    let temporary = !lifetime.is_permanent();
    let created = if temporary { dies_in - i64::from(lifetime.seconds()) } else { dies_in };
    Generation {
        number,
        lifetime,
        created_at: after(created),
        expires_at: temporary.then(|| after(dies_in)),
        picture: Some(PictureFacts { digest: Digest::of(b"picture"), side: 430 }),
    }
}

pub(crate) fn record(in_campaign: &str, of: &str, latest: Option<Generation>) -> CodeRecord {
    CodeRecord {
        taken_down: false,
        key: CodeKey(1),
        campaign: name(in_campaign),
        seq: 1,
        labels: labels(of),
        retired: false,
        permanent_asked: latest.as_ref().is_some_and(|latest| latest.lifetime.is_permanent()),
        latest,
    }
}

/// A ledger of one account, last written on 2026-11-21 03:10 in Beijing. Permanent codes are counted.
pub(crate) fn history(codes: impl IntoIterator<Item = (Scene, CodeRecord)>) -> History {
    let mut account = AccountHistory::default();
    for (scene, record) in codes {
        if record.permanent_asked {
            *account.permanents.entry(record.campaign.clone()).or_default() += 1;
        }
        account.codes.insert(scene, record);
    }
    history_of(account)
}

pub(crate) fn history_of(account: AccountHistory) -> History {
    History::new(Some(instant("2026-11-20T19:10:00Z")), BTreeMap::from([(appid(), account)]))
}

pub(crate) fn days(days: u64) -> Duration {
    Duration::from_secs(days * 86_400)
}
