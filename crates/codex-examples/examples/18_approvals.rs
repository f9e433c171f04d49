//! A policy for what the server asks: yes to what was foreseen, and the person is asked for the rest.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 18_approvals`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Lines, Stage, plain};
use codex_sdk::ask::{CommandApproval, FileChangeApproval};
use codex_sdk::{Codex, Handled, RequestHandler, ThreadItem, approvals};
use codex_testkit::Reply;
use std::time::Instant;
use tokio::sync::Mutex;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let stage = Stage::from_args([
        Reply::shell_escalated("uname -s", "to know the system"),
        Reply::shell_escalated("touch marker", "to leave a mark"),
        Reply::patch("*** Add File: hello.txt\n+Hello!"),
        Reply::text("That is all."),
    ])?;

    // What no rule allows goes to the person; without `otherwise`, it would be declined.
    let rules =
        approvals::rules().allow_command(["uname", "-s"]).otherwise(Person::at_the_terminal());
    let codex = Codex::builder().config(stage.config()).request_handler(rules).start().await?;
    // Where nothing may be written, everything that writes is asked for.
    let thread = codex.thread_start().read_only().await?;
    let wish = "Run `uname -s` and `touch marker` outside the sandbox, then write a greeting into hello.txt.";
    let result = thread.run(wish).await?.error_for_status()?;

    for item in &result.items {
        match &**item {
            ThreadItem::CommandExecution(item) => {
                println!("{}: {}", plain(&item.command), item.status);
            }
            ThreadItem::FileChange(item) => println!("changes: {}", item.status),
            _ => {}
        }
    }
    println!("{}", result.text);

    codex.close().await?;
    Ok(())
}

/// Whoever sits at the terminal. Requests may come at the same time; people are asked one thing at a time.
struct Person(Mutex<Lines>);

/// What is not written here, such as questions of an MCP server, is declined.
#[async_trait::async_trait]
impl RequestHandler for Person {
    async fn command(&self, request: CommandApproval) -> Handled {
        let command = request.command().unwrap_or("a command that is not shown");
        let reason = request.reason().unwrap_or("no reason given");
        let yes = self.agrees(&format!("run {} ({})", plain(command), plain(reason))).await;
        if yes {
            request.accept()
        } else {
            request.decline()
        };
        Ok(())
    }

    async fn file_change(&self, request: FileChangeApproval) -> Handled {
        let changes = request.changes().unwrap_or_default();
        let files: Vec<_> = changes.iter().map(|change| plain(&change.path)).collect();
        let yes = !files.is_empty() && self.agrees(&format!("change {}", files.join(", "))).await;
        if yes {
            request.accept()
        } else {
            request.decline()
        };
        Ok(())
    }
}

impl Person {
    fn at_the_terminal() -> Self {
        Self(Mutex::new(Lines::of_stdin()))
    }

    /// All but a clear yes is a no, and so is silence: nobody is there.
    async fn agrees(&self, what: &str) -> bool {
        let mut lines = self.0.lock().await;
        let asked = Instant::now();
        println!("Codex wants to {what}. Allow it? [y/n]");
        let answer = lines.next_since(asked).await;
        matches!(answer.as_deref().map(str::trim), Some("y" | "yes"))
    }
}
