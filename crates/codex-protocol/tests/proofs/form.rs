//! What a schema says of a value's form, whatever the words that it says it in.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// The form of a value: what it may be, of everything that is in the schema.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form {
    /// Types with their format, `any` for all of them.
    types: BTreeSet<String>,
    /// Strings that it may be.
    values: BTreeSet<String>,
    /// Types that it may be, by name.
    names: BTreeSet<String>,
    /// Objects that it may be, by what tells one from the other.
    objects: BTreeMap<String, Object>,
    items: Option<Box<Form>>,
    additional: Option<Box<Form>>,
}

#[derive(Debug, Clone, Default)]
struct Object {
    properties: BTreeMap<String, Form>,
    required: BTreeSet<String>,
}

/// A set of schemas that refer to each other.
pub(crate) struct Reader<'a> {
    pub(crate) definitions: &'a Map<String, Value>,
    /// Names that stand for themselves; others are looked up.
    pub(crate) names: &'a BTreeSet<String>,
}

impl Reader<'_> {
    pub(crate) fn form(&self, schema: &Value) -> Form {
        let mut form = Form::default();
        let Some(map) = schema.as_object() else {
            assert_eq!(*schema, true, "a schema");
            form.types.insert("any".to_owned());
            return form;
        };
        if let Some(reference) = map.get("$ref") {
            let name = reference.as_str().and_then(|r| r.rsplit('/').next()).expect("a name");
            if self.names.contains(name) {
                form.names.insert(name.to_owned());
                return form;
            }
            return self.form(&self.definitions[name]);
        }
        if let Some(all) = map.get("allOf") {
            return self.form(&all[0]);
        }
        let alternatives = ["oneOf", "anyOf"].iter().find_map(|word| map.get(*word)?.as_array());
        match alternatives {
            // Lists of which one has to be there, beside what always is.
            Some(choices) if map.contains_key("type") && !self.have_tags(choices) => {
                let mut object = self.object(map);
                for choice in choices {
                    object.properties.extend(self.object_of(choice).properties);
                }
                form.objects.insert(key(&object), object);
            }
            Some(alternatives) => self.alternatives(&mut form, alternatives, self.object(map)),
            None => self.plain(&mut form, map),
        }
        form
    }

    fn alternatives(&self, form: &mut Form, alternatives: &[Value], shared: Object) {
        let closed = alternatives.iter().filter(|alternative| !is_open(alternative, alternatives));
        let forms: Vec<_> = closed.map(|alternative| self.form(alternative)).collect();
        let several = forms.iter().map(|form| form.objects.len()).sum::<usize>() > 1;
        for mut alternative in forms {
            for (mut key, mut object) in std::mem::take(&mut alternative.objects) {
                if several && key.is_empty() {
                    key = object.required.iter().cloned().collect::<Vec<_>>().join(" ");
                }
                object.properties.extend(shared.properties.clone());
                object.required.extend(shared.required.clone());
                form.objects.insert(key, object);
            }
            form.join(alternative);
        }
    }

    fn have_tags(&self, alternatives: &[Value]) -> bool {
        alternatives.iter().all(|alternative| key(&self.object_of(alternative)).contains('='))
    }

    fn plain(&self, form: &mut Form, map: &Map<String, Value>) {
        if let Some(value) = map.get("const") {
            form.values.insert(value.as_str().expect("a text").to_owned());
            form.types.insert("string".to_owned());
            return;
        }
        let values = map.get("enum").and_then(Value::as_array);
        for value in values.into_iter().flatten() {
            form.values.insert(value.as_str().expect("a text").to_owned());
        }
        let types = match map.get("type") {
            None => vec!["any"],
            Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).collect(),
            Some(one) => one.as_str().into_iter().collect(),
        };
        for ty in types {
            match (ty, map.get("format").and_then(Value::as_str)) {
                ("integer" | "number", Some("uint")) => form.types.insert(format!("{ty} uint64")),
                ("integer" | "number", Some(format)) => form.types.insert(format!("{ty} {format}")),
                _ => form.types.insert(ty.to_owned()),
            };
            if ty == "array" {
                let items = map.get("items").unwrap_or(&Value::Bool(true));
                form.items = Some(Box::new(self.form(items)));
            } else if ty == "object" {
                if let Some(values @ Value::Object(_)) = map.get("additionalProperties") {
                    form.additional = Some(Box::new(self.form(values)));
                } else {
                    let object = self.object(map);
                    form.objects.insert(key(&object), object);
                }
            }
        }
    }

    fn object_of(&self, schema: &Value) -> Object {
        self.object(schema.as_object().expect("an object"))
    }

    fn object(&self, map: &Map<String, Value>) -> Object {
        let properties = map.get("properties").and_then(Value::as_object).into_iter().flatten();
        let properties = properties.map(|(name, schema)| (name.clone(), self.form(schema)));
        let required = map.get("required").and_then(Value::as_array).into_iter().flatten();
        let required = required.map(|name| name.as_str().expect("a name").to_owned());
        Object { properties: properties.collect(), required: required.collect() }
    }
}

