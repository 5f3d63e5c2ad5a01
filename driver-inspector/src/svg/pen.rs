//! Writes SVG: whatever text there is in it, it is well-formed.

use std::fmt::Write;

/// The width of a character, about, in the font of the labels.
const CHARACTER: f64 = 6.3;

#[derive(Debug, Default)]
pub(crate) struct Pen {
    pub(crate) svg: String,
}

/// On which side of its point a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Pen {
    pub(crate) fn line(&mut self, class: &str, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2]) {
        self.add(format_args!("<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>\n"));
    }

    pub(crate) fn path(&mut self, class: &str, path: &str) {
        self.add(format_args!("<path class=\"{class}\" d=\"{path}\"/>\n"));
    }

    /// A rectangle, by its upper left corner.
    pub(crate) fn rectangle(&mut self, class: &str, [x, y]: [f64; 2], width: f64, height: f64) {
        self.add(format_args!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"3\"/>\n"
        ));
    }

    pub(crate) fn dot(&mut self, class: &str, [x, y]: [f64; 2]) {
        self.add(format_args!("<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"3.5\"/>\n"));
    }

    pub(crate) fn cross(&mut self, class: &str, [x, y]: [f64; 2]) {
        let (left, right, top, bottom) = (x - 6.0, x + 6.0, y - 6.0, y + 6.0);
        self.path(class, &format!("M{left} {top}L{right} {bottom}M{right} {top}L{left} {bottom}"));
    }

    /// A text, cut to the room for it. A text that was cut is shown in full on hover.
    pub(crate) fn text(&mut self, class: &str, anchor: Anchor, [x, y]: [f64; 2], room: f64, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let shown = cut(text, room);
        self.add(format_args!("<text class=\"{class}\" text-anchor=\"{anchor}\" x=\"{x}\" y=\"{y}\">"));
        self.escape(&shown);
        if shown != text {
            self.svg.push_str("<title>");
            self.escape(text);
            self.svg.push_str("</title>");
        }
        self.svg.push_str("</text>\n");
    }

    pub(crate) fn escape(&mut self, text: &str) {
        for char in text.chars() {
            match char {
                '&' => self.svg.push_str("&amp;"),
                '<' => self.svg.push_str("&lt;"),
                '>' => self.svg.push_str("&gt;"),
                '"' => self.svg.push_str("&quot;"),
                '\t' | '\n' | '\r' => self.svg.push(' '),
                // XML has none of these, however they are written.
                '\u{fffe}' | '\u{ffff}' => self.svg.push(char::REPLACEMENT_CHARACTER),
                char if char.is_control() => self.svg.push(char::REPLACEMENT_CHARACTER),
                char => self.svg.push(char),
            }
        }
    }

    pub(crate) fn add(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = self.svg.write_fmt(text);
    }
}

/// As much of a text as there is room for, in pixels.
fn cut(text: &str, room: f64) -> String {
    let most = (room / CHARACTER).max(1.0) as usize;
    match text.char_indices().nth(most) {
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
        None => text.to_owned(),
    }
}
