//! Eight clients talk to the real app-server for many minutes; at the end, memory and descriptors must be where they were.
//!
//! `cargo xtask soak` runs it. It looks at processes through /proc.

#[cfg(target_os = "linux")]
mod figures;
#[cfg(target_os = "linux")]
mod model;
#[cfg(target_os = "linux")]
mod session;
#[cfg(target_os = "linux")]
mod soak;
#[cfg(target_os = "linux")]
mod tally;

fn main() -> std::process::ExitCode {
    #[cfg(target_os = "linux")]
    return soak::main();
    #[cfg(not(target_os = "linux"))]
    {
        eprintln!("not done: the soak looks at processes through /proc, which Linux alone has");
        std::process::ExitCode::FAILURE
    }
}
