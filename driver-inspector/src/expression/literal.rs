//! String and number literals of Rust.

use super::{Expression, Number};

/// The string literal at the beginning of `text`: its length and its value. `None` if it has no end.
pub(super) fn unescaped(text: &str) -> Option<(usize, String)> {
    let mut chars = text.char_indices().skip(1);
    let mut meaning = String::new();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Some((at + 1, meaning)),
            '\\' => match chars.next()?.1 {
                'n' => meaning.push('\n'),
                'r' => meaning.push('\r'),
                't' => meaning.push('\t'),
                '0' => meaning.push('\0'),
                'u' => {
                    let digits: String = chars
                        .by_ref()
                        .skip(1)
                        .map(|(_, char)| char)
                        .take_while(|char| *char != '}')
                        .collect();
                    let code = u32::from_str_radix(&digits, 16).ok();
                    meaning.push(code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                other => meaning.push(other),
            },
            char => meaning.push(char),
        }
    }
    None
}

/// A number literal: it may have a sign, `_`, a type behind it, or `0x` before it.
pub(super) fn number(text: &str) -> Option<Expression> {
    let plain: String = text.chars().filter(|char| *char != '_').collect();
    let unsigned = plain.trim_start_matches('-');
    if !unsigned.starts_with(|char: char| char.is_ascii_digit()) {
        return None;
    }
    let types = ["usize", "isize", "u128", "i128", "u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"];
    let bare = types.iter().find_map(|suffix| plain.strip_suffix(suffix)).unwrap_or(&plain);
    let value = match unsigned.strip_prefix("0x") {
        Some(_) => i128::from_str_radix(bare.trim_start_matches('-').trim_start_matches("0x"), 16).ok(),
        None => bare.parse().ok(),
    };
    let is_number = value.is_some() || plain.parse::<f64>().is_ok();
    is_number.then(|| Expression::Number(Number { value, text: text.to_owned() }))
}
