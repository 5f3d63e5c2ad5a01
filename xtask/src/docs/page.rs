//! A Markdown file, parsed for the checks: its anchors, its links, its blocks of code, and how much text it has.

use std::path::PathBuf;

use pulldown_cmark::{BrokenLink, CodeBlockKind, CowStr, Event, LinkType, Options, Parser, Tag, TagEnd};

/// The parts of a Markdown file that the checks need.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// The file, below the root of the repository.
    pub(super) path: PathBuf,
    /// The anchors of its headings, as GitHub and mdBook make them.
    pub(super) anchors: Vec<String>,
    pub(super) links: Vec<Link>,
    pub(super) blocks: Vec<Block>,
    /// How many words there are outside of headings and of code.
    pub(super) words: usize,
}

/// A link or a picture.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) line: usize,
    pub(super) target: Target,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The text between the parentheses.
    Written(String),
    /// `[text][name]`, where the file does not define `name`. In the documentation of a crate, rustdoc may define it.
    Undefined(String),
}

/// A block of code.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// The line where it begins.
    pub(super) line: usize,
    /// The first word after the fence. Empty if there is none.
    pub(super) language: String,
    pub(super) text: String,
    /// The file that the comment before the block names, below the root of the repository.
    pub(super) source: Option<String>,
}

/// The state of the parser.
struct Reader<'a> {
    text: &'a str,
    page: Page,
    /// The text of the heading that is being parsed.
    heading: Option<String>,
    is_in_code: bool,
    /// The file that the comment just before this place names.
    source: Option<String>,
}

impl Page {
    pub(super) fn parse(path: PathBuf, text: &str) -> Self {
        let page = Self { path, ..Self::default() };
        let mut reader = Reader { text, page, heading: None, is_in_code: false, source: None };
        // Without this function, a link with an undefined name would be plain text.
        let undefined = |_: BrokenLink<'_>| Some((CowStr::Borrowed(""), CowStr::Borrowed("")));
        let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH;
        let parser = Parser::new_with_broken_link_callback(text, options, Some(undefined));
        for (event, range) in parser.into_offset_iter() {
            reader.read(event, range.start);
        }
        reader.page
    }

    /// The text of a finding about one of the lines.
    pub(super) fn finding(&self, line: usize, finding: &str) -> String {
        format!("{}:{line}: {finding}", self.path.display())
    }
}

impl Reader<'_> {
    fn read(&mut self, event: Event<'_>, start: usize) {
        match event {
            Event::Start(tag) => self.start(tag, start),
            Event::End(TagEnd::Heading(_)) => self.end_heading(),
            Event::End(TagEnd::CodeBlock) => self.is_in_code = false,
            Event::Text(text) | Event::Code(text) => self.read_text(&text),
            Event::Html(html) | Event::InlineHtml(html) => self.read_html(&html, start),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, start: usize) {
        let source = self.source.take();
        match tag {
            Tag::HtmlBlock => self.source = source,
            Tag::Heading { .. } => self.heading = Some(String::new()),
            Tag::CodeBlock(kind) => {
                self.is_in_code = true;
                let block =
                    Block { line: self.line(start), language: language(&kind), source, ..Block::default() };
                self.page.blocks.push(block);
            }
            Tag::Link { link_type, dest_url, id, .. } | Tag::Image { link_type, dest_url, id, .. } => {
                let target = match link_type {
                    LinkType::Email => return,
                    LinkType::ReferenceUnknown | LinkType::CollapsedUnknown => {
                        Target::Undefined(id.into_string())
                    }
                    // Other brackets are not links.
                    LinkType::ShortcutUnknown if !id.starts_with('`') => return,
                    LinkType::ShortcutUnknown => Target::Undefined(id.into_string()),
                    _ => Target::Written(dest_url.into_string()),
                };
                self.push_link(start, target);
            }
            _ => {}
        }
    }

    fn read_text(&mut self, text: &str) {
        if let Some(heading) = &mut self.heading {
            heading.push_str(text);
        } else if self.is_in_code {
            self.page.blocks.iter_mut().last().into_iter().for_each(|block| block.text.push_str(text));
        } else {
            self.page.words += text.split_whitespace().count();
        }
    }

    fn read_html(&mut self, html: &str, start: usize) {
        let comment = html.trim().strip_prefix("<!-- file: ").and_then(|rest| rest.strip_suffix(" -->"));
        self.source = comment.map(str::to_owned);
        for target in ["src", "srcset", "href"].iter().flat_map(|name| attributes(html, name)) {
            self.push_link(start, Target::Written(target));
        }
    }

    fn end_heading(&mut self) {
        let anchor = anchor(&self.heading.take().unwrap_or_default());
        let mut unique = anchor.clone();
        for number in 1.. {
            if !self.page.anchors.contains(&unique) {
                break;
            }
            unique = format!("{anchor}-{number}");
        }
        self.page.anchors.push(unique);
    }

    fn push_link(&mut self, start: usize, target: Target) {
        self.page.links.push(Link { line: self.line(start), target });
    }

    /// The number of the line that contains this byte.
    fn line(&self, byte: usize) -> usize {
        1 + self.text.bytes().take(byte).filter(|byte| *byte == b'\n').count()
    }
}

