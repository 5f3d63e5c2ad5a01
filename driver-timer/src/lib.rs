#![doc = include_str!("../README.md")]

mod clock;
mod driver;
mod io;
mod message;
mod relay;
mod service;
mod timers;
mod wakeup;

pub use driver::timer_driver;
pub use message::{
    CancelTimer, CancelTimerPattern, Deadline, DeadlinePattern, SetTimer, SetTimerPattern, TimerExpired,
    TimerExpiredPattern,
};
pub use relay::timer_relay;
