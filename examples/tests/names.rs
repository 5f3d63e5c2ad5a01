//! The core under other names: in a crate that renames it, and in one that uses it through re-exports of a driver or a
//! facade. These crates are in `tests/names` of the root. Most of the test is that they compile.

use guest::by_driver;
use guest::by_facade::module::{Word, same};
use guest::by_facade::root::{Letter, To, is_for};
use station::market::{Pattern, topic};
use station::{Number, Place, Reading};

#[test]
fn a_crate_may_rename_the_core_and_crates_that_do_not_can_write_topics_of_its_messages() {
    let reading = |number| Reading { place: Place::Room { number: Number(number) }, celsius: 20 };
    for topic in [
        topic!(Reading { place: Place::Room { number: Number(2) }, .. }),
        marketplace_core::topic!(Reading { place: Place::Room { number: Number(2) }, .. }),
    ] {
        assert!(topic.matches(&reading(2)));
        assert!(!topic.matches(&reading(3)));
    }
}

#[test]
fn a_crate_that_depends_only_on_a_driver_can_use_it_and_define_messages() -> anyhow::Result<()> {
    let reading = |place, celsius| Reading { place, celsius };
    let room = |number| Place::Room { number: Number(number) };
    let readings =
        vec![reading(Place::Roof, 20), reading(room(1), 20), reading(room(2), 20), reading(room(2), 5)];
    assert_eq!(by_driver::heard(readings)?, [20]);
    Ok(())
}

#[test]
fn a_crate_that_depends_only_on_a_facade_derives_messages_and_writes_topics() {
    let letter = |stamp, to| Letter { stamp, to, text: "hello".into() };
    assert!(is_for(&letter(Some(5), To::One(300)), 300));
    assert!(!is_for(&letter(Some(5), To::One(300)), 301));
    assert!(!is_for(&letter(Some(4), To::One(300)), 300));
    assert!(!is_for(&letter(None, To::One(300)), 300));
    assert!(!is_for(&letter(Some(5), To::All), 300));
    assert!(
        same(&Word("one".into()), &Word("one".into())) && !same(&Word("one".into()), &Word("two".into()))
    );
}
