//! The driver keeps the laws of drivers.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::ensure;
use driver_journal::{Entry, JournalError, journal_driver};
use marketplace_core::{Context, Role, Spawn, topic};
use marketplace_testing::laws::{Errand, Obstacle, Subject, Told, Up};
use marketplace_testing::{TestProgram, driver_laws};

driver_laws!(Journal::new);

/// The laws test the driver with one file.
struct Journal {
    folder: PathBuf,
}

const FILE: &str = "below/journal";

impl Journal {
    fn new() -> anyhow::Result<Self> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_PKG_NAME")).join("laws");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(folder.join("below"))?;
        Ok(Self { folder })
    }
}

impl Subject for Journal {
    fn driver(&self) -> Spawn {
        journal_driver(&self.folder)
    }

    fn demand(&self, cx: &mut Context<'_, ()>) {
        cx.publisher(Entry::of(FILE)).named(FILE);
    }

    fn withdraw(&self, cx: &mut Context<'_, ()>) {
        cx.delete(FILE);
    }

    fn up(&self) -> Up {
        Up::WhileOpen(Role::subscriber(Entry::of(FILE)))
    }

    #[cfg(target_os = "linux")]
    fn is_open(&self, _: &TestProgram) -> anyhow::Result<bool> {
        let file = fs::canonicalize(&self.folder)?.join(FILE);
        for descriptor in fs::read_dir("/proc/self/fd")? {
            // A descriptor may have been closed meanwhile.
            if fs::read_link(descriptor?.path()).is_ok_and(|held| held == file) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    #[cfg(not(target_os = "linux"))]
    fn is_open(&self, program: &TestProgram) -> anyhow::Result<bool> {
        Ok(!program.open_sources()?.is_empty())
    }

    fn obstruct(&self) -> anyhow::Result<Obstacle> {
        fs::remove_dir_all(self.folder.join("below"))?;
        let guard = Box::new(Missing(self.folder.join("below")));
        Ok(Obstacle::Put {
            guard,
            told: Told::Message(topic!(JournalError { file: FILE.into(), .. }).into()),
        })
    }

    fn errand(&self) -> Errand {
        let file = self.folder.join(FILE);
        Errand::Some {
            give: Box::new(|cx| {
                for line in 1..=1000 {
                    cx.send(Entry::new(FILE, format!("line {line}")));
                }
            }),
            arrived: Box::new(move || {
                let written = fs::read_to_string(file)?;
                ensure!(written.lines().count() == 1000 && written.ends_with("line 1000\n"), "{written}");
                Ok(())
            }),
        }
    }
}

/// A folder that is made again when this is dropped.
struct Missing(PathBuf);

impl Drop for Missing {
    fn drop(&mut self) {
        fs::create_dir_all(&self.0).expect("the folder can be made");
    }
}
