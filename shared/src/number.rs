//! Numbers that clients send: which of them the table can hold.

use serde_json::{Number, Value};

/// Whether the table can hold it: 0, or from 1e-130 to below 1e125 in size.
pub fn is_storable(number: &Number) -> bool {
    let size = number.as_f64().map_or(f64::INFINITY, f64::abs);
    size == 0.0 || (1e-130..1e125).contains(&size)
}

/// Whether the table can hold every number in a value.
pub fn all_storable(value: &Value) -> bool {
    match value {
        Value::Number(number) => is_storable(number),
        Value::Array(list) => list.iter().all(all_storable),
        Value::Object(members) => members.values().all(all_storable),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}
