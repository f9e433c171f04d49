//! The model, in a process of its own: what it remembers of its requests is no memory of a client's.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use codex_testkit::{Reply, ScriptedModel};

use crate::soak::Failure;

/// Says that this process is the model.
pub(crate) const ARGUMENT: &str = "--model";

/// Replies that are ready for each client; as many are added as are taken.
const READY: usize = 200;

/// How often what was taken is put back.
const REFILL_EVERY: Duration = Duration::from_millis(500);

/// The model of all clients.
pub(crate) struct ModelProcess {
    process: Child,
    base_url: String,
}

impl ModelProcess {
    pub(crate) fn start() -> Result<Self, Failure> {
        let mut process = Command::new(std::env::current_exe()?)
            .arg(ARGUMENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = process.stdout.take().ok_or("the model has no stdout")?;
        let mut base_url = String::new();
        BufReader::new(stdout).read_line(&mut base_url)?;
        Ok(Self { process, base_url: base_url.trim().to_owned() })
    }

    pub(crate) fn base_url(&self) -> String {
        self.base_url.clone()
    }
}

impl Drop for ModelProcess {
    fn drop(&mut self) {
        // Its input ends, and it with it.
        drop(self.process.stdin.take());
        _ = self.process.wait();
    }
}

/// What a client says in a turn in which the model calls a command first.
pub(crate) fn run_words(client: usize) -> String {
    format!("client {client}, run it")
}

/// What a client says in a turn in which the model only talks.
pub(crate) const SAY: &str = "say it";

/// What a client says in a turn in which the model goes on until it is interrupted.
pub(crate) const GO_ON: &str = "go on for ever";

/// Is the model until the input ends.
pub(crate) fn serve(clients: usize) -> ExitCode {
    let Ok(model) = ScriptedModel::start_blocking() else { return ExitCode::FAILURE };
    let words = (0..40).map(|number| format!("word {number} "));
    model.on(SAY).reply(Reply::deltas(words).always());
    let endless = (0..2_000).map(|number| format!("more {number} "));
    model.on(GO_ON).reply(Reply::deltas(endless).delay(Duration::from_millis(10)).always());
    let ready = |client: usize| {
        let words = run_words(client);
        model.on(words.as_str()).reply(Reply::shell("echo soaked"));
        model.on(words.as_str()).reply(Reply::text("It ran."));
    };
    for client in 0..clients {
        (0..READY).for_each(|_| ready(client));
    }
    println!("{}", model.base_url());
    let (ended, end) = mpsc::channel::<()>();
    std::thread::spawn(move || {
        _ = std::io::stdin().read(&mut [0]);
        drop(ended);
    });
    let mut taken = vec![0; clients];
    while end.recv_timeout(REFILL_EVERY) == Err(RecvTimeoutError::Timeout) {
        for request in model.take_requests() {
            let said = request.last_user_text();
            if let Some(client) = (0..clients).find(|client| said == run_words(*client)) {
                taken[client] += 1;
            }
        }
        for (client, taken) in taken.iter_mut().enumerate() {
            while *taken >= 2 {
                *taken -= 2;
                ready(client);
            }
        }
    }
    ExitCode::SUCCESS
}
