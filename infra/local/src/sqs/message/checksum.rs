//! The MD5 sums by which clients check what SQS took in.

use md5::{Digest, Md5};

use super::{MessageAttributes, Value};

/// Sums a message body.
pub(in crate::sqs) fn of_body(body: &str) -> String {
    hex(Md5::new_with_prefix(body))
}

/// Sums message attributes in SQS's own encoding, or gives nothing when there are none.
///
/// By name: length and name, length and data type, a byte for the kind of value (1 text,
/// 2 binary), length and value. Lengths are four bytes, big end first.
pub(in crate::sqs) fn of_attributes(attributes: &MessageAttributes) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut sum = Md5::new();
    for (name, attribute) in attributes.iter() {
        add(&mut sum, name.as_bytes());
        add(&mut sum, attribute.data_type.as_bytes());
        match &attribute.value {
            Value::Text(text) => {
                sum.update([1]);
                add(&mut sum, text.as_bytes());
            }
            Value::Binary(bytes) => {
                sum.update([2]);
                add(&mut sum, bytes);
            }
        }
    }
    Some(hex(sum))
}

fn add(sum: &mut Md5, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    sum.update(length.to_be_bytes());
    sum.update(bytes);
}

fn hex(sum: Md5) -> String {
    format!("{:032x}", u128::from_be_bytes(sum.finalize().into()))
}
