//! The programs of the chapter Start, run as processes.
