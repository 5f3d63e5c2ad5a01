//! Encodes values in postcard's format, within limits.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::limit::{Budget, CodecLimits};
use super::refusal::Refusal;

/// The bytes that have been written, and what is left of the limits.
pub(super) struct Writer {
    bytes: Vec<u8>,
    budget: Budget,
}

/// A value whose parts are being written.
pub(super) struct Parts<'a> {
    writer: &'a mut Writer,
    levels: usize,
    /// The number of items that are still missing in a list, by the length that it has stated.
    items: usize,
}

/// The maximum length of an encoded number of 128 bits, in bytes.
const LONGEST_VARINT: usize = 128_usize.div_ceil(7);

const MISCOUNTED: &str = "a list does not have as many items as it says";

impl Writer {
    /// Appends to these bytes, which count against the limit of the packet.
    pub(super) const fn new(bytes: Vec<u8>, limits: CodecLimits) -> Self {
        Self { bytes, budget: Budget::new(limits) }
    }

    /// All bytes, with those from the beginning.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let most = self.budget.packet();
        if bytes.len() > most.saturating_sub(self.bytes.len()) {
            return Err(Refusal::new(format_args!("it takes more than the {most} bytes of a packet")));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// A number: seven bits in each byte, the lowest first; all bytes but the last have the highest bit set.
    fn varint(&mut self, mut number: u128) -> Result<(), Refusal> {
        let mut bytes = [0; LONGEST_VARINT];
        let mut length = 0;
        loop {
            let [low, ..] = number.to_le_bytes();
            number >>= 7;
            bytes[length] = if number == 0 { low & 0x7f } else { low | 0x80 };
            length += 1;
            if number == 0 {
                return self.put(&bytes[..length]);
            }
        }
    }

    /// A signed number, zigzag-encoded: its lowest bit is the sign.
    fn signed(&mut self, number: i128) -> Result<(), Refusal> {
        self.varint(((number << 1) ^ (number >> 127)).cast_unsigned())
    }

    fn block(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.varint(bytes.len() as u128)?;
        self.put(bytes)
    }

    fn parts(&mut self) -> Result<Parts<'_>, Refusal> {
        let levels = self.budget.enter(0)?;
        Ok(Parts { writer: self, levels, items: 0 })
    }

    /// A list. The number of items is written before them.
    fn items(&mut self, number: Option<usize>) -> Result<Parts<'_>, Refusal> {
        let number = number.ok_or_else(|| {
            Refusal::new("the number of items in a list is not known before they are written")
        })?;
        self.varint(number as u128)?;
        Ok(Parts { items: number, ..self.parts()? })
    }

    /// A variant of an enum. Its number is written before its parts.
    fn variant(&mut self, number: u32) -> Result<Parts<'_>, Refusal> {
        self.varint(number.into())?;
        self.parts()
    }
}

impl Parts<'_> {
    fn part<T: Serialize + ?Sized>(&mut self, part: &T) -> Result<(), Refusal> {
        part.serialize(&mut *self.writer)
    }

    /// An item of a list.
    fn item<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Refusal> {
        self.items = self.items.checked_sub(1).ok_or_else(|| Refusal::new(MISCOUNTED))?;
        let before = self.writer.bytes.len();
        self.part(item)?;
        self.writer.budget.pay_item(self.writer.bytes.len() - before)
    }

    fn only<T: Serialize + ?Sized>(mut self, part: &T) -> Result<(), Refusal> {
        self.part(part)?;
        self.close()
    }

    /// Refuses a field that is left out: the reader would read the next field in its place.
    fn skip(field: &str) -> Result<(), Refusal> {
        Err(Refusal::new(format_args!(
            "`{field}` is left out, for example by `skip_serializing_if`: a reader cannot detect that"
        )))
    }

    fn close(self) -> Result<(), Refusal> {
        self.writer.budget.leave(self.levels);
        match self.items {
            0 => Ok(()),
            _ => Err(Refusal::new(MISCOUNTED)),
        }
    }
}

