//! The types of the protocol, free of how a schema says them.

use std::collections::{BTreeMap, BTreeSet};

/// A type where it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ty {
    Any,
    Bool,
    Str,
    Id,
    Secret,
    Float,
    Int(&'static str),
    List(Box<Ty>),
    Map(Box<Ty>),
    Nullable(Box<Ty>),
    Ref(String),
}

/// When a field is on the wire, in the order in which a struct lists its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Presence {
    Required,
    Nullable,
    Optional,
    Default,
    Double,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) wire: String,
    pub(super) ty: Ty,
    pub(super) presence: Presence,
    pub(super) shared: bool,
    pub(super) experimental: bool,
}

/// One kind of a union; without a body it is a name alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variant {
    pub(super) wire: String,
    pub(super) rust: String,
    pub(super) body: Option<Ty>,
    pub(super) experimental: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    Struct {
        fields: Vec<Field>,
        /// Whether it has members besides.
        rest: bool,
        closed: bool,
        /// Lists of optional fields; a value has all of one list.
        choices: Vec<Vec<String>>,
    },
    Strings(Vec<Variant>),
    Tagged {
        tag: String,
        variants: Vec<Variant>,
    },
    External(Vec<Variant>),
    Untagged(Vec<Variant>),
    Alias(Ty),
}

/// A definition, and where it comes from if the schema does not name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Def {
    pub(super) shape: Shape,
    /// The union whose kind this is the body of, and the kind.
    pub(super) variant_of: Option<(String, String)>,
    pub(super) experimental: bool,
}

/// How the params of a method are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sent {
    Required,
    Optional,
    None,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Method {
    pub(super) wire: String,
    pub(super) params: String,
    pub(super) sent: Sent,
    pub(super) response: Option<String>,
    pub(super) experimental: bool,
}

/// The four tables of methods, and every type that they reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Protocol {
    pub(super) defs: BTreeMap<String, Def>,
    pub(super) client_requests: Vec<Method>,
    pub(super) client_notifications: Vec<Method>,
    pub(super) server_requests: Vec<Method>,
    pub(super) server_notifications: Vec<Method>,
    /// Methods whose reply only an override tells.
    pub(super) paired_by_hand: BTreeSet<String>,
}

impl Protocol {
    /// The four tables, each with what its methods are.
    pub(super) fn methods(&self) -> impl Iterator<Item = (&'static str, &[Method])> {
        [
            ("client request", self.client_requests.as_slice()),
            ("client notification", self.client_notifications.as_slice()),
            ("server request", self.server_requests.as_slice()),
            ("server notification", self.server_notifications.as_slice()),
        ]
        .into_iter()
    }
}

impl Ty {
    /// Calls `found` with every definition that the type names.
    pub(super) fn references<'a>(&'a self, found: &mut dyn FnMut(&'a str)) {
        match self {
            Self::Ref(name) => found(name),
            Self::List(inner) | Self::Map(inner) | Self::Nullable(inner) => inner.references(found),
            _ => {}
        }
    }
}

impl Def {
    /// Calls `found` with every type that the definition uses, and under which wire name.
    pub(super) fn uses<'a>(&'a self, found: &mut dyn FnMut(&'a str, &'a Ty)) {
        match &self.shape {
            Shape::Struct { fields, .. } => {
                fields.iter().for_each(|field| found(&field.wire, &field.ty));
            }
            Shape::Strings(variants)
            | Shape::Tagged { variants, .. }
            | Shape::External(variants)
            | Shape::Untagged(variants) => {
                for variant in variants {
                    if let Some(body) = &variant.body {
                        found(&variant.wire, body);
                    }
                }
            }
            Shape::Alias(ty) => found("", ty),
        }
    }
}
