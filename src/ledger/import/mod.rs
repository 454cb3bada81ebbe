//! Import: adopts codes that somebody else issued, or that a lost ledger knew.
//!
//! No call is made, and nothing the ledger knows is overwritten.

mod adopted;
mod record;
mod table;

pub use adopted::{
    Adopted, AdoptedBundle, ImportError, Imported, adopted_generation, adopted_lifetime, shortened,
};
pub use record::check_import;
pub use table::{TableDefaults, adopted_from_table};
