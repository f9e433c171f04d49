//! What changed from one snapshot to another.

mod compare;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::snapshot::Snapshot;
use crate::Failure;

/// The report on two snapshots: what can break a client first, then what cannot.
#[derive(Debug)]
pub(super) struct Drift {
    /// Every change, with where it was seen.
    changes: BTreeMap<Change, Seen>,
    /// How many definitions there were, and are.
    definitions: (usize, usize),
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Change {
    kind: Kind,
    /// `Type.field`, or a method, and what it was and is.
    place: String,
}

/// The bundles that a change was seen in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Both,
    Experimental,
    Stable,
}

/// The kinds of change, the breaking ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    MethodGone,
    ParamsChanged,
    TypeGone,
    TypeChanged,
    RequiredNew,
    BecameRequired,
    RequiredGone,
    BecameOptional,
    BecameNullable,
    OptionalGone,
    ValueGone,
    VariantGone,
    MethodNew,
    ParamsOptional,
    TypeNew,
    OptionalNew,
    NeverNull,
    DefaultChanged,
    ValueNew,
    VariantNew,
}

impl Drift {
    pub(super) fn between(old: &Snapshot, new: &Snapshot) -> Result<Self, Failure> {
        let mut found = [BTreeSet::new(), BTreeSet::new()];
        let mut definitions = (0, 0);
        for (changes, channel) in found.iter_mut().zip(["stable", "experimental"]) {
            let (before, now) = (old.definitions(channel)?, new.definitions(channel)?);
            *changes = compare::changes(&before, &now);
            definitions = (before.len(), now.len());
        }
        let [stable, experimental] = found;
        let mut changes = BTreeMap::new();
        for change in &experimental {
            let both = stable.contains(change);
            changes.insert(change.clone(), if both { Seen::Both } else { Seen::Experimental });
        }
        for change in stable {
            changes.entry(change).or_insert(Seen::Stable);
        }
        Ok(Self { changes, definitions })
    }
}

impl Kind {
    /// Whether it can break a client that was made for the older version, or one made for the
    /// newer version on an older server.
    fn is_breaking(self) -> bool {
        self < Self::MethodNew
    }

    fn title(self) -> &'static str {
        match self {
            Self::MethodGone => "methods gone",
            Self::ParamsChanged => "methods that take other params",
            Self::TypeGone => "types gone",
            Self::TypeChanged => "types changed",
            Self::RequiredNew => "new required fields",
            Self::BecameRequired => "fields that are required now",
            Self::RequiredGone => "required fields gone",
            Self::BecameOptional => "fields that are optional now",
            Self::BecameNullable => "fields that may be null now",
            Self::OptionalGone => "optional fields gone",
            Self::ValueGone => "enum values gone",
            Self::VariantGone => "kinds of unions gone",
            Self::MethodNew => "new methods",
            Self::ParamsOptional => "methods whose params may be left out",
            Self::TypeNew => "new types",
            Self::OptionalNew => "new optional fields",
            Self::NeverNull => "fields that are never null now",
            Self::DefaultChanged => "other defaults",
            Self::ValueNew => "new enum values",
            Self::VariantNew => "new kinds of unions",
        }
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, now) = self.definitions;
        let changes = self.changes.len();
        writeln!(f, "definitions: {before} -> {now}; changes: {changes}")?;
        if self.changes.is_empty() {
            return writeln!(f, "no type, field or method differs: compare the files");
        }
        let changes: Vec<_> = self.changes.iter().collect();
        let mut breaking = None;
        for group in changes.chunk_by(|(a, _), (b, _)| a.kind == b.kind) {
            let kind = group[0].0.kind;
            if breaking.replace(kind.is_breaking()) != Some(kind.is_breaking()) {
                writeln!(f, "\n{}", if kind.is_breaking() { "BREAKING" } else { "compatible" })?;
            }
            writeln!(f, "  {} ({})", kind.title(), group.len())?;
            for (change, seen) in group {
                writeln!(f, "    {}{}", change.place, seen.mark())?;
            }
        }
        Ok(())
    }
}

impl Seen {
    /// A change that only the stable bundle shows is one that was experimental before, or is now.
    fn mark(self) -> &'static str {
        match self {
            Self::Both => "",
            Self::Experimental => " [experimental]",
            Self::Stable => " [stable only]",
        }
    }
}

#[cfg(test)]
mod tests;
