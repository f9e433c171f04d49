//! One call of a tool.

use super::{ThreadTools, ToolContext, ToolOutput};
use crate::ask::PendingRequest;
use crate::asked::{AskState, Asked};
use crate::catch_panic::CatchPanic;
use std::sync::Arc;

/// Calls the tool that a request names, and answers with what comes of it.
pub(crate) async fn call(asked: Arc<Asked>, tools: Arc<ThreadTools>) {
    let request = PendingRequest::waiting(&asked).take(AskState::Arrived);
    let Some(PendingRequest::ToolCall(request)) = request else { return };
    let params = request.params();
    let Some(tool) = tools.get(request.namespace(), request.tool()) else { return };
    let context = ToolContext {
        thread_id: params.thread_id.clone(),
        turn_id: params.turn_id.clone(),
        call_id: params.call_id.clone(),
        withdrawn: asked.withdrawn().clone(),
    };
    let arguments = params.arguments.clone();
    // The closure itself may panic, too.
    let running = CatchPanic::new(async { tool.run(arguments, context).await });
    let outcome = tokio::select! {
        biased;
        () = asked.withdrawn().cancelled() => return,
        outcome = running => outcome,
    };
    let output = match outcome {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => {
            crate::log::tool_failed(request.tool());
            ToolOutput::failure(format!("The tool failed: {error}"))
        }
        // What it panicked with is for this program's developers, not for the model.
        Err(_) => {
            crate::log::tool_panicked(request.tool());
            ToolOutput::failure("The tool failed: it panicked")
        }
    };
    request.respond(output);
}
