//! A workplace in which a run has been: a ledger, and a bundle of what the emulator gave.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use scenepress::bundle::{self, Artifact, Changes, Facts, Header, Kind, Since, Written, contents_digest};
use scenepress::campaign;
use scenepress::emulator;
use scenepress::ledger::{BundleRecord, Entry, Ledger, RunLock, Settlement, SqliteLedger};
use scenepress::model::{
    Account, AccountName, AppId, AppSecret, BaseUrl, Campaign, Code, CodeKey, Declared, Digest, Generation,
    PictureNames, Ticket, beijing_date,
};
use scenepress::symbol::{self, VerifiedPicture};
use scenepress::wechat::{Client, Http};

use crate::support::Workplace;

/// When everything was issued: 2026-11-22 10:00 in Beijing.
pub const ISSUED_AT: &str = "2026-11-22T02:00:00Z";

/// `Workplace::with_metro`, run and bundled.
pub fn workplace() -> Workplace {
    let workplace = Workplace::with_metro();
    let reading = campaign::read(&[workplace.path("campaigns")]);
    assert!(!reading.problems.has_errors());
    let campaign = &reading.folder.campaigns[0];
    let account = &reading.folder.accounts[&AccountName::default()];
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(fill(&workplace, campaign, account));
    workplace
}

async fn fill(workplace: &Workplace, campaign: &Campaign, account: &Account) {
    let now: Timestamp = ISSUED_AT.parse().expect("an instant");
    let appid = AppId::new("wx1").expect("an appid");
    let settings = emulator::Settings {
        accounts: vec![("wx1".to_owned(), "secret".to_owned())],
        url_prefix: "http://weixin.qq.com/q/02",
        ..emulator::Settings::default()
    };
    let emulator = emulator::start_with_clock(settings, 0, Arc::new(move || now)).await.expect("an emulator");
    let url = BaseUrl::new(&emulator.url()).expect("a url");
    let account = Account { api_url: url.clone(), image_url: url, ..account.clone() };
    let client = Client::new(Http::new(), &account, appid.clone(), AppSecret::new("secret"));

    let path = workplace.path("output/ledger.sqlite");
    let lock = RunLock::acquire(&path, now).expect("the lock");
    let mut ledger = SqliteLedger::open_write(&lock).expect("a ledger");
    let mut places = campaign.codes.iter().map(|code| Settlement::Place {
        appid: &appid,
        scene: code.scene(),
        campaign: &campaign.name,
        labels: code.labels(),
    });
    ledger.settle(&mut places, now).expect("settled");
    let history = ledger.history(std::slice::from_ref(&appid), beijing_date(now)).expect("a history");

    let mut issued = Vec::new();
    for code in &campaign.codes {
        let record = history.code(&appid, code.scene()).expect("a record");
        issued.push((record.seq, code.as_ref(), issue(&client, &mut ledger, record.key, code, now).await));
    }

    let header = Header {
        campaign: campaign.name.clone(),
        account: account.name.clone(),
        appid,
        revision: 1,
        kind: Kind::default(),
        declared: Declared::of(campaign.codes.iter().map(|code| code.medium())),
        until: campaign.hangs_until(),
        names: PictureNames::Dated,
        selection: None,
    };
    let (written, contents) = pack(workplace, &header, &issued);
    let modified = workplace.path("output/metro/metro.zip").metadata().and_then(|file| file.modified());
    let record = BundleRecord {
        revision: 1,
        contents,
        zip: written.digest,
        bytes: written.bytes,
        modified_at: Timestamp::try_from(modified.expect("a time")).expect("an instant"),
        file_name: written.file_name,
        handoffs: 0,
        names: PictureNames::Dated,
    };
    ledger.record_bundle(&campaign.name, &record, &mut std::iter::empty(), now).expect("recorded");
    ledger.finish().expect("finished");
}

/// What the platform gave for one code.
struct Issued {
    generation: Generation,
    ticket: Ticket,
    url: String,
    picture: VerifiedPicture,
}

async fn issue(
    client: &Client,
    ledger: &mut SqliteLedger,
    key: CodeKey,
    code: &Code,
    now: Timestamp,
) -> Issued {
    let issued = client.issue(code.scene(), code.lifetime()).await.expect("a ticket");
    let bytes = client.fetch(&issued.ticket).await.expect("a picture");
    let picture = symbol::verify(bytes, &issued.url).expect("a good picture");
    let lifetime = code.lifetime();
    let expires_at = (!lifetime.is_permanent())
        .then(|| now + std::time::Duration::from_secs(u64::from(lifetime.seconds())));
    let entries = [
        Entry::Intent { key, generation: 1, lifetime, at: now },
        Entry::Answer {
            key,
            generation: 1,
            lifetime,
            created_at: now,
            expires_at,
            ticket: issued.ticket.clone(),
            url: issued.url.clone(),
        },
        Entry::Picture { key, generation: 1, picture: picture.facts() },
    ];
    ledger.record(&entries, now).expect("recorded");
    let generation =
        Generation { number: 1, lifetime, created_at: now, expires_at, picture: Some(picture.facts()) };
    Issued { generation, ticket: issued.ticket, url: issued.url, picture }
}

fn pack(workplace: &Workplace, header: &Header, issued: &[(u64, &Code, Issued)]) -> (Written, Digest) {
    let mut artifacts: Vec<Artifact<'_>> = issued
        .iter()
        .map(|(seq, code, issued)| Artifact {
            facts: Facts {
                seq: *seq,
                scene: code.scene(),
                labels: code.labels(),
                medium: code.medium(),
                generation: &issued.generation,
                picture: issued.generation.picture.as_ref().expect("a picture"),
            },
            ticket: issued.ticket.clone(),
            url: issued.url.clone(),
        })
        .collect();
    let pictures: HashMap<u64, &VerifiedPicture> =
        issued.iter().map(|(seq, _, issued)| (*seq, &issued.picture)).collect();
    let contents = contents_digest(header, artifacts.iter().map(|artifact| artifact.facts));
    workplace.write("output/metro/note.txt", "a user's own");
    let folder = workplace.path("output/metro");
    let hand_out = &mut |artifact: &Artifact<'_>| Ok(pictures[&artifact.facts.seq].clone());
    let changes = Changes::new(&artifacts, &header.appid, (Since::Unknown(0), Vec::new()), None);
    let written =
        bundle::write(header, &mut artifacts, &changes, hand_out, &folder, &mut |_| {}).expect("a bundle");
    workplace.write("poster.jpg", pictures[&1].bytes());
    for picture in pictures.values() {
        workplace.write(&format!("output/pictures/{}.jpg", picture.facts().digest), picture.bytes());
    }
    (written, contents)
}
