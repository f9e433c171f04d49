//! The example that asks the person at the terminal.

use crate::conversation::Conversation;

const EXAMPLE: &str = "18_approvals_streaming";
const PROMPT: &str = "Allow it? [y/n]\n";

/// Hears the question about the command, while the text goes on; gives the folder.
fn hear_of_command(person: &mut Conversation) -> String {
    // Nothing is answered before the text was seen to its end. On a slow machine, the question comes between two pieces of
    // it, or before the end of its line: together they are five lines.
    let said = person.hear_lines(5);
    let folder = said.lines().find_map(|line| line.strip_prefix("  in ")).unwrap();
    for line in
        ["[run] /bin/", "'touch marker'\n", "  reason: to leave a mark\n", PROMPT, "goes on."]
    {
        assert!(said.contains(line), "{said}");
    }
    assert!(!said.contains("[command "), "{said}");
    folder.to_owned()
}

/// What is said of the change of a file.
fn change(folder: &str) -> String {
    format!("[change] {folder}/hello.txt\n  | Hello!\n{PROMPT}")
}

#[test]
fn a_yes_and_a_no_are_done_as_they_are_said() {
    for (first, second, command, file) in
        [("y", "n", "completed", "declined"), ("n", "y", "declined", "completed")]
    {
        let mut person = Conversation::start(EXAMPLE);
        let folder = hear_of_command(&mut person);
        person.answer(first);
        let said = person.hear(&[PROMPT]);
        assert_eq!(said, format!("[command {command}]\n{}", change(&folder)));
        person.answer(second);
        let rest = format!("[change {file}]\nBoth were asked for.\nstatus: completed\n");
        assert_eq!(person.end(), rest);
    }
}

#[test]
fn nobody_at_the_terminal_is_a_no() {
    let mut person = Conversation::start(EXAMPLE);
    let folder = hear_of_command(&mut person);
    person.leave();
    let change = change(&folder);
    assert_eq!(
        person.end(),
        format!(
            "[command declined]\n{change}[change declined]\nBoth were asked for.\nstatus: completed\n"
        )
    );
}

#[test]
fn a_line_that_is_typed_before_anything_is_asked_counts_for_nothing() {
    let mut person = Conversation::start(EXAMPLE);
    let folder = hear_of_command(&mut person);
    // The second comes in one piece with the answer. What is asked next follows from that answer, by way of the server
    // and the model.
    person.answer("n\ny");
    let said = person.hear(&[PROMPT]);
    assert_eq!(said, format!("[nothing is asked]\n[command declined]\n{}", change(&folder)));
    person.answer("n");
    assert_eq!(person.end(), "[change declined]\nBoth were asked for.\nstatus: completed\n");
}
