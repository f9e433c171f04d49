//! The chat, as a person has it.

use crate::conversation::Conversation;

const YOU: &str = "you: ";

/// The lines, without the shell that the server found.
fn lines(output: &str) -> Vec<String> {
    let without_shell = |line: &str| match line.split_once("/bin/") {
        Some((front, rest)) => front.to_owned() + rest.split_once("-lc ").map_or(rest, |it| it.1),
        None => line.to_owned(),
    };
    output.lines().map(without_shell).collect()
}

#[test]
fn text_comes_by_and_by_and_what_it_cost_at_the_end() {
    for chat in ["11_chat", "11_chat_blocking"] {
        let mut person = Conversation::start(chat);
        let welcome = person.hear(&[YOU]);
        assert_eq!(welcome, "Ctrl-C stops an answer. An empty line ends the chat.\nyou: ");
        person.answer("Hello?");
        person.hear(&["Hello! What can"]);
        let answer = person.hear(&[YOU]);
        assert_eq!(
            answer,
            "Hello! What can I do?\n[completed, 120 tokens, 120 in this chat]\nyou: "
        );
        person.answer("");
        assert_eq!(person.end(), "Goodbye.\n");
    }
}

#[test]
fn a_command_is_asked_for() {
    for chat in ["11_chat", "11_chat_blocking"] {
        for (answer, status) in [("y", "completed"), ("n", "declined")] {
            let mut person = Conversation::start(chat);
            person.hear(&[YOU]);
            person.answer("Hello?");
            person.hear(&[YOU]);
            person.answer("Leave a mark.");
            let question = person.hear(&["[y/n]\n"]);
            let question = lines(question);
            assert_eq!(question, ["Codex wants to run 'touch marker'. Allow it? [y/n]"]);
            person.answer(answer);
            let rest = lines(person.hear(&[YOU]));
            let expected = [
                format!("['touch marker': {status}]"),
                "There is a mark now.".to_owned(),
                "[completed, 240 tokens, 360 in this chat]".to_owned(),
                YOU.to_owned(),
            ];
            assert_eq!(rest, expected, "{chat}");
            person.leave();
            assert_eq!(person.end(), "\nGoodbye.\n");
        }
    }
}

#[test]
fn a_yes_that_is_typed_before_anything_is_asked_counts_for_nothing() {
    let mut person = Conversation::start("11_chat_blocking");
    person.hear(&[YOU]);
    person.answer("Hello?");
    person.hear(&[YOU]);
    person.answer("Leave a mark.\ny");
    person.hear(&["[y/n]\n"]);
    person.leave();
    assert!(person.end().contains("'touch marker': declined]\n"));
}

/// Has the chat at a prompt, after two answers.
fn two_answers_in(chat: &str) -> Conversation {
    let mut person = Conversation::start(chat);
    person.hear(&[YOU]);
    person.answer("Hello?");
    person.hear(&[YOU]);
    person.answer("Leave a mark.");
    person.hear(&["[y/n]\n"]);
    person.answer("n");
    person.hear(&[YOU]);
    person
}

#[test]
fn what_is_said_meanwhile_is_taken_up() {
    let mut person = two_answers_in("11_chat");
    person.answer("Tell me a story.");
    person.hear(&["Once upon a time, "]);
    // The story would not end by itself.
    person.answer("Something short, please.");
    let rest = person.hear(&[YOU]);
    assert!(rest.starts_with("Here I am.\n[completed, "), "{rest}");
    person.leave();
    assert_eq!(person.end(), "\nGoodbye.\n");
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_stops_an_answer_and_then_the_chat_and_leaves_no_process() {
    use crate::server_processes::ServerProcesses;

    for chat in ["11_chat", "11_chat_blocking"] {
        let mut person = two_answers_in(chat);
        person.answer("Tell me a story.");
        person.hear(&["Once upon a time, "]);
        person.press_ctrl_c();
        let rest = person.hear(&[YOU]);
        assert!(rest.starts_with("\n[interrupted, "), "{chat}: {rest}");

        // The chat goes on.
        person.answer("Are you there?");
        let rest = person.hear(&[YOU]);
        assert!(rest.starts_with("Here I am.\n[completed, "), "{chat}: {rest}");

        let processes = ServerProcesses::of(person.pid());
        person.press_ctrl_c();
        assert_eq!(person.end(), "\nGoodbye.\n", "{chat}");
        processes.wait_for_end();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_takes_back_a_question() {
    for chat in ["11_chat", "11_chat_blocking"] {
        let mut person = Conversation::start(chat);
        person.hear(&[YOU]);
        person.answer("Hello?");
        person.hear(&[YOU]);
        person.answer("Leave a mark.");
        person.hear(&["[y/n]\n"]);
        person.press_ctrl_c();
        let rest = person.hear(&[YOU]);
        assert!(rest.contains("[interrupted, "), "{chat}: {rest}");
        person.leave();
        assert_eq!(person.end(), "\nGoodbye.\n");
    }
}
