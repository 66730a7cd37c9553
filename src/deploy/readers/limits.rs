//! Gateways that limit how often a client may ask, before a request reaches a service: in proxies, ingresses, their plugins, and in
//! what a cloud puts before a service.

use crate::deploy::sheets::Sheet;
use crate::deploy::texts::directives::{Dialect, Directive};
use crate::deploy::texts::hcl::Body;
use crate::deploy::texts::tree::{Node, Value};
use crate::deploy::vocabulary::deployment::Deployment;
use crate::deploy::vocabulary::stages::Stage;
use crate::finding::Place;
use crate::link::Files;

/// Annotations of ingress controllers (`knowledge/deployment.md` A5; ingress-nginx, "Rate Limiting"; haproxy-ingress, "Limit").
const ANNOTATIONS: [&str; 8] = [
    "nginx.ingress.kubernetes.io/limit-rps",
    "nginx.ingress.kubernetes.io/limit-rpm",
    "nginx.org/limit-req-rate",
    "haproxy-ingress.github.io/limit-rps",
    "ingress.kubernetes.io/limit-rps",
    "haproxy.org/rate-limit-requests",
    "traefik.ingress.kubernetes.io/rate-limit",
    "appgw.ingress.kubernetes.io/rate-limit",
];

/// Keys that hold a limit: Traefik's middleware, Envoy Gateway's policy, Cloud Endpoints' quota.
const KEYS: [&str; 3] = ["rateLimit", "x-google-quota", "local_rate_limit"];

/// What plugins and filters are called, and objects that are a limit.
const NAMES: [&str; 7] = [
    "rate-limiting",
    "rate-limiting-advanced",
    "limit-req",
    "limit-count",
    "envoy.filters.http.local_ratelimit",
    "envoy.filters.http.ratelimit",
    "RateLimitPolicy",
];

/// Blocks and attributes of Terraform (provider pages of AWS WAF and API Gateway, Cloud Armor, Cloudflare).
const BLOCKS: [&str; 3] = ["rate_based_statement", "rate_limit_options", "throttle_settings"];
const ATTRIBUTES: [&str; 3] = ["throttling_rate_limit", "default_route_throttling_rate_limit", "rate_limit_threshold"];
const RESOURCES: [&str; 2] = ["cloudflare_rate_limit", "aws_wafregional_rate_based_rule"];

/// Read what limits clients, outside of what only developers run.
pub(in crate::deploy) fn read(files: &Files, deployment: &mut Deployment) {
    for (_, data) in files.iter().filter(|(_, data)| Stage::of_path(&data.path) != Stage::Development) {
        let found = match data.facts.sheet.as_deref() {
            Some(Sheet::Directives(dialect, list)) => in_directives(*dialect, list),
            Some(Sheet::Documents(documents)) => documents.iter().find_map(in_tree),
            Some(Sheet::Blocks(body)) => in_blocks(body),
            _ => None,
        };
        deployment.limits.extend(found);
        if let Some(Sheet::Documents(documents)) = data.facts.sheet.as_deref() {
            deployment.breakers.extend(documents.iter().filter_map(breaker));
        }
    }
}

/// Where a mesh or gateway stops sending requests to what fails (Istio's DestinationRule, Envoy Gateway's BackendTrafficPolicy,
/// Traefik's Middleware).
pub(in crate::deploy) fn breaker(object: &Node) -> Option<Place> {
    let paths = ["spec.trafficPolicy.outlierDetection", "spec.circuitBreaker", "spec.healthCheck.passive"];
    paths.iter().find_map(|path| object.at(path)).map(|node| node.place)
}

