//! `cargo xtask notebook`: runs the walkthrough's cells in a new kernel, and keeps what they print.

mod document;
mod kernel;

use std::fs;
use std::path::Path;

use codex_runtime::Installer;

use crate::{Failure, workspace_root};
use document::Document;

/// Arguments of `cargo xtask notebook`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Execute nothing: write the cells' code as the test that compiles and runs it
    #[arg(long)]
    cells: bool,
}

const NOTEBOOK: &str = "docs/notebooks/sdk_walkthrough.ipynb";

/// The test that is made of the notebook's cells.
const TEST: &str = "crates/codex-examples/tests/notebook.rs";

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let path = workspace_root().join(NOTEBOOK);
    let document = read(&path)?;
    fs::write(workspace_root().join(TEST), document.test())?;
    if args.cells {
        return Ok(());
    }
    Installer::new().progress_on_stderr().install()?;
    let executed = kernel::Kernel::prepare()?.execute(&path)?;
    let executed = Document::parse(&executed)?;
    if executed.code() != document.code() {
        return Err(format!("{NOTEBOOK} was changed while it ran: run the command again").into());
    }
    fs::write(&path, executed.text()?)?;
    println!("{NOTEBOOK} holds what its cells print");
    Ok(())
}

/// Fails if the test is not made of the notebook's cells as they are.
pub(crate) fn check() -> Result<(), Failure> {
    let expected = read(&workspace_root().join(NOTEBOOK))?.test();
    match fs::read_to_string(workspace_root().join(TEST)) {
        Ok(found) if found == expected => Ok(()),
        _ => {
            let command = "cargo xtask notebook --cells";
            Err(format!("{TEST} is not what {NOTEBOOK} says; run `{command}` and commit it").into())
        }
    }
}

fn read(path: &Path) -> Result<Document, Failure> {
    let text = fs::read_to_string(path).map_err(|error| format!("{NOTEBOOK}: {error}"))?;
    Document::parse(&text).map_err(|error| format!("{NOTEBOOK}: {error}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_is_made_of_the_cells() {
        check().expect("no difference");
    }

    #[test]
    fn what_is_committed_is_laid_out_as_it_would_be_written() {
        let text = fs::read_to_string(workspace_root().join(NOTEBOOK)).expect("a notebook");
        let document = Document::parse(&text).expect("a notebook");
        assert_eq!(document.text().expect("no path of a machine in it"), text);
    }
}
