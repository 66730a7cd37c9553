//! What sends requests to workloads, and what ties a client to one copy.

use super::{Cluster, Document, name, namespace, same_namespace, span_of};
use crate::deploy::texts::tree::{Key, Node};
use crate::deploy::vocabulary::stages::Stage;
use crate::deploy::vocabulary::workloads::{Affinity, Workload};
use crate::finding::Place;
use std::collections::BTreeMap;

/// A service with the workloads it selects.
pub(super) struct Service<'d> {
    name: &'d str,
    space: &'d str,
    workloads: Vec<usize>,
}

/// The services of a set; the workloads learn who serves them.
pub(super) fn services<'d>(cluster: &Cluster<'d>, workloads: &mut [Workload]) -> Vec<Service<'d>> {
    let mut services = Vec::new();
    // Workloads by each of their labels: trees with thousands of services exist.
    let mut labelled: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for (at, workload) in workloads.iter().enumerate() {
        for label in &workload.labels {
            labelled.entry(label.clone()).or_default().push(at);
        }
    }
    for (_, node) in &cluster.documents {
        let Some(selector) = node.at("spec.selector").filter(|_| node.text_at("kind") == Some("Service")) else { continue };
        let wanted: Option<Vec<(&str, &str)>> =
            selector.entries().iter().map(|(key, value)| Some((&*key.name, value.text()?))).collect();
        let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) else { continue };
        let selects = |workload: &Workload| {
            same_namespace(namespace(node), workload.namespace.as_deref().unwrap_or_default())
                && wanted.iter().all(|(key, value)| workload.labels.iter().any(|(own, is)| own == key && is == value))
        };
        let with =
            |(key, value): &(&str, &str)| labelled.get(&((*key).to_owned(), (*value).to_owned())).map_or(&[][..], Vec::as_slice);
        let fewest = wanted.iter().map(with).min_by_key(|list| list.len()).unwrap_or_default();
        let chosen: Vec<usize> = fewest.iter().copied().filter(|&at| selects(&workloads[at])).collect();
        let place = node.entry("kind").map_or(node.place, |(key, kind)| span_of(key.place, kind.place));
        // Where some of those with its labels have ports, requests go to them: the others share a label and nothing else.
        let has_ports = |workload: &Workload| workload.mains().any(|main| !main.ports.is_empty());
        let some_have = chosen.iter().any(|&at| has_ports(&workloads[at]));
        for &at in &chosen {
            if (has_ports(&workloads[at]) || !some_have) && sends_requests(node, &workloads[at]) {
                let leads_to = targets(node, &workloads[at]);
                workloads[at].served_at.extend(leads_to);
                workloads[at].served_by.get_or_insert(place);
            }
        }
        services.push(Service { name: name(node), space: namespace(node), workloads: chosen });
    }
    services
}

/// Words of ports that measures are collected from, or that are asked for nothing but health.
const ASIDE: [&str; 13] = [
    "metrics",
    "metric",
    "prometheus",
    "prom",
    "telemetry",
    "monitoring",
    "exporter",
    "health",
    "healthcheck",
    "healthz",
    "liveness",
    "readiness",
    "probe",
];

/// Whether requests of clients come to a workload through a service: not where its ports lead to none of the workload's, or are there
/// for whoever collects measures or asks for health alone.
fn sends_requests(service: &Node, workload: &Workload) -> bool {
    let ports = service.items_at("spec.ports");
    // Without ports and an address it gives the copies of a set their names, and nobody sends it anything.
    if service.at("spec.ports").is_none() && service.text_at("spec.clusterIP") == Some("None") {
        return false;
    }
    let own = || workload.containers.iter().flat_map(|container| &container.ports);
    // What a template left open may be called anything.
    let known = own().next().is_some() && own().all(|port| port.container.is_some());
    let leads = |port: &Node| {
        let target = port.get("targetPort").or_else(|| port.get("port"));
        let (number, name) = (target.and_then(Node::number), target.and_then(Node::text));
        let met = own().find(|own| match number {
            Some(number) => own.container.map(u32::from) == Some(number),
            None => own.name.is_some() && own.name.as_deref() == name,
        });
        let nowhere = number == Some(0) || number.is_none() && name.is_some() && known && met.is_none();
        !nowhere && !is_aside(port, met.and_then(|met| met.name.as_deref()), service)
    };
    ports.is_empty() || ports.iter().any(leads)
}

/// The ports of a workload's containers that a service sends clients to, by number or by the name they have there.
fn targets(service: &Node, workload: &Workload) -> Vec<u16> {
    let own = || workload.containers.iter().flat_map(|container| &container.ports);
    let met = |port: &Node| {
        let target = port.get("targetPort").or_else(|| port.get("port"))?;
        let number = target.number().and_then(|number| u16::try_from(number).ok());
        let named = || own().find(|own| own.name.is_some() && own.name.as_deref() == target.text())?.container;
        let met = number.or_else(named)?;
        (!is_aside(port, own().find(|own| own.container == Some(met))?.name.as_deref(), service)).then_some(met)
    };
    service.items_at("spec.ports").iter().filter_map(met).collect()
}