fn language(kind: &CodeBlockKind<'_>) -> String {
    match kind {
        CodeBlockKind::Indented => String::new(),
        CodeBlockKind::Fenced(info) => info.split([',', ' ']).next().unwrap_or_default().to_owned(),
    }
}

/// The anchor of a heading: its letters and digits in lower case, with a `-` for each space.
fn anchor(heading: &str) -> String {
    let lower = heading.trim().to_lowercase();
    let kept = lower.chars().filter(|c| c.is_alphanumeric() || c.is_whitespace() || "-_".contains(*c));
    kept.map(|c| if c.is_whitespace() { '-' } else { c }).collect()
}

/// The values of the attributes of this name in a piece of HTML.
fn attributes(html: &str, name: &str) -> Vec<String> {
    let beginning = format!(" {name}=\"");
    let pieces = html.split(&beginning).skip(1);
    pieces.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Page {
        Page::parse("page.md".into(), text)
    }

    fn targets(text: &str) -> Vec<(usize, String)> {
        let links = parse(text).links.into_iter().map(|link| match link.target {
            Target::Written(target) => (link.line, target),
            Target::Undefined(name) => (link.line, format!("undefined {name}")),
        });
        links.collect()
    }

    #[test]
    fn an_anchor_is_made_as_github_and_mdbook_make_it() {
        let page = parse("# S5: `on_message`, and *how*\n\n## Why?\n\n## Why?\n");
        assert_eq!(page.anchors, ["s5-on_message-and-how", "why", "why-1"]);
    }

    #[test]
    fn links_pictures_and_the_attributes_of_html_are_found_with_their_lines() {
        let text = "[a](a.md) ![b](b.svg)\n\n<picture>\n<source srcset=\"c.svg\">\n</picture>\n\n[d][e]\n\n[e]: f.md\n";
        let expected = [(1, "a.md"), (1, "b.svg"), (4, "c.svg"), (7, "f.md")];
        assert_eq!(targets(text), expected.map(|(line, target)| (line, target.to_owned())));
    }

    #[test]
    fn links_that_nobody_defines_are_told_from_brackets() {
        let text = "an array[0], [x], `[y](z)`, [`Foo`], [a][b]\n";
        let expected = [(1, "undefined `Foo`"), (1, "undefined b")];
        assert_eq!(targets(text), expected.map(|(line, target)| (line, target.to_owned())));
    }

    #[test]
    fn a_block_has_the_file_of_the_comment_directly_before_it() {
        let text = "<!-- file: a.rs -->\n```rust,no_run\nlet a;\n```\n\n```sh\nls\n```\n\n<!-- file: b.rs -->\n\ntext\n\n```rust\n```\n";
        let blocks = parse(text).blocks;
        let sources: Vec<_> = blocks.iter().map(|block| (block.line, block.source.as_deref())).collect();
        assert_eq!(sources, [(2, Some("a.rs")), (6, None), (14, None)]);
        assert_eq!((blocks[0].language.as_str(), blocks[0].text.as_str()), ("rust", "let a;\n"));
    }

    #[test]
    fn words_of_headings_and_code_do_not_count() {
        assert_eq!(parse("# A title\n\n```sh\nls -l\n```\n").words, 0);
        assert_eq!(parse("# A title\n\nthree `short` words\n").words, 3);
    }
}
