//! What stands for the others' subjects of a case where they are not built.

use super::Subject;

pub(super) const SUBJECTS: &[Subject] = &[];