/// Whether a port of a service says that clients have no business there, or the service does where ports have no names.
fn is_aside(port: &Node, met: Option<&str>, service: &Node) -> bool {
    let says = |text: Option<&str>| {
        let words = text.unwrap_or_default().split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase);
        words.into_iter().any(|word| ASIDE.contains(&word.as_str()))
    };
    let target = port.get("targetPort").filter(|target| target.number().is_none()).and_then(Node::text);
    let unnamed = port.get("name").is_none() && target.is_none();
    says(port.text_at("name")) || says(target) || unnamed && (says(met) || says(Some(name(service))))
}

/// A note on an object that switches stickiness on.
struct Switch {
    /// Its key; one that ends with `*` is the beginning of it.
    key: &'static str,
    /// What its value is, or contains; empty for any but `false`.
    value: &'static str,
    by: &'static str,
    advice: &'static str,
}

const REMOVE: &str = "remove the annotation once no instance keeps state of its clients";

/// Annotations of ingress controllers, as their documentation has them (`knowledge/deployment.md` A5).
const SWITCHES: [Switch; 14] = [
    Switch { key: "nginx.ingress.kubernetes.io/affinity", value: "cookie", by: "cookie", advice: REMOVE },
    Switch { key: "ingress.kubernetes.io/affinity", value: "cookie", by: "cookie", advice: REMOVE },
    Switch { key: "nginx.ingress.kubernetes.io/upstream-hash-by", value: "remote_addr", by: "client address", advice: REMOVE },
    Switch { key: "nginx.ingress.kubernetes.io/upstream-hash-by", value: "cookie", by: "cookie", advice: REMOVE },
    Switch { key: "nginx.ingress.kubernetes.io/upstream-hash-by", value: "$arg_", by: "argument", advice: REMOVE },
    Switch { key: "nginx.ingress.kubernetes.io/upstream-hash-by", value: "$http_", by: "header", advice: REMOVE },
    Switch { key: "nginx.com/sticky-cookie-services", value: "", by: "cookie", advice: REMOVE },
    Switch { key: "nginx.org/lb-method", value: "ip_hash", by: "client address", advice: REMOVE },
    Switch { key: "traefik.ingress.kubernetes.io/service.sticky.cookie", value: "true", by: "cookie", advice: REMOVE },
    Switch { key: "traefik.ingress.kubernetes.io/affinity", value: "true", by: "cookie", advice: REMOVE },
    Switch { key: "haproxy.org/cookie-persistence", value: "", by: "cookie", advice: REMOVE },
    Switch { key: "haproxy-ingress.github.io/affinity", value: "cookie", by: "cookie", advice: REMOVE },
    Switch { key: "haproxy.org/load-balance", value: "source", by: "client address", advice: REMOVE },
    Switch {
        key: "alb.ingress.kubernetes.io/target-group-attributes",
        value: "stickiness.enabled=true",
        by: "cookie",
        advice: REMOVE,
    },
];

/// Paths in objects of other kinds that switch stickiness on by being there, with how a client is known again.
const FIELDS: [(&str, &str, &str); 10] = [
    ("DestinationRule", "spec.trafficPolicy.loadBalancer.consistentHash.httpCookie", "cookie"),
    ("DestinationRule", "spec.trafficPolicy.loadBalancer.consistentHash.httpHeaderName", "header"),
    ("DestinationRule", "spec.trafficPolicy.loadBalancer.consistentHash.useSourceIp", "client address"),
    ("BackendConfig", "spec.sessionAffinity.affinityType", "cookie"),
    ("GCPBackendPolicy", "spec.default.sessionAffinity.type", "cookie"),
    ("KongUpstreamPolicy", "spec.hashOn", "cookie"),
    ("VirtualServer", "spec.upstreams.sessionCookie", "cookie"),
    ("BackendTrafficPolicy", "spec.loadBalancer.consistentHash", "hash"),
    ("XBackendTrafficPolicy", "spec.sessionPersistence", "cookie"),
    ("BackendLBPolicy", "spec.sessionPersistence", "cookie"),
];

