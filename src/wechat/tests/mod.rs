//! The client against small hand-written servers that do exactly what a test says.

mod calls;
mod limits;
mod secrecy;
mod server;
