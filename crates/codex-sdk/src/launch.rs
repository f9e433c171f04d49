//! Starting the server's process.

use crate::config::CodexConfig;
use crate::error::{Error, Result};
use codex_transport::{Stdio, Transport};
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// Starts the process; gives its name for messages beside the transport.
pub(crate) fn launch(config: &CodexConfig) -> Result<(Box<dyn Transport>, String)> {
    let args = command_line(config)?;
    let (program, args) = args.split_first().map_or((OsStr::new(""), &[][..]), |(p, a)| (&**p, a));
    let mut stdio = Stdio::builder(program)
        .args(args)
        .envs(config.env.iter().cloned())
        .max_frame_bytes(config.limits.max_frame_bytes)
        .grace(config.limits.shutdown_grace);
    if let Some(names) = &config.env_inherit {
        stdio = stdio.env_clear().env_inherit(names);
    }
    if let Some(cwd) = &config.cwd {
        stdio = stdio.cwd(cwd);
    }
    let transport = stdio.spawn().map_err(|error| Error::Start(Box::new(error)))?;
    Ok((Box::new(transport), Path::new(program).display().to_string()))
}

/// The command line, program first.
fn command_line(config: &CodexConfig) -> Result<Vec<OsString>> {
    if let Some(args) = &config.launch_args_override {
        return Ok(args.clone());
    }
    let runtime = codex_runtime::locate(config.codex_bin.as_deref())?;
    let mut args = vec![runtime.path.into()];
    for entry in &config.config_overrides {
        args.extend(["--config".into(), entry.into()]);
    }
    args.extend(["app-server", "--listen", "stdio://"].map(OsString::from));
    Ok(args)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_stand_before_the_subcommand_in_their_order() {
        let this = std::env::current_exe().unwrap().canonicalize().unwrap();
        let config = CodexConfig {
            codex_bin: Some(this.clone()),
            config_overrides: vec!["a=1".to_owned(), "b=\"two words\"".to_owned()],
            ..CodexConfig::default()
        };
        let args = command_line(&config).unwrap();
        let (program, args) = args.split_first().unwrap();
        assert_eq!(Path::new(program), this);
        let expected = [
            "--config",
            "a=1",
            "--config",
            "b=\"two words\"",
            "app-server",
            "--listen",
            "stdio://",
        ];
        assert_eq!(args, expected);
    }

    #[test]
    fn a_command_line_of_the_callers_is_taken_as_it_is() {
        let args = vec![OsString::from("ssh"), "host".into(), "codex app-server".into()];
        let config = CodexConfig {
            codex_bin: Some("/not/looked/for".into()),
            launch_args_override: Some(args.clone()),
            config_overrides: vec!["not=used".to_owned()],
            ..CodexConfig::default()
        };
        assert_eq!(command_line(&config).unwrap(), args);
    }
}
