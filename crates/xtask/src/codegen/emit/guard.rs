//! What tells the alternatives of a union without a tag apart.

use super::super::ir::{Presence, Protocol, Shape, Ty};

/// The expression that a value has to fit before an alternative is tried.
pub(super) fn guard(ty: &Ty, all: &Protocol) -> String {
    match ty {
        Ty::List(_) => "Guard::List".to_owned(),
        Ty::Ref(_) => {
            let mut shapes = Vec::new();
            collect(ty, all, &mut shapes);
            format!("Guard::Object(&[{}])", shapes.join(", "))
        }
        _ => "Guard::Text".to_owned(),
    }
}

fn collect(ty: &Ty, all: &Protocol, shapes: &mut Vec<String>) {
    let Ty::Ref(name) = ty else { return };
    match all.defs.get(name).map(|def| &def.shape) {
        Some(Shape::Untagged(variants)) => {
            variants.iter().filter_map(|v| v.body.as_ref()).for_each(|b| collect(b, all, shapes));
        }
        Some(Shape::Tagged { tag, .. }) => shapes.push(shape(&[(tag, Vec::new())], &[])),
        Some(Shape::Struct { fields, closed, .. }) => {
            let required = fields.iter().filter(|f| f.presence == Presence::Required);
            let has: Vec<_> = required.map(|f| (f.wire.as_str(), values(&f.ty, all))).collect();
            let only: Vec<_> = fields.iter().filter(|_| *closed).map(|f| f.wire.as_str()).collect();
            shapes.push(shape(&has, &only));
        }
        _ => {}
    }
}

/// The values that a field of fixed strings may have.
fn values<'a>(ty: &Ty, all: &'a Protocol) -> Vec<&'a str> {
    match ty {
        Ty::Ref(name) => match all.defs.get(name).map(|def| &def.shape) {
            Some(Shape::Strings(variants)) => variants.iter().map(|v| v.wire.as_str()).collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn shape<N: AsRef<str>>(has: &[(N, Vec<&str>)], only: &[&str]) -> String {
    let has = has.iter().map(|(name, values)| format!("({:?}, &{values:?})", name.as_ref()));
    let has: Vec<_> = has.collect();
    format!("Shape {{ has: &[{}], only: &{only:?} }}", has.join(", "))
}
