//! The moments at which an install is killed.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

use codex_runtime::{Environment, Installer, PINNED_VERSION, Progress, Search};
use tar::EntryType;

use crate::package::{
    BINARY, Package, environment, installer, metadata, metadata_path, platform, registry, sha512,
};
use crate::server::{Reply, Server};
use crate::tree::Tree;

/// Set for the program that plays the install: where to install to.
const DIRECTORY: &str = "KILLED_TEST_DIRECTORY";

/// Set for the install that is to stop before it unpacks, so that it is killed there.
const STOPS: &str = "KILLED_TEST_STOPS";

/// Moments over the whole length of an install.
const SAMPLES: u32 = 40;

/// The files of the package beside the usual ones, so that unpacking takes a while.
const FILES: usize = 64;

pub(crate) fn main() {
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        return be_the_install(directory.into());
    }
    let package = package();
    before_the_description_is_there(&package);
    with_a_part_of_the_package(&package);
    before_unpacking(&package);
    with_some_files_unpacked(&package);
    at_any_time(&package);
    println!("test killed_installs_leave_nothing_half_installed ... ok");
}

/// Installs, and says each step.
fn be_the_install(directory: PathBuf) {
    let stops = std::env::var_os(STOPS).is_some();
    let sink = move |progress: &Progress| {
        let mut out = std::io::stdout();
        match progress {
            Progress::Downloading { received, .. } => writeln!(out, "{received}").unwrap(),
            Progress::Unpacking => writeln!(out, "unpacking").unwrap(),
            _ => {}
        }
        if stops && *progress == Progress::Unpacking {
            // Its stdin stays open until it is killed.
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).unwrap();
        }
    };
    let installer = Installer::new().platform(platform()).directory(directory).retries(0);
    installer.progress(sink).install().unwrap();
}

fn before_the_description_is_there(package: &[u8]) {
    let server = Server::start();
    let path = metadata_path(platform());
    let document = metadata(&server.url("/codex.tgz"), package);
    server.on(&path, [Reply::ok(document.clone()).stalling_after(0), Reply::ok(document)]);
    server.on("/codex.tgz", [Reply::ok(package)]);
    let case = Case::new(&server, false);
    while server.paths().is_empty() {
        std::thread::yield_now();
    }
    assert_eq!(case.killed("before the description"), Left::Nothing);
}

fn with_a_part_of_the_package(package: &[u8]) {
    let last = package.len() - 1;
    for bytes in [0, 1, 10, 512, 4096, last / 4, last / 2, last * 3 / 4, last] {
        let server = registry(platform(), package);
        let whole = Reply::ok(package);
        server.on("/codex.tgz", [whole.clone().stalling_after(bytes), whole]);
        let mut case = Case::new(&server, false);
        case.read_until(&bytes.to_string());
        assert_eq!(case.killed(&format!("after {bytes} bytes")), Left::Nothing);
    }
}

fn before_unpacking(package: &[u8]) {
    let server = registry(platform(), package);
    let mut case = Case::new(&server, true);
    case.read_until("unpacking");
    assert_eq!(case.killed("before unpacking"), Left::Nothing);
}

fn with_some_files_unpacked(package: &[u8]) {
    for files in [1, FILES / 2, FILES] {
        let server = registry(platform(), package);
        let case = Case::new(&server, false);
        while case.files_in_place_or_on_the_way() < files {
            std::thread::yield_now();
        }
        case.killed(&format!("after {files} files"));
    }
}

fn at_any_time(package: &[u8]) {
    let server = registry(platform(), package);
    let mut whole = Case::new(&server, false);
    let begun = Instant::now();
    assert!(whole.install.wait().unwrap().success());
    let length = begun.elapsed();
    assert_eq!(whole.killed("after its end"), Left::AWholeInstall);
    for sample in 0..SAMPLES {
        let moment = length * sample / SAMPLES;
        let case = Case::new(&server, false);
        // Not to wait for something: this is the moment to look at.
        std::thread::sleep(moment);
        case.killed(&format!("after {moment:?}"));
    }
}

/// What a killed install left for `locate`.
#[derive(Debug, PartialEq, Eq)]
enum Left {
    Nothing,
    AWholeInstall,
}

/// An install in another process, to be killed.
struct Case<'a> {
    server: &'a Server,
    tree: Tree,
    install: Child,
    steps: BufReader<ChildStdout>,
}

impl<'a> Case<'a> {
    fn new(server: &'a Server, stops: bool) -> Self {
        let tree = Tree::new();
        let mut command = Command::new(std::env::current_exe().unwrap());
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"] {
            command.env_remove(name);
        }
        let environment = environment(&tree, server);
        command.envs(environment.iter()).env(DIRECTORY, tree.path("managed"));
        if stops {
            command.env(STOPS, "1");
        }
        let mut install = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let steps = BufReader::new(install.stdout.take().unwrap());
        Self { server, tree, install, steps }
    }

    /// Reads what the install says until it says this.
    fn read_until(&mut self, step: &str) {
        let mut line = String::new();
        while line.trim_end() != step {
            line.clear();
            assert_ne!(self.steps.read_line(&mut line).unwrap(), 0, "it ended before {step}");
        }
    }

    fn files_in_place_or_on_the_way(&self) -> usize {
        files_below(&self.tree.path("managed"))
    }

    /// Kills the install, looks at what it left, and installs again.
    fn killed(mut self, moment: &str) -> Left {
        self.install.kill().unwrap();
        self.install.wait().unwrap();
        let managed = self.tree.path("managed");
        let search = Search::new(Environment::default()).managed(&managed).platform(platform());
        let left = match search.locate() {
            Ok(found) => {
                assert_eq!(fs::read_to_string(found.path).unwrap(), BINARY, "{moment}");
                Left::AWholeInstall
            }
            Err(_) => Left::Nothing,
        };
        let installed = installer(&self.tree, self.server).install();
        let installed = installed.unwrap_or_else(|error| panic!("{moment}: {error}"));
        assert_eq!(fs::read_to_string(installed.path).unwrap(), BINARY, "{moment}");
        // A second one looks for what the first may have had no reason to clean up.
        installer(&self.tree, self.server).force(true).install().unwrap();
        assert_eq!(names(&managed), [PINNED_VERSION], "{moment}");
        // The usual three files and the manifest besides.
        assert_eq!(files_below(&managed), FILES + 4, "{moment}");
        left
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

fn files_below(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let count = |entry: fs::DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => files_below(&entry.path()),
        Ok(_) => usize::from(entry.file_name() != "package.tgz"),
        Err(_) => 0,
    };
    entries.map(count).sum()
}

/// A package that takes several reads to download and a while to unpack.
fn package() -> Vec<u8> {
    let mut package = Package::codex(platform());
    for file in 0..FILES {
        let text = (0..256)
            .fold(String::new(), |all, part| all + &sha512(format!("{file} {part}").as_bytes()));
        let name = format!("package/vendor/more/{file}");
        package = package.entry(&name, EntryType::Regular, 0o644, &text);
    }
    package.bytes()
}
