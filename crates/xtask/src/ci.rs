//! `cargo xtask ci`: what CI runs. `.ci/run` calls it, so that there is one list.

use crate::{Failure, check, test};

/// Runs the checks, then every test.
pub(crate) fn run_ci() -> Result<(), Failure> {
    check::run_checks()?;
    test::run_tests(&test::Args::default())
}

#[cfg(test)]
mod tests {
    #[test]
    fn ci_runs_this_and_nothing_else() {
        let script = std::fs::read_to_string(crate::workspace_root().join(".ci/run"));
        let script = script.expect("the script of CI");
        let commands: Vec<_> = script.lines().filter(|line| line.starts_with("cargo")).collect();
        assert_eq!(commands, ["cargo xtask ci"]);
    }
}
