//! Proxies: settings that tie a client to one server behind them, in nginx, haproxy, Caddy and Traefik.

use crate::deploy::sheets::Sheet;
use crate::deploy::texts::directives::{Dialect, Directive};
use crate::deploy::texts::tree::{Node, Value};
use crate::deploy::vocabulary::deployment::Deployment;
use crate::deploy::vocabulary::stages::Stage;
use crate::deploy::vocabulary::workloads::{Affinity, Platform};
use crate::finding::Place;
use crate::link::Files;

const COOKIE: &str = "cookie";
const ADDRESS: &str = "client address";

/// A setting that is on.
struct On<'d> {
    place: Place,
    setting: String,
    by: &'static str,
    advice: &'static str,
    /// Servers behind it, as written.
    servers: Vec<&'d str>,
}

/// Read the proxies of a tree. Workloads must be known, so that servers can be told to be some of them.
pub(in crate::deploy) fn read(files: &Files, deployment: &mut Deployment) {
    for (_, data) in files.iter() {
        let found = match data.facts.sheet.as_deref() {
            Some(Sheet::Directives(dialect, list)) => in_directives(*dialect, list),
            Some(Sheet::Documents(documents)) => documents.iter().flat_map(traefik).collect(),
            _ => continue,
        };
        let stage = Stage::of_path(&data.path);
        for on in found {
            let workloads = deployment.workloads.iter().enumerate().filter(|(_, workload)| {
                matches!(workload.platform, Platform::Compose | Platform::Swarm)
                    && on.servers.iter().any(|server| host(server) == workload.name)
            });
            let workloads = workloads.map(|(at, _)| at).collect();
            let On { place, setting, by, advice, .. } = on;
            deployment.affinities.push(Affinity { place, setting, by, workloads, stage, advice });
        }
    }
}

/// The name of a server without scheme, port and path.
fn host(server: &str) -> &str {
    let bare = server.split_once("://").map_or(server, |(_, rest)| rest);
    bare.split([':', '/']).next().unwrap_or(bare)
}

/// Settings in files of directives, wherever they stand.
fn in_directives(dialect: Dialect, list: &[Directive]) -> Vec<On<'_>> {
    let mut found = Vec::new();
    let mut stack: Vec<&Directive> = list.iter().rev().collect();
    while let Some(next) = stack.pop() {
        found.extend(match dialect {
            Dialect::Nginx => nginx(next),
            Dialect::Haproxy => haproxy(next),
            Dialect::Caddy => caddy(next),
        });
        stack.extend(next.inside.iter().rev());
    }
    found
}

fn nginx(upstream: &Directive) -> Option<On<'_>> {
    if upstream.word(0) != "upstream" {
        return None;
    }
    let servers = upstream.inside.iter().filter(|inner| inner.word(0) == "server").map(|inner| inner.word(1)).collect();
    let (inner, by) = upstream.inside.iter().find_map(|inner| {
        let by = match inner.word(0) {
            "ip_hash" => ADDRESS,
            "hash" => hashed_by(inner.word(1))?,
            "sticky" => COOKIE,
            _ => return None,
        };
        Some((inner, by))
    })?;
    let advice = "remove the line once no server keeps state of its clients; nginx then takes them in turn";
    Some(On { place: inner.place(), setting: inner.shown(), by, advice, servers })
}

/// What of the client a hash is made of; a hash of the address that is asked for is for caches.
fn hashed_by(key: &str) -> Option<&'static str> {
    let of_client = [
        "$remote_addr",
        "$binary_remote_addr",
        "$http_x_forwarded_for",
        "$http_x_real_ip",
        "$proxy_protocol_addr",
        "$realip_remote_addr",
    ];
    if key.contains("$cookie_") {
        Some(COOKIE)
    } else if of_client.iter().any(|name| key.contains(name)) && !key.contains("$request_uri") && !key.contains("$uri") {
        Some(ADDRESS)
    } else {
        None
    }
}

fn haproxy(section: &Directive) -> Option<On<'_>> {
    if !matches!(section.word(0), "backend" | "listen" | "defaults") {
        return None;
    }
    let servers = section.inside.iter().filter(|inner| inner.word(0) == "server").map(|inner| inner.word(2)).collect();
    let words = |inner: &Directive| inner.words.iter().map(|word| word.name.to_string()).collect::<Vec<_>>();
    let (inner, by) = section.inside.iter().find_map(|inner| {
        let by = match (inner.word(0), inner.word(1)) {
            ("balance", "source") => ADDRESS,
            ("cookie", _) if words(inner).iter().any(|word| matches!(word.as_str(), "insert" | "rewrite" | "prefix")) => COOKIE,
            ("stick", "on" | "match") if inner.word(2).starts_with("src") => ADDRESS,
            ("stick", "on" | "match") if inner.word(2).contains("cook") => COOKIE,
            ("appsession", _) => COOKIE,
            _ => return None,
        };
        Some((inner, by))
    })?;
    let advice = "balance with `roundrobin` or `leastconn` once no server keeps state of its clients";
    Some(On { place: inner.place(), setting: inner.shown(), by, advice, servers })
}

