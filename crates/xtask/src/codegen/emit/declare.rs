//! One declaration, in the words of the macros in `codex-protocol`.

use std::fmt::Write;

use super::super::docs::Docs;
use super::super::ir::{Def, Field, Presence, Protocol, Shape, Ty, Variant};
use super::super::name::snake;
use super::guard::guard;

/// The text of a definition, with an empty line before it.
pub(super) fn declare(
    name: &str,
    def: &Def,
    direction: &str,
    line: &str,
    docs: &Docs,
    all: &Protocol,
) -> String {
    let mut out = String::from("\n");
    let indent = if matches!(def.shape, Shape::Alias(_)) { "" } else { "    " };
    let words = words(line, def.experimental, "Experimental: needs `experimentalApi`.");
    let head = comment(&words, indent);
    match &def.shape {
        Shape::Struct { fields, rest, .. } => {
            let fields = presences(fields, direction);
            let derive = if fields.iter().all(|f| f.presence != Presence::Required) {
                "    #[derive(Default)]\n"
            } else {
                ""
            };
            // Nothing in an `Arc` can be a constant. Of what the client sends, no field may be shared: it does not compile.
            let sent_by_server = matches!(direction, "incoming" | "answer");
            let shared = sent_by_server && fields.iter().any(|field| field.shared);
            let direction = if shared { "incoming_shared" } else { direction };
            let _ = writeln!(
                out,
                "wire_struct! {{ {direction}\n{head}{derive}    pub struct {name} {{"
            );
            groups(&mut out, name, &fields, docs);
            if *rest {
                out.push_str("        rest extra,\n");
            }
        }
        Shape::Strings(variants) => {
            let _ = writeln!(out, "string_enum! {{ {direction}\n{head}    pub enum {name} {{");
            for variant in variants {
                let comment = kind(docs, name, variant, "        ");
                let _ = writeln!(out, "{comment}        {} = {:?},", variant.rust, variant.wire);
            }
        }
        Shape::Tagged { tag, variants } => {
            let _ = writeln!(
                out,
                "wire_union! {{ {direction}\n{head}    pub enum {name} tag {tag:?} {{"
            );
            kinds(&mut out, name, variants, docs);
        }
        Shape::External(variants) => {
            let _ = writeln!(out, "external_union! {{ {direction}\n{head}    pub enum {name} {{");
            kinds(&mut out, name, variants, docs);
        }
        Shape::Untagged(variants) => {
            let _ = writeln!(out, "untagged_union! {{ {direction}\n{head}    pub enum {name} {{");
            for variant in variants {
                let body = variant.body.as_ref().unwrap_or(&Ty::Any);
                let comment = kind(docs, name, variant, "        ");
                let _ = writeln!(
                    out,
                    "{comment}        {}({}) = {},",
                    variant.rust,
                    rust_type(body),
                    guard(body, all)
                );
            }
        }
        Shape::Alias(ty) => {
            let _ = writeln!(out, "{head}pub type {name} = {};", rust_type(ty));
            return out;
        }
    }
    if out.ends_with("{\n") {
        out.pop();
        out.push_str("}\n}\n");
    } else {
        out.push_str("    }\n}\n");
    }
    out
}

/// Experimental fields of requests are never written unless they are set: the
/// server refuses some of them by their presence.
pub(super) fn presences(fields: &[Field], direction: &str) -> Vec<Field> {
    let mut fields = fields.to_vec();
    for field in &mut fields {
        let gated = field.experimental && direction == "outgoing";
        if gated && field.presence == Presence::Default {
            field.presence = Presence::Optional;
        }
    }
    fields.sort_by(|a, b| (a.presence, &a.wire).cmp(&(b.presence, &b.wire)));
    fields
}

fn groups(out: &mut String, owner: &str, fields: &[Field], docs: &Docs) {
    for (presence, word) in [
        (Presence::Required, "required"),
        (Presence::Nullable, "nullable"),
        (Presence::Optional, "optional"),
        (Presence::Default, "default"),
        (Presence::Double, "double"),
    ] {
        let members: Vec<_> = fields.iter().filter(|f| f.presence == presence).collect();
        if members.is_empty() {
            continue;
        }
        let _ = writeln!(out, "        {word} {{");
        for field in members {
            let own = docs.of_field(owner, &field.wire);
            out.push_str(&member(own, field.experimental, "            "));
            let ty = rust_type(&field.ty);
            let ty = if field.shared { format!("Arc<{ty}>") } else { ty };
            let _ = writeln!(out, "            {}: {ty} = {:?},", snake(&field.wire), field.wire);
        }
        out.push_str("        }\n");
    }
}

fn kinds(out: &mut String, owner: &str, variants: &[Variant], docs: &Docs) {
    for (word, with_body) in [("unit", false), ("body", true)] {
        let members: Vec<_> = variants.iter().filter(|v| v.body.is_some() == with_body).collect();
        if members.is_empty() {
            continue;
        }
        let _ = writeln!(out, "        {word} {{");
        for variant in members {
            out.push_str(&kind(docs, owner, variant, "            "));
            let Variant { wire, rust, body, .. } = variant;
            let body = body.as_ref().map_or_else(String::new, |b| format!("({})", rust_type(b)));
            let _ = writeln!(out, "            {rust}{body} = {wire:?},");
        }
        out.push_str("        }\n");
    }
}

pub(super) fn rust_type(ty: &Ty) -> String {
    match ty {
        Ty::Any => "Value".to_owned(),
        Ty::Bool => "bool".to_owned(),
        Ty::Str => "String".to_owned(),
        Ty::Id => "Id".to_owned(),
        Ty::Secret => "Secret".to_owned(),
        Ty::Float => "f64".to_owned(),
        Ty::Int(name) => (*name).to_owned(),
        Ty::List(inner) => format!("Vec<{}>", rust_type(inner)),
        Ty::Map(inner) => format!("BTreeMap<String, {}>", rust_type(inner)),
        Ty::Nullable(inner) => format!("Option<{}>", rust_type(inner)),
        Ty::Ref(name) => name.clone(),
    }
}

fn kind(docs: &Docs, owner: &str, variant: &Variant, indent: &str) -> String {
    member(docs.of_variant(owner, variant), variant.experimental, indent)
}

pub(super) fn member(own: Option<&str>, experimental: bool, indent: &str) -> String {
    comment(&words(own.unwrap_or_default(), experimental, "Experimental."), indent)
}

fn words(own: &str, experimental: bool, mark: &str) -> String {
    match (own.is_empty(), experimental) {
        (_, false) => own.to_owned(),
        (true, true) => mark.to_owned(),
        (false, true) => format!("{own}\n\n{mark}"),
    }
}

fn comment(text: &str, indent: &str) -> String {
    text.lines().fold(String::new(), |mut out, line| {
        let _ = writeln!(out, "{}", format!("{indent}/// {line}").trim_end());
        out
    })
}
