//! Which shell the images of a system have, by the words that they are called with: shells differ in whether they give up their place.

use crate::deploy::processes::programs::Signal;

/// Words of images whose `/bin/sh` keeps its place when it runs one command: dash.
const DASH: [&str; 8] = ["debian", "ubuntu", "python:", "slim", "bookworm", "bullseye", "trixie", "buster"];

/// Words of images with another shell.
const OTHER_SHELLS: [&str; 13] = [
    "alpine",
    "ubi",
    "centos",
    "fedora",
    "rocky",
    "alma",
    "amazonlinux",
    "oraclelinux",
    "azurelinux",
    "mariner",
    "photon",
    "suse",
    "busybox",
];

/// What becomes of signals below the shell of an image that is built on `base`.
pub(super) fn signal(base: &str) -> Signal {
    let named = |words: &[&str]| words.iter().any(|word| base.contains(word));
    if !named(&OTHER_SHELLS) && named(&DASH) { Signal::Lost } else { Signal::Perhaps }
}
