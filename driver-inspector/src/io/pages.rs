//! The open pages. Each has chosen a name for itself.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::task::{Context, Waker};

use hyper::StatusCode;

use super::response::Refusal;
use crate::frame::Frame;
use crate::inspected::{Inspected, Page};
use crate::view::View;

/// The most pages that are open at the same time.
const MOST: usize = 16;

pub(super) struct Pages {
    inspected: Inspected,
    open: RefCell<HashMap<String, Weak<Open>>>,
}

/// An open page. It is closed when this is dropped.
pub(super) struct Open {
    page: Page,
    /// Whether the page has a newer stream.
    is_over: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl Pages {
    pub(super) fn new(inspected: Inspected) -> Self {
        Self { inspected, open: RefCell::default() }
    }

    /// Opens a page's stream. An older stream of the same page ends: its browser has lost it and connects again.
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

    /// Sets what a page shows.
    pub(super) fn show(&self, name: &str, view: View) -> Result<(), Refusal> {
        let page = self.open.borrow().get(name).and_then(Weak::upgrade);
        let page =
            page.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "no stream is open for this page"))?;
        page.page.show(view);
        Ok(())
    }
}

impl Open {
    pub(super) fn frame(&self) -> Frame {
        self.page.frame()
    }

    /// Whether this stream must end. If not, the caller's task is woken when it must.
    pub(super) fn is_over(&self, cx: &Context<'_>) -> bool {
        self.waker.replace(Some(cx.waker().clone()));
        self.is_over.get()
    }

    fn end(&self) {
        self.is_over.set(true);
        self.waker.take().into_iter().for_each(Waker::wake);
    }
}
