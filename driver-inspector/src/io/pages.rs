//! The pages that are open, each by the name that it has given itself.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::task::{Context, Waker};

use hyper::StatusCode;

use super::response::Refusal;
use crate::frame::Frame;
use crate::inspected::{Inspected, Page};
use crate::view::View;

/// How many are open at the same time.
const MOST: usize = 16;

pub(super) struct Pages {
    inspected: Inspected,
    open: RefCell<HashMap<String, Weak<Open>>>,
}

/// A page that is open, until this is dropped.
pub(super) struct Open {
    page: Page,
    /// Whether it has another stream now.
    is_over: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Pages {
    pub(super) fn new(inspected: Inspected) -> Self {
        Self { inspected, open: RefCell::default() }
    }

    /// A page's stream begins. If it had one, that ends: its browser has lost it and comes again.
    pub(super) fn open(&self, name: &str) -> Result<Rc<Open>, Refusal> {
        let mut open = self.open.borrow_mut();
        open.retain(|_, page| page.strong_count() > 0);
        if open.len() == MOST && !open.contains_key(name) {
            return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "too many pages are open"));
        }
        let page = Rc::new(Open {
            page: self.inspected.open(),
            is_over: Cell::new(false),
            waker: RefCell::default(),
        });
        let former = open.insert(name.to_owned(), Rc::downgrade(&page));
        former.and_then(|former| former.upgrade()).into_iter().for_each(|former| former.end());
        Ok(page)
    }

    /// A page has something else in sight.
    pub(super) fn look(&self, name: &str, view: View) -> Result<(), Refusal> {
        let page = self.open.borrow().get(name).and_then(Weak::upgrade);
        let page = page.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "this page has no stream"))?;
        page.page.look(view);
        Ok(())
    }
}

impl Open {
    pub(super) fn frame(&self) -> Frame {
        self.page.frame()
    }

    /// Whether its stream is over; if not, who asks is woken when it is.
    pub(super) fn is_over(&self, cx: &Context<'_>) -> bool {
        self.waker.replace(Some(cx.waker().clone()));
        self.is_over.get()
    }

    fn end(&self) {
        self.is_over.set(true);
        self.waker.take().into_iter().for_each(Waker::wake);
    }
}
