//! What can be moved to another thread, and what can be shared between threads.

use codex_sdk::ask::PendingRequest;
use codex_sdk::protocol::{self, ThreadListParams};
use codex_sdk::*;

fn shared<T: Send + Sync + 'static>() {}

fn sent<T: Send + 'static>() {}

fn is_sent<T: Send>(_: T) {}

#[test]
fn handles_builders_and_values_can_be_shared() {
    macro_rules! shared {
        ($($kind:ty),* $(,)?) => { $(shared::<$kind>();)* };
    }
    shared!(Codex, CodexConfig, Limits, Metadata, Compatibility, Stats, RetryPolicy);
    shared!(Thread, ThreadSettings, Turn, TurnResult, Error, Disconnected, Event, Undecoded);
    shared!(ThreadStart, ThreadResume, ThreadFork, ThreadRead, GoalSet, TurnStart, Run, Steer);
    shared!(Attach, Compact, Review, Request<ThreadListParams>, Input, InputItem);
    shared!(ThreadList, ThreadSearch, LoadedThreadList, ModelList, McpServerList, SkillList);
    shared!(AppList, PermissionProfileList, TurnList, ItemList, BackgroundTerminalList);
    shared!(AccountRead, BrowserLoginStart, BrowserLogin, DeviceCodeLogin, Login);
    shared!(TurnStream, Events, RequestStream, PendingRequest);
    shared!(Tool, ToolContext, ToolError, ToolNamespace, ToolOutput);
    #[cfg(feature = "schemars")]
    shared!(Output<String>, OutputError, SchemaError, RunFor<String>);
}

#[test]
fn what_is_for_one_alone_can_be_moved() {
    sent::<CodexBuilder>();
    sent::<Call<TurnResult>>();
    sent::<Listing<protocol::Thread>>();
}

/// Compiled, and never called.
#[allow(dead_code, clippy::too_many_arguments, reason = "the compiler is the test")]
fn futures_can_be_spawned(
    codex: &'static Codex,
    stream: &'static mut TurnStream,
    whole: TurnStream,
    events: &'static mut Events,
    requests: &'static mut RequestStream,
    list: &'static mut Listing<protocol::Thread>,
    rest: Listing<protocol::Thread>,
    login: &'static mut BrowserLogin,
    policy: &'static RetryPolicy,
) {
    is_sent(Codex::start());
    is_sent(codex.close());
    is_sent(stream.next());
    is_sent(whole.result());
    is_sent(events.next());
    is_sent(requests.next());
    is_sent(list.next());
    is_sent(rest.all());
    is_sent(login.wait());
    is_sent(policy.retry(|| codex.models()));
    is_sent(retry_on_overload(|| codex.models()));
}
