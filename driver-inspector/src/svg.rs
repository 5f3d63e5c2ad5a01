//! What all pictures in SVG share. They need no other files.
//!
//! A picture is light or dark like the page that shows it. This holds in an `<img>`, too: a browser gives the picture the
//! `color-scheme` of that element.

mod pen;

pub(crate) use pen::{Anchor, Pen};

const STYLE: &str = include_str!("svg/style.css");

/// About how wide a text of normal size can be, with any of the usual fonts.
pub(crate) fn text_width(text: &str) -> f64 {
    text.chars().count() as f64 * 7.0
}

/// The beginning of a picture.
pub(crate) fn begin(pen: &mut Pen, title: &str, width: f64, height: f64) {
    pen.add(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\">\n<title>"
    ));
    pen.escape(title);
    pen.add(format_args!("</title>\n<style>\n{STYLE}</style>\n"));
    pen.rectangle("ground", [0.5, 0.5], width - 1.0, height - 1.0);
}

/// The end of a picture.
pub(crate) fn end(mut pen: Pen) -> String {
    pen.svg.push_str("</svg>\n");
    pen.svg
}
