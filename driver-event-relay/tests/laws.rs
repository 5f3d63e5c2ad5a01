//! The laws of a driver, checked on the relay. Its service is a source of the ground, in a nested VM.

use driver_event_relay::event_relay;
use marketplace_core::{Context, GroundEvent, Role, Spawn, topic};
use marketplace_testing::laws::{Errand, Obstacle, Subject, Up};
use marketplace_testing::{Feed, TestProgram, TestVm, driver_laws};

struct Relay(Feed<()>);

impl Subject for Relay {
    fn driver(&self) -> Spawn {
        event_relay("relay")
    }

    fn place(&self, ground: &TestVm, depth: usize) -> anyhow::Result<TestVm> {
        (0..depth).try_fold(ground.clone(), |vm, _| vm.nested([]))?.nested_behind(self.driver(), [])
    }

    fn demand(&self, cx: &mut Context<'_, ()>) {
        cx.on_event(self.0.source(), |(), _, ()| ()).named("source");
    }

    fn withdraw(&self, cx: &mut Context<'_, ()>) {
        cx.delete("source");
    }

    fn up(&self) -> Up {
        Up::WhileOpen(Role::publisher(topic!(GroundEvent { source: self.0.source(), .. })))
    }

    fn is_open(&self, _: &TestProgram) -> anyhow::Result<bool> {
        Ok(self.0.is_open())
    }

    fn obstruct(&self) -> anyhow::Result<Obstacle> {
        Ok(Obstacle::Impossible("the ground opens every source"))
    }

    fn waits_for_clients(&self) -> Option<&'static str> {
        Some("the events are those of drivers, which are to finish")
    }

    fn errand(&self) -> Errand {
        Errand::None("events only come in")
    }
}

driver_laws!(|| Ok(Relay(Feed::new("events"))));
