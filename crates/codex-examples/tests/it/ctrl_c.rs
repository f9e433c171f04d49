//! Ctrl-C at the terminal: no process is left.

use crate::conversation::Conversation;
use crate::server_processes::ServerProcesses;
use std::os::unix::process::ExitStatusExt;

#[test]
fn a_running_demonstration_ends_with_all_that_it_started() {
    let mut person = Conversation::start("18_approvals");
    person.hear(&["Allow it? [y/n]\n"]);
    let processes = ServerProcesses::of(person.pid());
    person.press_ctrl_c();
    // As the terminal's user expects: ended by the signal.
    assert_eq!(person.any_end().1.signal(), Some(2));
    processes.wait_for_end();
}
