//! What a path of the machine is for that a container has mounted: data, settings, or the machine's own things. By the words that
//! paths are made of.

use crate::deploy::vocabulary::workloads::Storage;

/// Folders of a machine that hold no data of a service.
const MACHINE: [&str; 18] = [
    "/proc",
    "/sys",
    "/dev",
    "/run",
    "/var/run",
    "/etc",
    "/boot",
    "/usr",
    "/lib",
    "/var/log",
    "/var/lib/docker",
    "/var/lib/kubelet",
    "/var/lib/containerd",
    "/var/lib/rancher",
    "/opt/cni",
    "/cgroup",
    "/tmp/.X11-unix",
    "/var/lib/node_exporter",
];

/// Folders of a container in which only settings are expected.
const SETTINGS: [&str; 5] = ["/etc", "/docker-entrypoint-initdb.d", "/docker-entrypoint.d", "/run/secrets", "/usr/local/etc"];

/// How files end that are written by people and read by programs.
const WRITTEN_BY_PEOPLE: [&str; 26] = [
    "conf",
    "cfg",
    "cnf",
    "config",
    "ini",
    "toml",
    "yaml",
    "yml",
    "json",
    "xml",
    "properties",
    "env",
    "sh",
    "sql",
    "py",
    "js",
    "html",
    "crt",
    "pem",
    "key",
    "cer",
    "pub",
    "rules",
    "template",
    "tmpl",
    "md",
];

/// What the path `source` of the machine is for, mounted at `target`; an empty target is not known.
pub(in crate::deploy) fn of_machine(source: &str, target: &str) -> Storage {
    let ends_as_input = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').is_some_and(|(_, end)| WRITTEN_BY_PEOPLE.contains(&end.to_ascii_lowercase().as_str()))
            || name.starts_with(".env")
            || name == "Caddyfile"
    };
    let is_settings = |path: &str| {
        let folder = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        matches!(folder, "certs" | "cert" | "certificates" | "ssl" | "tls" | "secrets" | "keys" | "conf" | "conf.d" | "src")
    };
    let has_logs = |path: &str| path.split('/').any(|part| matches!(part, "log" | "logs"));
    let is_socket = |path: &str| path.ends_with(".sock");
    if source == "/"
        || is_socket(source)
        || is_socket(target)
        || is_below(&MACHINE, source)
        || has_logs(source)
        || has_logs(target)
    {
        Storage::Machine
    } else if is_below(&SCRATCH, source) || source.starts_with("/mnt/disks/ssd") {
        Storage::Scratch
    } else if ends_as_input(source)
        || ends_as_input(target)
        || is_below(&SETTINGS, target)
        || is_settings(source)
        || is_settings(target)
    {
        Storage::Input
    } else {
        Storage::Node
    }
}

/// Folders of a machine for what may be lost: its temporary files, and the disks of its own that clouds mount there
/// (Google Kubernetes Engine, "About local SSD storage": `/mnt/disks/ssd0`).
const SCRATCH: [&str; 4] = ["/tmp", "/var/tmp", "/scratch", "/mnt/ephemeral"];

fn is_below(folders: &[&str], path: &str) -> bool {
    folders.iter().any(|folder| path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_say_it() {
        assert_eq!(of_machine("/var/run/docker.sock", "/var/run/docker.sock"), Storage::Machine);
        assert_eq!(of_machine("./nginx.conf", "/etc/nginx/nginx.conf"), Storage::Input);
        assert_eq!(of_machine("./init", "/docker-entrypoint-initdb.d"), Storage::Input);
        assert_eq!(of_machine("./logs", "/app/logs"), Storage::Machine);
        assert_eq!(of_machine("/srv/uploads", ""), Storage::Node);
        assert_eq!(of_machine("./data", "/data"), Storage::Node);
        assert_eq!(of_machine("/mnt/disks/ssd0", "/work"), Storage::Scratch);
        assert_eq!(of_machine("/etcetera", "/data"), Storage::Node);
    }
}
