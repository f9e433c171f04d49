//! JSON that has been spoilt: by members first, then by bytes.

use fastrand::Rng;
use serde_json::Value;

/// The text after a few changes, which may leave it no JSON and no UTF-8.
pub(crate) fn mutate(text: &str, rng: &mut Rng) -> Vec<u8> {
    let value: Value = serde_json::from_str(text).expect("it is JSON before it is spoilt");
    let mut node = Node::from(value);
    for _ in 0..rng.usize(..4) {
        let place = rng.usize(..node.count());
        spoil(node.at(place), rng);
    }
    let mut out = String::new();
    node.write(&mut out);
    let mut bytes = out.into_bytes();
    if rng.u8(..3) == 0 {
        for _ in 0..rng.usize(1..4) {
            spoil_bytes(&mut bytes, rng);
        }
    }
    bytes
}

/// JSON whose objects have an order, and may have a member twice.
#[derive(Clone)]
enum Node {
    Leaf(String),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl From<Value> for Node {
    fn from(value: Value) -> Self {
        match value {
            Value::Array(elements) => Self::List(elements.into_iter().map(Self::from).collect()),
            Value::Object(members) => {
                let members = members.into_iter().map(|(name, value)| (name, Self::from(value)));
                let mut members: Vec<_> = members.collect();
                // As the server writes them.
                members.sort_by_key(|(name, _)| name != "method" && name != "type");
                Self::Object(members)
            }
            leaf => Self::Leaf(leaf.to_string()),
        }
    }
}

impl Node {
    /// How many nodes there are, this one among them.
    fn count(&self) -> usize {
        1 + match self {
            Self::Leaf(_) => 0,
            Self::List(elements) => elements.iter().map(Self::count).sum(),
            Self::Object(members) => members.iter().map(|(_, value)| value.count()).sum(),
        }
    }

    /// The node at a place below [`count`](Self::count).
    fn at(&mut self, place: usize) -> &mut Self {
        if place == 0 {
            return self;
        }
        let mut left = place - 1;
        let children: Vec<&mut Self> = match self {
            Self::Leaf(_) => Vec::new(),
            Self::List(elements) => elements.iter_mut().collect(),
            Self::Object(members) => members.iter_mut().map(|(_, value)| value).collect(),
        };
        for child in children {
            let count = child.count();
            if left < count {
                return child.at(left);
            }
            left -= count;
        }
        unreachable!("the place is below the count")
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Leaf(text) => out.push_str(text),
            Self::List(elements) => {
                out.push('[');
                for (index, element) in elements.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    element.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    out.push_str(&Value::from(name.as_str()).to_string());
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

fn spoil(node: &mut Node, rng: &mut Rng) {
    match node {
        Node::List(elements) if !elements.is_empty() && rng.bool() => {
            let index = rng.usize(..elements.len());
            match rng.u8(..3) {
                0 => drop(elements.remove(index)),
                1 => elements.push(elements[index].clone()),
                _ => rng.shuffle(elements),
            }
        }
        Node::Object(members) if !members.is_empty() && rng.u8(..4) != 0 => {
            let index = rng.usize(..members.len());
            match rng.u8(..6) {
                0 => drop(members.remove(index)),
                1 => members.push(members[index].clone()),
                2 => members[index].0 = "brandNew".to_owned(),
                3 => members[index].0 = members[rng.usize(..members.len())].0.clone(),
                4 => members.push(("brandNew".to_owned(), wild(rng))),
                _ => rng.shuffle(members),
            }
        }
        node => *node = wild(rng),
    }
}

/// A value that is rarely meant.
fn wild(rng: &mut Rng) -> Node {
    const LEAVES: [&str; 20] = [
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "-0.0",
        "255",
        "65536",
        "4294967296",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "1e308",
        "1e999",
        "\"\"",
        "\"brandNew\"",
        r#""\u0000\ud83d\ude00\\\"""#,
        "{}",
        "[]",
    ];
    match rng.u8(..12) {
        0 => nested("[", "null", "]", rng),
        1 => nested("{\"a\":", "null", "}", rng),
        2 => nested("{\"type\":", "\"text\"", "}", rng),
        3 => Node::List(vec![Node::Leaf("null".to_owned()); 3]),
        _ => Node::Leaf(LEAVES[rng.usize(..LEAVES.len())].to_owned()),
    }
}

/// Something within something, up to beyond the depth that is read.
fn nested(open: &str, inner: &str, close: &str, rng: &mut Rng) -> Node {
    let depth = rng.usize(1..200);
    Node::Leaf(format!("{}{inner}{}", open.repeat(depth), close.repeat(depth)))
}

fn spoil_bytes(bytes: &mut Vec<u8>, rng: &mut Rng) {
    if bytes.is_empty() {
        return;
    }
    let at = rng.usize(..bytes.len());
    match rng.u8(..6) {
        0 => bytes[at] ^= 1 << rng.u8(..8),
        1 => bytes[at] = rng.u8(..),
        2 => bytes.insert(at, rng.choice(*b"{}[]\",:\\0-e \n").unwrap_or(b' ')),
        3 => bytes.truncate(at),
        4 => {
            let end = rng.usize(at..=bytes.len());
            bytes.drain(at..end);
        }
        _ => {
            let other = rng.usize(..bytes.len());
            bytes.swap(at, other);
        }
    }
}
