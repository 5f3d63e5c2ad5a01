//! A turn that does not end.
