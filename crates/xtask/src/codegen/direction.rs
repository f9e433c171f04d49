//! Who sends a type: the client, the server, or both; and whether every program needs it.

use std::collections::BTreeSet;

use super::ir::{Method, Protocol, Ty};

/// The names of all types that each side sends.
#[derive(Debug, Default)]
pub(super) struct Directions {
    outgoing: BTreeSet<String>,
    answers: BTreeSet<String>,
    /// What the server sends without having been asked, and the roots, of which nothing is known.
    unasked: BTreeSet<String>,
}

impl Directions {
    pub(super) fn of(all: &Protocol, roots: &BTreeSet<String>) -> Self {
        let mut directions = Self::default();
        for request in &all.client_requests {
            spread(&request.params, all, &mut directions.outgoing);
            request.response.iter().for_each(|r| spread(r, all, &mut directions.answers));
        }
        for request in &all.server_requests {
            spread(&request.params, all, &mut directions.unasked);
            request.response.iter().for_each(|r| spread(r, all, &mut directions.outgoing));
        }
        for notification in &all.client_notifications {
            spread(&notification.params, all, &mut directions.outgoing);
        }
        for notification in &all.server_notifications {
            spread(&notification.params, all, &mut directions.unasked);
        }
        roots.iter().for_each(|root| spread(root, all, &mut directions.unasked));
        directions
    }

    /// The word that the macros know, or `None` for a type that nobody sends.
    pub(super) fn word(&self, name: &str) -> Option<&'static str> {
        let unasked = self.unasked.contains(name);
        match (self.outgoing.contains(name), unasked || self.answers.contains(name)) {
            (true, true) => Some("both"),
            (true, false) => Some("outgoing"),
            (false, true) if unasked => Some("incoming"),
            (false, true) => Some("answer"),
            (false, false) => None,
        }
    }
}

/// The types that are there without the feature `all-methods`: whatever the server says on its own, and what the
/// requests in `always` send and are answered.
pub(super) fn always_there(
    all: &Protocol,
    roots: &BTreeSet<String>,
    always: impl Fn(&Method) -> bool,
) -> BTreeSet<String> {
    let mut types = BTreeSet::new();
    let unasked = all.server_requests.iter().chain(&all.server_notifications);
    let unasked = unasked.chain(&all.client_notifications);
    for method in unasked.chain(all.client_requests.iter().filter(|method| always(method))) {
        spread(&method.params, all, &mut types);
        method.response.iter().for_each(|response| spread(response, all, &mut types));
    }
    roots.iter().for_each(|root| spread(root, all, &mut types));
    types
}

fn spread(name: &str, all: &Protocol, seen: &mut BTreeSet<String>) {
    if !seen.insert(name.to_owned()) {
        return;
    }
    if let Some(def) = all.defs.get(name) {
        def.uses(&mut |_, ty: &Ty| ty.references(&mut |name| spread(name, all, seen)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::ir::{Def, Sent, Shape};
    use super::*;

    fn method(wire: &str, params: &str, response: &str) -> Method {
        Method {
            wire: wire.to_owned(),
            params: params.to_owned(),
            sent: Sent::Required,
            response: Some(response.to_owned()),
            experimental: false,
        }
    }

    /// A list of another type.
    fn alias(of: &str) -> Def {
        Def {
            shape: Shape::Alias(Ty::List(Box::new(Ty::Ref(of.to_owned())))),
            variant_of: None,
            experimental: false,
        }
    }

    #[test]
    fn the_word_says_who_sends_a_type_and_whether_it_was_asked_for() {
        let all = Protocol {
            defs: [
                ("Called".to_owned(), alias("Shared")),
                ("Answer".to_owned(), alias("Shared")),
                ("Asked".to_owned(), alias("Told")),
                ("OtherAnswer".to_owned(), alias("Told")),
            ]
            .into(),
            client_requests: vec![
                method("called", "Called", "Answer"),
                method("other", "Other", "OtherAnswer"),
            ],
            server_requests: vec![method("asked", "Asked", "Said")],
            ..Protocol::default()
        };
        let directions = Directions::of(&all, &["Root".to_owned()].into());
        for (name, word) in [
            ("Called", Some("outgoing")),
            ("Said", Some("outgoing")),
            ("Answer", Some("answer")),
            ("Shared", Some("both")),
            ("Asked", Some("incoming")),
            ("Told", Some("incoming")),
            ("Root", Some("incoming")),
            ("Nobody", None),
        ] {
            assert_eq!(directions.word(name), word, "{name}");
        }
    }

    #[test]
    fn what_only_a_request_without_a_call_reaches_is_not_always_there() {
        let all = Protocol {
            defs: [
                ("Called".to_owned(), alias("Shared")),
                ("Rare".to_owned(), alias("Shared")),
                ("RareAnswer".to_owned(), alias("Deep")),
            ]
            .into(),
            client_requests: vec![
                method("called", "Called", "Answer"),
                method("rare", "Rare", "RareAnswer"),
            ],
            server_requests: vec![method("asked", "Asked", "Said")],
            ..Protocol::default()
        };
        let always = always_there(&all, &BTreeSet::new(), |method| method.wire == "called");
        assert_eq!(
            always,
            ["Answer", "Asked", "Called", "Said", "Shared"].map(str::to_owned).into()
        );
    }
}
