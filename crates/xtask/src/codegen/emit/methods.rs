//! The tables of methods, and what each message is about.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::super::docs::Docs;
use super::super::ir::{Field, Method, Presence, Protocol, Sent, Shape, Ty};
use super::super::name::{pascal, snake};
use super::super::{Overrides, SdkCalls};
use super::PREAMBLE;
use super::declare::member;

pub(super) fn emit(all: &Protocol, overrides: &Overrides, docs: &Docs, calls: &SdkCalls) -> String {
    let mut out =
        format!("{PREAMBLE}//! The tables of methods.\n\nuse std::sync::Arc;\n\nuse crate::*;\n");
    client_methods(&mut out, all);
    client_requests(&mut out, all, |method| calls.has(&method.wire));
    out.push_str("\nclient_notifications! {\n");
    for method in &all.client_notifications {
        let _ = writeln!(out, "    {} {} = {:?},", sent(method), method.params, method.wire);
    }
    out.push_str("}\n");
    server(&mut out, all, overrides, docs);
    let params = all.server_notifications.iter().chain(&all.server_requests).map(|m| &m.params);
    let unions: BTreeSet<_> = overrides.ids.types.iter().chain(params).collect();
    for union in unions {
        ids_of_variants(&mut out, union, all);
    }
    out
}

/// The requests that codex-sdk has no call for.
pub(super) fn emit_more(all: &Protocol, calls: &SdkCalls) -> String {
    let title = "The table of the requests that come with feature `all-methods`.";
    let mut out = format!("{PREAMBLE}//! {title}\n\nuse crate::*;\n");
    client_requests(&mut out, all, |method| !calls.has(&method.wire));
    out
}

const STABILITIES: [(&str, bool); 2] = [("stable", false), ("experimental", true)];

fn client_methods(out: &mut String, all: &Protocol) {
    out.push_str(
        "\n/// Every request that a client can send: its method, and whether it is experimental. The types of some need \
         feature `all-methods`.\npub const CLIENT_METHODS: &[(&str, bool)] = &[\n",
    );
    for (_, experimental) in STABILITIES {
        for method in all.client_requests.iter().filter(|m| m.experimental == experimental) {
            let _ = writeln!(out, "    ({:?}, {experimental}),", method.wire);
        }
    }
    out.push_str("];\n");
}

fn client_requests(out: &mut String, all: &Protocol, taken: impl Fn(&Method) -> bool) {
    out.push_str("\nclient_requests! {\n");
    for (word, experimental) in STABILITIES {
        let _ = writeln!(out, "    {word} {{");
        let methods = all.client_requests.iter().filter(|m| m.experimental == experimental);
        for method in methods.filter(|method| taken(method)) {
            let response = method.response.as_deref().unwrap_or_default();
            let (params, wire) = (&method.params, &method.wire);
            let _ = writeln!(out, "        {} {params} = {wire:?} => {response},", sent(method));
        }
        out.push_str("    }\n");
    }
    out.push_str("}\n");
}

fn sent(method: &Method) -> &'static str {
    match method.sent {
        Sent::Required => "required",
        Sent::Optional => "optional",
        Sent::None => "none",
    }
}

fn server(out: &mut String, all: &Protocol, overrides: &Overrides, docs: &Docs) {
    let mut carriers: BTreeMap<&str, usize> = BTreeMap::new();
    for method in &all.server_notifications {
        *carriers.entry(&method.params).or_default() += 1;
    }
    out.push_str("\nserver_notification_params! {\n");
    for method in all.server_notifications.iter().filter(|m| carriers[m.params.as_str()] == 1) {
        let _ = writeln!(out, "    {} = {:?},", method.params, method.wire);
    }
    out.push_str("}\n\nserver_request_params! {\n");
    for method in &all.server_requests {
        let response = method.response.as_deref().unwrap_or_default();
        let _ = writeln!(out, "    {} = {:?} => {response},", method.params, method.wire);
    }
    out.push_str("}\n");
    let line = "A notification of the server, by its method; the big ones are shared by its copies: `Arc::unwrap_or_clone` takes one out.";
    table(out, "ServerNotification", line, "Arc", &all.server_notifications, overrides, docs);
    let line = "A request of the server, by its method: it waits for the answer.";
    table(out, "ServerRequest", line, "Box", &all.server_requests, overrides, docs);
    subjects(out, "ServerNotification", &all.server_notifications, all);
    subjects(out, "ServerRequest", &all.server_requests, all);
}

