//! What the real `schema/docs.toml` covers.

use super::super::{Overrides, SdkCalls, emit, protocol};
use super::*;

/// How many types have words for themselves and all their members, at least.
const AT_LEAST: usize = 120;

fn real() -> (Protocol, Overrides, Docs) {
    let schema = crate::workspace_root().join("schema");
    let overrides = Overrides::load(&schema).expect("overrides");
    let all = protocol(&schema, &overrides).expect("a protocol");
    (all, overrides, Docs::load(&schema).expect("words"))
}

impl Docs {
    /// The members of a type that have no words, and the type itself if it has none.
    fn missing(&self, name: &str, all: &Protocol) -> Vec<String> {
        let mut missing = Vec::new();
        if self.of_type(name).is_none() {
            missing.push(name.to_owned());
        }
        let mut look = |wire: &str, words: Option<&str>| {
            if words.is_none() {
                missing.push(format!("{name}.{wire}"));
            }
        };
        match &all.defs[name].shape {
            Shape::Struct { fields, .. } => {
                fields.iter().for_each(|f| look(&f.wire, self.of_field(name, &f.wire)));
            }
            Shape::Strings(variants)
            | Shape::Tagged { variants, .. }
            | Shape::External(variants)
            | Shape::Untagged(variants) => {
                variants.iter().for_each(|v| look(&v.wire, self.of_variant(name, v)));
            }
            Shape::Alias(_) => {}
        }
        missing
    }
}

#[test]
fn a_type_with_words_has_them_for_all_its_members() {
    let (all, _, docs) = real();
    let missing: Vec<_> = docs.types.keys().flat_map(|name| docs.missing(name, &all)).collect();
    assert_eq!(missing, Vec::<String>::new(), "schema/docs.toml has no words for these");
    let whole = docs.types.len();
    assert!(whole >= AT_LEAST, "only {whole} types have words for all their members");
}

#[test]
fn what_an_application_meets_first_has_words() {
    let (all, _, docs) = real();
    let mut first: BTreeSet<&str> = BTreeSet::new();
    for method in &all.server_requests {
        first.insert(&method.params);
        first.extend(method.response.as_deref());
    }
    for method in &all.server_notifications {
        let mut turn = false;
        all.defs[&method.params].members(&mut |wire| turn |= wire == "turnId" || wire == "turn");
        if turn {
            first.insert(&method.params);
        }
    }
    for union in ["CodexErrorInfo", "SandboxPolicy", "ThreadItem", "UserInput"] {
        let bodies = all
            .defs
            .iter()
            .filter(|(_, def)| def.variant_of.as_ref().is_some_and(|(of, _)| of == union));
        first.insert(union);
        first.extend(bodies.map(|(name, _)| name.as_str()));
    }
    for method in &all.client_requests {
        let known = ["thread/start", "thread/resume", "thread/fork", "thread/list", "thread/read"];
        if known.contains(&method.wire.as_str()) || method.wire.starts_with("turn/") {
            first.insert(&method.params);
            first.extend(method.response.as_deref());
        }
    }
    assert!(first.len() > 80, "only {} types were found to be met first", first.len());
    let missing: Vec<_> = first.into_iter().flat_map(|name| docs.missing(name, &all)).collect();
    assert_eq!(missing, Vec::<String>::new(), "schema/docs.toml has no words for these");
}

#[test]
fn params_name_their_method_and_response_and_say_whether_they_are_experimental() {
    let (all, overrides, docs) = real();
    let files = emit::emit(&all, &overrides, &docs, &SdkCalls::default()).expect("emits");
    let text: String = files.into_values().collect();
    for method in all.client_requests.iter().chain(&all.server_requests) {
        let keyword = match &all.defs[&method.params].shape {
            Shape::Struct { .. } => "struct",
            _ => "enum",
        };
        let declaration = format!("    pub {keyword} {} ", method.params);
        let end = text.find(&declaration).unwrap_or_else(|| panic!("no {declaration}"));
        let start = text[..end].rfind("\n\n").unwrap_or_default();
        let words = &text[start..end];
        assert!(words.contains(&format!("`{}`", method.wire)), "{}: {words}", method.wire);
        let response = method.response.as_deref().expect("a request has a response");
        assert!(words.contains(&format!("answered by [`{response}`]")), "{}: {words}", method.wire);
        let experimental = words.contains("Experimental: needs `experimentalApi`.");
        assert_eq!(experimental, method.experimental, "{}: {words}", method.wire);
    }
}
