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
//! A stage takes only the type that the stage before it returns. A plan that was not approved cannot reach the
//! platform ([`plan::ApprovedPlan`]). A picture that was not decoded cannot reach a bundle
//! ([`symbol::VerifiedPicture`]). A ledger cannot be written without the run's lock ([`ledger::RunLock`]).
//!
//! Deciding is pure: `model`, `paper` and `plan` get values and `now`, and return values.
//!
//! # The map
//!
//! | module | what lives there | imports |
//! |---|---|---|
//! | [`model`] | scene, lifetime, channel, code, ticket, history, digest: values that cannot be wrong | – |
//! | [`clock`] | the only `now()`, `sleep()` and random seed | – |
//! | [`exit`] | exit codes and their order: how the program, a run or a campaign ended; signals | – |
//! | [`fsio`] | files written whole and renamed, folders that change at once, reading with a limit | – |
//! | [`table`] | CSV as rows of cells with their places: decoding, columns by name, scenes in cells | model |
//! | [`campaign`] | campaign files: text in, campaigns and all problems with their places out | model, fsio, table, paper |
//! | [`paper`] | what is printed: one verdict per printed picture, the print gate, what may be handed over | model |
//! | [`plan`] | what a run would do, as data: actions, rules, forecast, approval, status | model, paper |
//! | [`pace`] | when the next request may go: rate, requests in flight, retries, quotas | model, clock |
//! | [`wechat`] | the platform's API: the only place with urls and JSON field names | model, pace, clock |
//! | [`ledger`] | what was issued, ever: `SQLite`, intents, generations, the lock, export and import | model, fsio, table |
//! | [`symbol`] | QR codes: pictures are read and checked against what is expected | model |
//! | [`bundle`] | manifests, the zip, its verification, what changed between two bundles | model, symbol, paper, fsio |
//! | [`hooks`] | programs of the user's around a run | model, fsio, clock, exit |
//! | [`inspect`] | what a ticket, a url, a picture or a scene is, and its codes | model, paper, symbol, bundle, ledger, fsio |
//! | [`engine`] | the shell of a run: issues, fetches and packs what the plan says; its events and summary | model, paper, plan, pace, wechat, ledger, symbol, bundle, fsio, clock, exit, hooks |
//! | [`doctor`] | what a run needs, examined one by one | model, campaign, wechat, ledger, engine, fsio, hooks, exit |
//! | [`view`] | the words, JSON, Markdown and metrics of values that other modules define | model, campaign, paper, plan, ledger, bundle, inspect, doctor, hooks, engine, exit |
//! | [`emulator`] | a stand-in for the platform, which shares no code with the client | clock |
//! | [`cli`] | options, the exit code of each error, and a file for each verb | everything |
//!
//! `tests/architecture.rs` reads this table and holds every file to it.
//!
//! # Where a change goes
//!
//! | change | place |
//! |---|---|
//! | a rule that refuses codes or campaigns | `plan/rules/`, its words in `plan/reason.rs` |
//! | a problem of campaign files | `campaign/`, where the value is read; its kind in `docs/src/problems.md` |
//! | a key of campaign files | `campaign/keys.rs`, and the reader that takes its value |
//! | a column of the manifests | `bundle/row.rs`, its JSON in `bundle/document.rs`, its cells in `bundle/table.rs` (further columns of tables pass through without code) |
//! | what is said or done about paper | `paper/` |
//! | an exit code | `exit/`, and the error that becomes it in `cli/exit.rs` |
//! | an event of `--events` | `engine/event.rs` |
//! | words or JSON of a verb | `view/`, a file for each verb |
//! | an option of a verb | `cli/`, in the file of the verb |
//! | a hook | `model/hook.rs`, and when it runs in `hooks/run.rs` |
//! | another database for the ledger | the trait in `ledger/mod.rs` |
//! | a fault of the emulator | `emulator/faults.rs` |
//!
//! A limit on a value in `model` also holds for what ledgers and bundles already contain. A limit on new codes only
//! is a problem of campaign files.

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
