//! How much room a run needs on the disks it writes to, and whether that is free.

use std::fmt::{self, Write};
use std::path::{Path, PathBuf};

/// What a picture that is still to be fetched is taken for, in bytes on the disk. The platform does not document the
/// size of its pictures; those of 430 pixels were reported with some 30 KB, the emulator's have 25 to 28.
const PICTURE: u64 = 32 * 1024;

/// A code's part of a bundle beside its picture: its row in the three manifests of the zip and the two beside it, its
/// checksum, its name twice in the zip, and what changed of it. Measured with short labels: 2.9 KB.
const ROW: u64 = 4 * 1024;

/// What a bundle has whatever is in it, and what the file system takes for five files and two folders.
const BUNDLE: u64 = 32 * 1024;

/// A ticket in the ledger. Measured: 0.4 KB; its log takes the same once more before it is moved in.
const TICKET: u64 = 1024;

/// One bundle that a run will write.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BundleRoom {
    /// Codes in it.
    pub codes: u64,
    /// How many of them have no picture yet.
    pub without_picture: u64,
    /// The pictures that the others have, in bytes.
    pub pictures: u64,
    /// What becomes free when it is in its place, in bytes: the earliest revision that was kept, or the zip it replaces
    /// where that is not kept.
    pub frees: u64,
}

impl BundleRoom {
    fn bytes(&self) -> u64 {
        let fetched = self.without_picture.saturating_mul(PICTURE);
        let rows = self.codes.saturating_mul(ROW);
        self.pictures.saturating_add(fetched).saturating_add(rows).saturating_add(BUNDLE)
    }
}

/// What a run needs, in bytes. An estimate: what the platform will send is not known before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RoomNeeded {
    /// Bundles, at the moment when they take most: a new one is written whole while everything before it still lies
    /// there.
    pub bundles: u64,
    /// Pictures that are still to be fetched.
    pub pictures: u64,
    /// Tickets in the ledger.
    pub ledger: u64,
}

/// Where one kind of files goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomPlace<'a> {
    /// The folder or file.
    pub path: &'a Path,
    /// The device it is on and the bytes that are free there; `None` where the system does not say.
    pub disk: Option<(u64, u64)>,
}

/// Where all the files of a run go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomPlaces<'a> {
    /// The folder of the campaigns' folders.
    pub bundles: RoomPlace<'a>,
    /// The folder of pictures.
    pub pictures: RoomPlace<'a>,
    /// The ledger.
    pub ledger: RoomPlace<'a>,
}

/// A disk that is too full for a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "too little room in {}: the run needs {}, {} free; nothing was issued. Make room there, or name {}",
    path.display(),
    needed(parts),
    free_text(*free),
    if *only_ledger { "a file on another disk with --ledger" } else { "a folder on another disk with --output" }
)]
pub struct NoRoom {
    /// The first of the places on it.
    path: PathBuf,
    /// What goes there, with its bytes.
    parts: Vec<(&'static str, u64)>,
    free: u64,
    only_ledger: bool,
}

impl RoomNeeded {
    /// For so many tickets and fetches, and then these bundles, one after the other.
    pub fn estimate(tickets: u64, fetches: u64, bundles: &[BundleRoom]) -> Self {
        let (mut before, mut most) = (0_i128, 0_i128);
        for bundle in bundles {
            before += i128::from(bundle.bytes());
            most = most.max(before);
            before -= i128::from(bundle.frees);
        }
        Self {
            bundles: u64::try_from(most).unwrap_or(u64::MAX),
            pictures: fetches.saturating_mul(PICTURE),
            ledger: tickets.saturating_mul(2 * TICKET),
        }
    }

