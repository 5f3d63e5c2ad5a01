//! An explanation of the core's, as the page is sent it.

use marketplace_core::Pid;

use crate::frame::{Explanation, Number};

/// The core's explanation for the VM that is called `vm`.
pub(crate) fn explanation(
    explanation: &marketplace_core::Explanation,
    number_of: &dyn Fn(&Pid) -> Option<Number>,
    vm: &str,
) -> Explanation {
    let _ = (explanation, number_of);
    Explanation { vm: vm.to_owned(), ..Explanation::default() }
}