fn table(
    out: &mut String,
    name: &str,
    line: &str,
    pointer: &str,
    methods: &[Method],
    overrides: &Overrides,
    docs: &Docs,
) {
    let _ = writeln!(out, "\nserver_methods! {{\n    /// {line}\n    pub enum {name} {{");
    for Method { wire, params, experimental, .. } in methods {
        out.push_str(&member(docs.of_type(params), *experimental, "        "));
        let inline = overrides.inline.contains(wire);
        let payload = if inline { params.clone() } else { format!("{pointer}<{params}>") };
        let _ = writeln!(out, "        {}({payload}) = {wire:?},", pascal(wire));
    }
    out.push_str("    }\n}\n");
}

/// The accessors that route a message.
fn subjects(out: &mut String, name: &str, methods: &[Method], all: &Protocol) {
    let _ = writeln!(out, "\nimpl {name} {{");
    let accessors = [
        ("thread_id", "The thread that it is about.", ["threadId", "conversationId"], "thread"),
        ("turn_id", "The turn that it is about.", ["turnId", "turnId"], "turn"),
        ("item_id", "The item that it is about.", ["itemId", "itemId"], "item"),
    ];
    for (index, (accessor, line, names, object)) in accessors.into_iter().enumerate() {
        let gap = if index == 0 { "" } else { "\n" };
        let _ = writeln!(
            out,
            "{gap}    /// {line}\n    #[must_use]\n    pub fn {accessor}(&self) -> Option<&Id> {{\n        match self {{"
        );
        for method in methods {
            if let Some(place) = subject(&method.params, &names, object, all) {
                let _ =
                    writeln!(out, "            Self::{}(params) => {place},", pascal(&method.wire));
            }
        }
        out.push_str("            _ => None,\n        }\n    }\n");
    }
    out.push_str("}\n");
}

/// The expression for the id in `params`, by a field of its own or by the object that has it.
fn subject(params: &str, names: &[&str], object: &str, all: &Protocol) -> Option<String> {
    let Shape::Struct { fields, .. } = &all.defs.get(params)?.shape else {
        let Shape::Tagged { .. } = &all.defs.get(params)?.shape else { return None };
        return tagged_subject(params, names, all);
    };
    if let Some(field) = names.iter().find_map(|name| fields.iter().find(|f| f.wire == *name)) {
        return Some(access(field));
    }
    let field = fields.iter().find(|f| f.wire == object && f.presence == Presence::Required)?;
    match &field.ty {
        Ty::Ref(name) if name == "ThreadItem" => Some("params.item.id()".to_owned()),
        Ty::Ref(name) if name == "Thread" || name == "Turn" => {
            Some(format!("Some(&params.{object}.id)"))
        }
        _ => None,
    }
}

/// Params that are a union carry the id in each of their kinds: the union has an accessor.
fn tagged_subject(params: &str, names: &[&str], all: &Protocol) -> Option<String> {
    let fields = bodies(params, all)?;
    let name = names.iter().find(|name| {
        fields.iter().all(|(_, fields)| fields.iter().any(|field| field.wire == **name))
    })?;
    Some(format!("params.{}()", snake(name)))
}

fn bodies<'a>(union: &str, all: &'a Protocol) -> Option<Vec<(&'a str, &'a [Field])>> {
    let Shape::Tagged { variants, .. } = &all.defs.get(union)?.shape else { return None };
    let bodies = variants.iter().map(|variant| {
        let Some(Ty::Ref(name)) = &variant.body else { return None };
        match &all.defs.get(name)?.shape {
            Shape::Struct { fields, .. } => Some((variant.rust.as_str(), fields.as_slice())),
            _ => None,
        }
    });
    bodies.collect()
}

fn access(field: &Field) -> String {
    let name = snake(&field.wire);
    match field.presence {
        Presence::Required => format!("Some(&params.{name})"),
        _ => format!("params.{name}.as_ref()"),
    }
}

/// `id()` of a union whose kinds all have one, and the ids that its kinds share.
fn ids_of_variants(out: &mut String, union: &str, all: &Protocol) {
    let Some(bodies) = bodies(union, all) else { return };
    let _ = writeln!(out, "\nimpl {union} {{");
    let shared = ["id", "threadId", "turnId"].into_iter().filter(|wire| {
        bodies.iter().all(|(_, fields)| fields.iter().any(|field| field.wire == *wire))
    });
    for (index, wire) in shared.enumerate() {
        let gap = if index == 0 { "" } else { "\n" };
        let name = snake(wire);
        let _ = writeln!(
            out,
            "{gap}    /// The `{wire}` that every kind has; `None` for an unrecognized one.\n    #[must_use]\n    pub fn {name}(&self) -> Option<&Id> {{\n        match self {{"
        );
        for (variant, fields) in &bodies {
            if let Some(field) = fields.iter().find(|field| field.wire == wire) {
                let _ = writeln!(out, "            Self::{variant}(params) => {},", access(field));
            }
        }
        out.push_str("            Self::Unrecognized(_) => None,\n        }\n    }\n");
    }
    out.push_str("}\n");
}
