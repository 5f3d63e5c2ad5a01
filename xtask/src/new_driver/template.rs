//! The files of the template, included in this program.

/// The name of the template's crate. It is replaced by the name of the new crate, wherever it occurs.
const NAME: &str = "driver-journal";

/// The file that changes in more than its name: see `manifest`.
pub(super) const MANIFEST: &str = "Cargo.toml";

macro_rules! files {
    ($($path:literal)*) => {
        &[$(($path, include_str!(concat!("../../template/", $path)))),*]
    };
}

/// The path of each file in the crate's folder, and its text.
pub(super) const FILES: &[(&str, &str)] = files! {
    "CHANGELOG.md"
    "Cargo.toml"
    "LICENSE-APACHE"
    "LICENSE-MIT"
    "README.md"
    "src/driver.rs"
    "src/io.rs"
    "src/journal.rs"
    "src/lib.rs"
    "src/message.rs"
    "tests/driver.rs"
    "tests/files.rs"
    "tests/laws.rs"
};

/// The text of a file, for a crate of this name.
pub(super) fn named(text: &str, name: &str) -> String {
    text.replace(NAME, name).replace(&NAME.replace('-', "_"), &name.replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::workspace::files;

    #[test]
    fn all_of_the_templates_files_are_listed() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/template"));
        let files = files(folder).unwrap();
        let found: Vec<&Path> = files.iter().map(|file| file.strip_prefix(folder).unwrap()).collect();
        let listed: Vec<&Path> = FILES.iter().map(|(path, _)| Path::new(path)).collect();
        assert_eq!(listed, found);
    }

    #[test]
    fn the_crates_name_stands_in_code_and_in_documents() {
        let text = "# driver-journal\n\nuse driver_journal::journal_driver;";
        assert_eq!(
            named(text, "driver-the-tide"),
            "# driver-the-tide\n\nuse driver_the_tide::journal_driver;"
        );
    }
}