/// Everything in the set that ties a client to one copy.
pub(super) fn affinities(cluster: &Cluster<'_>, services: &[Service<'_>]) -> Vec<Affinity> {
    let mut found = Vec::new();
    for (document, node) in &cluster.documents {
        let behind = || backends(node, services);
        let mut add = |place: Place, setting: String, by: &'static str, advice: &'static str| {
            let stage = Stage::of_name(namespace(node)).or(document.stage);
            found.push(Affinity { place, setting, by, workloads: behind(), stage, advice });
        };
        if node.text_at("kind") == Some("Service")
            && let Some((key, value)) = node.at("spec").and_then(|spec| spec.entry("sessionAffinity"))
            && value.text() == Some("ClientIP")
            // Clients of a service without an address of its own choose among the copies themselves.
            && node.text_at("spec.clusterIP") != Some("None")
        {
            let advice = "set `sessionAffinity: None` once no instance keeps state of its clients";
            add(span_of(key.place, value.place), "sessionAffinity: ClientIP".to_owned(), "client address", advice);
        }
        let notes = node.at("metadata.annotations").map_or(&[][..], Node::entries);
        for (key, value) in notes {
            if let Some(switch) = SWITCHES.iter().find(|switch| switch.is(key, value)) {
                add(
                    span_of(key.place, value.place),
                    format!("{}: {}", key.name, value.text().unwrap_or_default()),
                    switch.by,
                    switch.advice,
                );
            }
        }
        let kind = node.text_at("kind").unwrap_or_default();
        for (_, path, by) in FIELDS.iter().filter(|(of, ..)| *of == kind) {
            let Some((parent, last)) = path.rsplit_once('.') else { continue };
            let Some((key, value)) = node.at(parent).and_then(|parent| parent.entry(last)) else { continue };
            let off = value.flag() == Some(false) || value.text().is_some_and(|text| matches!(text, "NONE" | "none" | ""));
            if !off {
                let advice = "remove the setting once no instance keeps state of its clients";
                add(key.place, format!("{last} of a {kind}"), by_value(value.text().unwrap_or_default(), by), advice);
            }
        }
        routes(document, node, kind, services, &mut found);
    }
    found
}

/// How a client is known again, where the value of the setting says so: `CLIENT_IP`, `GENERATED_COOKIE`, `HEADER_FIELD`.
fn by_value(value: &str, otherwise: &'static str) -> &'static str {
    let value = value.to_ascii_lowercase();
    let said = |word: &str| value.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part == word);
    match () {
        () if said("ip") => "client address",
        () if said("header") => "header",
        () => otherwise,
    }
}

impl Switch {
    fn is(&self, key: &Key, value: &Node) -> bool {
        let text = value.text().unwrap_or_default();
        let on =
            if self.value.is_empty() { !matches!(text, "" | "false") } else { text.to_ascii_lowercase().contains(self.value) };
        *key.name == *self.key && on
    }
}

/// Stickiness inside lists of routes: gateway routes, Traefik's and Contour's own kinds.
fn routes(document: &Document<'_>, node: &Node, kind: &str, services: &[Service<'_>], found: &mut Vec<Affinity>) {
    let advice = "remove the setting once no instance keeps state of its clients";
    let mut add = |place: Place, setting: String| {
        let workloads = backends(node, services);
        found.push(Affinity { place, setting, by: "cookie", workloads, stage: document.stage, advice });
    };
    match kind {
        "HTTPRoute" | "GRPCRoute" => {
            for (key, _) in node.items_at("spec.rules").iter().filter_map(|rule| rule.entry("sessionPersistence")) {
                add(key.place, "sessionPersistence".to_owned());
            }
        }
        "IngressRoute" | "TraefikService" => {
            let services = node.items_at("spec.routes").iter().flat_map(|route| route.items_at("services"));
            for (key, _) in services.filter_map(|service| service.entry("sticky")) {
                add(key.place, "sticky".to_owned());
            }
        }
        "HTTPProxy" => {
            for strategy in node.items_at("spec.routes").iter().filter_map(|route| route.at("loadBalancerPolicy.strategy")) {
                if matches!(strategy.text(), Some("Cookie" | "RequestHash")) {
                    add(strategy.place, format!("strategy: {}", strategy.text().unwrap_or_default()));
                }
            }
        }
        _ => {}
    }
}

/// The workloads behind an object: of the service that it is, or of services whose names it mentions.
fn backends(node: &Node, services: &[Service<'_>]) -> Vec<usize> {
    let space = namespace(node);
    let mut names = Vec::new();
    if node.text_at("kind") == Some("Service") {
        names.push(name(node));
    }
    let mut stack = vec![node];
    while let Some(next) = stack.pop() {
        stack.extend(next.items());
        for (key, value) in next.entries() {
            if matches!(&*key.name, "serviceName" | "name" | "host") {
                names.extend(value.text());
            }
            stack.push(value);
        }
    }
    let short = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let chosen = services
        .iter()
        .filter(|service| same_namespace(service.space, space) && names.iter().any(|name| short(name) == service.name));
    let mut found: Vec<usize> = chosen.flat_map(|service| service.workloads.iter().copied()).collect();
    found.sort_unstable();
    found.dedup();
    found
}
