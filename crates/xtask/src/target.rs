//! Targets of the compiler, other than this machine's.

use std::path::Path;

use crate::cargo::{cargo, program, run, succeeds};
use crate::{Failure, PUBLIC, features};

/// The web, for which the types alone must build.
const WASM: &str = "wasm32-unknown-unknown";

/// A target for each family of systems that this one is not, and a C compiler for it by its usual
/// name. The other processors of each compile the same code.
const SYSTEMS: [(&str, Option<&str>); 2] =
    [("x86_64-pc-windows-gnu", Some("x86_64-w64-mingw32-gcc")), ("aarch64-apple-darwin", None)];

/// Features that bring C code with them.
const WITH_C: [&str; 3] =
    ["codex-runtime/install", "codex-sdk/websocket", "codex-transport/websocket"];

/// Compiles what is published for other systems, as far as their targets can be had. That needs no
/// linker, and nothing is run.
pub(crate) fn check() -> Result<(), Failure> {
    if available(WASM) {
        run(cargo().args(["check", "--package", "codex-protocol", "--target", WASM]))?;
    }
    for (target, compiler) in SYSTEMS {
        if !available(target) {
            continue;
        }
        let compiles_c =
            compiler.is_some_and(|compiler| succeeds(program(compiler).arg("--version")));
        if !compiles_c {
            let without = WITH_C.join(", ");
            eprintln!("not checked for {target}, for want of a C compiler: {without}");
        }
        let mut check = cargo();
        check.args(["check", "--target", target, "--features"]);
        let mut features = features::all()?;
        features.retain(|name| compiles_c || !WITH_C.contains(&name.as_str()));
        check.arg(features.join(","));
        for package in PUBLIC {
            check.args(["--package", package]);
        }
        run(&mut check)?;
    }
    Ok(())
}

/// Whether the target is installed, or can be. Says so if not.
fn available(target: &str) -> bool {
    let installed = || {
        let libdir =
            program("rustc").args(["--print", "target-libdir", "--target", target]).output();
        libdir.is_ok_and(|output| {
            let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            output.status.success() && Path::new(&path).is_dir()
        })
    };
    let available = installed() || succeeds(program("rustup").args(["target", "add", target]));
    if !available {
        eprintln!("not checked: {target}, a target that cannot be had here");
    }
    available
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_for_want_of_a_c_compiler_exists() {
        let features = features::all().expect("the workspace has metadata");
        for name in WITH_C {
            assert!(features.iter().any(|feature| feature == name), "{name}");
        }
    }
}
