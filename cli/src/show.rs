//! Answers as a person reads them: a table for lists, aligned lines for one thing.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use serde_json::{Map, Value};

/// Most columns of a table, and most letters of a cell.
const COLUMNS: usize = 7;
const CELL: usize = 60;

/// What a table shows first, where the things have it.
const FIRST: [&str; 15] = [
    "id",
    "number",
    "name",
    "label",
    "email",
    "title",
    "locale",
    "kind",
    "purpose",
    "role",
    "state",
    "status",
    "live",
    "at",
    "createdAt",
];

/// Members that hold what is shown only once.
const SECRETS: [&str; 4] = ["token", "secret", "private", "privateKey"];

/// Writes an answer.
pub fn answer(out: &mut dyn Write, answer: &Value) -> io::Result<()> {
    match answer {
        Value::Object(members) => match members.get("items").and_then(Value::as_array) {
            Some(items) => table(out, items),
            None => thing(out, members),
        },
        Value::Array(items) => table(out, items),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            writeln!(out, "{}", text(answer))
        }
    }
}

/// One thing, a line for each member; lists of things below it, and what is shown only once last.
fn thing(out: &mut dyn Write, members: &Map<String, Value>) -> io::Result<()> {
    let mut lines = Vec::new();
    flatten("", members, &mut lines);
    let (secrets, rest): (Vec<_>, Vec<_>) = lines.into_iter().partition(|(name, value)| secret(name, value));
    let (lists, lines): (Vec<_>, Vec<_>) = rest.into_iter().partition(|(_, value)| things(value).is_some());
    let width = lines.iter().map(|(name, _)| letters(name)).max().unwrap_or_default();
    for (name, value) in &lines {
        let value = text(value).replace('\n', &format!("\n{:width$}  ", ""));
        writeln!(out, "{}", format!("{name:width$}  {value}").trim_end())?;
    }
    for (name, value) in &lists {
        writeln!(out, "\n{name}")?;
        table(out, things(value).unwrap_or_default())?;
    }
    for (name, value) in &secrets {
        writeln!(out, "\n{name}, which is not shown again:\n\n  {}", text(value))?;
    }
    Ok(())
}

fn secret(name: &str, value: &Value) -> bool {
    value.is_string() && name.rsplit('.').next().is_some_and(|name| SECRETS.contains(&name))
}

/// The elements of a list that has things in it.
fn things(value: &Value) -> Option<&[Value]> {
    value.as_array().filter(|all| all.iter().any(Value::is_object)).map(Vec::as_slice)
}

/// The members, those of members by both names.
fn flatten(prefix: &str, members: &Map<String, Value>, lines: &mut Vec<(String, Value)>) {
    for (name, value) in members {
        let name = format!("{prefix}{}", harmless(name));
        match value.as_object() {
            Some(inner) if !inner.is_empty() => flatten(&format!("{name}."), inner, lines),
            Some(_) | None => lines.push((name, value.clone())),
        }
    }
}

fn table(out: &mut dyn Write, items: &[Value]) -> io::Result<()> {
    if items.is_empty() {
        return writeln!(out, "none");
    }
    let columns = columns(items);
    let mut rows = vec![columns.iter().map(|column| harmless(column).to_uppercase()).collect::<Vec<_>>()];
    rows.extend(items.iter().map(|item| match item.as_object() {
        Some(members) => columns.iter().map(|column| cell(members.get(*column))).collect(),
        None => vec![cell(Some(item))],
    }));
    let widest = |n: usize| rows.iter().filter_map(|row| row.get(n)).map(|cell| letters(cell)).max();
    let widths: Vec<_> = (0..columns.len().max(1)).map(|n| widest(n).unwrap_or_default()).collect();
    for row in rows.iter().filter(|row| !row.is_empty()) {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

/// The columns that tell most: plain members that not all lack, in the usual order.
fn columns(items: &[Value]) -> Vec<&str> {
    let members = items.iter().filter_map(Value::as_object).flatten();
    let plain: BTreeSet<_> = members
        .filter(|(_, value)| value.is_string() || value.is_number() || value.is_boolean())
        .map(|(name, _)| name.as_str())
        .collect();
    let first = FIRST.into_iter().filter_map(|name| plain.get(name).copied());
    let others = plain.iter().copied().filter(|name| !FIRST.contains(name));
    first.chain(others).take(COLUMNS).collect()
}

fn cell(value: Option<&Value>) -> String {
    let text = value.map(text).unwrap_or_default().replace('\n', " ");
    if letters(&text) <= CELL {
        return text;
    }
    text.chars().take(CELL - 1).chain(['…']).collect()
}

/// A value in a line, or in several where it is a text of several.
fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => harmless(text),
        Value::Array(all) if all.iter().all(|one| !one.is_array() && !one.is_object()) => {
            all.iter().map(text).collect::<Vec<_>>().join(", ")
        }
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            harmless(&value.to_string())
        }
    }
}

/// The text without what a terminal would obey: anybody may have written it.
pub fn harmless(text: &str) -> String {
    let bidi = |letter| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let obeyed = |letter: char| (letter.is_control() && letter != '\n') || bidi(letter);
    text.chars()
        .filter(|letter| *letter != '\r')
        .map(|letter| if obeyed(letter) { '\u{fffd}' } else { letter })
        .collect()
}

fn letters(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(value: &Value) -> String {
        let mut out = Vec::new();
        answer(&mut out, value).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_list_is_a_table() {
        let items = json!({ "items": [
            { "title": "Clean air", "name": "air", "config": {}, "end": null, "zone": true },
            { "title": "Wörld\u{1b}[31m\npeace", "name": "peace", "config": {}, "end": null, "zone": false },
        ] });
        assert_eq!(
            shown(&items),
            "NAME   TITLE             ZONE\nair    Clean air         true\npeace  Wörld\u{fffd}[31m peace  false\n"
        );
        assert_eq!(shown(&json!({ "items": [] })), "none\n");
    }

    #[test]
    fn a_thing_is_aligned_lines_and_its_secret_stands_out() {
        let thing = json!({
            "token": "proca_x", "name": "air", "steps": [1, 2], "end": null,
            "backends": { "email": "SYSTEM" }, "orgs": [{ "name": "lead" }],
        });
        assert_eq!(
            shown(&thing),
            "backends.email  SYSTEM\nend             -\nname            air\nsteps           1, 2\n\norgs\nNAME\nlead\n\ntoken, which is not shown again:\n\n  proca_x\n"
        );
    }
}
