//! How many connections and pages there can be, and the answer to further ones.

use crate::support::{Browser, at_loopback, inspect};

#[test]
fn a_hundred_connections_are_too_many_and_the_next_ones_are_told_so_until_some_have_gone()
-> anyhow::Result<()> {
    let inspected = inspect(&at_loopback())?;
    let mut idle = Vec::new();
    for _ in 0..64 {
        // An answer says that it is served.
        let mut browser = inspected.browser()?;
        assert_eq!(browser.ask(&inspected.request("GET", "/", ""))?.status, 200);
        idle.push(browser);
    }
    let mut others: Vec<Browser> = (0..36).map(|_| inspected.browser()).collect::<anyhow::Result<_>>()?;
    for browser in &mut others {
        let answer = browser.ask(&inspected.request("GET", "/", ""))?;
        assert_eq!((answer.status, answer.body.as_str()), (503, "too many connections\n"));
    }
    drop(idle);
    marketplace_testing::wait_until(|| Ok(inspected.get("/")?.status == 200))?;
    inspected.program.end()
}

#[test]
fn sixteen_pages_are_open_at_most() -> anyhow::Result<()> {
    let inspected = inspect(&at_loopback())?;
    let mut pages = Vec::new();
    for number in 0..16 {
        let mut page = inspected.page(&number.to_string())?;
        page.frame()?;
        pages.push(page);
    }
    let answer = inspected.get("/events?page=more")?;
    assert_eq!((answer.status, answer.body.as_str()), (503, "too many pages are open\n"));
    // One that is open already comes again.
    let again = inspected.page("15")?;
    pages.pop().map(super::support::Stream::ends).transpose()?;
    drop(again);
    marketplace_testing::wait_until(|| {
        let mut browser = inspected.browser()?;
        browser.send(inspected.request("GET", "/events?page=more", "").as_bytes())?;
        Ok(browser.head()?.status == 200)
    })
}
