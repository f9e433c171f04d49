use std::collections::HashMap;

use codex_protocol::{Id, RequestId};
use serde_json::json;

#[test]
fn equal_ids_in_a_row_share_their_allocation() {
    let text = "\"019ab-a\"";
    let first: Id = serde_json::from_str(text).expect("a string");
    let second: Id = serde_json::from_str(text).expect("a string");
    let other: Id = serde_json::from_str("\"019ab-b\"").expect("a string");
    assert!(first.ptr_eq(&second));
    assert!(!first.ptr_eq(&other));
    assert_eq!(other, "019ab-b");
}

#[test]
fn many_ids_in_turn_stay_right() {
    for round in 0..3 {
        for n in 0..100 {
            let text = format!("thread-{n}-{}", "x".repeat(n * 3));
            let id: Id = serde_json::from_value(json!(text)).expect("a string");
            assert_eq!(id, text, "round {round}");
        }
    }
}

#[test]
fn an_escaped_id_is_unescaped() {
    let id: Id = serde_json::from_str(r#""a\nb""#).expect("a string");
    assert_eq!(id, "a\nb");
}

#[test]
fn an_id_is_found_in_a_map_by_its_text() {
    let map = HashMap::from([(Id::from("a"), 1)]);
    assert_eq!(map.get("a"), Some(&1));
}

#[test]
fn request_ids_are_integers_or_text() {
    for (text, expected) in [
        ("9007199254740993", Some(RequestId::Integer(9_007_199_254_740_993))),
        ("-7", Some(RequestId::Integer(-7))),
        ("\"a\"", Some(RequestId::from("a"))),
        ("18446744073709551615", None),
        ("1.5", None),
        ("null", None),
        ("true", None),
    ] {
        let found = serde_json::from_str::<RequestId>(text).ok();
        assert_eq!(found, expected, "{text}");
        if let Some(id) = found {
            assert_eq!(serde_json::to_string(&id).expect("writes"), text);
        }
    }
}
