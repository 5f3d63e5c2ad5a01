//! A folder for the files of one measurement.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;

/// A temporary folder of this process. It is deleted when this value is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let path = env::temp_dir().join(format!("marketplace-benchmarks-{}", process::id()));
        fs::create_dir(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.0.join(name);
        fs::write(&path, text)?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // If this fails, the folder stays among the temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}