impl Form {
    /// Adds what else a value may be.
    fn join(&mut self, other: Self) {
        self.types.extend(other.types);
        self.values.extend(other.values);
        self.names.extend(other.names);
        self.objects.extend(other.objects);
        self.items = self.items.take().or(other.items);
        self.additional = self.additional.take().or(other.additional);
    }

    /// Takes what an older version says besides: all values, kinds and
    /// properties of both, but required is what both require.
    pub(crate) fn merge(&mut self, older: Self) {
        self.types.extend(older.types);
        self.values.extend(older.values);
        self.names.extend(older.names);
        for (mine, other) in
            [(&mut self.items, older.items), (&mut self.additional, older.additional)]
        {
            match (mine.as_mut(), other) {
                (Some(mine), Some(other)) => mine.merge(*other),
                (None, other) => *mine = other,
                _ => {}
            }
        }
        for (key, old) in older.objects {
            let Some(new) = self.objects.get_mut(&key) else {
                self.objects.insert(key, old);
                continue;
            };
            new.required.retain(|name| old.required.contains(name));
            for (name, form) in old.properties {
                match new.properties.get_mut(&name) {
                    Some(known) => known.merge(form),
                    None => {
                        new.properties.insert(name, form);
                    }
                }
            }
        }
    }

    /// Leaves out whether what may be absent may also be null: the models read both alike.
    pub(crate) fn without_optional_nulls(mut self) -> Self {
        for object in self.objects.values_mut() {
            for (name, form) in &mut object.properties {
                *form = std::mem::take(form).without_optional_nulls();
                if !object.required.contains(name) {
                    form.types.remove("null");
                }
            }
        }
        for inner in [&mut self.items, &mut self.additional].into_iter().flatten() {
            **inner = std::mem::take(&mut **inner).without_optional_nulls();
        }
        self
    }

    /// All that it says, one fact a line.
    pub(crate) fn facts(&self) -> BTreeSet<String> {
        let mut facts = BTreeSet::new();
        self.tell("", &mut facts);
        facts
    }

    fn tell(&self, place: &str, facts: &mut BTreeSet<String>) {
        for (what, all) in [("type", &self.types), ("value", &self.values), ("a", &self.names)] {
            facts.extend(all.iter().map(|one| format!("{place}: {what} {one}")));
        }
        for (key, object) in &self.objects {
            let place = if key.is_empty() { place.to_owned() } else { format!("{place}({key})") };
            facts.insert(format!("{place}: object"));
            facts.extend(object.required.iter().map(|name| format!("{place}.{name}: required")));
            for (name, form) in &object.properties {
                facts.insert(format!("{place}.{name}: property"));
                form.tell(&format!("{place}.{name}"), facts);
            }
        }
        if let Some(items) = &self.items {
            items.tell(&format!("{place}[]"), facts);
        }
        if let Some(values) = &self.additional {
            values.tell(&format!("{place}{{}}"), facts);
        }
    }

    /// Leaves out members of the envelope.
    pub(crate) fn without(mut self, names: &[&str]) -> Self {
        for object in self.objects.values_mut() {
            object.properties.retain(|name, _| !names.contains(&name.as_str()));
            object.required.retain(|name| !names.contains(&name.as_str()));
        }
        self
    }
}

/// What tells an object from the others of its union: its one fixed value, if there is one.
fn key(object: &Object) -> String {
    let mut fixed = object
        .properties
        .iter()
        .filter(|(name, form)| form.values.len() == 1 && object.required.contains(*name));
    fixed.next().map_or_else(String::new, |(name, form)| format!("{name}={:?}", form.values))
}

/// Whether an alternative says no more than that there may be others.
fn is_open(alternative: &Value, all: &[Value]) -> bool {
    let never = |schema: &Value| {
        schema["properties"]
            .as_object()
            .is_some_and(|properties| properties.values().all(|property| *property == false))
    };
    let other = |schema: &Value| {
        schema["properties"].as_object().is_some_and(|properties| {
            properties.values().any(|property| property.get("not").is_some())
        })
    };
    let any_string = *alternative == serde_json::json!({ "type": "string" });
    *alternative == true
        || *alternative == serde_json::json!({ "type": ["string", "object"] })
        || other(alternative)
        || never(alternative)
        || any_string && all.iter().any(|a| a.get("enum").is_some() || never(a))
}
