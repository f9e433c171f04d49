//! Ctrl-C at the terminal.

use std::io;

/// The presses of Ctrl-C from now on, in place of ending the program. Unlike `tokio::signal::ctrl_c`, it also tells of
/// one that came while nobody waited: between two waits in a loop, or while an answer was shown.
#[derive(Debug)]
pub struct CtrlC(
    #[cfg(unix)] tokio::signal::unix::Signal,
    #[cfg(windows)] tokio::signal::windows::CtrlC,
);

impl CtrlC {
    /// Listens.
    ///
    /// # Errors
    /// The system gives no signals.
    ///
    /// # Panics
    /// Outside a tokio runtime that has I/O.
    pub fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        let signal = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
        #[cfg(windows)]
        let signal = tokio::signal::windows::ctrl_c()?;
        Ok(Self(signal))
    }

    /// Waits for Ctrl-C, unless it was pressed since the last time. Several presses may count as one.
    ///
    /// # Cancel safety
    /// No press is lost if the future is dropped.
    pub async fn pressed(&mut self) {
        if self.0.recv().await.is_none() {
            // There will be none any more.
            std::future::pending::<()>().await;
        }
    }
}

/// Does this at each Ctrl-C from now on, on a thread of its own, in place of ending the program. For one without async.
///
/// # Errors
/// The system gives no thread, or no signals.
pub fn on_ctrl_c(mut act: impl FnMut() + Send + 'static) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut ctrl_c = {
        let _inside = runtime.enter();
        CtrlC::listen()?
    };
    let wait = move || loop {
        // Between two of them the runtime does not run, so that what is done may wait for anything.
        runtime.block_on(ctrl_c.pressed());
        act();
    };
    std::thread::Builder::new().name("ctrl-c".to_owned()).spawn(wait)?;
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::CtrlC;
    use rustix::process::{Signal, getpid, kill_process};

    #[tokio::test]
    async fn a_press_that_nobody_waited_for_is_told_to_the_next_who_waits() {
        let mut late = CtrlC::listen().unwrap();
        let mut early = CtrlC::listen().unwrap();
        kill_process(getpid(), Signal::INT).unwrap();
        // Both hear it at once.
        early.pressed().await;
        late.pressed().await;
    }
}
