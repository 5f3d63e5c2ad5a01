//! How grounds are made and started.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread::{self, available_parallelism};

use anyhow::{Context as _, bail};
use futures::executor::block_on;
use marketplace_core::{Ground, Spawn};
use marketplace_grounds::Grounds;

use crate::support::{in_time, next, two};

#[test]
fn a_ground_is_made_for_each_core_by_its_number_and_runs_on_the_thread_that_made_it() -> anyhow::Result<()> {
    let (tell, told) = channel();
    let grounds = Grounds::new(move |index| {
        let (tell, maker) = (tell.clone(), thread::current().id());
        let main = Spawn::new((), move |(), cx| {
            assert_eq!(thread::current().id(), maker);
            tell.send((index, thread::current().name().map(str::to_owned)))?;
            cx.quit();
            anyhow::Ok(())
        });
        Ok(Ground::new().main(main))
    });
    in_time(|| grounds.run(block_on))??;
    let told: BTreeSet<_> = told.iter().collect();
    let cores = available_parallelism()?.get();
    assert_eq!(told, (0..cores).map(|index| (index, Some(format!("ground {index}")))).collect());
    Ok(())
}

#[test]
fn threads_can_have_another_name() -> anyhow::Result<()> {
    let (tell, told) = channel();
    let grounds = two(move |_| {
        tell.send(thread::current().name().map(str::to_owned))?;
        Ok(Ground::new())
    });
    in_time(|| grounds.named("echo").run(block_on))??;
    let names: BTreeSet<_> = told.iter().flatten().collect();
    assert_eq!(names, ["echo 0".to_owned(), "echo 1".to_owned()].into());
    Ok(())
}

#[test]
fn no_ground_runs_before_all_are_made() -> anyhow::Result<()> {
    let made = Arc::new(AtomicUsize::new(0));
    let (tell, told) = channel();
    let grounds = two(move |_| {
        let (tell, counted) = (tell.clone(), Arc::clone(&made));
        made.fetch_add(1, Ordering::SeqCst);
        Ok(Ground::new().main(Spawn::new((), move |(), cx| {
            tell.send(counted.load(Ordering::SeqCst))?;
            cx.quit();
            anyhow::Ok(())
        })))
    });
    in_time(|| grounds.run(block_on))??;
    assert_eq!(told.iter().collect::<Vec<_>>(), [2, 2]);
    Ok(())
}

/// What a recipe that fails does on ground 1, and whether the other ground has run nevertheless.
fn error_of(fail: fn() -> anyhow::Result<Ground>) -> anyhow::Result<(String, bool)> {
    let has_run = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&has_run);
    let grounds = two(move |index| {
        if index == 1 {
            return fail();
        }
        let told = Arc::clone(&told);
        Ok(Ground::new().main(Spawn::new((), move |(), _| told.store(true, Ordering::SeqCst))))
    });
    let error = in_time(|| grounds.run(block_on))?.err().context("it succeeds")?;
    Ok((format!("{error:#}"), has_run.load(Ordering::SeqCst)))
}

#[test]
fn a_recipe_that_fails_is_the_error_and_no_ground_runs() -> anyhow::Result<()> {
    let (error, has_run) = error_of(|| bail!("no such file"))?;
    assert_eq!((&*error, has_run), ("ground 1 has failed: no such file", false));
    Ok(())
}

#[test]
fn a_recipe_that_panics_is_an_error_and_no_ground_runs() -> anyhow::Result<()> {
    let (error, has_run) = error_of(|| panic!("broken"))?;
    assert_eq!((&*error, has_run), ("ground 1 has failed: panic: broken", false));
    Ok(())
}

#[test]
fn the_runtime_is_the_callers_choice_and_asked_on_each_thread() -> anyhow::Result<()> {
    let (tell, told) = channel();
    let grounds = two(|_| Ok(Ground::new()));
    in_time(|| {
        grounds.run(move |program| {
            tell.send(thread::current().id())?;
            block_on(program)
        })
    })??;
    assert_ne!(next(&told)?, next(&told)?);
    Ok(())
}
