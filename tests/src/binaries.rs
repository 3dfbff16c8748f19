//! The programs of this workspace, built where they are not yet.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use serde_json::Value;

/// Where the program of this name is.
pub fn binary(name: &str) -> &'static Path {
    all().get(name).map_or_else(|| panic!("there is no program {name}"), PathBuf::as_path)
}

/// Every program by its name, built all at once: with the features that the tests' own build has, so
/// that nothing is compiled for a second time.
fn all() -> &'static BTreeMap<String, PathBuf> {
    static ALL: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    ALL.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(root).args(["build", "--quiet", "--workspace", "--bins", "--message-format=json"]);
        // What cargo told the tests of themselves would be a change to build scripts that ask for it, as that of `ring`.
        let of_tests = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
        for (name, _) in std::env::vars().filter(|(name, _)| of_tests(name)) {
            cargo.env_remove(name);
        }
        let output = cargo.stderr(Stdio::inherit()).output().expect("cargo runs");
        assert!(output.status.success(), "the programs do not build");
        let lines = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
        let messages = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let executable = |message: Value| {
            let path = PathBuf::from(message["executable"].as_str()?);
            Some((message["target"]["name"].as_str()?.to_owned(), path))
        };
        messages.filter_map(executable).collect()
    })
}
