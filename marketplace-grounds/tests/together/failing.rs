//! Grounds one of which fails.

use std::io;
use std::sync::mpsc::channel;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use futures::executor::block_on;
use marketplace_core::{Ground, Reason, Spawn, Stopping, topic};

use crate::support::{act, acting, end, ended, next, patient, start, stubborn, two};

/// A ground whose main process fails when it is told to.
fn failing(error: fn() -> anyhow::Error) -> Ground {
    Ground::new().main(acting(move || Err(error())))
}

#[test]
fn the_first_error_is_that_of_all_and_says_which_ground_it_was() -> anyhow::Result<()> {
    let grounds = start(|index| {
        let out_of_memory = || io::Error::from(io::ErrorKind::OutOfMemory).into();
        Ok(if index == 1 { failing(out_of_memory) } else { Ground::new().spawn(patient()) })
    })?;
    act(&grounds, 1)?;
    let error = end(grounds).err().context("it succeeds")?;
    assert_eq!(error.to_string(), "ground 1 has failed");
    let reason = error.downcast_ref::<Reason>().context("no reason")?;
    let cause = reason.downcast_ref::<io::Error>().context("another error")?;
    assert_eq!(cause.kind(), io::ErrorKind::OutOfMemory);
    Ok(())
}

#[test]
fn the_others_have_time_to_finish() -> anyhow::Result<()> {
    let (tell, told) = channel();
    let (asked, finish) = channel();
    let grounds = two(move |index| {
        if index == 1 {
            return Ok(failing(|| anyhow!("broken")));
        }
        let (tell, asked) = (tell.clone(), asked.clone());
        // After the stop it finishes only when it is told to act.
        let stop = Spawn::new((), move |(), cx| {
            cx.observe_publishers(topic!(Stopping { .. })).on_presence(move |(), _, _| Ok(asked.send(())?));
        });
        Ok(Ground::new().spawn(stop).spawn(acting(move || Ok(tell.send("finished")?))))
    });
    let grounds = grounds.grace(Duration::MAX).start(block_on)?;
    act(&grounds, 1)?;
    next(&finish)?;
    act(&grounds, 0)?;
    assert_eq!(next(&told)?, "finished");
    assert_eq!(end(grounds).map_err(|error| format!("{error:#}")), Err("ground 1 has failed: broken".into()));
    Ok(())
}

#[test]
fn a_process_that_does_not_finish_in_time_is_dropped() -> anyhow::Result<()> {
    let grounds = two(|index| {
        let ground = Ground::new().spawn(stubborn());
        Ok(if index == 1 { failing(|| anyhow!("broken")).spawn(patient()) } else { ground })
    });
    let grounds = grounds.grace(Duration::ZERO).start(block_on)?;
    act(&grounds, 1)?;
    assert!(end(grounds).is_err());
    Ok(())
}

#[test]
fn a_thread_that_panics_is_an_error_and_the_others_stop() -> anyhow::Result<()> {
    let grounds = two(|_| Ok(Ground::new().spawn(patient()))).start(|program| {
        if std::thread::current().name() == Some("ground 0") {
            panic!("no runtime");
        }
        block_on(program)
    })?;
    let error = end(grounds).map_err(|error| format!("{error:#}"));
    assert_eq!(error, Err("ground 0 has failed: panic: no runtime".into()));
    Ok(())
}

#[test]
fn a_process_that_panics_disturbs_neither_its_ground_nor_the_others() -> anyhow::Result<()> {
    let grounds = start(|_| {
        let panicking = Spawn::new((), |(), _| -> () { panic!("on purpose") });
        Ok(Ground::new().spawn(panicking).main(acting(|| Ok(()))))
    })?;
    for index in [0, 1] {
        act(&grounds, index)?;
        ended(&grounds, index)?;
    }
    end(grounds)
}
