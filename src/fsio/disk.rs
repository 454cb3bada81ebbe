//! The file systems that paths lie on: what is free there, and whether other machines write to them too.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The bytes that must be free on a disk before anything is begun that writes to it.
pub const FREE_TO_BEGIN: u64 = 200_000_000;

/// A disk with less than [`FREE_TO_BEGIN`] bytes free.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the disk of {} has {} MB free, and a run needs {} MB to begin", path.display(), free / 1_000_000, FREE_TO_BEGIN / 1_000_000)]
pub struct DiskFull {
    /// The first of the given paths that lies on it.
    pub path: PathBuf,
    /// The bytes that are free.
    pub free: u64,
}

/// A disk, or another thing with a file system on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disk {
    /// Its number: equal for all that lies on it.
    pub device: u64,
    /// The bytes a user may still write to it.
    pub free: u64,
}

/// The disk on which a path lies or will lie; `None` if the system does not say what is free there.
pub fn disk_of(path: &Path) -> Option<Disk> {
    let (there, found) = nearest(path)?;
    let facts = rustix::fs::statvfs(there).ok()?;
    // One that has no size at all, as some networks' have, does not know.
    let free = (facts.f_blocks > 0).then(|| facts.f_bavail.saturating_mul(facts.f_frsize))?;
    Some(Disk { device: found.dev(), free })
}

/// Refuses if the disk of one of the paths has less than [`FREE_TO_BEGIN`] bytes free.
///
/// A path need not exist yet. A disk passes if the system does not say what is free on it.
pub fn check_free(paths: &[&Path]) -> Result<(), DiskFull> {
    let full = paths.iter().find_map(|path| {
        let free = disk_of(path)?.free;
        (free < FREE_TO_BEGIN).then(|| DiskFull { path: path.to_path_buf(), free })
    });
    full.map_or(Ok(()), Err)
}

/// The name of the network file system on which a path lies or will lie: `NFS`. `None` if it is a local one, or
/// none that is known.
pub fn network_of(path: &Path) -> Option<&'static str> {
    let (there, _) = nearest(path)?;
    let facts = rustix::fs::statfs(there).ok()?;
    #[cfg(target_os = "linux")]
    {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "these numbers have 32 bits, in a word whose size and sign are the machine's"
        )]
        network_name(facts.f_type as u32)
    }
    #[cfg(not(target_os = "linux"))]
    {
        const LOCAL: u32 = 0x1000; // MNT_LOCAL
        (facts.f_flags & LOCAL == 0).then_some("mounted from another machine")
    }
}

/// What a file system's number on Linux says (`linux/magic.h`, and the projects' own headers).
///
/// Not here: FUSE, which is sshfs but as often an encrypted or merged folder of this machine, or one that a container
/// shares with it; 9p, which joins a guest to its own host, and which gVisor calls every disk. Where those have no
/// shared memory, `SQLite` says so. GFS2 and OCFS2 keep memory and locks in step between machines.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "the number is Linux's"))]
pub(super) fn network_name(magic: u32) -> Option<&'static str> {
    Some(match magic {
        0x6969 => "NFS",
        0x517B | 0xFF53_4D42 | 0xFE53_4D42 => "SMB",
        0x5346_414F | 0x6B41_4653 => "AFS",
        0x00C3_6400 => "Ceph",
        0x7375_7245 => "Coda",
        0x0BD0_0BD0 => "Lustre",
        0x1983_0326 => "BeeGFS",
        0x4750_4653 => "GPFS",
        _ => return None,
    })
}

/// The path itself or the first of the folders above it that is there.
fn nearest(path: &Path) -> Option<(&Path, Metadata)> {
    path.ancestors().find_map(|there| {
        let there = if there.as_os_str().is_empty() { Path::new(".") } else { there };
        Some((there, fs::metadata(there).ok()?))
    })
}
