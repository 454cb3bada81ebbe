//! The ledger: what was issued, ever, for every account.
//!
//! An intent is recorded before each request and the answer after it, so that whatever dies in between, the next
//! run knows what may have been spent. Nothing that was recorded is overwritten: a renewal is another generation.
//! [`SqliteLedger`] keeps it in one file. A run works through the trait [`Ledger`] alone.

mod backup;
mod columns;
mod error;
mod examine;
mod export;
mod handoffs;
mod host;
mod import;
mod lock;
mod place;
mod queries;
mod reader;
mod schema;
mod sqlite;
mod write;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::model::{
    AppId, BundledCode, CampaignName, Channel, CodeKey, Digest, Generation, HandedGeneration, History,
    Labels, Lifetime, Medium, PictureFacts, PictureNames, PrintedCode, Scene, Ticket,
};

pub use backup::{Backup, backup};
pub use error::{LedgerError, LedgerFault};
pub use examine::{Examined, examine};
pub use export::Export;
pub use handoffs::{
    HandedCode, HandedOver, Handoff, HandoffOutcome, HandoffRecord, RecordedCodes, Removal, UndoOutcome,
};
pub use host::{Host, LastUsed};
pub use import::{
    Adopted, AdoptedBundle, ImportError, Imported, TableDefaults, adopted_from_table, adopted_generation,
    adopted_lifetime, check_import, shortened,
};
pub use lock::RunLock;
pub use place::check_target;
pub use queries::Origins;
pub use sqlite::SqliteLedger;

/// The most codes that are found by a part of their channel's name.
pub const MOST_FOUND: usize = 20;

/// What is remembered, and how it is added to.
///
/// Each writing call is one transaction that is on the disk when the call returns: all of it or, on an error,
/// nothing of it.
pub trait Ledger {
    /// What is known of these accounts; an account never used is absent. `today` is a day in Asia/Shanghai.
    fn history(&self, appids: &[AppId], today: Date) -> Result<History, LedgerError>;

    /// Every campaign that ever had a code, by name.
    fn campaigns(&self) -> Result<Vec<CampaignName>, LedgerError>;

    /// Records what the campaign files want of codes. Without any settlement nothing is written.
    fn settle(
        &mut self,
        settlements: &mut dyn Iterator<Item = Settlement<'_>>,
        now: Timestamp,
    ) -> Result<(), LedgerError>;

    /// Records what happened to requests and pictures, in order.
    fn record(&mut self, entries: &[Entry], now: Timestamp) -> Result<(), LedgerError>;

    /// The newest generation of each code of a campaign that has one and is not retired, in the order of `seq`.
    fn artifacts(&self, appid: &AppId, campaign: &CampaignName) -> Result<Vec<StoredArtifact>, LedgerError>;

    /// The bundle that was last recorded for a campaign.
    fn bundle(&self, campaign: &CampaignName) -> Result<Option<BundleRecord>, LedgerError>;

    /// The codes of the newest bundle of a campaign whose revision is below this one, in no order. None if they are not on
    /// record: a ledger that was rebuilt by an import knows those of the imported revision alone.
    fn bundled(&self, campaign: &CampaignName, revision: u64) -> Result<Vec<BundledCode>, LedgerError>;

    /// Records a bundle and the codes in it. Bundles recorded before stay on record; of the codes, what
    /// [`bundled`](Self::bundled) tells of this revision and of the one to come. The codes are not asked for if the
    /// last bundle has the same revision and contents.
    fn record_bundle(
        &mut self,
        campaign: &CampaignName,
        record: &BundleRecord,
        codes: &mut dyn Iterator<Item = BundledRow<'_>>,
        now: Timestamp,
    ) -> Result<(), LedgerError>;

    /// Records the SHA-256 of a selection of a bundle's codes, so that it may be handed over.
    fn record_selection(
        &mut self,
        campaign: &CampaignName,
        revision: u64,
        zip: &Digest,
        now: Timestamp,
    ) -> Result<(), LedgerError>;

    /// Remembers that a run left everything of these campaigns done. Without any nothing is written.
    fn record_success(&mut self, campaigns: &[CampaignName], now: Timestamp) -> Result<(), LedgerError>;

    /// When a run last left everything of a campaign done; a campaign of which none did is absent.
    fn successes(&self) -> Result<BTreeMap<CampaignName, Timestamp>, LedgerError>;

