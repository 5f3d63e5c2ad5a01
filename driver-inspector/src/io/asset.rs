//! The page's files, which are in the program.

/// A file of the page.
pub(super) struct Asset {
    pub(super) path: &'static str,
    pub(super) media_type: &'static str,
    pub(super) content: &'static str,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

pub(super) const ASSETS: &[Asset] = &[
    Asset {
        path: "/",
        media_type: "text/html; charset=utf-8",
        content: include_str!("../../page/index.html"),
    },
    Asset {
        path: "/inspector.css",
        media_type: "text/css; charset=utf-8",
        content: include_str!("../../page/inspector.css"),
    },
    Asset { path: "/inspector.js", media_type: SCRIPT, content: include_str!("../../page/inspector.js") },
];
