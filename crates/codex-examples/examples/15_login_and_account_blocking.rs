//! Who is logged in, and logging in. Without async.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 15_login_and_account_blocking`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Stage};
use codex_sdk::blocking::Codex;
use codex_sdk::protocol::{Account, GetAccountResponse};

fn main() -> Result<(), Failure> {
    let stage = Stage::from_args([])?;
    let codex = Codex::builder().config(stage.config()).start()?;

    let account = codex.account().send()?;
    show(&account);
    if stage.is_demo() {
        // Only here, where the login is thrown away afterwards: the server keeps the key, and asks nobody about it.
        codex.login_api_key("sk-of-the-demonstration")?;
        println!("logged in with a key");
        codex.logout()?;
        println!("logged out");
    }
    if account.account.is_none() {
        // `login_device_code()` does without a browser on this machine.
        let mut login = codex.login_chatgpt().send()?;
        println!("Log in at {}", login.auth_url());
        if stage.is_demo() {
            // Nobody is going to.
            login.cancel()?;
        }
        match login.wait() {
            Ok(()) => show(&codex.account().send()?),
            Err(error) => println!("{error}"),
        }
    }

    codex.close()?;
    Ok(())
}

fn show(response: &GetAccountResponse) {
    match &response.account {
        Some(Account::Chatgpt(account)) => println!("ChatGPT, {}", account.plan_type),
        Some(Account::ApiKey) => println!("an API key"),
        Some(other) => println!("{}", other.kind()),
        None => println!("nobody is logged in"),
    }
    println!("the model's provider wants a login: {}", response.requires_openai_auth);
}
