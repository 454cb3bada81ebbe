#![expect(clippy::disallowed_methods, reason = "a test's files")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::file::size_text;
use super::*;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn put(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    fs::write(path, text).expect("a file");
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).expect("a file")
}

/// Every path below a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        let name = entry.file_name().into_string().expect("UTF-8");
        if entry.file_type().expect("a type").is_dir() {
            found.extend(names(&entry.path()).into_iter().map(|below| format!("{name}/{below}")));
        }
        found.push(name);
    }
    found.sort();
    found
}

/// What a new file may be read by under the umask of this process.
fn mode_by_umask(folder: &Path) -> u32 {
    let path = folder.join("umask");
    put(&path, "");
    let mode = fs::metadata(&path).expect("a file").permissions().mode();
    fs::remove_file(path).expect("removed");
    mode
}

#[test]
fn a_file_over_its_limit_is_refused_by_an_error_that_names_the_limit() {
    let folder = folder();
    let path = folder.path().join("x.csv");
    put(&path, "12345");
    assert_eq!(read_limited(&path, 5).expect("fits"), b"12345");
    let error = read_limited(&path, 4).expect_err("too large");
    assert!(error.is_too_large());
    assert_eq!(error.to_string(), format!("cannot read {}: it is larger than 4 bytes", path.display()));
    assert_eq!(size_text(64 << 20), "64 MiB");
    assert_eq!(size_text(8 << 10), "8 KiB");
}

#[test]
fn an_absent_file_is_named() {
    let folder = folder();
    let path = folder.path().join("absent");
    let error = read_limited(&path, 9).expect_err("absent");
    assert!(error.is_not_found());
    assert!(
        error.to_string().starts_with(&format!("cannot read {}: No such file", path.display())),
        "{error}"
    );
}

#[test]
fn a_file_is_replaced_whole_and_follows_the_umask() {
    let folder = folder();
    let expected = mode_by_umask(folder.path());
    let path = folder.path().join("status.json");
    for content in ["one", "two"] {
        write_atomic(&path, content.as_bytes()).expect("written");
        assert_eq!(text(&path), content);
        assert_eq!(fs::metadata(&path).expect("a file").permissions().mode(), expected);
    }
    assert_eq!(names(folder.path()), ["status.json"]);
    let error = write_atomic(&folder.path().join("no/x"), b"").expect_err("no folder");
    assert!(error.to_string().contains("no/x"), "{error}");
}

#[test]
fn a_private_file_is_private_from_the_start_and_repaired_later() {
    let folder = folder();
    let path = folder.path().join("ledger.sqlite");
    let mode = || fs::metadata(&path).expect("a file").permissions().mode() & 0o777;
    create_private(&path).expect("created");
    assert_eq!(mode(), 0o600);
    fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("opened");
    create_private(&path).expect("repaired");
    assert_eq!(mode(), 0o600);
}

#[test]
fn a_staged_folder_takes_an_absent_targets_place() {
    let folder = folder();
    let staged = StagedFolder::create(&folder.path().join("output")).expect("staged");
    put(&staged.path().join("metro.zip"), "new");
    let target = folder.path().join("output/metro");
    staged.replace(&target).expect("replaced");
    assert_eq!(names(folder.path()), ["output", "output/metro", "output/metro/metro.zip"]);
    let folder_mode = fs::metadata(target).expect("a folder").permissions().mode() & 0o777;
    assert_eq!(folder_mode & 0o666, mode_by_umask(folder.path()) & 0o666);
}

fn old_folder(folder: &Path) -> PathBuf {
    let target = folder.join("metro");
    put(&target.join("metro.zip"), "old");
    put(&target.join("notes/2026/to print.txt"), "mine");
    put(&target.join("metro.r1.zip"), "older");
    put(&target.join(".scenepress-dead"), "a killed run's");
    symlink("metro.zip", target.join("latest.zip")).expect("a link");
    target
}

fn new_folder(folder: &Path) -> StagedFolder {
    let staged = StagedFolder::create(folder).expect("staged");
    put(&staged.path().join("metro.zip"), "new");
    put(&staged.path().join("manifest.csv"), "new");
    put(&staged.path().join("notes/README.txt"), "new");
    staged
}

fn assert_is_exchanged(folder: &Path) {
    let expected = [
        "metro",
        "metro/latest.zip",
        "metro/manifest.csv",
        "metro/metro.r1.zip",
        "metro/metro.zip",
        "metro/notes",
        "metro/notes/2026",
        "metro/notes/2026/to print.txt",
        "metro/notes/README.txt",
    ];
    assert_eq!(names(folder), expected);
    let target = folder.join("metro");
    assert_eq!(text(&target.join("metro.zip")), "new");
    assert_eq!(text(&target.join("latest.zip")), "new", "the link is still a link");
    assert_eq!(text(&target.join("notes/2026/to print.txt")), "mine");
}

#[test]
fn an_existing_folder_is_exchanged_and_keeps_what_the_new_one_lacks() {
    let folder = folder();
    let target = old_folder(folder.path());
    new_folder(folder.path()).replace(&target).expect("replaced");
    assert_is_exchanged(folder.path());
    // Once more: nothing piles up.
    new_folder(folder.path()).replace(&target).expect("replaced");
    assert_is_exchanged(folder.path());
}

