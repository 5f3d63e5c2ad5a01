//! Compares the different ways to inspect a VM with each other.

use marketplace_core::{Level, Pid, Snapshot, VirtualMachine};

/// Checks that the status of each process agrees with the snapshot, and that the counters of the VMs do.
pub(crate) fn check(vm: &mut VirtualMachine, snapshot: &Snapshot) -> Result<(), String> {
    let (all, total) = (vm.counters(), snapshot.total());
    if all != total {
        return Err(format!("{all:?} is counted at once, and one by one {total:?}"));
    }
    check_inside(vm, &mut Vec::new(), snapshot)
}

fn check_inside(vm: &mut VirtualMachine, path: &mut Vec<Pid>, inside: &Snapshot) -> Result<(), String> {
    let endpoints = inside.processes.iter().flat_map(|process| &process.endpoints);
    let shown = (inside.processes.len(), endpoints.filter(|it| it.level == Level::Local).count());
    let counted = (inside.counters.processes, inside.counters.endpoints);
    if counted != shown {
        return Err(format!("in {path:?} {counted:?} are counted, and {shown:?} shown"));
    }
    for process in &inside.processes {
        path.push(process.pid.clone());
        let status = vm.status(path).map(|it| {
            let leaving = it.leaving.map(|reason| reason.to_string());
            (it.pid, it.name, it.pending, it.turns, leaving, it.counters)
        });
        let leaving = process.leaving.as_ref().map(ToString::to_string);
        let (pid, name, counters) =
            (process.pid.clone(), process.name.clone(), process.inside.as_ref().map(|it| it.counters));
        let shown = Some((pid, name, process.pending, process.turns, leaving, counters));
        if status != shown {
            return Err(format!("{path:?} stands as {status:?}, and is shown as {shown:?}"));
        }
        if let Some(inside) = &process.inside {
            check_inside(vm, path, inside)?;
        }
        path.pop();
    }
    Ok(())
}