fn in_directives(dialect: Dialect, list: &[Directive]) -> Option<Place> {
    let mut stack: Vec<&Directive> = list.iter().collect();
    while let Some(next) = stack.pop() {
        let limits = match dialect {
            Dialect::Nginx => next.word(0) == "limit_req",
            Dialect::Haproxy => {
                next.word(0).contains("-request") && next.words.iter().any(|word| word.name.contains("http_req_rate"))
            }
            Dialect::Caddy => next.word(0) == "rate_limit",
        };
        if limits {
            return Some(next.place());
        }
        stack.extend(&next.inside);
    }
    None
}

/// A limit anywhere in a tree: as an annotation, a key, a plugin by its name, or a label of a container.
pub(in crate::deploy) fn in_tree(tree: &Node) -> Option<Place> {
    let is_label =
        |text: &str| text.starts_with("traefik.http.middlewares.") && text.to_ascii_lowercase().contains(".ratelimit.");
    let mut stack = vec![tree];
    while let Some(next) = stack.pop() {
        match &next.value {
            Value::Map(entries) => {
                let limits = |key: &str, value: &Node| {
                    let known = ANNOTATIONS.contains(&key) || KEYS.contains(&key) || is_label(key);
                    known && !matches!(value.text(), Some("0" | "false")) && value.value != Value::Null
                };
                if let Some((key, _)) = entries.iter().find(|(key, value)| limits(&key.name, value)) {
                    return Some(key.place);
                }
                stack.extend(entries.iter().map(|(_, node)| node));
            }
            Value::List(items) => stack.extend(items),
            Value::Scalar(text) if NAMES.contains(&text.as_str()) || is_label(text) => return Some(next.place),
            Value::Scalar(_) | Value::Null | Value::Unknown => {}
        }
    }
    None
}

fn in_blocks(body: &Body) -> Option<Place> {
    let mut stack = vec![body];
    while let Some(next) = stack.pop() {
        if let Some((key, _)) = next.attributes.iter().find(|(key, _)| ATTRIBUTES.contains(&&*key.name)) {
            return Some(key.place);
        }
        let is_limit = |kind: &str, labels: &[Box<str>]| {
            BLOCKS.contains(&kind) || kind == "resource" && labels.first().is_some_and(|label| RESOURCES.contains(&&**label))
        };
        if let Some(block) = next.blocks.iter().find(|block| is_limit(&block.kind.name, &block.labels)) {
            return Some(block.place);
        }
        stack.extend(next.blocks.iter().map(|block| &block.body));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::texts::{directives, yaml};

    fn limits(text: &str) -> bool {
        match directives::read(text) {
            Some((dialect, list)) => in_directives(dialect, &list).is_some(),
            None => yaml::documents(text).0.iter().any(|node| in_tree(node).is_some()),
        }
    }

    #[test]
    fn what_limits_clients_and_what_does_not() {
        for text in [
            "http { limit_req_zone $binary_remote_addr zone=a:10m rate=5r/s; server { location / { limit_req zone=a; } } }",
            "frontend a\n  http-request track-sc0 src\n  http-request deny deny_status 429 if { sc_http_req_rate(0) gt 20 }\n",
            "a.example {\n  rate_limit {\n    zone a {\n    }\n  }\n  reverse_proxy web:80\n}\n",
            "metadata: {annotations: {nginx.ingress.kubernetes.io/limit-rps: \"5\"}}\n",
            "services: {web: {labels: [\"traefik.http.middlewares.calm.ratelimit.average=100\"]}}\n",
            "spec: {rateLimit: {average: 100}}\n",
            "plugins: [{name: rate-limiting}]\n",
        ] {
            assert!(limits(text), "{text}");
        }
        for text in [
            "http { limit_req_zone $binary_remote_addr zone=a:10m rate=5r/s; server { location / { proxy_pass http://a; } } }",
            "metadata: {annotations: {nginx.ingress.kubernetes.io/limit-rps: \"0\"}}\n",
            "services: {web: {labels: [\"traefik.http.middlewares.calm.compress=true\"]}}\n",
        ] {
            assert!(!limits(text), "{text}");
        }
    }
}