#[test]
fn an_exchange_in_two_steps_ends_the_same() {
    let folder = folder();
    let target = old_folder(folder.path());
    let staged = new_folder(folder.path());
    staged::exchange_in_two_steps(staged.path(), &target).expect("replaced");
    assert_is_exchanged(folder.path());
}

#[test]
fn an_exchange_that_was_killed_half_way_is_undone_or_finished() {
    let folder = folder();
    let target = old_folder(folder.path());
    let aside = folder.path().join(".metro.scenepress-old");
    // Killed after the first step: the old folder comes back.
    fs::rename(&target, &aside).expect("renamed");
    remove_leftovers(folder.path());
    assert_eq!(text(&target.join("metro.zip")), "old");
    assert!(!aside.exists());
    // Killed after the second: what only the old one holds is kept. The next exchange does this by itself.
    fs::rename(&target, &aside).expect("renamed");
    put(&target.join("metro.zip"), "of the killed run");
    new_folder(folder.path()).replace(&target).expect("replaced");
    assert_is_exchanged(folder.path());
}

#[test]
fn a_link_to_a_folder_stays_a_link() {
    let folder = folder();
    old_folder(folder.path());
    let link = folder.path().join("link");
    symlink("metro", &link).expect("a link");
    new_folder(folder.path()).replace(&link).expect("replaced");
    assert!(link.is_symlink());
    fs::remove_file(link).expect("removed");
    assert_is_exchanged(folder.path());
}

#[test]
fn a_target_that_cannot_be_replaced_stays_as_it_was() {
    let folder = folder();
    let target = folder.path().join("metro");
    put(&target, "a file");
    let error = new_folder(folder.path()).replace(&target).expect_err("a file");
    let expected = format!("cannot replace {}: it is no folder; move it away", target.display());
    assert_eq!(error.to_string(), expected);
    assert_eq!(text(&target), "a file");
    let nowhere = folder.path().join("no/metro");
    new_folder(folder.path()).replace(&nowhere).expect_err("no folder there");
    assert_eq!(names(folder.path()), ["metro"], "the staged folders are gone");
}

#[test]
fn a_carried_file_is_the_same_file_not_a_copy() {
    let folder = folder();
    let target = old_folder(folder.path());
    let inode = |path: PathBuf| fs::metadata(path).expect("a file").ino();
    let before = inode(target.join("metro.r1.zip"));
    new_folder(folder.path()).replace(&target).expect("replaced");
    assert_eq!(inode(target.join("metro.r1.zip")), before);
}

#[test]
fn only_temporary_names_are_removed_as_leftovers() {
    let folder = folder();
    put(&folder.path().join(".scenepress-a/x"), "");
    put(&folder.path().join(".scenepress-b"), "");
    put(&folder.path().join("notes.txt"), "");
    put(&folder.path().join(".hidden"), "");
    remove_leftovers(folder.path());
    remove_leftovers(&folder.path().join("absent"));
    assert_eq!(names(folder.path()), [".hidden", "notes.txt"]);
}

#[test]
fn free_space_is_told_for_a_path_that_does_not_exist_yet() {
    let folder = folder();
    assert!(disk_of(&folder.path().join("a/b/c")).is_some_and(|disk| disk.free > 0));
    assert!(disk_of(Path::new("relative")).is_some());
    let device = |path: &Path| disk_of(path).expect("a disk").device;
    assert_eq!(device(folder.path()), fs::metadata(folder.path()).expect("a folder").dev());
    assert_eq!(device(&folder.path().join("a/b")), device(folder.path()));
}

#[test]
fn network_file_systems_are_known_by_their_numbers_and_others_pass() {
    let name = disk::network_name;
    for (magic, expected) in [
        (0x6969, Some("NFS")),
        (0x517B, Some("SMB")),
        (0xFF53_4D42, Some("SMB")), // CIFS
        (0xFE53_4D42, Some("SMB")), // SMB2
        (0x5346_414F, Some("AFS")), // OpenAFS
        (0x6B41_4653, Some("AFS")), // the kernel's own
        (0x00C3_6400, Some("Ceph")),
        (0x7375_7245, Some("Coda")),
        (0x0BD0_0BD0, Some("Lustre")),
        (0x1983_0326, Some("BeeGFS")),
        (0x4750_4653, Some("GPFS")),
        (0xEF53, None),      // ext4
        (0x5846_5342, None), // XFS
        (0x9123_683E, None), // btrfs
        (0x2FC1_2FC1, None), // ZFS
        (0x0102_1994, None), // tmpfs
        (0x794C_7630, None), // overlayfs
        (0x6573_5546, None), // FUSE
        (0x0102_1997, None), // 9p
        (0, None),
    ] {
        assert_eq!(name(magic), expected, "{magic:#x}");
    }
    assert_eq!(network_of(&std::env::temp_dir().join("a/b")), None, "tests run on a local disk");
}
