//! One protocol from several versions of it.
//!
//! A field is required only if every version requires it; fields, values and
//! kinds are the union. Where a type changed, the newest version stands if an
//! override says that this is known.

use std::collections::BTreeSet;

use super::Overrides;
use super::ir::{Def, Field, Method, Presence, Protocol, Sent, Shape, Ty, Variant};

/// Adds an older version to a newer one; `changed` collects what overrides were needed.
pub(super) fn merge(
    newer: &mut Protocol,
    older: &Protocol,
    overrides: &Overrides,
    changed: &mut BTreeSet<String>,
) -> Result<(), String> {
    let mut conflicts = Vec::new();
    let aliases = (newer.clone(), older);
    for (name, old) in &older.defs {
        let Some(new) = newer.defs.get_mut(name) else {
            newer.defs.insert(name.clone(), old.clone());
            continue;
        };
        merge_def(name, new, old, &(&aliases.0, aliases.1), &mut conflicts);
    }
    for (new, old) in [
        (&newer.client_requests, &older.client_requests),
        (&newer.server_requests, &older.server_requests),
    ] {
        for gone in unit_params_of_old(new, old) {
            newer.defs.remove(gone);
        }
    }
    for (new, old) in [
        (&mut newer.client_requests, &older.client_requests),
        (&mut newer.client_notifications, &older.client_notifications),
        (&mut newer.server_requests, &older.server_requests),
        (&mut newer.server_notifications, &older.server_notifications),
    ] {
        merge_methods(new, old, &mut conflicts);
    }
    newer.paired_by_hand.extend(older.paired_by_hand.iter().cloned());
    let unknown: Vec<_> = conflicts.iter().filter(|c| !overrides.changed.contains(*c)).collect();
    if !unknown.is_empty() {
        return Err(format!("changed between versions, name them under `changed`: {unknown:#?}"));
    }
    changed.extend(conflicts);
    Ok(())
}

/// Stand-ins for params that a method did not have and has by now.
fn unit_params_of_old<'a>(new: &[Method], old: &'a [Method]) -> Vec<&'a str> {
    let replaced = |method: &&Method| {
        new.iter().any(|known| known.wire == method.wire && known.params != method.params)
    };
    let units = old.iter().filter(|method| method.sent == Sent::None).filter(replaced);
    units.map(|method| method.params.as_str()).collect()
}

fn merge_methods(new: &mut Vec<Method>, old: &[Method], conflicts: &mut Vec<String>) {
    for method in old {
        match new.iter_mut().find(|known| known.wire == method.wire) {
            None => new.push(method.clone()),
            // A method that had no params, and may have some now, is still sent without.
            Some(known) if known.sent != method.sent => {
                known.sent = Sent::Optional;
                if method.sent == Sent::Required {
                    conflicts.push(method.wire.clone());
                }
            }
            Some(known) => {
                if (&known.params, &known.response) != (&method.params, &method.response) {
                    conflicts.push(method.wire.clone());
                }
            }
        }
    }
    new.sort_by(|a, b| a.wire.cmp(&b.wire));
}

/// The newer and the older version, for looking names up.
type Versions<'a> = (&'a Protocol, &'a Protocol);

fn merge_def(
    name: &str,
    new: &mut Def,
    old: &Def,
    all: &Versions<'_>,
    conflicts: &mut Vec<String>,
) {
    match (&mut new.shape, &old.shape) {
        (
            Shape::Struct { fields, rest, closed, choices },
            Shape::Struct {
                fields: old_fields,
                rest: old_rest,
                closed: old_closed,
                choices: old_choices,
            },
        ) => {
            *rest |= *old_rest;
            *closed &= *old_closed;
            if choices.is_empty() {
                choices.clone_from(old_choices);
            }
            merge_fields(name, fields, old_fields, all, conflicts);
        }
        (Shape::Strings(variants), Shape::Strings(old)) => {
            variants_of(name, variants, old, all, conflicts);
        }
        (Shape::External(variants), Shape::External(old)) => {
            variants_of(name, variants, old, all, conflicts);
        }
        (Shape::Tagged { tag, variants }, Shape::Tagged { tag: old_tag, variants: old })
            if tag == old_tag =>
        {
            variants_of(name, variants, old, all, conflicts);
        }
        (Shape::Untagged(variants), Shape::Untagged(old)) if variants == old => {}
        (Shape::Alias(ty), Shape::Alias(old)) if same(ty, old, all) => {}
        _ => conflicts.push(name.to_owned()),
    }
}

fn merge_fields(
    name: &str,
    new: &mut Vec<Field>,
    old: &[Field],
    all: &Versions<'_>,
    conflicts: &mut Vec<String>,
) {
    for field in new.iter_mut() {
        let before = old.iter().find(|before| before.wire == field.wire);
        let presence = before.map_or(Presence::Optional, |before| before.presence);
        field.presence = weaker(field.presence, presence);
        if before.is_some_and(|before| !same(&field.ty, &before.ty, all)) {
            conflicts.push(format!("{name}.{}", field.wire));
        }
    }
    for gone in
        old.iter().filter(|o| !new.iter().any(|n| n.wire == o.wire)).cloned().collect::<Vec<_>>()
    {
        let presence = weaker(gone.presence, Presence::Optional);
        new.push(Field { presence, ..gone });
    }
}

