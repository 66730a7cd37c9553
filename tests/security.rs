//! What `SECURITY.md` promises of the program as a whole: that it speaks with no network, starts nothing but git, and that every other
//! promise has the test that is named for it.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use walkdir::WalkDir;

/// Crates that are there to speak with a network: what they are called, or begin with.
const NETWORKING: [&str; 30] = [
    "actix",
    "async-net",
    "attohttpc",
    "awc",
    "axum",
    "curl",
    "gix-transport",
    "h2",
    "hickory",
    "hyper",
    "isahc",
    "mio",
    "native-tls",
    "openssl",
    "quinn",
    "reqwest",
    "rustls",
    "socket2",
    "ssh2",
    "surf",
    "tokio",
    "tonic",
    "tower-http",
    "trust-dns",
    "tungstenite",
    "ureq",
    "warp",
    "webpki",
    "websocket",
    "zmq",
];

/// What a crate must name to open a connection by the standard library.
const SOCKETS: [&str; 7] =
    ["TcpStream", "TcpListener", "UdpSocket", "UnixStream", "UnixListener", "UnixDatagram", "ToSocketAddrs"];

/// Crates of the program that name such a thing all the same, and why that opens nothing.
const READ: [(&str, &str); 5] = [
    ("lsp-server", "a transport over TCP beside the one over standard input; we have our own, and the linker drops both"),
    ("rustix", "in its documentation; its `net` is not asked for"),
    ("serde_json", "an example in its documentation"),
    ("signal-hook", "a pair of sockets inside of the process, by which a signal wakes its thread"),
    ("tempfile", "an example in its documentation"),
];

