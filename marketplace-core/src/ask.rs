//! Asking: one question, one answer, and always an end.
//!
//! An ask is an endpoint: a publisher of the question, [`Asked`], with an identity of its own. Who answers subscribes
//! to such questions. So presence, settling and absence tell the asker all that it needs: who is there to be asked,
//! that nobody is, and that somebody has gone without an answer. The answer comes back as feedback, of the same type,
//! which routing takes to that asker alone. `question` and `pattern` are what travels, `error` the ends that are no
//! answer, `asking` and `gathering` the asker's side, `answering` the other, `relay` passes questions out of a nested
//! VM, `outside` asks from outside the ground.

mod answering;
mod asking;
mod error;
mod exchange;
mod gathering;
mod pattern;
mod question;
mod relay;

pub use asking::Ask;
pub use error::AskError;
pub use exchange::Reply;
pub use pattern::AskedPattern;
pub use question::{Asked, Question};
pub use relay::ask_relay;
