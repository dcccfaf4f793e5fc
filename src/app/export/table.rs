//! Rows as comma-separated values (RFC 4180).

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

/// A line of names and a line for each row. The names are those that JSON has: `first` those that
/// lead, then the others in alphabetical order. What is unknown is empty.
pub(super) fn of(rows: &[impl Serialize], first: &[&'static str]) -> String {
    let rows: Vec<Map<String, Value>> = rows.iter().filter_map(object).collect();
    let names = names(&rows, first);
    let mut text = line(names.iter().map(|&name| name.to_owned()));
    for row in &rows {
        text += &line(names.iter().map(|&name| row.get(name).map(cell).unwrap_or_default()));
    }
    text
}

fn object(row: &impl Serialize) -> Option<Map<String, Value>> {
    match serde_json::to_value(row) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    }
}

/// The names of every row: one stream may have what another has not.
fn names<'a>(rows: &'a [Map<String, Value>], first: &[&'a str]) -> Vec<&'a str> {
    let all: BTreeSet<&str> = rows.iter().flat_map(Map::keys).map(String::as_str).collect();
    let others = all.into_iter().filter(|name| !first.contains(name));
    first.iter().copied().chain(others).collect()
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.map(|cell| quoted(&cell)).collect();
    cells.join(",") + "\r\n"
}

/// A name from the wire may hold anything; a spreadsheet must not take it for a formula.
fn quoted(cell: &str) -> String {
    let harmless =
        cell.parse::<f64>().is_ok() || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let cell = if harmless { cell.to_owned() } else { format!("'{cell}") };
    if cell.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The cells of a line, as a spreadsheet reads them.
    pub(in crate::app::export) fn cells(line: &str) -> Vec<String> {
        let (mut cells, mut quoted) = (vec![String::new()], false);
        let mut letters = line.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '"' if quoted && letters.peek() == Some(&'"') => {
                    letters.next();
                    cells.last_mut().expect("a cell").push('"');
                }
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                other => cells.last_mut().expect("a cell").push(other),
            }
        }
        cells
    }

    #[test]
    fn texts_are_quoted_and_never_become_formulas() {
        assert_eq!(quoted("plain"), "plain");
        assert_eq!(quoted("-1.5"), "-1.5");
        assert_eq!(quoted("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(quoted("=cmd()"), "'=cmd()");
        assert_eq!(cells("1,\"a \"\"b\"\", c\",,x"), ["1", "a \"b\", c", "", "x"]);
    }

    #[test]
    fn rows_need_not_have_the_same_names() {
        let rows = [serde_json::json!({"a": 1}), serde_json::json!({"a": null, "b": "x"})];
        assert_eq!(of(&rows, &["b"]), "b,a\r\n,1\r\nx,\r\n");
        let none: [Value; 0] = [];
        assert_eq!(of(&none, &["a", "b"]), "a,b\r\n");
    }
}
