//! The inspector's page in a real browser. The browser has to be installed: see CONTRIBUTING.md.
//!
//! The scripts in the folder `inspector` drive the browser. Each of them is one test, and runs the programs itself.

#![cfg(unix)]

use std::env;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, ensure};
use rustix::process::{Resource, getrlimit, setrlimit};

/// The programs that the scripts run, and the names of the environment variables with their paths.
const PROGRAMS: [(&str, &str); 3] = [
    ("CHAT_SERVER", env!("CARGO_BIN_EXE_chat-server")),
    ("ECHO_SERVER", env!("CARGO_BIN_EXE_echo-server")),
    ("MISHAP", env!("CARGO_BIN_EXE_inspector-mishap")),
];

/// Environment variables for the folders in which pictures are kept. The folders are relative to the workspace.
const FOLDERS: [&str; 2] = ["PICTURES", "GUIDE"];

/// One browser at a time, because several would disturb each other's measurements.
static BROWSER: Mutex<()> = Mutex::new(());

#[test]
fn the_page_shows_what_the_people_of_a_chat_did() -> anyhow::Result<()> {
    run("chat.mjs")
}

#[test]
fn a_failed_process_and_the_absences_that_follow_show_the_reason() -> anyhow::Result<()> {
    run("failure.mjs")
}

#[test]
fn an_endpoint_with_a_typo_is_explained_by_its_field() -> anyhow::Result<()> {
    run("typo.mjs")
}

#[test]
fn everything_is_reached_by_keys() -> anyhow::Result<()> {
    run("keys.mjs")
}

#[test]
fn a_program_that_is_stopped_is_not_shown_as_live() -> anyhow::Result<()> {
    run("halted.mjs")
}

#[test]
fn a_frozen_browser_is_not_noticed_by_the_server() -> anyhow::Result<()> {
    run("frozen.mjs")
}

#[test]
fn a_page_of_another_origin_is_refused() -> anyhow::Result<()> {
    run("foreign.mjs")
}

#[test]
fn a_crowd_and_its_flood_of_messages_do_not_stall_the_page() -> anyhow::Result<()> {
    run("crowd.mjs")
}

#[test]
fn every_view_has_its_picture() -> anyhow::Result<()> {
    run("pictures.mjs")
}

/// Runs a script to its end. Its output is shown if it fails.
fn run(script: &str) -> anyhow::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inspector");
    ensure!(
        folder.join("node_modules").exists(),
        "what drives the browser is missing: `npm ci --prefix {}`",
        folder.display()
    );
    let _alone = BROWSER.lock().unwrap_or_else(PoisonError::into_inner);
    raise_limit()?;
    let mut node = Command::new("node");
    node.arg(folder.join(script)).current_dir(&folder).env_remove("MARKETPLACE_LOG").envs(PROGRAMS);
    for name in FOLDERS {
        if let Some(path) = env::var_os(name) {
            node.env(name, Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path));
        }
    }
    let output = node.output().context("cannot run node, which the tests in a browser need")?;
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    print!("{said}");
    ensure!(output.status.success(), "{script}: {}\n{said}{errors}", output.status);
    Ok(())
}

/// Ten thousand connections need more sockets than a program may have by default.
fn raise_limit() -> anyhow::Result<()> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    Ok(setrlimit(Resource::Nofile, limit)?)
}
