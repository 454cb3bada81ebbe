//! scenepress: campaign files in git go in; `WeChat` codes, verified one by one, and a zip that proves it, come out.
//!
//! # The way of the data
//!
//! ```text
//! campaign files -> raw file (with spans) -> Campaign -> Folder -> Wanted --+
//!                                                                           +-> Plan -> ApprovedPlan
//! ledger -------------------------------------> History, policy, now -------+              |
//!                                                                                          v  one code at a time
//! bundle + manifests <- Artifact <-verify- picture <-fetch- IssuedTicket <-issue- ledger: intent, request, answer
//! ```
//!
//! Each arrow is one function with one type in and one out, and a stage can only be called with the type the
//! stage before it returns: a plan that was not approved cannot reach the platform
//! ([`plan::ApprovedPlan`]), a picture that was not decoded cannot reach a bundle ([`symbol::VerifiedPicture`]),
//! a ledger cannot be written without the run's lock ([`ledger::RunLock`]). All but issuing, fetching and the
//! ledger is pure: text, bytes, values and `now` come in, values come out.
//!
//! # The map
//!
//! | module | what lives there | imports |
//! |---|---|---|
//! | [`model`] | scene, lifetime, channel, code, ticket, history, digest: values that cannot be wrong | – |
//! | [`clock`] | the only `now()`, `sleep()` and random seed | – |
//! | [`exit`] | how the program, a run or a campaign ended, and the signals that end a run early | – |
//! | [`fsio`] | files written whole and renamed, folders that change at once, reading with a limit | – |
//! | [`table`] | CSV as rows of cells with their places: decoding, columns by name, scenes in cells | model, fsio |
//! | [`campaign`] | campaign files: text in, campaigns and all problems with their places out | model, fsio, table |
//! | [`paper`] | what is printed, and one verdict per printed picture | model |
//! | [`plan`] | what a run would do, as data: actions, rules, forecast, approval, status | model, paper |
//! | [`pace`] | when the next request may go: rate, requests in flight, retries, quotas | model, clock |
//! | [`wechat`] | the platform's API: the only place with urls and JSON field names | model, pace, clock |
//! | [`ledger`] | what was issued, ever: `SQLite` behind one small trait, intents, generations, the lock | model, fsio, table |
//! | [`symbol`] | QR codes: pictures are read and checked against what is expected | model |
//! | [`bundle`] | manifests, the zip, its verification | model, symbol, fsio |
//! | [`hooks`] | programs of the user's around a run | model, fsio, clock, exit |
//! | [`inspect`] | what a ticket, a url, a picture or a scene is, and its codes | model, symbol, bundle, ledger, fsio |
//! | [`engine`] | the shell: settles, issues, fetches, packs what the plan says, and decides nothing | all above but campaign, table, inspect |
//! | [`doctor`] | what a run needs, examined one by one | model, campaign, wechat, ledger, engine, fsio, hooks, exit |
//! | [`view`] | values and events as text, JSON and progress | model, campaign, plan, bundle, inspect, hooks, engine, doctor |
//! | [`emulator`] | a stand-in for the platform, which shares no code with the client | clock |
//! | [`cli`] | options, settings, exit codes, and a file for each verb | everything |
//!
//! `tests/architecture.rs` holds this table.

pub mod bundle;
pub mod campaign;
pub mod cli;
pub mod clock;
pub mod doctor;
pub mod emulator;
pub mod engine;
pub mod exit;
pub mod fsio;
pub mod hooks;
pub mod inspect;
pub mod ledger;
pub mod model;
pub mod pace;
pub mod paper;
pub mod plan;
pub mod symbol;
pub mod table;
pub mod view;
pub mod wechat;
