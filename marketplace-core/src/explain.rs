//! Explaining: a topic is compared with that of every endpoint in a snapshot.

use std::collections::HashSet;

use anyhow::ensure;

use crate::{
    Context, EndpointId, ExplainedEndpoint, Explanation, GroundEnded, Handle, HandlerResult, Level, Location,
    Message, Pattern, Pid, ProcessName, ProcessSnapshot, Snapshot, Topic,
};

impl Snapshot {
    /// Explains which endpoints receive and send the messages of `topic`, a pattern or a [`Topic`], in the VM at the
    /// end of `path`: the nested VMs that lead to it, the outermost first. If the snapshot has no VM there, all
    /// endpoints are in other networks.
    #[must_use]
    pub fn explain(&self, path: &[Pid], topic: impl Into<Topic>) -> Explanation {
        let topic = topic.into();
        let mut search = Search { from: path, vms: Vec::new(), topic: &topic, found: Vec::new() };
        search.vm(self);
        let endpoints = search.found;
        Explanation { topic, endpoints }
    }
}

impl Handle {
    /// Explains which endpoints receive and send the messages of `topic` at the ground. For a nested VM, take a
    /// [`snapshot`](Self::snapshot) and call its [`explain`](Snapshot::explain).
    ///
    /// # Errors
    ///
    /// An error if the ground has ended.
    pub async fn explain<P>(&mut self, topic: P) -> Result<Explanation, GroundEnded>
    where
        P: Pattern<Value: Message<Pattern = P>>,
    {
        Ok(self.snapshot().await?.explain(&[], topic))
    }
}

impl<S: 'static> Context<'_, S> {
    /// Explains, in a later turn, which endpoints receive and send the messages of `topic` in this process' VM.
    ///
    /// `then` gets an error if there is no ground, because the VM is run by hand; if an actor that wraps the VM does
    /// not pass on the inspection ([`Actor::inspect`](crate::Actor::inspect)); or if the ground ends.
    ///
    /// # Examples
    ///
    /// ```
    /// use marketplace_core::{Ground, Message, Spawn, topic};
    ///
    /// #[derive(Debug, Message)]
    /// struct Word(&'static str);
    ///
    /// # fn main() -> anyhow::Result<()> {
    /// let lonely = Spawn::new((), |(), cx| {
    ///     cx.send(Word("hello"));
    ///     cx.explain(topic!(Word("hello")), |(), _, why| {
    ///         println!("{}", why?);
    ///         Ok(())
    ///     });
    /// });
    /// futures::executor::block_on(Ground::new().spawn(lonely).run())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn explain<P, R>(
        &mut self,
        topic: P,
        then: impl FnOnce(&mut S, &mut Context<'_, S>, anyhow::Result<Explanation>) -> R + Send + 'static,
    ) where
        P: Pattern<Value: Message<Pattern = P>>,
        R: HandlerResult,
    {
        self.perform_with(
            move |outside| {
                let (path, snapshot) = (outside.path().to_vec(), outside.snapshot());
                async move {
                    let snapshot = snapshot.await?;
                    ensure!(
                        snapshot.inside(&path).is_some(),
                        "an actor that wraps this VM does not pass on the inspection: see `Actor::inspect`"
                    );
                    Ok(snapshot.explain(&path, topic))
                }
            },
            then,
        );
    }
}

/// The search for the endpoints whose topics are about messages of a type.
struct Search<'a> {
    /// The path to the VM for which this is the explanation.
    from: &'a [Pid],
    /// The path to the VM that is being searched.
    vms: Vec<ProcessName>,
    topic: &'a Topic,
    found: Vec<ExplainedEndpoint>,
}

impl Search<'_> {
    fn vm(&mut self, vm: &Snapshot) {
        for process in &vm.processes {
            self.process(process);
        }
    }

    fn process(&mut self, process: &ProcessSnapshot) {
        let name = ProcessName { pid: process.pid.clone(), name: process.name.clone() };
        let inside = meta_inside(process);
        for endpoint in &process.endpoints {
            let is_told_twice = endpoint.level == Level::Local && inside.contains(&endpoint.id);
            if is_told_twice || endpoint.role.topic.message_type() != self.topic.message_type() {
                continue;
            }
            let depth = match endpoint.level {
                Level::Local => self.vms.len(),
                Level::Meta => self.vms.len().saturating_sub(1),
            };
            self.found.push(ExplainedEndpoint {
                process: name.clone(),
                endpoint: endpoint.clone(),
                location: location(self.from, &self.vms[..depth]),
                difference: self.topic.difference(&endpoint.role.topic),
            });
        }
        if let Some(inside) = &process.inside {
            self.vms.push(name);
            self.vm(inside);
            self.vms.pop();
        }
    }
}

/// The endpoints at the meta level of the processes inside a VM. In the containing VM they are also the VM's own.
fn meta_inside(vm: &ProcessSnapshot) -> HashSet<EndpointId> {
    let processes = vm.inside.iter().flat_map(|inside| &inside.processes);
    let endpoints = processes.flat_map(|process| &process.endpoints);
    endpoints.filter(|endpoint| endpoint.level == Level::Meta).map(|endpoint| endpoint.id).collect()
}

/// Where the VM at the end of the path `vms` is, seen from the VM at the end of `from`.
fn location(from: &[Pid], vms: &[ProcessName]) -> Location {
    let common = from.iter().zip(vms).take_while(|(pid, vm)| **pid == vm.pid).count();
    match (from.len() - common, vms.len() - common) {
        (0, 0) => Location::Here,
        (levels, 0) => Location::Outer(levels),
        (0, _) => Location::Nested(vms[common..].to_vec()),
        _ => Location::Elsewhere(vms.to_vec()),
    }
}
