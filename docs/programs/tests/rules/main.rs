//! What is guaranteed, rule by rule, as the page `ideas/guarantees.md` shows it.

mod ground;
mod message;
mod nesting;
mod observation;
mod order;
mod presence;
mod process;