fn caddy(proxy: &Directive) -> Option<On<'_>> {
    if proxy.word(0) != "reverse_proxy" {
        return None;
    }
    let more = proxy.inside.iter().filter(|inner| inner.word(0) == "to").flat_map(|inner| inner.words.iter().skip(1));
    let servers = proxy.words.iter().skip(1).chain(more).map(|word| &*word.name).collect();
    let (policy, by) = proxy.inside.iter().find_map(|inner| {
        let by = match (inner.word(0), inner.word(1)) {
            ("lb_policy", "ip_hash" | "client_ip_hash") => ADDRESS,
            ("lb_policy", "cookie") => COOKIE,
            ("lb_policy", "header") => "header",
            _ => return None,
        };
        Some((inner, by))
    })?;
    let advice = "remove `lb_policy` once no server keeps state of its clients";
    Some(On { place: policy.place(), setting: policy.shown(), by, advice, servers })
}

/// Traefik's own files: `http.services.NAME.loadBalancer.sticky`, and `backends.NAME.loadBalancer.stickiness` of its first version.
fn traefik(node: &Node) -> Vec<On<'_>> {
    let advice = "remove `sticky` once no server keeps state of its clients";
    let services = node.at("http.services").map_or(&[][..], Node::entries).iter();
    let backends = node.get("backends").map_or(&[][..], Node::entries).iter();
    let mut found = Vec::new();
    for (_, service) in services.chain(backends) {
        let Some(balancer) = service.get("loadBalancer") else { continue };
        let servers = balancer.items_at("servers").iter().filter_map(|server| server.text_at("url")).collect();
        let switched = ["sticky", "stickiness"].iter().find_map(|key| balancer.entry(key));
        if let Some((key, _)) = switched.filter(|(_, value)| !matches!(value.value, Value::Null) && value.flag() != Some(false)) {
            found.push(On { place: key.place, setting: key.name.to_string(), by: COOKIE, advice, servers });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::texts::directives;

    fn found(text: &str) -> Vec<(String, &'static str, Vec<String>)> {
        let (dialect, list) = directives::read(text).unwrap_or_else(|| panic!("not a proxy: {text}"));
        let on = in_directives(dialect, &list);
        on.into_iter().map(|on| (on.setting, on.by, on.servers.iter().map(|server| host(server).to_owned()).collect())).collect()
    }

    #[test]
    fn what_ties_and_what_does_not() {
        let tied =
            |text: &str, setting: &str, by| assert_eq!(found(text), [(setting.to_owned(), by, vec!["web".to_owned()])], "{text}");
        tied("upstream a { ip_hash; server web:80; }", "ip_hash", ADDRESS);
        tied("http { upstream a { server web; hash $cookie_session consistent; } }", "hash $cookie_session consistent", COOKIE);
        tied("upstream a { hash $remote_addr; server web:1 weight=2; }", "hash $remote_addr", ADDRESS);
        tied("backend a\n  balance source\n  server one web:80 check\n", "balance source", ADDRESS);
        tied("backend a\n  cookie SRV insert indirect\n  server one web:80\n", "cookie SRV insert indirect", COOKIE);
        tied("a.example {\n  reverse_proxy web:80 {\n    lb_policy cookie\n  }\n}\n", "lb_policy cookie", COOKIE);
        for silent in [
            "upstream a { least_conn; server web:80; }",
            "upstream a { hash $request_uri; server web:80; }",
            "server { # ip_hash;\n listen 80; }",
            "backend a\n  balance roundrobin\n  # balance source\n  server one web:80\n",
            "frontend a\n  http-request set-header cookie x\n",
            "reverse_proxy web:80 {\n  lb_policy least_conn\n}\n",
        ] {
            assert_eq!(found(silent), [], "{silent}");
        }
    }

    #[test]
    fn traefik_files() {
        let text = "[http.services.a.loadBalancer.sticky.cookie]\nname = 's'\n[[http.services.a.loadBalancer.servers]]\nurl = 'http://web:80/'\n";
        let node = crate::deploy::texts::toml::read(text).unwrap_or_else(|error| panic!("{error}"));
        let on = traefik(&node);
        assert_eq!(on.len(), 1);
        assert_eq!((on[0].place.span.of(text), host(on[0].servers[0])), ("sticky", "web"));
    }
}
