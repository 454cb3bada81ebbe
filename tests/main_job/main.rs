//! What `run` and `bundle` promise, proved from outside: the program, a folder of its own, and a platform that answers
//! as the emulator does, or as a test wants it.

mod again;
mod arrival;
mod broken_pictures;
mod changes;
mod comparing;
mod deployed;
mod disks;
mod doctor;
mod documents;
mod endings;
mod every_end;
mod every_refusal;
mod expected;
mod handing_over;
mod hooks;
mod hooks_stopped;
mod hosts;
mod imports;
mod labels;
mod ledgers;
mod limits;
mod only;
mod paper;
mod partial;
mod permanents;
mod refusals;
mod revisions;
mod schemas;
mod secrecy;
mod several_accounts;
mod stopped;
mod support;
mod terminal;
mod waiting;
mod whole;
