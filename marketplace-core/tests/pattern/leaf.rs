//! Leaves, and the standard library's types that are composed of them.

use std::marker::PhantomData;

use marketplace_core::{FloatLeaf, Leaf, Message, OptionPattern, Pattern, Shape};

#[test]
fn a_leaf_is_any_or_exactly_one() {
    let any = Leaf::<u8>::any();
    assert!(any.matches(&1));
    assert_eq!(any.value(), None);
    assert_eq!(any.shape(), Shape::EMPTY);
    let one = Leaf::exactly(&1_u8);
    assert!(one.matches(&1) && !one.matches(&2));
    assert_eq!(one.value(), Some(1));
    assert_eq!(one.shape(), Shape::FIRST);
    assert_eq!(one.intersection(&Leaf::Exactly(2)), None);
}

#[test]
fn floats_are_compared_by_their_bits() {
    let nan = FloatLeaf::exactly(&f64::NAN);
    assert!(nan.matches(&f64::NAN));
    assert_eq!(nan, nan.clone());
    assert!(!FloatLeaf::exactly(&0.0_f32).matches(&-0.0));
    assert_eq!(FloatLeaf::exactly(&0.5_f32).value(), Some(0.5));
}

#[test]
fn types_of_one_value_have_no_positions() {
    assert_eq!(<() as Pattern>::POSITIONS, 0);
    assert_eq!(<PhantomData<u8> as Pattern>::POSITIONS, 0);
    assert_eq!(PhantomData::<u8>.value(), Some(PhantomData));
    assert_eq!(<((), u8) as Message>::Pattern::POSITIONS, 1);
}

#[test]
fn an_options_first_position_is_its_choice() {
    type Of = OptionPattern<Leaf<u8>>;
    assert_eq!(Of::POSITIONS, 2);
    assert_eq!(Of::exactly(&None).shape(), Shape::FIRST);
    assert_eq!(Of::Some(Leaf::Any).shape(), Shape::FIRST);
    assert_eq!(Of::exactly(&Some(3)).shape(), Shape::FIRST.union(Shape::FIRST.shifted(1)));
    assert_eq!(Of::exactly(&None).value(), Some(None));
    assert_eq!(Of::Some(Leaf::Any).value(), None);
}

#[test]
fn patterns_are_shown_with_underscores() {
    assert_eq!(format!("{:?}", Leaf::<u8>::Any), "_");
    assert_eq!(format!("{:?}", FloatLeaf::<f32>::Any), "_");
    assert_eq!(format!("{:?}", FloatLeaf::Exactly(1.5)), "1.5");
    assert_eq!(
        format!("{:?}", (Leaf::Exactly("a"), OptionPattern::Some(Leaf::<u8>::Any))),
        r#"("a", Some(_))"#
    );
}

#[test]
fn eight_parts_of_eight_fill_all_positions() {
    type Eight<T> = (T, T, T, T, T, T, T, T);
    type All = Eight<Eight<Leaf<u8>>>;
    assert_eq!(All::POSITIONS, Shape::MOST_POSITIONS);
    let row = (1, 2, 3, 4, 5, 6, 7, 8);
    let value = (row, row, row, row, row, row, row, row);
    let last = Shape::FIRST.shifted(Shape::MOST_POSITIONS - 1);
    assert!(All::exactly(&value).shape().covers(last));
    assert_eq!(All::exactly(&value).value(), Some(value));
}
