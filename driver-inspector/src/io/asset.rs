//! The page's files, which are compiled into the program.

/// A file of the page.
pub(super) struct Asset {
    name: &'static str,
    pub(super) content: &'static str,
}

macro_rules! assets {
    ($($name:literal)*) => {
        &[$(Asset { name: $name, content: include_str!(concat!("../../page/", $name)) }),*]
    };
}

const ASSETS: &[Asset] = assets! {
    "index.html"
    "inspector.css"
    "topic.js"
    "camera.js"
    "code.js"
    "detail.js"
    "drawing.js"
    "edge.js"
    "element.js"
    "explanation.js"
    "format.js"
    "graph.js"
    "keys.js"
    "label.js"
    "lanes.js"
    "list.js"
    "main.js"
    "node.js"
    "numbers.js"
    "picture.js"
    "place.js"
    "plot.js"
    "record.js"
    "rows.js"
    "scale.js"
    "state.js"
    "status.js"
    "stream.js"
    "text.js"
    "theme.js"
    "timeline.js"
    "tree.js"
};

impl Asset {
    /// The file at a path.
    pub(super) fn at(path: &str) -> Option<&'static Self> {
        let name = match path.strip_prefix('/')? {
            "" => "index.html",
            name => name,
        };
        ASSETS.iter().find(|asset| asset.name == name)
    }

    pub(super) fn media_type(&self) -> &'static str {
        match self.name.rsplit_once('.') {
            Some((_, "html")) => "text/html; charset=utf-8",
            Some((_, "css")) => "text/css; charset=utf-8",
            _ => "text/javascript; charset=utf-8",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    #[test]
    fn all_files_of_the_page_are_in_the_program() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/page");
        let files =
            fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let files: BTreeSet<String> = files.collect();
        assert_eq!(files, ASSETS.iter().map(|asset| asset.name.to_owned()).collect());
    }
}
