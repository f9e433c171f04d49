//! How the server's process is started and ended.

use crate::guard::within;
use codex_sdk::{Codex, CodexBuilder, Error};
use std::time::Duration;

fn shell(script: &str) -> CodexBuilder {
    Codex::builder().launch_args_override(["sh", "-c", script])
}

#[tokio::test]
async fn the_whole_command_line_directory_and_environment_are_the_callers() {
    within(async {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path().canonicalize().unwrap();
        let script = r#"printf '%s\n' "$#" "$(pwd -P)" "$ADDED" "$PATH" >&2; exit 3"#;
        let error = shell(script)
            .codex_bin("/not/used")
            .config_overrides(["not=used"])
            .cwd(&directory)
            .env("ADDED", "one")
            .env("ADDED", "two")
            .start()
            .await
            .unwrap_err();
        let Error::Disconnected(cause) = error else { panic!("{error:?}") };
        assert_eq!(cause.exit_status().unwrap().code(), Some(3));
        let path = std::env::var("PATH").unwrap();
        let expected = format!("0\n{}\ntwo\n{path}\n", directory.display());
        assert_eq!(cause.stderr_tail().unwrap(), expected);
    })
    .await;
}

#[tokio::test]
async fn the_grace_of_the_shutdown_is_the_callers() {
    // It says who it is and then heeds nothing; with the grace of an hour, the test would hang.
    let deaf = r#"trap '' TERM; read request
        echo '{"id":0,"result":{"userAgent":"deaf/0.169.0 (test)","codexHome":"/","platformFamily":"unix","platformOs":"linux"}}'
        while :; do sleep 1; done"#;
    within(async {
        let codex = shell(deaf).shutdown_grace(Duration::from_millis(50)).start().await.unwrap();
        codex.close().await.unwrap();
    })
    .await;
}
