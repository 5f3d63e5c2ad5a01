//! Random programs, run by the VM and by a slow model that was written from the rules. It covers S1 to S14, except
//! what users' code may do to the routing index (S2), and slices of work (S16).

#[path = "model/asked.rs"]
mod asked;
#[path = "model/fold.rs"]
mod fold;
#[path = "model/index.rs"]
mod index;
#[path = "support/lives.rs"]
mod lives;
#[path = "model/looks.rs"]
mod looks;
#[path = "model/model.rs"]
mod model;
#[path = "model/network.rs"]
mod network;
#[path = "model/program.rs"]
mod program;
#[path = "support/property.rs"]
mod property;
#[path = "model/scripted.rs"]
mod scripted;
#[path = "model/told.rs"]
mod told;
#[path = "model/trace.rs"]
mod trace;
#[path = "model/vm.rs"]
mod vm;
#[path = "model/vocabulary.rs"]
mod vocabulary;

use marketplace_core::TraceScope;
use proptest::prelude::*;

use program::WITNESS;
use property::check;

#[test]
fn the_vm_runs_programs_as_the_rules_say() {
    check(&program::programs(), 300, |program| {
        let expected = model::run(&program);
        prop_assume!(!expected.is_overworked);
        let (trace, told) = vm::run(&program);
        let (did, should) = (trace::text(&trace), trace::text(&expected.lines));
        prop_assert!(did == should, "the VM did\n{did}\nand should have done\n{should}");
        let should = expected.told;
        let same = told.lines().zip(should.lines()).take_while(|(told, should)| told == should).count();
        let rest = |text: &str| text.lines().skip(same).take(3).collect::<Vec<_>>().join("\n");
        let (did, should_have) = (rest(&told), rest(&should));
        prop_assert!(told == should, "the VM told\n{did}\nand should have told\n{should_have}\nafter {told}");
        trace::check_presence(&trace, WITNESS);
        Ok(())
    });
}

#[test]
fn s19_a_snapshot_and_what_is_told_after_it_are_what_a_full_trace_tells() {
    check(&(program::programs(), 0..20_usize), 150, |(program, moment)| {
        let checked = vm::fold(&program, moment);
        prop_assert!(checked.is_ok(), "{}", checked.unwrap_err());
        Ok(())
    });
}

#[test]
fn s19_who_wants_lives_alone_is_told_of_them_as_who_wants_everything() {
    check(&(program::programs(), any::<bool>()), 150, |(program, is_busy)| {
        let [wide, both, alone] = [
            vm::lives(&program, is_busy, &[TraceScope::Everything]),
            vm::lives(&program, is_busy, &[TraceScope::Processes, TraceScope::Everything]),
            vm::lives(&program, is_busy, &[TraceScope::Processes]),
        ];
        prop_assert_eq!(&both[0], &both[1], "of one run");
        prop_assert_eq!(&wide[0], &both[0], "of two");
        prop_assert_eq!(&alone[0], &both[0], "where nobody is told of the rest");
        Ok(())
    });
}

#[test]
fn s05_s17_messages_find_their_endpoints_among_many() {
    check(&index::ops(), 50, |ops| {
        let expected = index::scan(&ops);
        prop_assert_eq!(index::run(ops), expected);
        Ok(())
    });
}
