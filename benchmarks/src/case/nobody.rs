//! Used in place of the others' subjects of a case when they are not built.

use super::Subject;

pub(super) const SUBJECTS: &[Subject] = &[];
