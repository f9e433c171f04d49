//! One client in a process of its own: `flood-client CLIENT SCENARIO MESSAGES` runs the scenario once for each line of
//! its input, and prints what that took.

use codex_bench::scenario::{Client, Scenario};
use codex_bench::{Failure, round};
use std::io::Write;

fn main() -> Result<(), Failure> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [client, scenario, messages] = args.as_slice() else {
        return Err("usage: flood-client CLIENT SCENARIO MESSAGES".into());
    };
    let client = Client::ALL.into_iter().find(|known| known.name() == client);
    let scenario = Scenario::ALL.into_iter().find(|known| known.name() == scenario);
    let (Some(client), Some(scenario)) = (client, scenario) else {
        return Err(format!("no such client or scenario: {}", args.join(" ")).into());
    };
    let messages = messages.parse()?;
    // It is built beside this program.
    let name = format!("flood-server{}", std::env::consts::EXE_SUFFIX);
    let server = std::env::current_exe()?.with_file_name(name);
    let mut started = None;
    for line in std::io::stdin().lines() {
        line?;
        let round = round::measure(|| {
            if started.is_none() || scenario == Scenario::ColdStart {
                started = Some(client.start(scenario, &server)?);
            }
            started.as_mut().map_or(Ok(()), |client| client.run(scenario, messages))
        })?;
        let mut stdout = std::io::stdout();
        writeln!(stdout, "{}", serde_json::to_string(&round)?)?;
        stdout.flush()?;
    }
    Ok(())
}
