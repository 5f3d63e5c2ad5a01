//! A temporary repository with a workspace like ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The files of the workspace, except those that all published crates have.
const FILES: &[(&str, &str)] = &[
    (".gitignore", "/target\n"),
    ("Cargo.toml", ROOT),
    ("LICENSE-MIT", "Do as you like.\n"),
    ("LICENSE-APACHE", "Do as you like, and more.\n"),
    ("marketplace-core/Cargo.toml", CORE),
    ("marketplace-core/CHANGELOG.md", CHANGELOG),
    ("marketplace-core/src/lib.rs", "pub use marketplace_core_derive::Message;\n\npub fn old() {}\n"),
    ("marketplace-core/derive/Cargo.toml", DERIVE),
    ("marketplace-core/derive/src/lib.rs", MACROS),
    ("marketplace-testing/Cargo.toml", TESTING),
    ("marketplace-testing/CHANGELOG.md", CHANGELOG),
    ("marketplace-testing/src/lib.rs", "pub use marketplace_core::old;\n"),
    ("driver-x/Cargo.toml", DRIVER),
    ("driver-x/CHANGELOG.md", CHANGELOG),
    ("driver-x/src/lib.rs", "pub fn run() {\n    marketplace_core::old();\n}\n"),
    ("examples/Cargo.toml", EXAMPLES),
    ("examples/src/lib.rs", "\n"),
];

const ROOT: &str = r#"[workspace]
resolver = "3"
members = ["marketplace-core", "marketplace-core/derive", "marketplace-testing", "driver-x", "examples"]

[workspace.metadata.release]
prefix = ""

[workspace.package]
repository = "https://example.org/us/marketplace"
"#;

const CORE: &str = r#"[package]
name = "marketplace-core"
version = "0.1.0"
edition = "2024"
include = ["src/**", "README.md", "CHANGELOG.md", "LICENSE-*"]
repository.workspace = true

[dependencies]
marketplace-core-derive = { version = "=0.1.0", path = "derive" }

[features]
serde = []

[dev-dependencies]
marketplace-testing = { path = "../marketplace-testing" }
"#;

const DERIVE: &str = r#"[package]
name = "marketplace-core-derive"
version = "0.1.0"
edition = "2024"
include = ["src/**", "README.md", "LICENSE-*"]
repository.workspace = true

[lib]
proc-macro = true
"#;

const MACROS: &str = "\
#[proc_macro_derive(Message, attributes(message))]
pub fn message(_: proc_macro::TokenStream) -> proc_macro::TokenStream {
    proc_macro::TokenStream::new()
}
";

const TESTING: &str = r#"[package]
name = "marketplace-testing"
version = "0.1.0"
edition = "2024"
include = ["src/**", "README.md", "CHANGELOG.md", "LICENSE-*"]
repository.workspace = true

[dependencies]
marketplace-core = { version = "0.1.0", path = "../marketplace-core" }
"#;

const DRIVER: &str = r#"[package]
name = "driver-x"
version = "0.1.0"
edition = "2024"
include = ["src/**", "README.md", "CHANGELOG.md", "LICENSE-*"]
repository.workspace = true

[dependencies]
marketplace-core = { version = "0.1.0", path = "../marketplace-core" }

[dev-dependencies]
marketplace-testing = { version = "0.1.0", path = "../marketplace-testing" }
"#;

const EXAMPLES: &str = r#"[package]
name = "examples"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
driver-x = { version = "0.1.0", path = "../driver-x" }
"#;

const CHANGELOG: &str = "# Changelog\n\n## 0.1.0\n\n- All of it.\n";

const PUBLISHED: &[&str] =
    &["marketplace-core", "marketplace-core/derive", "marketplace-testing", "driver-x"];

pub(crate) struct Repository {
    pub(crate) root: PathBuf,
}

/// What a command printed, and whether it succeeded.
pub(crate) struct Outcome {
    pub(crate) succeeded: bool,
    pub(crate) text: String,
}

impl Repository {
    /// Makes a repository in a folder of this name, and commits everything.
    pub(crate) fn new(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        let repository = Self { root };
        for (path, text) in FILES {
            repository.write(path, text);
        }
        for folder in PUBLISHED {
            repository.write(&format!("{folder}/README.md"), "# A crate\n");
            for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
                let text = repository.read(licence);
                repository.write(&format!("{folder}/{licence}"), &text);
            }
        }
        repository.run(env!("CARGO"), &["generate-lockfile", "--offline"]);
        repository.git(&["init", "--quiet"]);
        repository.commit();
        repository
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).expect(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let file = self.root.join(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect(path);
        fs::write(file, text).expect(path);
    }

    pub(crate) fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no {from}");
        self.write(path, &text.replace(from, to));
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.root.join(path)).expect(path);
    }

    pub(crate) fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "Work"]);
    }

    pub(crate) fn tag(&self, tag: &str) {
        self.git(&["tag", tag]);
    }

    /// All tags.
    pub(crate) fn tags(&self) -> String {
        self.git(&["tag", "--list"])
    }

    /// Runs one of the commands here.
    pub(crate) fn xtask(&self, arguments: &[&str]) -> Outcome {
        self.xtask_with(&[], arguments)
    }

    /// The same, with another program as cargo.
    pub(crate) fn xtask_by(&self, cargo: &str, arguments: &[&str]) -> Outcome {
        self.xtask_with(&[("CARGO", cargo)], arguments)
    }

    /// The same, with environment variables.
    pub(crate) fn xtask_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Outcome {
        let mut command = self.command(env!("CARGO_BIN_EXE_xtask"), arguments);
        command.env("CARGO", env!("CARGO")).env("CARGO_MANIFEST_DIR", self.root.join("xtask"));
        command.envs(variables.iter().copied());
        let Output { status, stdout, stderr } = command.output().expect("xtask runs");
        let text = [stdout, stderr].concat();
        Outcome { succeeded: status.success(), text: String::from_utf8(text).expect("text") }
    }

    fn git(&self, arguments: &[&str]) -> String {
        self.run("git", arguments)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.command(program, arguments).output().expect(program);
        assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("text")
    }

    /// A program that runs in the repository, without our target folder and without the user's settings.
    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.root).stdin(Stdio::null());
        command.env_remove("CARGO_TARGET_DIR").env("CARGO_NET_OFFLINE", "true");
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        command
    }
}

impl Drop for Repository {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            // A folder that is left behind does no harm.
            let _ = fs::remove_dir_all(&self.root);
        }
    }
}

impl Outcome {
    #[track_caller]
    pub(crate) fn succeeds_with(&self, parts: &[&str]) {
        assert!(self.succeeded, "{}", self.text);
        self.has(parts);
    }

    #[track_caller]
    pub(crate) fn fails_with(&self, parts: &[&str]) {
        assert!(!self.succeeded, "{}", self.text);
        self.has(parts);
    }

    #[track_caller]
    fn has(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.text.contains(part), "there is no {part:?} in:\n{}", self.text);
        }
    }
}
