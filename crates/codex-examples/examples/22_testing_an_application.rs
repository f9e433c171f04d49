//! An application, and its own tests on a mock server: no process, no account, milliseconds.
//!
//! The tests: `cargo test -p codex-examples --example 22_testing_an_application`.
//! The application, on your own codex and login: `cargo run -p codex-examples --example 22_testing_an_application`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Stage};
use codex_sdk::{Codex, Result};
use codex_testkit::Reply;

/// The application: a line for the changelog.
///
/// It is given its client, so that a test can give it another.
async fn changelog_line(codex: &Codex, diff: &str) -> Result<String> {
    let thread = codex.thread_start().ephemeral(true).read_only().await?;
    let question = format!("Sum this change up in one line for a changelog:\n{diff}");
    let result = thread.run(question).await?.error_for_status()?;
    let answer = result.final_response().unwrap_or_default();
    Ok(answer.lines().next().unwrap_or_default().trim().to_owned())
}

#[tokio::main]
async fn main() -> std::result::Result<(), Failure> {
    let stage = Stage::from_args([Reply::text("Fixes a typo in the greeting.")])?;
    let codex = Codex::builder().config(stage.config()).start().await?;
    println!("- {}", changelog_line(&codex, "-Hello, wrold!\n+Hello, world!").await?);
    codex.close().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use codex_sdk::protocol::{CodexErrorInfo, ThreadStartParams};
    use codex_testkit::MockServer;

    #[tokio::test]
    async fn the_first_line_of_the_answer_counts() -> Result<()> {
        let server = MockServer::new()
            .turn(|t| t.commentary("Let me see.").message("Fixes a typo. \nAnything else?"));
        let codex = Codex::builder().transport(server.transport()).start().await?;

        assert_eq!(changelog_line(&codex, "-teh\n+the").await?, "Fixes a typo.");

        // What the server was asked.
        let question = "Sum this change up in one line for a changelog:\n-teh\n+the";
        assert_eq!(server.user_texts(), [question]);
        let started: Vec<ThreadStartParams> = server.received();
        assert_eq!(started[0].ephemeral, Some(true));
        Ok(())
    }

    #[tokio::test]
    async fn a_model_that_is_overloaded_is_an_error_to_come_back_from() -> Result<()> {
        let server = MockServer::new()
            .turn(|t| t.fail_with("come back later", CodexErrorInfo::ServerOverloaded));
        let codex = Codex::builder().transport(server.transport()).start().await?;

        let error = changelog_line(&codex, "").await.unwrap_err();
        assert!(error.is_overloaded(), "{error}");
        Ok(())
    }
}
