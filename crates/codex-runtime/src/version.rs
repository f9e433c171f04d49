//! The order of codex versions.

use std::cmp::Ordering;

/// Whether `version` may stand in a path and in a URL: it names one version and nothing else.
pub(crate) fn is_valid(version: &str) -> bool {
    version.starts_with(|c: char| c.is_ascii_digit())
        && version.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+'))
}

/// Semantic order: numbers by value, and a pre-release before its release.
pub(crate) fn compare(left: &str, right: &str) -> Ordering {
    let (left_core, left_pre) = halves(left);
    let (right_core, right_pre) = halves(right);
    by_parts(left_core, right_core).then_with(|| match (left_pre, right_pre) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(l), Some(r)) => by_parts(l, r),
    })
}

fn halves(version: &str) -> (&str, Option<&str>) {
    let version = version.split_once('+').map_or(version, |(before, _)| before);
    match version.split_once('-') {
        Some((core, pre)) => (core, Some(pre)),
        None => (version, None),
    }
}

fn by_parts(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(l), Some(r)) => match (l.parse::<u64>(), r.parse::<u64>()) {
                (Ok(l), Ok(r)) => l.cmp(&r),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => l.cmp(r),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}