/// The methods for values without parts.
macro_rules! simple {
    ($($serialize:ident($type:ty), |$writer:ident, $value:ident| $write:expr;)*) => {$(
        fn $serialize(self, $value: $type) -> Result<(), Refusal> {
            let $writer = self;
            $write
        }
    )*};
}

impl<'a> Serializer for &'a mut Writer {
    type Ok = ();
    type Error = Refusal;
    type SerializeSeq = Parts<'a>;
    type SerializeTuple = Parts<'a>;
    type SerializeTupleStruct = Parts<'a>;
    type SerializeTupleVariant = Parts<'a>;
    type SerializeMap = Parts<'a>;
    type SerializeStruct = Parts<'a>;
    type SerializeStructVariant = Parts<'a>;

    simple! {
        serialize_bool(bool), |writer, value| writer.put(&[value.into()]);
        serialize_u8(u8), |writer, value| writer.put(&[value]);
        serialize_u16(u16), |writer, value| writer.varint(value.into());
        serialize_u32(u32), |writer, value| writer.varint(value.into());
        serialize_u64(u64), |writer, value| writer.varint(value.into());
        serialize_u128(u128), |writer, value| writer.varint(value);
        serialize_i8(i8), |writer, value| writer.put(&value.to_le_bytes());
        serialize_i16(i16), |writer, value| writer.signed(value.into());
        serialize_i32(i32), |writer, value| writer.signed(value.into());
        serialize_i64(i64), |writer, value| writer.signed(value.into());
        serialize_i128(i128), |writer, value| writer.signed(value);
        serialize_f32(f32), |writer, value| writer.put(&value.to_le_bytes());
        serialize_f64(f64), |writer, value| writer.put(&value.to_le_bytes());
        serialize_char(char), |writer, value| writer.block(value.encode_utf8(&mut [0; 4]).as_bytes());
        serialize_str(&str), |writer, value| writer.block(value.as_bytes());
        serialize_bytes(&[u8]), |writer, value| writer.block(value);
    }

    fn serialize_unit(self) -> Result<(), Refusal> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Refusal> {
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Refusal> {
        self.put(&[0])
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Refusal> {
        self.put(&[1])?;
        self.parts()?.only(value)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Refusal> {
        self.parts()?.only(value)
    }

    fn serialize_seq(self, number: Option<usize>) -> Result<Parts<'a>, Refusal> {
        self.items(number)
    }

    fn serialize_map(self, number: Option<usize>) -> Result<Parts<'a>, Refusal> {
        self.items(number)
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<'a>, Refusal> {
        self.parts()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts<'a>, Refusal> {
        self.parts()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<'a>, Refusal> {
        self.parts()
    }

    fn serialize_unit_variant(self, _: &'static str, number: u32, _: &'static str) -> Result<(), Refusal> {
        self.variant(number)?.close()
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        number: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Refusal> {
        self.variant(number)?.only(value)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        number: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Parts<'a>, Refusal> {
        self.variant(number)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        number: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Parts<'a>, Refusal> {
        self.variant(number)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// Serde has seven traits for values with parts, which differ in how a part is passed.
macro_rules! parts {
    ($($kind:ident { $($method:ident($($name:ident: $type:ty),*) => $write:ident;)* } $($skip:ident)?;)*) => {$(
        impl $kind for Parts<'_> {
            type Ok = ();
            type Error = Refusal;

            $(
                fn $method<T: Serialize + ?Sized>(&mut self, $($name: $type,)* part: &T) -> Result<(), Refusal> {
                    self.$write(part)
                }
            )*

            $(
                fn $skip(&mut self, field: &'static str) -> Result<(), Refusal> {
                    Self::skip(field)
                }
            )?

            fn end(self) -> Result<(), Refusal> {
                self.close()
            }
        }
    )*};
}

parts! {
    SerializeSeq { serialize_element() => item; };
    SerializeTuple { serialize_element() => part; };
    SerializeTupleStruct { serialize_field() => part; };
    SerializeTupleVariant { serialize_field() => part; };
    SerializeMap { serialize_key() => item; serialize_value() => part; };
    SerializeStruct { serialize_field(_name: &'static str) => part; } skip_field;
    SerializeStructVariant { serialize_field(_name: &'static str) => part; } skip_field;
}
