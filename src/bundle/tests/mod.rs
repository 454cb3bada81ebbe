//! Tests of bundles, and what they share: campaigns of a few codes with pictures that really decode.

mod changes;
mod hostile;
mod manifests;
mod names;
mod verifying;
mod writing;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use jiff::Timestamp;
use tempfile::TempDir;

use super::*;
use crate::model::*;
use crate::symbol::{self, PictureError, VerifiedPicture};

/// 2026-11-22 15:04:05 in Beijing.
pub(super) const START: &str = "2026-11-22T07:04:05Z";

pub(super) fn start() -> Timestamp {
    START.parse().expect("an instant")
}

pub(super) fn header() -> Header {
    Header {
        campaign: CampaignName::new("metro-screens").expect("a name"),
        account: AccountName::default(),
        appid: AppId::new("wx0123456789abcdef").expect("an appid"),
        revision: 3,
        kind: Kind::default(),
        declared: Declared::Not,
        until: None,
        names: PictureNames::Dated,
        selection: None,
    }
}

/// What an artifact is made from.
pub(super) struct Made {
    pub(super) seq: u64,
    pub(super) scene: Scene,
    pub(super) labels: Labels,
    pub(super) medium: Option<Medium>,
    pub(super) generation: Generation,
    pub(super) ticket: Ticket,
    pub(super) url: String,
}

impl Made {
    pub(super) fn facts(&self) -> Facts<'_> {
        let Self { seq, scene, labels, medium, generation, .. } = self;
        let picture = generation.picture.as_ref().expect("a picture");
        Facts { seq: *seq, scene, labels, medium: *medium, generation, picture }
    }

    pub(super) fn artifact(&self) -> Artifact<'_> {
        Artifact { facts: self.facts(), ticket: self.ticket.clone(), url: self.url.clone() }
    }
}

/// Artifacts and their pictures.
pub(super) struct Campaign {
    pub(super) header: Header,
    pub(super) artifacts: Vec<Made>,
    pub(super) changes: Changes,
    pub(super) pictures: HashMap<Digest, VerifiedPicture>,
}

impl Campaign {
    pub(super) fn new() -> Self {
        let since = Since::Revision(2);
        let changes = Changes { since, is_of_paper: false, changes: Vec::new(), paper: Vec::new() };
        Self { header: header(), artifacts: Vec::new(), changes, pictures: HashMap::new() }
    }

    /// A temporary id, a temporary string with Chinese labels, a permanent string.
    pub(super) fn small() -> Self {
        Self::small_of(Kind::default())
    }

    /// The same, marked like this.
    pub(super) fn small_of(kind: Kind) -> Self {
        let mut campaign = Self::new();
        campaign.header.kind = kind;
        campaign.add(1, Scene::id(1001).expect("a scene"), "Metro line 2", Some(30));
        campaign.add(2, Scene::text("北京-7").expect("a scene"), "北京 门店（一）", Some(7));
        campaign.add(3, Scene::text("vip-desk").expect("a scene"), "VIP desk", None);
        campaign.artifacts[0].labels.tags = [tag("metro"), tag("shanghai")].into();
        campaign
    }

    fn url(&self, seq: u64) -> String {
        let prefix =
            if self.header.kind.emulator { "http://emulator.invalid/q/" } else { "http://weixin.qq.com/q/0" };
        format!("{prefix}2test{seq:016}")
    }

    /// A code with a picture that decodes.
    pub(super) fn add(&mut self, seq: u64, scene: Scene, channel: &str, days: Option<i64>) -> &mut Made {
        let url = self.url(seq);
        let verified = symbol::verify(drawing(&url), &url).expect("a picture");
        self.add_picture(seq, scene, channel, days, verified)
    }

    /// A code whose picture need not decode: quick to make, for what does not look into pictures.
    pub(super) fn add_plain(
        &mut self,
        seq: u64,
        scene: Scene,
        channel: &str,
        days: Option<i64>,
    ) -> &mut Made {
        let bytes = format!("picture {seq}").into_bytes();
        let facts = PictureFacts { digest: Digest::of(&bytes), side: 430 };
        self.add_picture(seq, scene, channel, days, symbol::recall(bytes, facts).expect("recalled"))
    }

    fn add_picture(
        &mut self,
        seq: u64,
        scene: Scene,
        channel: &str,
        days: Option<i64>,
        verified: VerifiedPicture,
    ) -> &mut Made {
        let url = self.url(seq);
        let created_at = start() + jiff::SignedDuration::from_secs(i64::try_from(seq % 1000).expect("small"));
        let seconds = days.map_or(0, |days| u32::try_from(days * 86400).expect("small"));
        let lifetime = match seconds {
            0 => Lifetime::Permanent,
            seconds => Lifetime::Temporary(ExpireSeconds::new(seconds.into()).expect("a lifetime")),
        };
        let expires_at = days.map(|days| created_at + jiff::SignedDuration::from_hours(24 * days));
        let picture = Some(verified.facts());
        self.pictures.insert(verified.facts().digest, verified);
        let ticket = ticket(&url, created_at, seconds);
        let labels = Labels {
            channel: Channel::new(channel).expect("a channel"),
            tags: std::sync::Arc::default(),
            extras: Extras::none(),
        };
        let generation = Generation { number: 1, lifetime, created_at, expires_at, picture };
        self.artifacts.push(Made { seq, scene, labels, medium: None, generation, ticket, url });
        self.artifacts.last_mut().expect("one")
    }

