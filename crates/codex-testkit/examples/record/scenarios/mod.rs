//! What is recorded.

mod failures;
mod history;
mod requests;
mod talk;
mod work;

use std::path::Path;
use std::pin::Pin;

use crate::Failure;
use crate::recording::Frame;

/// What a scenario gives: the frames of one connection.
type Played = Result<Vec<Frame>, Failure>;

/// A scenario while it is played.
type Playing<'a> = Pin<Box<dyn Future<Output = Played> + 'a>>;

/// One thing to record, under the name of its file.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Plays it on the codex binary at this path.
    pub(crate) play: fn(&Path) -> Playing<'_>,
}

macro_rules! scenarios {
    ($( $module:ident::$name:ident, $about:literal; )+) => {
        /// All of them.
        pub(crate) const SCENARIOS: &[Scenario] = &[ $( Scenario {
            name: stringify!($name),
            about: $about,
            play: |codex| Box::pin($module::$name(codex)),
        }, )+ ];
    };
}

scenarios! {
    talk::text, "one message, two turns";
    talk::deltas, "a message in 200 deltas";
    talk::reasoning, "reasoning, its summary and its raw text, then commentary";
    talk::structured_output, "an answer under an output schema";
    talk::image, "an image in the input";
    talk::web_search, "a web search of the model";
    talk::steer, "input for a running turn";
    talk::interrupt, "a turn that is interrupted";
    work::command, "a command and its output";
    work::commands_at_once, "two commands in one response";
    work::background_command, "a command that outlives its turn";
    work::patch, "files added, changed and deleted";
    requests::command_accepted, "a command that the client accepts";
    requests::command_accepted_for_session, "a command accepted for the session, which runs twice";
    requests::command_amended, "a command accepted with all that begin like it, and another such";
    requests::command_declined, "a command that the client declines";
    requests::command_cancelled, "a command that the client declines, and its turn with it";
    requests::command_unanswered, "a command that nobody decides about before the interrupt";
    requests::commands_out_of_order, "three commands decided about in another order";
    requests::patch_accepted, "a file added once the client has accepted it";
    requests::patch_declined, "a file that the client does not let be added";
    requests::permissions_granted, "a permission that the client grants";
    requests::user_input, "a question that the user answers";
    requests::mcp_elicitation, "a form of an MCP server's that the user fills in";
    requests::mcp_tool_accepted, "a tool of an MCP server's that the client accepts";
    requests::dynamic_tools, "two tools of the client's";
    history::compact, "a thread that is compacted";
    history::review, "a review";
    history::fork, "a thread that is forked, and a turn in the fork";
    history::resume, "a thread that a new server takes up again, and a turn in it";
    failures::http_400, "the model refuses the request";
    failures::http_429, "the model is asked too often";
    failures::http_500_then_ok, "the model fails once";
    failures::overloaded, "the model is overloaded";
    failures::context_exceeded, "the conversation is too long for the model";
    failures::cut, "the model's answer breaks off";
    failures::cut_then_ok, "the model's answer breaks off once";
    failures::incomplete, "the model stops for want of tokens";
    failures::idle, "the model falls silent";
}
