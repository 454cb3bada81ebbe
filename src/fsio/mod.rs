//! Files: read with a limit, written whole and renamed into place; folders that change at once.
//!
//! What is made here follows the umask, except by [`create_private`]. Temporary names begin with `.scenepress-`,
//! so that what a killed run left can be told from a user's files.

mod disk;
mod file;
mod look;
mod private;
mod staged;

pub use disk::{Disk, DiskFull, FREE_TO_BEGIN, check_free, disk_of, network_of};
pub use file::{FsError, create_folder, create_private, make_private, read_limited, write_atomic};
pub use look::{
    FileFacts, ProgramFacts, file_facts, file_names, program_facts, publish, read_into, remove_file,
    same_file, set_modified,
};
pub use private::{PrivateFile, is_temporary_name};
pub use staged::{StagedFolder, remove_leftovers};

#[cfg(test)]
mod tests;