/// Functions of the C library that reach, or can be reached from, outside of the process. A pair of sockets does neither.
const CALLS: [&str; 10] =
    ["socket", "connect", "bind", "listen", "accept", "accept4", "getaddrinfo", "gethostbyname", "sendto", "recvfrom"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The crates that the program is made of on this machine, each with the folder of its sources.
fn crates() -> BTreeMap<String, PathBuf> {
    // What was built is at hand, and nothing else needs to be.
    let host = format!("--filter-platform={}", host());
    let arguments = ["metadata", "--offline", "--locked", "--format-version=1", &host];
    let run = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().expect("cargo runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let metadata: Value = serde_json::from_slice(&run.stdout).expect("JSON");
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let nodes: BTreeMap<String, Value> =
        list(&metadata["resolve"]["nodes"]).into_iter().map(|node| (text(&node["id"]), node)).collect();
    let (mut open, mut seen) = (vec![text(&metadata["resolve"]["root"])], BTreeSet::new());
    while let Some(id) = open.pop() {
        // A kind of null is an ordinary dependency; those of tests and of build scripts are no part of the program.
        let is_normal = |dep: &Value| list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
        open.extend(list(&nodes[&id]["deps"]).iter().filter(|dep| is_normal(dep)).map(|dep| text(&dep["pkg"])));
        if !seen.insert(id.clone()) {
            open.retain(|other| *other != id);
        }
        open.retain(|id| !seen.contains(id));
    }
    let packages = list(&metadata["packages"]).into_iter().filter(|package| seen.contains(&text(&package["id"])));
    let folder = |package: &Value| Path::new(&text(&package["manifest_path"])).parent().map(Path::to_path_buf);
    packages.map(|package| (text(&package["name"]), folder(&package).expect("a folder"))).collect()
}

fn host() -> String {
    let run = Command::new("rustc").arg("-vV").output().expect("rustc runs");
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    text.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host").to_owned()
}

/// Rust below a folder: paths and texts.
fn sources(folder: &Path) -> impl Iterator<Item = (PathBuf, String)> {
    let files = WalkDir::new(folder).sort_by_file_name().into_iter().flatten().map(walkdir::DirEntry::into_path);
    let rust = files.filter(|path| path.extension().is_some_and(|end| end == "rs"));
    rust.map(|path| (path.clone(), String::from_utf8_lossy(&fs::read(path).expect("a source")).into_owned()))
}

fn is_networking(name: &str) -> bool {
    NETWORKING.iter().any(|known| name == *known || name.strip_prefix(known).is_some_and(|rest| rest.starts_with(['-', '_'])))
}

#[test]
fn no_crate_of_the_program_speaks_with_a_network() {
    let crates = crates();
    assert!(crates.len() > 100 && crates.contains_key("serde"), "the canary must be alive: {crates:?}");
    assert!(is_networking("rustls") && is_networking("tokio-net") && !is_networking("miow"), "the canary must be alive");
    let named: Vec<&String> = crates.keys().filter(|name| is_networking(name)).collect();
    assert!(named.is_empty(), "{named:?} in the tree of the program");
    let names_sockets =
        |folder: &Path| sources(&folder.join("src")).any(|(_, text)| SOCKETS.iter().any(|socket| text.contains(socket)));
    let with_sockets: BTreeSet<&str> = crates
        .iter()
        .filter(|(name, folder)| *name != "scalelint" && names_sockets(folder))
        .map(|(name, _)| name.as_str())
        .collect();
    let read: BTreeSet<&str> = READ.iter().map(|(name, _)| *name).collect();
    // Both ways: what is read no more comes off the list.
    assert_eq!(with_sockets, read, "crates that name sockets, and those of which somebody has read why");
}

/// What the linker left in: whatever the crates hold, the program can call none of these.
#[cfg(target_os = "linux")]
#[test]
fn the_program_can_open_no_connection() {
    use object::Object;
    let imports = |binary: &Path| -> BTreeSet<String> {
        let bytes = fs::read(binary).expect("a program");
        let imports = object::File::parse(&*bytes).and_then(|file| file.imports()).expect("a program");
        let names = imports.iter().map(|import| String::from_utf8_lossy(import.name()).into_owned());
        names.filter(|name| CALLS.contains(&name.as_str())).collect()
    };
    // This test could connect, so that it imports what the program must not.
    std::hint::black_box(std::net::TcpStream::connect::<&str> as fn(&'static str) -> std::io::Result<std::net::TcpStream>);
    let own = imports(&std::env::current_exe().expect("this test"));
    assert!(["connect", "getaddrinfo"].iter().all(|name| own.contains(*name)), "the canary must be alive: {own:?}");
    assert_eq!(imports(Path::new(env!("CARGO_BIN_EXE_scalelint"))), BTreeSet::new());
}

/// Networks nowhere, programs in one file, and that one runs git.
#[test]
fn only_git_is_started_and_nothing_is_connected() {
    let mut starts = BTreeSet::new();
    for (path, text) in sources(&root().join("src")) {
        let name = path.strip_prefix(root()).expect("a file of ours").to_string_lossy().replace('\\', "/");
        // Tests, and words of the code that is analysed, are no part of the program.
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let code: Vec<&str> = code.filter(|_| !name.contains("/tests")).collect();
        assert!(!code.iter().any(|line| line.contains("std::net")), "{name} speaks with a network");
        if code.iter().any(|line| line.contains("Command::new(")) {
            starts.insert(name);
        }
    }
    assert_eq!(starts, BTreeSet::from(["src/git/program.rs".to_owned()]), "files that start a program");
}

/// `tests/file.rs: name` in `SECURITY.md` is a test of that file.
#[test]
fn every_promise_has_its_test() {
    let document = fs::read_to_string(root().join("SECURITY.md")).expect("the document");
    let tests: Vec<(&str, &str)> = document.split('`').filter_map(|word| word.split_once(".rs: ")).collect();
    assert!(tests.len() > 20, "the canary must be alive: {tests:?}");
    for (file, name) in tests {
        let text = fs::read_to_string(root().join(format!("{file}.rs"))).unwrap_or_default();
        let is_there =
            text.contains(&format!("fn {name}(")) || text.lines().any(|line| line.trim().starts_with(&format!("{name} ")));
        assert!(is_there, "{file}.rs has no test {name}");
    }
}
