//! Frames as bytes: the format, and the effect of hostile bytes on the reader.
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
