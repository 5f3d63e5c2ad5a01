//! Frames as bytes: the format, and what hostile bytes do to whoever reads them.
#![cfg(feature = "codec")]

mod codec {
    mod format;
    mod hostile;
    mod limit;
    mod name;
    mod packet;
    mod user;
    mod vocabulary;
}
