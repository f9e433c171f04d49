//! The `error` of a reply.

use std::fmt;

use serde_json::Value;

wire_struct! { both
    /// An error that the other side answered with.
    pub struct RpcError {
        required {
            /// -32600 for nearly everything that the server refuses, -32001 when it is overloaded.
            code: i64 = "code",
            /// What went wrong, in the server's words.
            message: String = "message",
        }
        optional {
            /// More about it, where the server gives more.
            data: Value = "data",
        }
    }
}

impl fmt::Display for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (code {})", self.message, self.code)
    }
}

impl std::error::Error for RpcError {}
