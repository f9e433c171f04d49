//! What an example says when it fails: one paragraph, with what to do next.

use crate::demo;
use codex_testkit::{CodexHome, Reply, ScriptedModel};
use std::ffi::OsString;
use std::process::Command;

/// What an example complains of without `--demo`, with these variables; it must fail.
fn complaint(example: &str, env: impl IntoIterator<Item = (OsString, OsString)>) -> String {
    let output = Command::new(demo::path(example)).envs(env).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    demo::without_ids(&String::from_utf8(output.stderr).unwrap())
}

#[test]
fn without_a_login_it_says_how_to_log_in_or_do_without() {
    let model = ScriptedModel::start_blocking().unwrap();
    model.reply(Reply::http_error(401, "who are you?").always());
    let home = CodexHome::new(&model).unwrap();
    // The last four would say more to the turn that fails.
    for example in [
        "01_quickstart",
        "01_quickstart_blocking",
        "03_stream_events",
        "03_stream_events_blocking",
        "14_turn_controls",
        "14_turn_controls_blocking",
    ] {
        // Where it is, which the home hides.
        let codex = ("CODEX_BIN".into(), codex_runtime::locate(None).unwrap().path.into());
        let complaint = complaint(example, home.env().into_iter().chain([codex]));
        let lines: Vec<_> = complaint.lines().collect();
        assert!(lines[0].starts_with("Error: turn <id> ended as failed: "), "{complaint}");
        assert!(lines[0].contains("401"), "{complaint}");
        let step = "  what to do: log in with `codex login`, or run the example with `-- --demo`, which needs no account";
        assert_eq!(lines[1..], [step]);
    }
}

#[test]
fn without_a_codex_it_says_how_to_install_one() {
    let nowhere = [("CODEX_BIN".into(), "/no/such/codex".into())];
    let complaint = complaint("01_quickstart", nowhere);
    assert!(complaint.starts_with("Error: no codex binary was found. Tried, in order:\n"));
    assert!(complaint.contains("/no/such/codex"), "{complaint}");
    let step = "Install one with `cargo xtask runtime install` in the workspace of this SDK";
    assert!(complaint.lines().last().unwrap().starts_with(step), "{complaint}");
}

#[cfg(unix)]
#[test]
fn with_a_program_that_is_not_codex_it_says_where_to_look() {
    // It ends at once, whatever it is given.
    let other = [("CODEX_BIN".into(), "/bin/false".into())];
    let complaint = complaint("01_quickstart", other);
    let lines: Vec<_> = complaint.lines().collect();
    assert!(
        lines[0].starts_with("Error: the connection to the app-server is over: "),
        "{complaint}"
    );
    let step = "  what to do: run it again; if it ends so each time, see whether CODEX_BIN or PATH leads to codex, and \
                not to an older one or another program";
    assert_eq!(lines[1..], [step]);
}