/// What holds for both: the one of them that asks less.
fn weaker(new: Presence, old: Presence) -> Presence {
    match (new, old) {
        (Presence::Double, _) | (_, Presence::Double) => Presence::Double,
        (Presence::Default, _) => Presence::Default,
        (Presence::Required | Presence::Nullable, Presence::Default) => Presence::Default,
        (Presence::Optional, _) | (_, Presence::Optional) => Presence::Optional,
        (Presence::Nullable, _) | (_, Presence::Nullable) => Presence::Nullable,
        (Presence::Required, Presence::Required) => Presence::Required,
    }
}

fn variants_of(
    name: &str,
    new: &mut Vec<Variant>,
    old: &[Variant],
    all: &Versions<'_>,
    conflicts: &mut Vec<String>,
) {
    for before in old {
        match new.iter_mut().find(|variant| variant.wire == before.wire) {
            None => new.push(before.clone()),
            Some(variant) => match (&variant.body, &before.body) {
                (None, Some(body)) => variant.body = Some(body.clone()),
                (Some(body), Some(old)) if !same(body, old, all) => {
                    conflicts.push(format!("{name}.{}", before.wire));
                }
                _ => {}
            },
        }
    }
}

/// Whether two types are the same on the wire.
fn same(new: &Ty, old: &Ty, all: &Versions<'_>) -> bool {
    match (resolve(new, all.0), resolve(old, all.1)) {
        (Ty::List(a), Ty::List(b))
        | (Ty::Map(a), Ty::Map(b))
        | (Ty::Nullable(a), Ty::Nullable(b)) => same(&a, &b, all),
        (Ty::Id | Ty::Secret, Ty::Str) | (Ty::Str, Ty::Id | Ty::Secret) => true,
        (a, b) => a == b,
    }
}

fn resolve(ty: &Ty, protocol: &Protocol) -> Ty {
    match ty {
        Ty::Ref(name) => match protocol.defs.get(name).map(|def| &def.shape) {
            Some(Shape::Alias(target)) => resolve(target, protocol),
            _ => ty.clone(),
        },
        other => other.clone(),
    }
}

/// Marks what the stable protocol does not have.
pub(super) fn mark_experimental(all: &mut Protocol, stable: &Protocol) {
    for (name, def) in &mut all.defs {
        let Some(known) = stable.defs.get(name) else {
            def.experimental = true;
            continue;
        };
        match (&mut def.shape, &known.shape) {
            (Shape::Struct { fields, .. }, Shape::Struct { fields: known, .. }) => {
                for field in fields {
                    field.experimental = !known.iter().any(|k| k.wire == field.wire);
                }
            }
            (Shape::Strings(variants), Shape::Strings(known))
            | (Shape::External(variants), Shape::External(known))
            | (Shape::Tagged { variants, .. }, Shape::Tagged { variants: known, .. })
            | (Shape::Untagged(variants), Shape::Untagged(known)) => {
                for variant in variants {
                    variant.experimental = !known.iter().any(|k| k.wire == variant.wire);
                }
            }
            _ => {}
        }
    }
    for (methods, known) in [
        (&mut all.client_requests, &stable.client_requests),
        (&mut all.client_notifications, &stable.client_notifications),
        (&mut all.server_requests, &stable.server_requests),
        (&mut all.server_notifications, &stable.server_notifications),
    ] {
        for method in methods {
            method.experimental = !known.iter().any(|k| k.wire == method.wire);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn required_only_if_both_require() {
        use Presence::{Default, Double, Nullable, Optional, Required};
        for (new, old, expected) in [
            (Required, Required, Required),
            (Required, Optional, Optional),
            (Optional, Required, Optional),
            (Required, Nullable, Nullable),
            (Required, Default, Default),
            (Default, Optional, Default),
            (Optional, Default, Optional),
            (Double, Optional, Double),
        ] {
            assert_eq!(weaker(new, old), expected, "{new:?} after {old:?}");
        }
    }

    #[test]
    fn values_are_the_union() {
        let value = |wire: &str| Variant {
            wire: wire.to_owned(),
            rust: wire.to_uppercase(),
            body: None,
            experimental: false,
        };
        let def = |values: &[&str]| Def {
            shape: Shape::Strings(values.iter().map(|v| value(v)).collect()),
            variant_of: None,
            experimental: false,
        };
        let version = |values: &[&str]| Protocol {
            defs: [("E".to_owned(), def(values))].into(),
            ..Protocol::default()
        };
        let mut merged = version(&["a", "b"]);
        merge(&mut merged, &version(&["c", "a"]), &Overrides::default(), &mut BTreeSet::new())
            .expect("no conflict");
        assert_eq!(merged, version(&["a", "b", "c"]));
    }
}
