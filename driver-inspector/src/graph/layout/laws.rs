//! Properties of every layout, tested with random graphs.

use super::area::{Area, Layout, Plain};
use super::layout;

/// This many boxes of different kinds.
fn plain(count: u64) -> Vec<Plain> {
    (0..count).map(|shape| Plain { width: 100.0, shape }).collect()
}

/// Numbers that look random, the same in each run (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).expect("it is small")
    }
}

type Graph = (Vec<Plain>, Vec<(usize, usize)>);

fn random(dice: &mut Dice, most: usize) -> Graph {
    let boxes = 1 + dice.below(most);
    let plain =
        (0..boxes).map(|_| Plain { width: 90.0 + dice.below(150) as f64, shape: dice.below(4) as u64 });
    let plain = plain.collect();
    let edges = (0..dice.below(3 * boxes)).map(|_| (dice.below(boxes), dice.below(boxes))).collect();
    (plain, edges)
}

fn each_random(most: usize, check: impl Fn(&Graph, &Layout)) {
    let mut dice = Dice(88_172_645_463_325_252);
    for _ in 0..60 {
        let graph = random(&mut dice, most);
        let layout = layout(&graph.0, &graph.1);
        check(&graph, &layout);
    }
}

fn overlap(one: &Area, other: &Area) -> bool {
    (one.x - other.x).abs() < f64::midpoint(one.width, other.width)
        && (one.y - other.y).abs() < f64::midpoint(one.height, other.height)
}

/// Whether a point is on the border of an area.
fn is_on_border(area: &Area, [x, y]: [f64; 2]) -> bool {
    let (aside, down) = ((x - area.x).abs() - area.width / 2.0, (y - area.y).abs() - area.height / 2.0);
    aside.max(down).abs() < 0.01
}

#[test]
fn no_boxes_overlap() {
    each_random(40, |_, layout| {
        for (at, one) in layout.boxes.iter().enumerate() {
            assert!(layout.boxes[..at].iter().all(|other| !overlap(one, other)), "{layout:?}");
        }
    });
}

#[test]
fn all_is_within_the_bounds() {
    each_random(40, |_, layout| {
        let is_inside =
            |[x, y]: [f64; 2]| (0.0..=layout.width).contains(&x) && (0.0..=layout.height).contains(&y);
        for area in &layout.boxes {
            let (right, down) = (area.width / 2.0, area.height / 2.0);
            assert!(is_inside([area.x - right, area.y - down]) && is_inside([area.x + right, area.y + down]));
        }
        assert!(layout.lines.iter().flatten().all(|point| is_inside(*point)), "{layout:?}");
    });
}

#[test]
fn each_line_runs_from_the_border_of_its_first_box_to_that_of_its_second() {
    each_random(40, |(_, edges), layout| {
        assert_eq!(layout.lines.len(), edges.len());
        for ((from, to), line) in edges.iter().zip(&layout.lines) {
            let (first, last) = (line.first().expect("a start"), line.last().expect("an end"));
            assert!(is_on_border(&layout.boxes[*from], *first), "{from} {to} {line:?}");
            assert!(is_on_border(&layout.boxes[*to], *last), "{from} {to} {line:?}");
        }
    });
}

#[test]
fn no_line_goes_through_a_box() {
    each_random(20, |(_, edges), layout| {
        for ((from, to), line) in edges.iter().zip(&layout.lines) {
            let others = layout.boxes.iter().enumerate().filter(|(at, _)| at != from && at != to);
            for (at, area) in others {
                assert!(!passes(line, area), "{from} -> {to} goes through {at}: {line:?}, {area:?}");
            }
        }
    });
}

/// Whether a line has a point, of many, inside an area.
fn passes(line: &[[f64; 2]], area: &Area) -> bool {
    let is_inside = |[x, y]: [f64; 2]| {
        (x - area.x).abs() < area.width / 2.0 - 0.01 && (y - area.y).abs() < area.height / 2.0 - 0.01
    };
    let between = |from: f64, to: f64, part: usize| from + (to - from) * part as f64 / 50.0;
    line.windows(2).any(|ends| {
        (0..=50).any(|part| {
            is_inside([between(ends[0][0], ends[1][0], part), between(ends[0][1], ends[1][1], part)])
        })
    })
}

#[test]
fn the_same_graph_is_laid_out_the_same() {
    each_random(40, |(widths, edges), one| assert_eq!(*one, layout(widths, edges)));
}

#[test]
fn who_sends_is_left_of_who_hears() {
    let chain = layout(&plain(4), &[(2, 0), (0, 3), (3, 1)]);
    let x = |at: usize| chain.boxes[at].x;
    assert!(x(2) < x(0) && x(0) < x(3) && x(3) < x(1), "{chain:?}");
}

#[test]
fn peers_that_are_alike_are_in_one_column() {
    let peers = [0, 1, 1, 1].map(|shape| Plain { width: 100.0, shape });
    let talk = [(0, 1), (0, 2), (0, 3), (1, 2), (2, 1), (1, 3), (3, 1), (2, 3), (3, 2)];
    let layout = layout(&peers, &talk);
    let x: Vec<f64> = layout.boxes.iter().map(|area| area.x).collect();
    assert!(x[0] < x[1] && x[1..].iter().all(|it| (it - x[1]).abs() < 0.1), "{x:?}");
}

#[test]
fn a_box_that_nothing_joins_does_not_move_the_others() {
    let edges = [(0, 1), (0, 2), (1, 3), (2, 3), (3, 0)];
    let (before, after) = (layout(&plain(4), &edges), layout(&plain(5), &edges));
    assert_eq!(before.boxes, after.boxes[..4]);
    assert_eq!(before.lines, after.lines);
}

#[test]
fn a_graph_of_one_box_or_of_none_is_small() {
    assert_eq!(layout(&[], &[]).boxes, []);
    let one = layout(&plain(1), &[(0, 0)]);
    assert!(one.width < 200.0 && one.height < 200.0 && one.lines[0].len() == 4, "{one:?}");
}

#[test]
fn the_largest_graph_is_laid_out() {
    let mut dice = Dice(1);
    let edges: Vec<_> = (0..500).map(|_| (dice.below(200), dice.below(200))).collect();
    let begun = std::time::Instant::now();
    assert_eq!(layout(&plain(200), &edges).lines.len(), 500);
    eprintln!("200 boxes, 500 edges: {:?}", begun.elapsed());
    let chain: Vec<_> = (0..199).map(|at| (at, at + 1)).chain((0..300).map(|at| (0, at % 200))).collect();
    let begun = std::time::Instant::now();
    assert_eq!(layout(&plain(200), &chain).boxes.len(), 200);
    eprintln!("a chain of 200 boxes: {:?}", begun.elapsed());
}
