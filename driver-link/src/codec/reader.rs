//! Decodes values in postcard's format, within limits.

use serde::de::value::U32Deserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::limit::Budget;
use super::refusal::Refusal;

/// The bytes that have not been read yet, and the budget for their values.
pub(super) struct Reader<'de> {
    rest: &'de [u8],
    budget: Budget,
}

/// The parts of a value.
struct Parts<'a, 'de> {
    reader: &'a mut Reader<'de>,
    /// How many are left.
    left: usize,
    /// Whether the number of parts is from the packet, and not from the type.
    is_list: bool,
}

/// The maximum number of parts for which memory is reserved in advance, whatever the packet says.
const MOST_ROOM: usize = 64;

impl<'de> Reader<'de> {
    pub(super) const fn new(bytes: &'de [u8], budget: Budget) -> Self {
        Self { rest: bytes, budget }
    }

    /// The bytes that have not been read yet.
    pub(super) const fn rest(&self) -> &'de [u8] {
        self.rest
    }

    /// What is left of the budget.
    pub(super) const fn budget(&self) -> Budget {
        self.budget
    }

    fn take(&mut self, length: usize) -> Result<&'de [u8], Refusal> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| Refusal::new("the bytes end before the value"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Refusal> {
        let (taken, rest) =
            self.rest.split_first_chunk().ok_or_else(|| Refusal::new("the bytes end before the value"))?;
        self.rest = rest;
        Ok(*taken)
    }

    fn byte(&mut self) -> Result<u8, Refusal> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    /// A number of at most this many bits: seven in each byte, the lowest first; all bytes but the last have the
    /// highest bit set.
    fn varint(&mut self, bits: u32) -> Result<u128, Refusal> {
        // Most numbers are small.
        if let [byte @ ..0x80, rest @ ..] = self.rest {
            self.rest = rest;
            return Ok((*byte).into());
        }
        let mut number = 0;
        for shift in (0..bits).step_by(7) {
            let byte = self.byte()?;
            let part = u128::from(byte & 0x7f);
            if bits - shift < 7 && part >> (bits - shift) != 0 {
                break;
            }
            number |= part << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Refusal::new(format_args!("a number has more than {bits} bits")))
    }

    /// A signed number, zigzag-encoded: its lowest bit is the sign.
    fn signed(&mut self, bits: u32) -> Result<i128, Refusal> {
        let number = self.varint(bits)?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    fn length(&mut self) -> Result<usize, Refusal> {
        usize::try_from(self.varint(64)?).map_err(Refusal::new)
    }

    fn text(&mut self) -> Result<&'de str, Refusal> {
        let length = self.length()?;
        str::from_utf8(self.take(length)?).map_err(Refusal::new)
    }

    fn character(&mut self) -> Result<char, Refusal> {
        let mut characters = self.text()?.chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) => Ok(character),
            _ => Err(Refusal::new("the text of a character does not have exactly one")),
        }
    }

    /// Reads a value that has parts, and pays for it.
    fn nested<T>(&mut self, make: impl FnOnce(&mut Self) -> Result<T, Refusal>) -> Result<T, Refusal> {
        self.budget.pay(size_of::<T>())?;
        let levels = self.budget.enter(size_of::<T>())?;
        let made = make(self);
        self.budget.leave(levels);
        made
    }

    /// Reads a value from this number of parts.
    fn parts<V: Visitor<'de>>(&mut self, number: usize, visitor: V) -> Result<V::Value, Refusal> {
        self.nested(|reader| visitor.visit_seq(Parts { reader, left: number, is_list: false }))
    }
}

