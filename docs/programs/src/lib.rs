//! The programs of the book in `docs/src`, compiled and run by the tests of this package.
