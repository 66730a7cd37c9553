//! The JSON Schema of `scalelint.toml`, made from the table of keys: what editors complete and check by.

use super::keys::{KEYS, Kind, RUN_WIDE, TABLES};
use crate::session::selectors;
use serde_json::{Map, Value, json};

/// The schema, draft 2020-12. Names of rules, groups and sets are those of this program.
#[must_use]
pub fn schema() -> Value {
    let mut top = Map::new();
    for key in KEYS.iter().filter(|key| !key.path.contains(['.', '['])) {
        top.insert(key.path.to_owned(), value(key.kind, key.says, key.default));
    }
    for (name, says) in TABLES {
        top.insert((*name).to_owned(), table(name, says));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://scalelint.example/schema/scalelint.schema.json",
        "title": "scalelint.toml",
        "description": format!(
            "Also [tool.scalelint] of pyproject.toml and [package.metadata.scalelint] of Cargo.toml. Below the root of a project it governs \
             its folder instead of those above, which `extends` can name; {} are read at the root only.",
            RUN_WIDE.join(", ")
        ),
        "type": "object",
        "additionalProperties": false,
        "properties": top,
        "$defs": {
            "rule": {"enum": selectors(true)},
            "selector": {"enum": selectors(false)},
        },
    })
}

/// What a value of this kind may be.
fn value(kind: Kind, says: &str, default: &str) -> Value {
    let one_or_many = |item: Value| json!({"anyOf": [item, {"type": "array", "items": item}]});
    let mut schema = match kind {
        Kind::Text => json!({"type": "string", "pattern": "\\S"}),
        Kind::Rule => json!({"$ref": "#/$defs/rule"}),
        Kind::Selectors => one_or_many(json!({"$ref": "#/$defs/selector"})),
        Kind::Patterns => one_or_many(json!({"type": "string"})),
        Kind::Date => json!({"type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$"}),
        Kind::Choice(words) => json!({"enum": words}),
        Kind::Integer(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
        Kind::Number => json!({"type": "number", "exclusiveMinimum": 0}),
    };
    if let Some(object) = schema.as_object_mut() {
        object.insert("description".into(), says.into());
        let default =
            toml::from_str::<Map<String, Value>>(&format!("x = {default}")).ok().and_then(|mut table| table.remove("x"));
        if let Some(default) = default {
            object.insert("default".into(), default);
        }
    }
    schema
}

/// The table, or the list of tables, of this name.
fn table(name: &str, says: &str) -> Value {
    let inside = |prefix: &str| {
        let keys = KEYS.iter().filter_map(|key| Some((key, key.path.strip_prefix(prefix)?)));
        keys.map(|(key, name)| (name.to_owned(), value(key.kind, key.says, key.default))).collect::<Map<_, _>>()
    };
    match name {
        "rules" => {
            let options = |rule: &str| {
                let mut properties = inside("rules.*.");
                properties.extend(inside(&format!("rules.{rule}.")));
                json!({"type": "object", "additionalProperties": false, "properties": properties})
            };
            let rules = selectors(true).into_iter().map(|rule| (rule.to_owned(), options(rule))).collect::<Map<_, _>>();
            json!({"description": says, "type": "object", "additionalProperties": false, "properties": rules})
        }
        "entry-points" => {
            let ways = ["decorator", "function", "name"].map(|way| json!({"required": [way]}));
            let item = json!({
                "type": "object", "additionalProperties": false, "properties": inside("entry-points[]."),
                "required": ["kind"], "oneOf": ways,
            });
            json!({"description": says, "type": "array", "items": item})
        }
        "suppress" => {
            let item = json!({
                "type": "object", "additionalProperties": false, "properties": inside("suppress[]."),
                "required": ["rule", "reason"],
            });
            json!({"description": says, "type": "array", "items": item})
        }
        _ => {
            let properties = inside(&format!("{name}."));
            json!({"description": says, "type": "object", "additionalProperties": false, "properties": properties})
        }
    }
}
