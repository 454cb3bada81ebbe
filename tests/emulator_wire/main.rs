//! The emulator as seen from a socket: what the platform's documents promise, byte by byte, without our client.

mod access_tokens;
mod codes;
mod control;
mod fault_targets;
mod faults;
mod hanging;
mod http;
mod limits;
mod log;
mod pictures;
mod platform;
mod quota;
