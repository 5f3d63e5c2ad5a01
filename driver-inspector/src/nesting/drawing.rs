//! The drawing. The contents of a VM are placed first, which gives the size of its box.

use super::nest::Nest;
use crate::frame::{Kind, State};
use crate::svg::{self, Anchor, Pen, text_width};

/// The width of the picture, and of the margin around the outermost boxes.
const WIDTH: f64 = 720.0;
const MARGIN: f64 = 16.0;
/// The distance from the edge of a box to its contents, and between two boxes.
const INSET: f64 = 14.0;
const BETWEEN: f64 = 10.0;
/// The height of a VM's name, and of a process.
const TITLE: f64 = 30.0;
const CHIP: f64 = 34.0;
/// The least and the greatest width of a process' box.
const NARROWEST: f64 = 70.0;
const WIDEST: f64 = 300.0;
/// The height of the line that says what is left out.
const FOOT: f64 = 22.0;

/// Draws the boxes. `hidden` is how many more processes are left out.
pub(super) fn draw(title: &str, nests: &[Nest<'_>], hidden: usize) -> String {
    let width = WIDTH - 2.0 * MARGIN;
    let boxes: Vec<Vm> = nests.iter().map(|nest| vm(nest, width)).collect();
    let inner: f64 = boxes.iter().map(|vm| vm.height + BETWEEN).sum();
    let foot = if hidden > 0 { FOOT } else { 0.0 };
    let mut pen = Pen::default();
    svg::begin(&mut pen, title, WIDTH, 2.0 * MARGIN + (inner - BETWEEN).max(TITLE) + foot);
    let mut y = MARGIN;
    for (vm, nest) in boxes.iter().zip(nests) {
        draw_vm(&mut pen, vm, nest, [MARGIN, y], width);
        y += vm.height + BETWEEN;
    }
    if nests.is_empty() {
        pen.text("quiet", Anchor::Start, [MARGIN, MARGIN + 18.0], width, "There is no process.");
    }
    if hidden > 0 {
        let text = format!("{hidden} more processes are not shown.");
        pen.text("quiet", Anchor::Start, [MARGIN, y + FOOT - BETWEEN], width, &text);
    }
    svg::end(pen)
}

/// The positions of the contents of a VM, from the upper left corner of its box.
struct Vm {
    height: f64,
    /// First the processes, then the nested VMs.
    places: Vec<Place>,
}

struct Place {
    x: f64,
    y: f64,
    width: f64,
    vm: Option<Vm>,
}

/// Places the processes of a VM in lines, and its nested VMs below them.
fn vm(nest: &Nest<'_>, width: f64) -> Vm {
    let room = width - 2.0 * INSET;
    let (mut x, mut y) = (INSET, TITLE);
    let mut places: Vec<Place> = Vec::with_capacity(nest.inside.len());
    for process in nest.inside.iter().filter(|nest| !nest.is_vm()) {
        let width = chip_width(process).min(room);
        if x > INSET && x + width > INSET + room {
            (x, y) = (INSET, y + CHIP + BETWEEN);
        }
        places.push(Place { x, y, width, vm: None });
        x += width + BETWEEN;
    }
    if !places.is_empty() {
        y += CHIP + BETWEEN;
    }
    for nested in nest.inside.iter().filter(|nest| nest.is_vm()) {
        let vm = vm(nested, room);
        let height = vm.height;
        places.push(Place { x: INSET, y, width: room, vm: Some(vm) });
        y += height + BETWEEN;
    }
    Vm { height: (y - BETWEEN + INSET).max(TITLE + INSET), places }
}

fn draw_vm(pen: &mut Pen, vm: &Vm, nest: &Nest<'_>, [x, y]: [f64; 2], width: f64) {
    pen.rectangle("vm", [x, y], width, vm.height);
    let name_width = text_width(nest.label()) + 12.0;
    pen.text("name", Anchor::Start, [x + INSET, y + 20.0], width / 2.0, nest.label());
    let below = x + INSET + name_width.min(width / 2.0);
    pen.text("quiet", Anchor::Start, [below, y + 20.0], width / 2.0 - 2.0 * INSET, &what(nest));
    let processes = nest.inside.iter().filter(|nest| !nest.is_vm());
    let vms = nest.inside.iter().filter(|nest| nest.is_vm());
    for (place, inside) in vm.places.iter().zip(processes.chain(vms)) {
        let corner = [x + place.x, y + place.y];
        match &place.vm {
            Some(vm) => draw_vm(pen, vm, inside, corner, place.width),
            None => draw_chip(pen, inside, corner, place.width),
        }
    }
}

/// The kind of a VM, how many processes it contains if they are not shown, and its state.
fn what(nest: &Nest<'_>) -> String {
    let kind = if nest.row.kind == Kind::Ground { "ground" } else { "nested VM" };
    let folded = if nest.row.open || nest.row.inside == 0 {
        String::new()
    } else {
        format!(", {} processes inside", nest.row.inside)
    };
    format!("{kind}{folded}{}", state(nest))
}

fn chip_width(nest: &Nest<'_>) -> f64 {
    (text_width(&chip(nest)) + 24.0).clamp(NARROWEST, WIDEST)
}

fn draw_chip(pen: &mut Pen, nest: &Nest<'_>, [x, y]: [f64; 2], width: f64) {
    pen.rectangle("head", [x, y], width, CHIP);
    let class = if state(nest).is_empty() { "" } else { "why" };
    pen.text(class, Anchor::Middle, [x + width / 2.0, y + 21.0], width - 12.0, &chip(nest));
}

fn chip(nest: &Nest<'_>) -> String {
    format!("{}{}", nest.label(), state(nest))
}

/// The state, if it is neither idle nor busy.
fn state(nest: &Nest<'_>) -> String {
    let state = match nest.row.state {
        State::Idle | State::Busy => return String::new(),
        State::Leaving => "leaving",
        State::Failed => "failed",
        State::Left => "has left",
        State::Stuck => "stuck",
    };
    match nest.row.reason.as_deref().filter(|reason| !reason.is_empty()) {
        Some(reason) => format!(", {state}: {reason}"),
        None => format!(", {state}"),
    }
}