/// The methods for values without parts.
macro_rules! simple {
    ($($deserialize:ident, $visit:ident, |$reader:ident| $read:expr;)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
            let $reader = self;
            $reader.budget.pay(size_of::<V::Value>())?;
            visitor.$visit($read)
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Refusal;

    simple! {
        deserialize_u8, visit_u8, |reader| reader.byte()?;
        deserialize_u16, visit_u16, |reader| reader.varint(16)?.try_into().map_err(Refusal::new)?;
        deserialize_u32, visit_u32, |reader| reader.varint(32)?.try_into().map_err(Refusal::new)?;
        deserialize_u64, visit_u64, |reader| reader.varint(64)?.try_into().map_err(Refusal::new)?;
        deserialize_u128, visit_u128, |reader| reader.varint(128)?;
        deserialize_i8, visit_i8, |reader| i8::from_le_bytes(reader.array()?);
        deserialize_i16, visit_i16, |reader| reader.signed(16)?.try_into().map_err(Refusal::new)?;
        deserialize_i32, visit_i32, |reader| reader.signed(32)?.try_into().map_err(Refusal::new)?;
        deserialize_i64, visit_i64, |reader| reader.signed(64)?.try_into().map_err(Refusal::new)?;
        deserialize_i128, visit_i128, |reader| reader.signed(128)?;
        deserialize_f32, visit_f32, |reader| f32::from_le_bytes(reader.array()?);
        deserialize_f64, visit_f64, |reader| f64::from_le_bytes(reader.array()?);
        deserialize_char, visit_char, |reader| reader.character()?;
        deserialize_str, visit_borrowed_str, |reader| reader.text()?;
        deserialize_string, visit_borrowed_str, |reader| reader.text()?;
        deserialize_bytes, visit_borrowed_bytes, |reader| { let length = reader.length()?; reader.take(length)? };
        deserialize_byte_buf, visit_borrowed_bytes, |reader| { let length = reader.length()?; reader.take(length)? };
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.budget.pay(size_of::<V::Value>())?;
        match self.byte()? {
            0 => visitor.visit_bool(false),
            1 => visitor.visit_bool(true),
            other => Err(Refusal::new(format_args!("{other} is neither false nor true"))),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        self.budget.pay(size_of::<V::Value>())?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        match self.byte()? {
            0 => {
                self.budget.pay(size_of::<V::Value>())?;
                visitor.visit_none()
            }
            1 => self.nested(|reader| visitor.visit_some(reader)),
            other => Err(Refusal::new(format_args!("{other} is neither something nor nothing"))),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.nested(|reader| visitor.visit_newtype_struct(reader))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let left = self.length()?;
        self.nested(|reader| visitor.visit_seq(Parts { reader, left, is_list: true }))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, number: usize, visitor: V) -> Result<V::Value, Refusal> {
        self.parts(number, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        number: usize,
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.parts(number, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.parts(fields.len(), visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        let left = self.length()?;
        self.nested(|reader| visitor.visit_map(Parts { reader, left, is_list: true }))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        self.nested(|reader| visitor.visit_enum(reader))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Refusal> {
        Err(Refusal::new(
            "it asks for a format that describes itself, as what is `untagged` or `flatten` does",
        ))
    }

    forward_to_deserialize_any! { identifier ignored_any }

    fn is_human_readable(&self) -> bool {
        false
    }
}

impl<'de> Parts<'_, 'de> {
    /// The next part, or `None` if none is left.
    fn next<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refusal> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        let before = self.reader.rest.len();
        let part = seed.deserialize(&mut *self.reader)?;
        if self.is_list {
            self.reader.budget.pay_item(before - self.reader.rest.len())?;
        }
        Ok(Some(part))
    }

    fn room(&self) -> usize {
        self.left.min(MOST_ROOM)
    }
}

impl<'de> SeqAccess<'de> for Parts<'_, 'de> {
    type Error = Refusal;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refusal> {
        self.next(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.room())
    }
}

impl<'de> MapAccess<'de> for Parts<'_, 'de> {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refusal> {
        self.next(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refusal> {
        seed.deserialize(&mut *self.reader)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.room())
    }
}

impl<'de> EnumAccess<'de> for &mut Reader<'de> {
    type Error = Refusal;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Refusal> {
        let number = u32::try_from(self.varint(32)?).map_err(Refusal::new)?;
        let number: U32Deserializer<Refusal> = number.into_deserializer();
        Ok((seed.deserialize(number)?, self))
    }
}

impl<'de> VariantAccess<'de> for &mut Reader<'de> {
    type Error = Refusal;

    fn unit_variant(self) -> Result<(), Refusal> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Refusal> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, number: usize, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_seq(Parts { reader: self, left: number, is_list: false })
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        visitor.visit_seq(Parts { reader: self, left: fields.len(), is_list: false })
    }
}
