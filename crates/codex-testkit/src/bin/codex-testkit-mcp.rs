//! The testkit's MCP server, over standard input and output.
#![forbid(unsafe_code)]

fn main() -> std::io::Result<()> {
    codex_testkit::serve_mcp(std::io::stdin().lock(), std::io::stdout().lock())
}
