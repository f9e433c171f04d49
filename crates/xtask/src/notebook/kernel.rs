//! The Rust kernel and what runs notebooks on it, in a folder of the user's cache.

use std::fs;
use std::path::{Path, PathBuf};

use codex_runtime::{Environment, Platform, managed_directory};
use serde_json::json;

use crate::Failure;
use crate::cargo::{cargo, program, run, succeeds};

const KERNEL: &str = "evcxr_jupyter";

/// A kernel that runs one notebook need not be quick, and is built the sooner.
const LITTLE_OPTIMIZED: [(&str, &str); 2] =
    [("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1"), ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "256")];

/// Nor need what the cells use.
const SETTINGS: &str = "[evcxr]\nopt_level = \"0\"\n";

/// A cell that builds the SDK takes a minute or two on a quick machine.
const CELL_SECONDS: u32 = 3600;

/// A kernel, and an environment of Python's with `nbconvert`.
pub(super) struct Kernel {
    folder: PathBuf,
}

impl Kernel {
    /// Installs what is missing. The kernel takes some minutes to build, once.
    pub(super) fn prepare() -> Result<Self, Failure> {
        let platform = Platform::current().ok_or("codex is not published for this machine")?;
        let runtime = managed_directory(&Environment::current(), platform.os);
        let cache = runtime.as_deref().and_then(Path::parent);
        let folder = cache.ok_or("the environment names no cache directory: set HOME")?;
        let kernel = Self { folder: folder.join("notebook") };
        let mut command = PathBuf::from(KERNEL);
        if !succeeds(program(&command).arg("--help")) {
            let root = kernel.folder.join("kernel");
            command = root.join("bin").join(KERNEL);
            if !succeeds(program(&command).arg("--help")) {
                let mut install = cargo();
                install.args(["install", "--locked", KERNEL, "--root"]).arg(root);
                run(install.envs(LITTLE_OPTIMIZED))?;
            }
        }
        // A spec of our own leaves alone what the user has installed into Jupyter.
        let spec = kernel.folder.join("jupyter/kernels/rust");
        fs::create_dir_all(&spec)?;
        let argv = [&*command.to_string_lossy(), "--control_file", "{connection_file}"];
        let spec_text = json!({
            "argv": argv, "display_name": "Rust", "language": "rust", "interrupt_mode": "message",
        });
        fs::write(spec.join("kernel.json"), spec_text.to_string())?;
        if !succeeds(program(kernel.python()).args(["-c", "import nbconvert, nbclient"])) {
            let python = if cfg!(windows) { "python" } else { "python3" };
            run(program(python).args(["-m", "venv"]).arg(kernel.folder.join("venv")))?;
            let pip = ["-m", "pip", "install", "--quiet", "nbconvert"];
            run(program(kernel.python()).args(pip))?;
        }
        Ok(kernel)
    }

    /// The notebook with what its cells print, each run once, in order, in a new kernel.
    pub(super) fn execute(&self, notebook: &Path) -> Result<String, Failure> {
        let out = tempfile::tempdir()?;
        let mut convert = program(self.python());
        convert.args(["-m", "nbconvert", "--to", "notebook", "--execute"]);
        convert.arg(format!("--ExecutePreprocessor.timeout={CELL_SECONDS}"));
        convert.args(["--ExecutePreprocessor.record_timing=False", "--output", "executed.ipynb"]);
        convert.arg("--output-dir").arg(out.path()).arg(notebook);
        convert.env("JUPYTER_PATH", self.folder.join("jupyter"));
        // Nothing of the user's own settings counts.
        fs::write(out.path().join("evcxr.toml"), SETTINGS)?;
        convert.env("JUPYTER_CONFIG_DIR", out.path()).env("EVCXR_CONFIG_DIR", out.path());
        run(&mut convert)?;
        Ok(fs::read_to_string(out.path().join("executed.ipynb"))?)
    }

    fn python(&self) -> PathBuf {
        let venv = self.folder.join("venv");
        if cfg!(windows) { venv.join("Scripts/python.exe") } else { venv.join("bin/python") }
    }
}
