//! The programs that are inspected: what is known of them, and what of it a page is shown. On the inspector's thread alone.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::future::{BoxFuture, Either, FutureExt, select};
use futures::stream::{FuturesUnordered, StreamExt};
use marketplace_core::{EndpointId, Orientation, Pid, Topic};

use crate::contained::contained;
use crate::diagram::{brief, diagram};
use crate::explaining;
use crate::frame::{Explanation, Frame, Number, Record};
use crate::known::Known;
use crate::look::Answer;
use crate::nesting::nesting;
use crate::seen::Seen;
use crate::tree::ProcessTree;
use crate::typed::{self, TypedCandidate};
use crate::view::{Question, TreeView, View};

pub(crate) use crate::program::Watched;
pub(crate) use crate::recording::Excerpt;
pub(crate) use crate::secrets::Secrets;

/// How often it is looked whether something is due.
const TICK: Duration = Duration::from_millis(200);
/// How long a program may take to answer a question.
const TIMEOUT: Duration = Duration::from_secs(2);

/// A way to wait, which `io` has.
pub(crate) type Wait = fn(Duration) -> BoxFuture<'static, ()>;

/// All that is known; a clone is the same.
#[derive(Clone, Debug)]
pub(crate) struct Inspected(Rc<RefCell<Known>>);

/// A page that is open.
#[derive(Debug)]
pub(crate) struct Page {
    known: Rc<RefCell<Known>>,
    number: u64,
}

impl Inspected {
    pub(crate) fn new(title: Arc<str>) -> Self {
        Self(Rc::new(RefCell::new(Known::new(title, Instant::now()))))
    }

    /// One more ground, shown from now on.
    pub(crate) fn add(&self, watched: Watched) {
        self.0.borrow_mut().add(watched, Instant::now());
    }

    /// Keeps what is known up to date, for ever. A program that does not answer holds up nobody but itself.
    pub(crate) async fn run(&self, wait: Wait) {
        let mut looks: FuturesUnordered<BoxFuture<'static, (Number, Answer)>> = FuturesUnordered::new();
        let mut tick = wait(TICK);
        loop {
            let due = self.0.borrow_mut().due(Instant::now());
            looks.extend(due.into_iter().map(|(ground, handle, look)| {
                look.take(&handle).map(move |answer| (ground, answer)).boxed()
            }));
            let answered = match looks.is_empty() {
                true => tick.as_mut().map(|()| None).await,
                false => match select(looks.next(), &mut tick).await {
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

    /// A page has been opened; it is so until what this returns is dropped.
    pub(crate) fn open(&self) -> Page {
        let number = self.0.borrow_mut().open();
        Page { known: Rc::clone(&self.0), number }
    }

    /// Answers a question; an error says what is wrong with it, or that the program does not answer.
    pub(crate) async fn explain(&self, question: &Question, wait: Wait) -> anyhow::Result<Explanation> {
        if let Some(text) = &question.topic {
            return self.explain_typed(question.vm, text);
        }
        let id = question.endpoint.context("neither an endpoint nor a topic is asked about")?;
        let (role, path) = {
            let known = self.0.borrow();
            let role =
                known.role(question.vm, EndpointId(id)).context("there is no such endpoint any more")?;
            (role.clone(), known.tree().path(question.vm))
        };
        let asker = question.is_asker.then_some(role.orientation);
        let seeing = self.0.borrow_mut().see(question.vm, Instant::now())?;
        let Either::Left((Some(seen), _)) = select(seeing, wait(TIMEOUT)).await else {
            anyhow::bail!("the program does not answer");
        };
        // Users' code compares topics.
        let explained = contained(|| self.explain_seen(question.vm, &seen, &path, role.topic, asker));
        explained.context("a topic panicked as it was compared")
    }

    fn explain_seen(
        &self,
        vm: Number,
        seen: &Seen,
        path: &[Pid],
        topic: Topic,
        asker: Option<Orientation>,
    ) -> Explanation {
        let explanation = seen.explain(path, topic);
        let known = self.0.borrow();
        let tree = known.tree();
        let numbers = tree.numbers();
        let number_of = |pid: &_| numbers.get(pid).copied();
        explaining::explanation(&explanation, asker, &number_of, &title(tree, vm))
    }

    fn explain_typed(&self, vm: Number, text: &str) -> anyhow::Result<Explanation> {
        let known = self.0.borrow();
        let tree = known.tree();
        tree.vm(vm).context("there is no such VM any more")?;
        let ground = tree.ground_of(vm);
        let mut processes: Vec<_> = tree.iter().filter(|it| tree.ground_of(it.number) == ground).collect();
        processes.sort_unstable_by_key(|process| process.number);
        let named: Vec<_> = processes.into_iter().map(|process| (process, process.title())).collect();
        let candidates = named.iter().flat_map(|(process, process_name)| {
            let endpoints = process.endpoints.values().filter(|endpoint| !endpoint.is_meta);
            let (process, vm) = (process.number, process.around.unwrap_or_default());
            endpoints.map(move |endpoint| TypedCandidate { process, process_name, vm, endpoint })
        });
        typed::explanation(text, vm, &title(tree, vm), candidates)
    }

    /// What has been recorded of this, the oldest first.
    pub(crate) fn recording(&self, excerpt: &Excerpt) -> Vec<Arc<Record>> {
        self.0.borrow().recording(excerpt)
    }

    /// The same as a sequence diagram, in SVG.
    pub(crate) fn diagram(&self, excerpt: &Excerpt) -> String {
        let known = self.0.borrow();
        diagram(&known.recording(excerpt), known.title())
    }

    /// The same as a short one. Of messages' values it shows only the strings with `quote` in them.
    pub(crate) fn brief(&self, excerpt: &Excerpt, quote: &str) -> String {
        let known = self.0.borrow();
        let name = |vm| title(known.tree(), vm);
        brief(&known.recording(excerpt), known.title(), quote, &name)
    }

    /// The tree of VMs as boxes in boxes, in SVG, without the processes with these names.
    pub(crate) fn nesting(&self, view: &TreeView, without: &[String]) -> String {
        let mut known = self.0.borrow_mut();
        nesting(&known.rows(view), known.title(), without)
    }
}

fn title(tree: &ProcessTree, number: Number) -> String {
    tree.get(number).map(|process| process.title().to_string()).unwrap_or_default()
}

impl Page {
    /// It has this in sight from now on.
    pub(crate) fn look(&self, view: View) {
        self.known.borrow_mut().look(self.number, view);
    }

    /// What has changed since the last one.
    pub(crate) fn frame(&self) -> Frame {
        self.known.borrow_mut().frame(self.number, Instant::now())
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.known.borrow_mut().close(self.number);
    }
}
