//! A user, which switches to another service when its service is gone.

use std::fmt::Write as _;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use examples::print_line;
use futures::future::AbortHandle;
use marketplace_core::{Context, Pattern, Reason, Spawn, Stopping, topic};

use crate::factors::{Factors, Task};

struct User {
    /// A random number that identifies the user.
    id: u64,
    pause: Duration,
    /// The services that are present, in the order in which they appeared. The first one is asked.
    services: Vec<Arc<str>>,
    /// The number in the current question.
    number: u32,
    /// When the next question is due.
    waiting: Option<AbortHandle>,
}

/// Asks for the factors of 1, 2, 3 and so on, and prints them.
pub(crate) fn user(pause: Duration) -> Spawn {
    // The standard library's hash keys are random.
    let id = RandomState::new().hash_one(0_u8);
    Spawn::new(User { id, pause, services: Vec::new(), number: 1, waiting: None }, move |_, cx| {
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|_, cx, _| cx.quit());
        cx.subscriber(topic!(Factors { user: id, .. }))
            .on_message(|user: &mut User, cx, factors| user.take(cx, factors));
        cx.publisher(topic!(Task { user: id, .. }))
            .on_arrival(|user, cx, peer| match peer.conversation.service.value() {
                Some(service) => user.meet(cx, service),
                None => Ok(()),
            })
            .on_departure(|user, cx, peer, reason| match peer.conversation.service.value() {
                Some(service) => user.lose(cx, &service, reason),
                None => Ok(()),
            });
    })
    .named("user")
}

impl User {
    fn meet(&mut self, cx: &mut Context<'_, Self>, service: Arc<str>) -> anyhow::Result<()> {
        print_line(cx, format!("{service} has come"))?;
        self.services.push(service);
        if self.services.len() == 1 { self.turn_to_the_first(cx) } else { Ok(()) }
    }

    fn lose(
        &mut self,
        cx: &mut Context<'_, Self>,
        service: &Arc<str>,
        reason: &Reason,
    ) -> anyhow::Result<()> {
        let was_asked = self.services.first() == Some(service);
        self.services.retain(|other| other != service);
        print_line(cx, format!("{service} has gone: {reason}"))?;
        match self.services.is_empty() {
            true => print_line(cx, "nobody serves"),
            false if was_asked => self.turn_to_the_first(cx),
            false => Ok(()),
        }
    }

    /// A question that the previous service has not answered is asked again.
    fn turn_to_the_first(&mut self, cx: &mut Context<'_, Self>) -> anyhow::Result<()> {
        if let Some(waiting) = self.waiting.take() {
            waiting.abort();
        }
        print_line(cx, format!("asking {}", self.services[0]))?;
        self.ask(cx);
        Ok(())
    }

    fn ask(&self, cx: &mut Context<'_, Self>) {
        // If there is no service, the next one that appears is asked.
        if let Some(service) = self.services.first().cloned() {
            cx.send(Task { service, user: self.id, number: self.number });
        }
    }

    fn take(&mut self, cx: &mut Context<'_, Self>, answer: &Factors) -> anyhow::Result<()> {
        let Factors { number, service, factors, .. } = answer;
        // A service that was asked before may have answered too.
        if *number == self.number {
            self.number += 1;
            let mut line = format!("{service}: {number} =");
            for (place, factor) in factors.iter().enumerate() {
                write!(line, "{} {factor}", if place > 0 { " ·" } else { "" })?;
            }
            print_line(cx, line)?;
            self.waiting = Some(cx.sleep_then(self.pause, |user: &mut Self, cx| user.ask(cx)));
        }
        Ok(())
    }
}