    pub(super) fn write_into(&self, folder: &Path) -> Result<Written, BundleError> {
        let pictures = &self.pictures;
        let mut picture = |artifact: &Artifact<'_>| {
            let digest = artifact.facts.picture.digest;
            let missing = || PictureError::Unreadable { reason: "No such file".to_owned() };
            pictures.get(&digest).cloned().ok_or_else(missing)
        };
        let mut artifacts: Vec<_> = self.artifacts.iter().map(Made::artifact).collect();
        write(&self.header, &mut artifacts, &self.changes, &mut picture, folder, &mut |_| ())
    }

    pub(super) fn written(&mut self) -> Output {
        self.written_once()
    }

    pub(super) fn written_once(&self) -> Output {
        let folder = tempfile::tempdir().expect("a folder");
        let written = self.write_into(folder.path()).expect("written");
        Output { path: folder.path().join(&written.file_name), folder, written }
    }
}

/// A folder with a bundle in it.
pub(super) struct Output {
    pub(super) folder: TempDir,
    pub(super) path: PathBuf,
    pub(super) written: Written,
}

impl Output {
    pub(super) fn bytes(&self) -> Vec<u8> {
        read(&self.path)
    }

    /// The text of an entry.
    pub(super) fn entry(&self, name: &str) -> String {
        let file = std::fs::File::open(&self.path).expect("a file");
        let mut archive = zip::ZipArchive::new(file).expect("a zip");
        std::io::read_to_string(archive.by_name(name).expect(name)).expect("text")
    }

    pub(super) fn names(&self) -> Vec<String> {
        let file = std::fs::File::open(&self.path).expect("a file");
        let archive = zip::ZipArchive::new(file).expect("a zip");
        archive.file_names().map(|name| name.expect("a name").into_owned()).collect()
    }

    /// Puts other bytes in the bundle's place.
    pub(super) fn replace(&self, bytes: &[u8]) {
        overwrite(&self.path, bytes);
    }

    pub(super) fn faults(&self) -> Vec<(String, String)> {
        let report = verify(&self.path, &mut |_, _| ()).expect("a bundle");
        assert_eq!(report.fault_count, report.faults.len() as u64);
        report.faults.into_iter().map(|fault| (fault.entry, fault.message)).collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "a test reads what it wrote")]
pub(super) fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("a file")
}

#[expect(clippy::disallowed_methods, reason = "a test damages what it wrote")]
pub(super) fn overwrite(path: &Path, bytes: &[u8]) {
    std::fs::write(path, bytes).expect("written");
}

pub(super) fn tag(text: &str) -> Tag {
    Tag::new(text).expect("a tag")
}

pub(super) fn extras(pairs: &[(&str, &str)]) -> Extras {
    let columns: Arc<[Box<str>]> = pairs.iter().map(|(column, _)| Box::from(*column)).collect();
    Extras::new(columns, pairs.iter().map(|(_, value)| Box::from(*value)))
}

/// A ticket in the platform's own form, with the right checksum.
pub(super) fn ticket(url: &str, created_at: Timestamp, seconds: u32) -> Ticket {
    let mut body = vec![1, u8::try_from(url.len() + 1).expect("a short url")];
    body.extend(url.as_bytes());
    body.extend([0, 2, 4]);
    body.extend(u32::try_from(created_at.as_second()).expect("a unix time").to_le_bytes());
    body.extend([3, 4]);
    body.extend(seconds.to_le_bytes());
    let sum = body.iter().fold(0i32, |sum, byte| sum + i32::from(byte.cast_signed()));
    let mut bytes = vec![0x81, 1];
    bytes.extend(&(!sum).to_le_bytes()[..2]);
    bytes.extend(u32::try_from(body.len()).expect("small").to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(body);
    Ticket::new(&base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)).expect("a ticket")
}

/// A JPEG of the code of a url, 5 pixels a module.
pub(super) fn drawing(url: &str) -> Vec<u8> {
    const SCALE: usize = 5;
    let code = fast_qr::QRBuilder::new(url).ecl(fast_qr::ECL::M).build().expect("a code");
    let side = (code.size + 8) * SCALE;
    let mut pixels = vec![255; side * side];
    for (row, line) in (4..).zip(0..code.size) {
        for (column, module) in (4..).zip(&code[line][..code.size]) {
            for pixel in 0..if module.value() { SCALE * SCALE } else { 0 } {
                pixels[(row * SCALE + pixel / SCALE) * side + column * SCALE + pixel % SCALE] = 0;
            }
        }
    }
    let mut bytes = Vec::new();
    let side = u16::try_from(side).expect("small");
    jpeg_encoder::Encoder::new(&mut bytes, 90)
        .encode(&pixels, side, side, jpeg_encoder::ColorType::Luma)
        .expect("a JPEG");
    bytes
}
