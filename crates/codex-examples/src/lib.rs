//! What the examples share: with `--demo` they run on the real app-server and a scripted model, without an account.
#![forbid(unsafe_code)]

mod args;
mod ctrl_c;
mod failure;
mod index;
mod lines;
mod stage;
mod text;

pub use args::parse;
pub use ctrl_c::{CtrlC, on_ctrl_c};
pub use failure::Failure;
pub use index::{Entry, index};
pub use lines::Lines;
pub use stage::Stage;
pub use text::{dim, plain, plain_lines};

/// The code in the README is compiled as documentation tests of this crate.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;

/// So is that of the documents.
#[cfg(doctest)]
mod docs {
    #[doc = include_str!("../../../docs/api-reference.md")]
    struct ApiReference;

    #[doc = include_str!("../../../docs/faq.md")]
    struct Faq;

    #[doc = include_str!("../../../docs/getting-started.md")]
    struct GettingStarted;

    #[doc = include_str!("../../../docs/python-to-rust.md")]
    struct PythonToRust;

    #[doc = include_str!("../../../docs/testing-your-app.md")]
    struct TestingYourApp;
}