    /// Adds a record: the codes of a bundle went to print. Not if one of them is not the ledger's, or if the last standing
    /// record of the campaign and the recipient says the same.
    fn hand_off(
        &mut self,
        appid: &AppId,
        handoff: &Handoff,
        codes: &mut dyn Iterator<Item = HandedCode<'_>>,
        now: Timestamp,
    ) -> Result<HandoffOutcome, LedgerError>;

    /// Adds a record, and returns its number: paper was taken down. `pieces` are among those that
    /// [`paper`](Self::paper) returns, and of the recipient that the removal names. Whatever was handed over of their
    /// scenes before, to that recipient, no longer hangs.
    fn take_down(
        &mut self,
        removal: &Removal,
        pieces: &mut dyn Iterator<Item = &PrintedCode>,
        now: Timestamp,
    ) -> Result<u64, LedgerError>;

    /// Adds a record: an earlier handoff or removal does not count any more.
    fn undo_handoff(&mut self, record: u64, now: Timestamp) -> Result<UndoOutcome, LedgerError>;

    /// The number of the last record of paper, whatever its kind; 0 if there is none. A bundle is recorded with it, and
    /// asks with it what was known then: [`paper`](Self::paper), [`handed`](Self::handed) and
    /// [`was_handed_over`](Self::was_handed_over) answer the same for ever.
    fn last_handoff(&self) -> Result<u64, LedgerError>;

    /// What hangs as of the record `until`: what each recipient was handed last of each scene that was ever in a campaign,
    /// of whatever account, without what was taken down since; by seq. With `u64::MAX`, what hangs now.
    ///
    /// `is_latest` and `is_here` are as of now: a bundle that is to be built again compares generations and urls itself.
    fn paper(&self, campaign: &CampaignName, until: u64) -> Result<Vec<PrintedCode>, LedgerError>;

    /// Every generation of a campaign's codes that went to print as of the record `until`, and to whom, in no order; also
    /// what was taken down since.
    ///
    /// A picture was handed to nobody if its appid, scene and generation are not among these. It was not handed to a
    /// recipient if they are not among those of that recipient. A scene in here that [`paper`](Self::paper) does not have
    /// was taken down on purpose.
    fn handed(&self, campaign: &CampaignName, until: u64) -> Result<Vec<HandedGeneration>, LedgerError>;

    /// Whether a bundle of a campaign was handed over as of the record `until`. A handoff that was undone by then does not
    /// count, one whose paper was taken down does.
    fn was_handed_over(&self, campaign: &CampaignName, until: u64) -> Result<bool, LedgerError>;

    /// The SHA-256 of the bundle of a campaign that was last deployed.
    fn deployed(&self, campaign: &CampaignName) -> Result<Option<Digest>, LedgerError>;

    /// Records that a bundle was deployed.
    fn record_deployment(
        &mut self,
        campaign: &CampaignName,
        bundle: &Digest,
        now: Timestamp,
    ) -> Result<(), LedgerError>;

    /// Every generation that something belongs to, of every account, newest first for each code.
    fn find(&self, what: &Find) -> Result<Vec<Found>, LedgerError>;

    /// The pictures that only expired generations hold which are not the newest of their codes, without those
    /// that were forgotten; in the order of their digests.
    fn expired_pictures(&self, now: Timestamp) -> Result<Vec<Digest>, LedgerError>;

    /// Remembers that these pictures' files are gone. Their digests stay on record.
    fn forget_pictures(&mut self, pictures: &[Digest]) -> Result<(), LedgerError>;

    /// How many calls that create codes an account has sent on a day (Asia/Shanghai), lost answers included.
    fn calls(&self, appid: &AppId, today: Date) -> Result<u64, LedgerError>;
}

/// What the campaign files want of one code.
#[derive(Debug, Clone)]
pub enum Settlement<'a> {
    /// The code is in this campaign with these labels: it is inserted, relabelled, moved or taken out of
    /// retirement. A place in the campaign (`seq`) is allotted when it first appears there and never again to
    /// another code; a code that comes back finds its old one.
    Place {
        /// The account.
        appid: &'a AppId,
        /// With the account, what the ledger knows the code by.
        scene: &'a Scene,
        /// Names that differ only by case are one campaign; it goes by the name last used.
        campaign: &'a CampaignName,
        /// They replace what was recorded.
        labels: &'a Labels,
    },
    /// The code is in no campaign's files any more.
    Retire {
        /// The code.
        key: CodeKey,
    },
}

