//! A blocking client in async code: it says what to use instead.

use super::RUNTIME;
use codex_sdk::blocking::Codex;
use codex_testkit::MockServer;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What the work panics with.
fn panic_of<T>(work: impl FnOnce() -> T) -> String {
    let panic = catch_unwind(AssertUnwindSafe(work)).map(drop).unwrap_err();
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

fn advice(of: &str) -> String {
    format!(
        "codex_sdk::blocking::{of} was used inside an async context, whose thread it would block: use codex_sdk::{of} \
         there, or go through tokio::task::spawn_blocking"
    )
}

fn codex(server: &MockServer) -> Codex {
    Codex::builder().transport(server.transport()).start().unwrap()
}

#[test]
fn what_waits_panics_inside_async_and_names_the_async_type() {
    let server = MockServer::new().turn(|turn| turn.delta("hello").complete());
    let codex = codex(&server);
    let thread = codex.thread_start().send().unwrap();
    let current = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for runtime in [&*RUNTIME, &current] {
        runtime.block_on(async {
            assert_eq!(panic_of(Codex::start), advice("Codex"));
            assert_eq!(panic_of(|| codex.close()), advice("Codex"));
            assert_eq!(panic_of(|| codex.thread_start().send()), advice("ThreadStart"));
            assert_eq!(panic_of(|| codex.events().next()), advice("Events"));
            assert_eq!(panic_of(|| thread.set_name("n")), advice("Thread"));
        });
    }
    // What did not wait did nothing, and the client is as good as before.
    assert_eq!(thread.run("hi").send().unwrap().text, "hello");
    codex.close().unwrap();
}

#[test]
fn where_blocking_is_allowed_it_works() {
    let server = MockServer::new();
    let codex = codex(&server);
    RUNTIME.block_on(async {
        let inside = codex.clone();
        let work = move || inside.thread_start().send().map(drop);
        tokio::task::spawn_blocking(work).await.unwrap().unwrap();
    });
    let _entered = RUNTIME.enter();
    codex.thread_start().send().unwrap();
    codex.close().unwrap();
}

#[test]
fn dropping_it_inside_async_does_not_panic() {
    let server = MockServer::new().turn(|turn| turn.delta("hello").run_on());
    let codex = codex(&server);
    let thread = codex.thread_start().send().unwrap();
    let turn = thread.turn("hi").send().unwrap();
    let stream = turn.stream().unwrap();
    RUNTIME.block_on(async move {
        drop((stream, codex.events(), codex.requests(), turn, thread, codex));
    });
}

#[test]
fn handles_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<Codex>();
    shared::<codex_sdk::blocking::Thread>();
    shared::<codex_sdk::blocking::Turn>();
    fn sent<T: Send + 'static>() {}
    sent::<codex_sdk::blocking::TurnStream>();
    sent::<codex_sdk::blocking::Events>();
    sent::<codex_sdk::blocking::RequestStream>();
}
