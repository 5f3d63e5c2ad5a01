//! Asking: one question, one answer, and always an end.
//!
//! ```
//! use marketplace_core::{AskError, Ground, Message, Question, Spawn, topic};
//!
//! #[derive(Debug, Message)]
//! struct Capital {
//!     country: &'static str,
//! }
//!
//! impl Question for Capital {
//!     type Answer = &'static str;
//! }
//!
//! # fn main() -> anyhow::Result<()> {
//! let atlas = Spawn::new((), |(), cx| {
//!     cx.on_question(topic!(Capital { .. }), |(), cx, capital, reply| match capital.country {
//!         "Peru" => reply.send("Lima"),
//!         "Atlantis" => drop(reply),
//!         _ => cx.quit(),
//!     });
//! });
//! let pupil = Spawn::new((), |(), cx| {
//!     cx.ask(Capital { country: "Peru" }).then(|(), cx, answer| {
//!         assert_eq!(answer?, "Lima");
//!         cx.ask(Capital { country: "Atlantis" }).then(|(), cx, answer| {
//!             assert!(matches!(answer, Err(AskError::Declined { .. })));
//!             cx.quit();
//!         });
//!         Ok(())
//!     });
//! });
//! futures::executor::block_on(Ground::new().spawn(atlas).main(pupil).run())
//! # }
//! ```
//!
//! An ask is an endpoint: a publisher of the question, [`Request`], with an identity of its own. Who answers subscribes
//! to such questions. So presence, settling and absence tell the asker all that it needs: who is there to be asked,
//! that nobody is, and that somebody has gone without an answer. The answer comes back as feedback, which routing takes
//! to that asker alone.
//!
//! `question` is what is asked, `asked` and its `pattern` what travels, `exchange` what both sides share, `error` the ends that are no answer;
//! `asking` and `gathering` are the asker's side, `answering` the other; `relay` leads questions out of a nested VM, and
//! `handle` asks from outside the ground.

mod answering;
mod asking;
mod error;
mod exchange;
mod gathering;
mod handle;
mod pattern;
mod question;
mod relay;
mod request;

pub use asking::Ask;
pub use error::AskError;
pub use exchange::Reply;
pub use handle::HandleAsk;
pub use pattern::RequestPattern;
pub use question::Question;
pub use relay::ask_relay;
pub use request::Request;
