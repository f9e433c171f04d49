//! The examples of options, models, controls and accounts.

use crate::demo::{both, demo};

#[test]
fn turn_options() {
    assert_eq!(
        both("12_turn_options"),
        r#"thought: I look around first.
ran in that folder: true
{"answer": "An empty folder."}
"#
    );
}

#[test]
fn choose_model() {
    assert_eq!(
        both("13_choose_model"),
        "model: scripted, effort: high
Forty-two.
I thought hard about it.
kept: Some(\"scripted\"), Some(\"high\")
"
    );
}

#[test]
fn turn_controls() {
    for example in ["14_turn_controls", "14_turn_controls_blocking"] {
        let output = demo(example);
        // How many events there are is up to the server, and whether a message that is steered comes to its end.
        let certain = |line: &str| match line.split_once(", ") {
            Some((front, rest)) if rest.contains(" events: ") => {
                let (_, text) = rest.split_once(" events: ").unwrap();
                format!("{front}: {}", text.replace("The sea is wide. ", ""))
            }
            _ => line.to_owned(),
        };
        assert_eq!(
            output.lines().map(certain).collect::<Vec<_>>(),
            [
                "steered: completed: The desert is dry.",
                "interrupted: interrupted: Once upon a time, ",
                "too slow: said \"\"",
            ],
            "{example}"
        );
    }
}

#[test]
fn login_and_account() {
    for example in ["15_login_and_account", "15_login_and_account_blocking"] {
        let output = demo(example);
        let lines: Vec<_> = output.lines().collect();
        let head = [
            "nobody is logged in",
            "the model's provider wants a login: false",
            "logged in with a key",
            "logged out",
        ];
        assert_eq!(lines[..4], head, "{example}");
        assert!(lines[4].starts_with("Log in at https://"), "{example}: {}", lines[4]);
        assert!(lines[5].starts_with("the login failed: "), "{example}: {}", lines[5]);
        assert_eq!(lines.len(), 6, "{example}: {output}");
    }
}
