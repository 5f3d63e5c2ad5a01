//! `ideas/settled.md`

use marketplace_core::{Ground, Message, Spawn, topic};
use marketplace_testing::TestProgram;

/// A page to print.
#[derive(Debug, Message)]
struct Page(&'static str);

/// A page to keep until there is a printer.
#[derive(Debug, Message)]
struct Kept(&'static str);

/// Prints a page on a printer that is present, and keeps the page if there is none.
fn print(page: &'static str) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(topic!(Page(_))).on_settled(move |(), cx, printers| {
            match printers {
                0 => cx.send(Kept(page)),
                _ => cx.send(Page(page)),
            }
            cx.quit();
        });
    })
}

#[test]
fn a_page_is_printed_if_there_is_a_printer() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut printer = program.messages(topic!(Page(_)))?;
    program.spawn(print("one"))?;
    assert_eq!(printer.message()?.0, "one");
    Ok(())
}

#[test]
fn a_page_is_kept_if_there_is_no_printer() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut kept = program.messages(topic!(Kept(_)))?;
    program.spawn(print("one"))?;
    assert_eq!(kept.message()?.0, "one");
    Ok(())
}
