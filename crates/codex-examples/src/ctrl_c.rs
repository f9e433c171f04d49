//! Ctrl-C in a program without async.

use std::io;

/// Does this at each Ctrl-C from now on, on a thread of its own, in place of ending the program.
///
/// # Errors
/// The system gives no thread, or no signals.
pub fn on_ctrl_c(mut act: impl FnMut() + Send + 'static) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let wait = move || {
        // Between two of them the runtime does not run, so that what is done may wait for anything.
        while runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            act();
        }
    };
    std::thread::Builder::new().name("ctrl-c".to_owned()).spawn(wait)?;
    Ok(())
}
