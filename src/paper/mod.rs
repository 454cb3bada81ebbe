//! Paper: what is printed, and what is to be done about it. Nothing else in the program decides about paper.
//!
//! A printed code cannot be renewed: its renewal is another picture. So a campaign says how long its paper hangs
//! ([`PaperTerms`]), and each printed picture gets one [`Verdict`]. Everything here is pure and handed `now`.

mod facts;
mod gate;
mod handoff;
mod notes;
mod terms;
mod verdict;

#[cfg(test)]
mod tests;

pub use facts::{Home, PaperFacts, never_handed_over};
pub use gate::{EarlyExpiry, PermanentNeed, due_on_paper, expires_too_early};
pub use handoff::{
    NotForPrint, NotOnPaper, Printed, is_printed, may_be_printed, other_spelling, to_take_down,
};
pub use notes::{EarlyOnPaper, ExpiredOnPaper};
pub use terms::{PaperTerms, PrintGate, PrintPermit, reprint_options};
pub use verdict::{ComesDown, Picture, Verdict};