/// Something that happened to one code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A request is about to be sent. Each counts as one call of the account on the day of `at`, also when the same
    /// generation is asked for again.
    Intent {
        /// The code.
        key: CodeKey,
        /// The generation the answer will make.
        generation: u32,
        /// The lifetime that is asked for.
        lifetime: Lifetime,
        /// Now.
        at: Timestamp,
    },
    /// The platform answered: the generation exists and its intent is closed.
    Answer {
        /// The code.
        key: CodeKey,
        /// A number the code has no generation of yet; one it has is an error.
        generation: u32,
        /// The lifetime the platform answered with.
        lifetime: Lifetime,
        /// When the platform made it, by its clock; kept to the second.
        created_at: Timestamp,
        /// When it dies, kept to the second; `None` exactly if it is permanent, otherwise an error.
        expires_at: Option<Timestamp>,
        /// The ticket.
        ticket: Ticket,
        /// What the picture must decode to.
        url: String,
    },
    /// The platform definitely refused the last request: nothing came of it. The intent is closed unless an earlier
    /// request for it was left without an answer, which may have made something.
    Refusal {
        /// The code.
        key: CodeKey,
        /// The generation that was asked for.
        generation: u32,
        /// The platform's number for the reason.
        errcode: i64,
    },
    /// A generation's picture was verified. It replaces an earlier one, whose file was lost or changed.
    Picture {
        /// The code.
        key: CodeKey,
        /// The generation.
        generation: u32,
        /// What is remembered of the picture.
        picture: PictureFacts,
    },
}

/// One row of a bundle, as far as the ledger knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredArtifact {
    /// The code.
    pub key: CodeKey,
    /// Its place in the campaign.
    pub seq: u64,
    /// What it carries.
    pub scene: Scene,
    /// Which issue of the code is its newest.
    pub generation: u32,
    /// That generation's ticket.
    pub ticket: Ticket,
    /// What its picture decodes to.
    pub url: String,
}

/// A bundle as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleRecord {
    /// Rises by one with each change of the contents; 1 for the first.
    pub revision: u64,
    /// The digest of everything in it but the revision.
    pub contents: Digest,
    /// The zip file's SHA-256.
    pub zip: Digest,
    /// The zip file's size.
    pub bytes: u64,
    /// When the zip file was last modified, by the file system, to the nanosecond.
    pub modified_at: Timestamp,
    /// The zip file's name, without folders.
    pub file_name: String,
    /// The last record of paper that it tells of ([`Ledger::last_handoff`]); a later one does not change it.
    pub handoffs: u64,
    /// How its pictures are named.
    pub names: PictureNames,
}

/// A code of a bundle that is recorded.
#[derive(Debug, Clone, Copy)]
pub struct BundledRow<'a> {
    /// The code.
    pub key: CodeKey,
    /// Which generation of it.
    pub generation: u32,
    /// Its channel.
    pub channel: &'a Channel,
    /// What it is shown on, if that is declared.
    pub medium: Option<Medium>,
    /// Of everything that the bundle says of it: another digest is another row.
    pub digest: Digest,
}

/// What may be looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Find {
    /// A ticket, to the letter.
    Ticket(String),
    /// A url, to the letter.
    Url(String),
    /// A picture's SHA-256, also of a picture whose file is gone.
    Picture(Digest),
    /// A scene, on any account; found also if no code was ever issued for it.
    Scene(Scene),
    /// A part of a channel's name, in any case of Latin letters: the newest generations of the first [`MOST_FOUND`].
    Channel(String),
}

/// A code that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its account.
    pub appid: AppId,
    /// The campaign it was last in.
    pub campaign: CampaignName,
    /// Its labels.
    pub labels: Labels,
    /// What it carries.
    pub scene: Scene,
    /// Its place in that campaign.
    pub seq: u64,
    /// Whether it left the campaign's files.
    pub retired: bool,
    /// The generation in question; `None` if the code was never issued.
    pub issued: Option<Issued>,
}

/// One issue of a code that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// Number, lifetime and picture.
    pub generation: Generation,
    /// Its ticket.
    pub ticket: Ticket,
    /// What its picture decodes to.
    pub url: String,
    /// Whether it is the code's newest.
    pub is_latest: bool,
    /// To whom it went to be printed.
    pub handed: Vec<HandedOver>,
}
