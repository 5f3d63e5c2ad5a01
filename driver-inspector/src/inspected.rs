//! The inspected programs, as the server sees them. Used by the inspector's thread only.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::future::{BoxFuture, Either, FutureExt, select};
use futures::stream::{FuturesUnordered, StreamExt};
use marketplace_core::{EndpointId, Orientation, Pid, Topic};

use crate::diagram::{brief, diagram};
use crate::explanation;
use crate::frame::{Explanation, Frame, Number, Record};
use crate::model::Model;
use crate::nesting::nesting;
use crate::panic::catch_panic;
use crate::request::Answer;
use crate::snapshot::CachedSnapshot;
use crate::tree::ProcessTree;
use crate::typed_topic::{self, TypedCandidate};
use crate::view::{Question, TreeView, View};

pub(crate) use crate::hidden_values::HiddenValues;
pub(crate) use crate::program::Watched;
pub(crate) use crate::recording::Excerpt;

/// How often to check whether a request to a program is due.
const TICK: Duration = Duration::from_millis(200);
/// How long a program may take to answer a question.
const TIMEOUT: Duration = Duration::from_secs(2);

/// A function that waits. The module `io` provides it.
pub(crate) type Wait = fn(Duration) -> BoxFuture<'static, ()>;

/// All that is known of the programs. A clone is another handle to the same data.
#[derive(Clone, Debug)]
pub(crate) struct Inspected(Rc<RefCell<Model>>);

/// An open page. It is closed when this is dropped.
#[derive(Debug)]
pub(crate) struct Page {
    model: Rc<RefCell<Model>>,
    number: u64,
}

impl Inspected {
    pub(crate) fn new(title: Arc<str>) -> Self {
        Self(Rc::new(RefCell::new(Model::new(title, Instant::now()))))
    }

    /// Adds a ground, which is shown from now on.
    pub(crate) fn add(&self, watched: Watched) {
        self.0.borrow_mut().add(watched, Instant::now());
    }

    /// Keeps what is known up to date, and never ends. A program that does not answer does not delay the others.
    pub(crate) async fn run(&self, wait: Wait) {
        let mut requests: FuturesUnordered<BoxFuture<'static, (Number, Answer)>> = FuturesUnordered::new();
        let mut tick = wait(TICK);
        loop {
            let due = self.0.borrow_mut().due(Instant::now());
            requests.extend(due.into_iter().map(|(ground, handle, request)| {
                request.send(&handle).map(move |answer| (ground, answer)).boxed()
            }));
            let answered = match requests.is_empty() {
                true => tick.as_mut().map(|()| None).await,
                false => match select(requests.next(), &mut tick).await {
                    Either::Left((answered, _)) => answered,
                    Either::Right(((), _)) => None,
                },
            };
            match answered {
                Some((ground, answer)) => self.0.borrow_mut().answer(ground, answer, Instant::now()),
                None => tick = wait(TICK),
            }
        }
    }

    /// Opens a page, which stays open until the returned value is dropped.
    pub(crate) fn open(&self) -> Page {
        let number = self.0.borrow_mut().open();
        Page { model: Rc::clone(&self.0), number }
    }

    /// Answers a question about a topic. The error says what is wrong with the question, or that the program does not answer.
    pub(crate) async fn explain(&self, question: &Question, wait: Wait) -> anyhow::Result<Explanation> {
        if let Some(text) = &question.topic {
            return self.explain_typed(question.vm, text);
        }
        let id = question.endpoint.context("the question has neither an endpoint nor a topic")?;
        let (role, path) = {
            let model = self.0.borrow();
            let role =
                model.role(question.vm, EndpointId(id)).context("this endpoint does not exist (any more)")?;
            (role.clone(), model.tree().path(question.vm))
        };
        let asker = question.is_asker.then_some(role.orientation);
        let snapshot = self.0.borrow_mut().snapshot(question.vm, Instant::now())?;
        let Either::Left((Some(snapshot), _)) = select(snapshot, wait(TIMEOUT)).await else {
            anyhow::bail!("the program does not answer");
        };
        // Comparing topics runs the users' code.
        let explained =
            catch_panic(|| self.explain_snapshot(question.vm, &snapshot, &path, role.topic, asker));
        explained.context("comparing the topics panicked")
    }

    fn explain_snapshot(
        &self,
        vm: Number,
        snapshot: &CachedSnapshot,
        path: &[Pid],
        topic: Topic,
        asker: Option<Orientation>,
    ) -> Explanation {
        let explanation = snapshot.explain(path, topic);
        let model = self.0.borrow();
        let tree = model.tree();
        let numbers = tree.numbers();
        let number_of = |pid: &_| numbers.get(pid).copied();
        explanation::explanation(&explanation, asker, &number_of, &title(tree, vm))
    }

    fn explain_typed(&self, vm: Number, text: &str) -> anyhow::Result<Explanation> {
        let model = self.0.borrow();
        let tree = model.tree();
        tree.vm(vm).context("this VM does not exist (any more)")?;
        let ground = tree.ground_of(vm);
        let mut processes: Vec<_> = tree.iter().filter(|it| tree.ground_of(it.number) == ground).collect();
        processes.sort_unstable_by_key(|process| process.number);
        let named: Vec<_> = processes.into_iter().map(|process| (process, process.title())).collect();
        let candidates = named.iter().flat_map(|(process, process_name)| {
            let endpoints = process.endpoints.values().filter(|endpoint| !endpoint.is_meta);
            let (process, vm) = (process.number, process.container.unwrap_or_default());
            endpoints.map(move |endpoint| TypedCandidate { process, process_name, vm, endpoint })
        });
        typed_topic::explanation(text, vm, &title(tree, vm), candidates)
    }

    /// A part of the recording, the oldest record first.
    pub(crate) fn recording(&self, excerpt: &Excerpt) -> Vec<Arc<Record>> {
        self.0.borrow().recording(excerpt)
    }

    /// A part of the recording as a sequence diagram in SVG.
    pub(crate) fn diagram(&self, excerpt: &Excerpt) -> String {
        let model = self.0.borrow();
        diagram(&model.recording(excerpt), model.title())
    }

    /// A part of the recording as a short sequence diagram. Of a message's value it shows only the string that contains
    /// `quote`.
    pub(crate) fn brief(&self, excerpt: &Excerpt, quote: &str) -> String {
        let model = self.0.borrow();
        let name = |vm| title(model.tree(), vm);
        brief(&model.recording(excerpt), model.title(), quote, &name)
    }

    /// The tree of VMs as nested boxes in SVG, without the processes with these names.
    pub(crate) fn nesting(&self, view: &TreeView, without: &[String]) -> String {
        let mut model = self.0.borrow_mut();
        nesting(&model.rows(view), model.title(), without)
    }
}

fn title(tree: &ProcessTree, number: Number) -> String {
    tree.get(number).map(|process| process.title().to_string()).unwrap_or_default()
}

impl Page {
    /// Sets what the page shows from now on.
    pub(crate) fn show(&self, view: View) {
        self.model.borrow_mut().show(self.number, view);
    }

    /// The next frame: what has changed since the last one.
    pub(crate) fn frame(&self) -> Frame {
        self.model.borrow_mut().frame(self.number, Instant::now())
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.model.borrow_mut().close(self.number);
    }
}