    /// Whether each disk has room for all that goes there. A disk that does not say what is free passes.
    pub fn check(&self, places: RoomPlaces<'_>) -> Result<(), NoRoom> {
        let parts = [
            ("bundles", self.bundles, places.bundles),
            ("pictures", self.pictures, places.pictures),
            ("ledger", self.ledger, places.ledger),
        ];
        for (_, _, place) in &parts {
            let Some((device, free)) = place.disk else { continue };
            let on_it = || parts.iter().filter(|(.., place)| place.disk.is_some_and(|disk| disk.0 == device));
            let needed = on_it().fold(0_u64, |sum, (_, bytes, _)| sum.saturating_add(*bytes));
            if needed > free {
                let path = place.path.to_owned();
                let parts: Vec<_> = on_it().map(|(name, bytes, _)| (*name, *bytes)).collect();
                let only_ledger = parts.iter().all(|(name, _)| *name == "ledger");
                return Err(NoRoom { path, parts, free, only_ledger });
            }
        }
        Ok(())
    }
}

/// `1.9 GB (bundles 1.3 GB, pictures 0.6 GB)`
fn needed(parts: &[(&str, u64)]) -> String {
    let parts: Vec<_> = parts.iter().filter(|(_, bytes)| *bytes > 0).collect();
    let sum = parts.iter().fold(0_u64, |sum, (_, bytes)| sum.saturating_add(*bytes));
    let mut text = Size { bytes: sum, up: true }.to_string();
    for (index, (name, bytes)) in parts.iter().enumerate() {
        let before = if index == 0 { " (" } else { ", " };
        let _ = write!(text, "{before}{name} {}", Size { bytes: *bytes, up: true }); // cannot fail
    }
    text + ")"
}

/// `0.4 GB are`
fn free_text(bytes: u64) -> String {
    format!("{} are", Size { bytes, up: false })
}

/// `1.9 GB`, `62.0 MB`, `5 KB`. What is needed is rounded up, what is free down, so that they never look equal.
struct Size {
    bytes: u64,
    up: bool,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |unit: u64| if self.up { self.bytes.div_ceil(unit) } else { self.bytes / unit };
        let (tenths, unit) = match self.bytes {
            1_000_000_000.. => (of(100_000_000), "GB"),
            1_000_000.. => (of(100_000), "MB"),
            _ => return write!(f, "{} KB", of(1_000)),
        };
        write!(f, "{}.{} {unit}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GB: u64 = 1_000_000_000;

    fn bundle(codes: u64, without_picture: u64, pictures: u64, frees: u64) -> BundleRoom {
        BundleRoom { codes, without_picture, pictures, frees }
    }

    #[test]
    fn bundles_are_estimated_for_the_moment_when_they_take_most() {
        let whole = |bundle: BundleRoom| bundle.bytes();
        let (first, second) = (bundle(10, 10, 0, 0), bundle(3, 1, 60_000, 0));
        assert_eq!(whole(first), 10 * (PICTURE + ROW) + BUNDLE);
        assert_eq!(whole(second), 60_000 + PICTURE + 3 * ROW + BUNDLE);
        let bundles = |bundles: &[BundleRoom]| RoomNeeded::estimate(0, 0, bundles).bundles;
        assert_eq!(bundles(&[]), 0);
        assert_eq!(bundles(&[first, second]), whole(first) + whole(second), "new ones stay");
        let again = BundleRoom { frees: whole(first), ..first };
        assert_eq!(bundles(&[again]), whole(first), "beside the one that it replaces");
        assert_eq!(bundles(&[again, again, again]), whole(first), "one after the other");
        let shrinks = BundleRoom { frees: GB, ..first };
        assert_eq!(bundles(&[shrinks, second]), whole(first), "what was made free is there for the next");
        assert_eq!(bundles(&[second, shrinks]), whole(first) + whole(second));
        let endless = bundle(u64::MAX, u64::MAX, u64::MAX, 0);
        assert_eq!(bundles(&[endless, endless]), u64::MAX);
    }

    #[test]
    fn pictures_and_tickets_are_counted_by_the_piece() {
        let expected = RoomNeeded { bundles: 0, pictures: 3 * PICTURE, ledger: 4 * TICKET };
        assert_eq!(RoomNeeded::estimate(2, 3, &[]), expected);
    }

    /// What is said where bundles, pictures and ledger lie on disks with this device and so much free.
    fn said(needed: [u64; 3], disks: [Option<(u64, u64)>; 3]) -> String {
        let [bundles, pictures, ledger] = needed;
        let place = |path, disk| RoomPlace { path: Path::new(path), disk };
        let places = RoomPlaces {
            bundles: place("output", disks[0]),
            pictures: place("output/pictures", disks[1]),
            ledger: place("safe/ledger.sqlite", disks[2]),
        };
        let checked = RoomNeeded { bundles, pictures, ledger }.check(places);
        checked.map_or_else(|error| error.to_string(), |()| "enough".to_owned())
    }

    #[test]
    fn what_goes_to_one_disk_is_added_up_and_its_free_space_counted_once() {
        let (disk, full) = (Some((1, 2 * GB)), Some((2, 4_999)));
        let needed = [GB, GB, 5_000];
        assert_eq!(said(needed, [Some((1, GB)), Some((2, GB)), Some((3, 5_000))]), "enough");
        assert_eq!(said([GB, GB, 0], [disk, disk, disk]), "enough");
        for (needed, disks, expected) in [
            (
                needed,
                [disk, disk, disk],
                "too little room in output: the run needs 2.1 GB (bundles 1.0 GB, pictures 1.0 GB, ledger 5 KB), \
                 2.0 GB are free; nothing was issued. Make room there, or name a folder on another disk with --output",
            ),
            (
                [620_000_001, 0, 5_000],
                [Some((1, 399_999_999)), disk, Some((3, GB))],
                "too little room in output: the run needs 620.1 MB (bundles 620.1 MB), 399.9 MB are free; nothing was \
                 issued. Make room there, or name a folder on another disk with --output",
            ),
            (
                needed,
                [disk, Some((2, 0)), disk],
                "too little room in output/pictures: the run needs 1.0 GB (pictures 1.0 GB), 0 KB are free; nothing \
                 was issued. Make room there, or name a folder on another disk with --output",
            ),
            (
                needed,
                [disk, disk, full],
                "too little room in safe/ledger.sqlite: the run needs 5 KB (ledger 5 KB), 4 KB are free; nothing was \
                 issued. Make room there, or name a file on another disk with --ledger",
            ),
        ] {
            assert_eq!(said(needed, disks), expected);
        }
    }

    #[test]
    fn a_disk_that_does_not_say_what_is_free_passes_and_a_run_with_nothing_to_write_passes_anywhere() {
        assert_eq!(said([u64::MAX; 3], [None; 3]), "enough");
        assert_eq!(said([GB, GB, 0], [None, None, Some((1, 0))]), "enough");
        assert_eq!(said([0; 3], [Some((1, 0)); 3]), "enough");
        assert!(said([u64::MAX; 3], [Some((1, 0)); 3]).starts_with("too little room in output: "));
    }
}
