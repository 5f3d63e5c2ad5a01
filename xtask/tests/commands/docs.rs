//! `docs`: what it refuses in a small book, and how it finds or installs mdBook.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::repository::{Outcome, Repository};

const SUMMARY: &str = "# Summary\n\n- [Hello](hello.md)\n- [A crash](ideas/crash.md)\n";

const HELLO: &str = "\
# Hello

A page says something, or else it is no page: it takes at least twenty words to say anything that is of use.

- [What next?](ideas/crash.md#why-is-it-one)

<!-- file: docs/programs/tests/hello.rs -->
```rust
let greeting = \"hello\";
if greeting.len() == 5 {
    print(greeting);
}
```
";

const CRASH: &str = "\
# A crash

A page says something, or else it is no page: it takes at least twenty words to say anything that is of use.

## Why is it one?

See [hello](../hello.md), and what the program prints:

```text
hello
```
";

const PROGRAM: &str = "\
#[test]
fn hello() {
    let greeting = \"hello\";
    if greeting.len() == 5 {
        print(greeting);
    }
}
";

/// A fake mdBook that prints its version and its arguments.
const MDBOOK: &str =
    "#!/bin/sh\n[ \"$1\" = --version ] && echo mdbook VERSION && exit\necho mdbook VERSION has \"$@\"\n";

/// A fake cargo that installs this mdBook, and prints its arguments.
const CARGO: &str = "\
#!/bin/sh
echo \"$@\"
for last; do :; done
mkdir -p \"$last/bin\"
sed s/v0.0.1/v0.5.4/ \"$(dirname \"$0\")/mdbook\" >\"$last/bin/mdbook\"
chmod +x \"$last/bin/mdbook\"
";

/// A repository with a small book without faults.
struct Book {
    repository: Repository,
    /// The folder of the fake programs, which is the first in `PATH`.
    programs: PathBuf,
}

impl Book {
    fn new(name: &str) -> Self {
        let repository = Repository::new(name);
        for (path, text) in [
            ("docs/src/SUMMARY.md", SUMMARY),
            ("docs/src/hello.md", HELLO),
            ("docs/src/ideas/crash.md", CRASH),
            ("docs/programs/tests/hello.rs", PROGRAM),
        ] {
            repository.write(path, text);
        }
        let programs = repository.root.join("target/fake");
        fs::create_dir_all(&programs).expect("a folder");
        let book = Self { repository, programs };
        book.program("mdbook", &MDBOOK.replace("VERSION", "v0.5.4"));
        book
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.programs.join(name);
        fs::write(&path, script).expect(name);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect(name);
    }

    fn docs(&self) -> Outcome {
        let path = format!("{}:{}", self.programs.display(), env::var("PATH").expect("a path"));
        let cargo = self.programs.join("cargo");
        self.repository.xtask_with(&[("PATH", &path), ("CARGO", &cargo.to_string_lossy())], &["docs"])
    }
}

/// Replaces a text in the book. The book is then refused, with this finding.
#[track_caller]
fn refused(name: &str, path: &str, from: &str, to: &str, finding: &str) {
    let book = Book::new(&format!("docs-{name}"));
    book.repository.replace(path, from, to);
    book.docs().fails_with(&[finding]);
}

#[test]
fn a_book_without_faults_is_built() {
    let book = Book::new("docs-good");
    book.docs().succeeds_with(&["mdbook v0.5.4 has build docs"]);
}

#[test]
fn an_mdbook_of_another_version_is_not_used_and_ours_is_installed_once() {
    let book = Book::new("docs-install");
    book.program("mdbook", &MDBOOK.replace("VERSION", "v0.0.1"));
    book.program("cargo", CARGO);
    let install = "install --locked mdbook@0.5.4 --no-default-features --features search";
    book.docs().succeeds_with(&[install, "mdbook v0.5.4 has build docs"]);
    book.program("cargo", "#!/bin/sh\nexit 1\n");
    book.docs().succeeds_with(&["mdbook v0.5.4 has build docs"]);
}

#[test]
fn an_mdbook_that_fails_is_an_error() {
    let book = Book::new("docs-fails");
    book.program("mdbook", &format!("{}exit 1\n", MDBOOK.replace("VERSION", "v0.5.4")));
    book.docs().fails_with(&["`mdbook build docs` failed"]);
}

#[test]
fn code_that_differs_from_the_file_is_refused_with_the_page_the_line_and_the_file() {
    let finding = "docs/src/hello.md:8: the block is not a part of docs/programs/tests/hello.rs: the file has no line \
                   `print(\"hello\");`";
    refused("code", "docs/src/hello.md", "print(greeting)", "print(\"hello\")", finding);
}

#[test]
fn lines_that_do_not_follow_each_other_in_the_file_are_refused() {
    let finding = "docs/src/hello.md:8: the block is not a part of docs/programs/tests/hello.rs: the file has its lines, \
                   but not in one run";
    refused("run", "docs/src/hello.md", "if greeting.len() == 5 {\n", "", finding);
}

#[test]
fn code_with_another_indentation_inside_the_block_is_refused() {
    refused("indented", "docs/src/hello.md", "    print", "print", "or with other indentation");
}

#[test]
fn a_part_of_a_line_is_refused() {
    refused("part", "docs/src/hello.md", " = \"hello\";", "", "the file has no line `let greeting`");
}

#[test]
fn rust_code_that_names_no_file_is_refused() {
    let finding = "docs/src/hello.md:8: the Rust block has no line `<!-- file: PATH -->` before it";
    refused(
        "unnamed",
        "docs/src/hello.md",
        "<!-- file: docs/programs/tests/hello.rs -->",
        "It says:\n",
        "the Rust block",
    );
    refused("apart", "docs/src/hello.md", "hello.rs -->\n", "hello.rs -->\nIt says:\n\n", "the Rust block");
    refused("ignored", "docs/src/ideas/crash.md", "```text", "```rust,ignore", "the Rust block");
    refused("unnamed-line", "docs/src/hello.md", "<!-- file: docs/programs/tests/hello.rs -->", "", finding);
}

#[test]
fn code_that_does_not_say_its_language_is_refused() {
    let finding = "docs/src/ideas/crash.md:9: the block does not name its language";
    refused("language", "docs/src/ideas/crash.md", "```text", "```", finding);
}

#[test]
fn a_file_that_is_not_there_or_that_nothing_compiles_is_refused() {
    let page = "docs/src/hello.md";
    refused(
        "no-file",
        page,
        "tests/hello.rs",
        "tests/help.rs",
        "is said to be a part of docs/programs/tests/help.rs, which does",
    );
    let book = Book::new("docs-stray");
    book.repository.write("docs/programs/tests/start/hello.rs", PROGRAM);
    book.repository.replace(page, "tests/hello.rs", "tests/start/hello.rs");
    book.docs().fails_with(&[
        "is a part of docs/programs/tests/start/hello.rs, which is not a module of any target",
    ]);
    book.repository.write("docs/programs/tests/start/main.rs", "mod hello;\n");
    book.docs().succeeds_with(&[]);
}

#[test]
fn a_link_to_what_does_not_exist_is_refused_wherever_it_is() {
    let finding =
        "docs/src/ideas/crash.md:7: the link `../help.md` leads to docs/src/help.md, which does not exist";
    refused("link", "docs/src/ideas/crash.md", "../hello.md", "../help.md", finding);
    let changed = "[here](src/library.rs)\n";
    let finding = "driver-x/README.md:1: the link `src/library.rs` leads to driver-x/src/library.rs, which does not exist";
    refused("readme", "driver-x/README.md", "# A crate\n", changed, finding);
    let picture = "<img alt=\"\" src=\"one.svg\">\n";
    let finding =
        "driver-x/CHANGELOG.md:1: the link `one.svg` leads to driver-x/one.svg, which does not exist";
    refused("picture", "driver-x/CHANGELOG.md", "# Changelog\n", picture, finding);
    refused(
        "outside",
        "driver-x/README.md",
        "# A crate\n",
        "[x](../../y.md)\n",
        "leads out of the repository",
    );
    refused("undefined", "driver-x/CHANGELOG.md", "# Changelog\n", "[x][y]\n", "the link [y] is not defined");
}

#[test]
fn a_link_to_a_heading_that_does_not_exist_is_refused() {
    let finding = "docs/src/hello.md:5: the link `ideas/crash.md#why-is-it-one`: docs/src/ideas/crash.md has no heading \
                   `#why-is-it-one`";
    refused("anchor", "docs/src/ideas/crash.md", "Why is it one?", "Why is it not?", finding);
    refused(
        "own-anchor",
        "docs/src/hello.md",
        "ideas/crash.md#why",
        "#why",
        "docs/src/hello.md has no heading",
    );
}

#[test]
fn a_link_out_of_the_book_is_refused_though_its_file_exists() {
    let finding = "docs/src/ideas/crash.md:7: the link `../../../driver-x/README.md` leads out of the book";
    refused("out", "docs/src/ideas/crash.md", "../hello.md", "../../../driver-x/README.md", finding);
}

#[test]
fn links_to_other_sites_and_files_are_left_alone() {
    let book = Book::new("docs-elsewhere");
    let links = "[a](https://example.org/#x) [b](src/lib.rs) [c](src) [`run`] [d](driver_x::run) [e](../docs/src/hello.md)\n";
    book.repository.write("driver-x/README.md", links);
    book.docs().succeeds_with(&[]);
}

#[test]
fn a_page_that_the_contents_do_not_list_is_refused_and_so_is_one_that_does_not_exist() {
    let (summary, crash) = ("docs/src/SUMMARY.md", "- [A crash](ideas/crash.md)\n");
    let finding = "docs/src/ideas/crash.md:1: docs/src/SUMMARY.md does not list this page";
    refused("unlisted", summary, crash, "", finding);
    let finding =
        "docs/src/SUMMARY.md:4: the link `ideas/panic.md` leads to docs/src/ideas/panic.md, which does not";
    refused("missing", summary, "ideas/crash.md", "ideas/panic.md", finding);
    refused(
        "twice",
        summary,
        crash,
        &crash.repeat(2),
        "docs/src/SUMMARY.md:5: ideas/crash.md is listed twice",
    );
    refused("draft", summary, crash, "- [A crash]()\n", "docs/src/SUMMARY.md:4: a chapter without a page");
    let book = Book::new("docs-no-contents");
    book.repository.remove(summary);
    book.docs().fails_with(&["docs/src/SUMMARY.md does not exist"]);
}

#[test]
fn a_page_without_text_is_refused() {
    let text = "A page says something, or else it is no page: it takes at least twenty words to say anything that is of use.";
    let finding = "docs/src/hello.md:1: a stub: 2 words outside of headings and code, fewer than 20";
    refused("stub", "docs/src/hello.md", text, "", finding);
}

#[test]
fn all_findings_are_reported_at_once() {
    let book = Book::new("docs-all");
    book.repository.replace("docs/src/hello.md", "print(greeting)", "print()");
    book.repository.replace("docs/src/ideas/crash.md", "../hello.md", "../help.md");
    book.docs().fails_with(&["docs/src/hello.md:8: the block", "docs/src/ideas/crash.md:7: the link"]);
}
