//! The example that asks the person for what its rules do not allow.

use crate::conversation::Conversation;

const EXAMPLE: &str = "18_approvals";
const QUESTION: &str = "Allow it? [y/n]\n";

/// How it ends, for what was said to the command and to the change.
fn end(command: &str, change: &str) -> Vec<String> {
    // Allowed by a rule, so that nobody was asked.
    let foreseen = "-lc 'uname -s': completed".to_owned();
    let rest = [format!("changes: {change}"), "That is all.".to_owned()];
    [foreseen, format!("-lc 'touch marker': {command}")].into_iter().chain(rest).collect()
}

/// The lines, without the shell that the server found.
fn lines(output: &str) -> Vec<String> {
    let without_shell = |line: &str| line.find("-lc '").map_or(line, |at| &line[at..]).to_owned();
    output.lines().map(without_shell).collect()
}

#[test]
fn a_yes_and_a_no_are_done_as_they_are_said() {
    for (first, second, command, change) in
        [("y", "n", "completed", "declined"), ("n", "y", "declined", "completed")]
    {
        let mut person = Conversation::start(EXAMPLE);
        let asked = person.hear(&[QUESTION]);
        assert!(asked.starts_with("Codex wants to run /bin/"), "{asked}");
        assert!(
            asked.ends_with(&format!("'touch marker' (to leave a mark). {QUESTION}")),
            "{asked}"
        );
        person.answer(first);
        let asked = person.hear(&[QUESTION]);
        assert!(asked.starts_with("Codex wants to change /"), "{asked}");
        assert!(asked.ends_with(&format!("/hello.txt. {QUESTION}")), "{asked}");
        person.answer(second);
        assert_eq!(lines(&person.end()), end(command, change));
    }
}

#[test]
fn a_yes_that_is_typed_before_anything_is_asked_counts_for_nothing() {
    let mut person = Conversation::start(EXAMPLE);
    person.answer("y\ny\ny");
    person.hear(&[QUESTION]);
    person.leave();
    assert_eq!(lines(&person.end())[1..], end("declined", "declined"));
}

#[test]
fn nobody_at_the_terminal_is_a_no() {
    let mut person = Conversation::start(EXAMPLE);
    person.hear(&[QUESTION]);
    person.leave();
    let said = lines(&person.end());
    assert!(said[0].starts_with("Codex wants to change "), "{said:?}");
    assert_eq!(said[1..], end("declined", "declined"));
}
