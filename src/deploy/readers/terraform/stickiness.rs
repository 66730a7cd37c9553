//! Settings of load balancers that tie a client to one copy. The facts of providers were checked against their documentation: a
//! `stickiness` block of a target group is on unless it says otherwise; one of a listener's `forward` ties to a group of copies only,
//! so it is none.

use super::Infrastructure;
use super::resources::{Resource, Stack, Switch};
use super::values::sure_text;
use crate::deploy::vocabulary::workloads::Affinity;
use crate::finding::Place;

/// Which workloads stand behind a resource that balances: its address, and positions.
#[derive(Debug, Default)]
pub(super) struct Behind(pub Vec<(String, usize)>);

impl Behind {
    /// A workload says that it is behind what a node refers to.
    pub(super) fn add(&mut self, stack: &Stack<'_>, node: Option<&crate::deploy::texts::tree::Node>, workload: usize) {
        let Some(node) = node else { return };
        self.0.extend(stack.referred(node).into_iter().map(|resource| (resource.address.clone(), workload)));
    }

    fn of(&self, address: &str) -> Vec<usize> {
        self.0.iter().filter(|(of, _)| of == address).map(|(_, workload)| *workload).collect()
    }
}

const COOKIE: &str = "cookie";
const ADDRESS: &str = "client address";

pub(super) fn read(stack: &Stack<'_>, behind: &Behind, found: &mut Infrastructure) {
    for resource in &stack.resources {
        let switched = match resource.kind.as_str() {
            "aws_lb_target_group" | "aws_alb_target_group" => target_group(resource),
            "aws_lb_cookie_stickiness_policy" | "aws_app_cookie_stickiness_policy" => Some(On {
                place: resource.place,
                setting: resource.kind.clone(),
                by: COOKIE,
                advice: "remove the policy once no instance keeps state of its clients",
            }),
            "google_compute_backend_service" | "google_compute_region_backend_service" => backend_service(resource),
            "google_cloud_run_v2_service" => flag(resource, "template.session_affinity", "remove `session_affinity`"),
            "google_cloud_run_service" => cloud_run(resource),
            "azurerm_linux_web_app" | "azurerm_windows_web_app" | "azurerm_app_service" => {
                flag(resource, "client_affinity_enabled", "set `client_affinity_enabled = false`")
            }
            "azurerm_cdn_frontdoor_origin_group" => {
                flag(resource, "session_affinity_enabled", "set `session_affinity_enabled = false`")
            }
            "azurerm_application_gateway" => gateway(resource),
            "azurerm_lb_rule" => rule(resource),
            _ => None,
        };
        if let Some(on) = switched.filter(|_| resource.sure) {
            found.affinities.push(Affinity {
                place: on.place,
                setting: on.setting,
                by: on.by,
                workloads: behind.of(&resource.address),
                stage: stack.stage_of(resource, &resource.name("name")),
                advice: on.advice,
            });
        }
    }
}

/// A switch that is on.
struct On {
    place: Place,
    setting: String,
    by: &'static str,
    advice: &'static str,
}

fn flag(resource: &Resource<'_>, path: &str, advice: &'static str) -> Option<On> {
    let name = path.rsplit('.').next().unwrap_or(path);
    (resource.switch(path) == Switch::On).then(|| On {
        place: resource.setting_place(path),
        setting: format!("{name} = true"),
        by: COOKIE,
        advice,
    })
}

fn target_group(resource: &Resource<'_>) -> Option<On> {
    let block = resource.all("stickiness").first().copied()?;
    let advice = "set `enabled = false` in the `stickiness` block once no instance keeps state of its clients";
    if !matches!(resource.switch("stickiness.enabled"), Switch::On | Switch::Absent) {
        return None;
    }
    let by = match block.text_at("type") {
        Some("source_ip" | "source_ip_dest_ip" | "source_ip_dest_ip_proto") => ADDRESS,
        _ => COOKIE,
    };
    let place = resource.at("stickiness").map_or(resource.place, |(key, _)| key.place);
    Some(On { place, setting: "stickiness of a target group".to_owned(), by, advice })
}

fn backend_service(resource: &Resource<'_>) -> Option<On> {
    let by = match resource.text("session_affinity")? {
        "CLIENT_IP" | "CLIENT_IP_PROTO" | "CLIENT_IP_PORT_PROTO" | "CLIENT_IP_NO_DESTINATION" => ADDRESS,
        "GENERATED_COOKIE" | "HTTP_COOKIE" | "STRONG_COOKIE_AFFINITY" => COOKIE,
        "HEADER_FIELD" => "header",
        _ => return None,
    };
    let setting = format!("session_affinity = \"{}\"", resource.text("session_affinity")?);
    let advice = "set `session_affinity = \"NONE\"` once no instance keeps state of its clients";
    Some(On { place: resource.setting_place("session_affinity"), setting, by, advice })
}

/// The first form of Cloud Run has it among the annotations, whose names hold dots.
fn cloud_run(resource: &Resource<'_>) -> Option<On> {
    let notes = resource.get("template.metadata.annotations")?;
    let (key, value) = notes.entry("run.googleapis.com/sessionAffinity")?;
    let advice = "remove the annotation once no instance keeps state of its clients";
    (sure_text(value) == Some("true")).then(|| On { place: key.place, setting: key.name.to_string(), by: COOKIE, advice })
}

fn gateway(resource: &Resource<'_>) -> Option<On> {
    let settings = resource.all("backend_http_settings");
    let (key, _) = settings
        .iter()
        .filter_map(|block| block.entry("cookie_based_affinity"))
        .find(|(_, value)| sure_text(value) == Some("Enabled"))?;
    let advice = "set `cookie_based_affinity = \"Disabled\"` once no instance keeps state of its clients";
    Some(On { place: key.place, setting: "cookie_based_affinity = \"Enabled\"".to_owned(), by: COOKIE, advice })
}

fn rule(resource: &Resource<'_>) -> Option<On> {
    let value = resource.text("load_distribution").filter(|value| matches!(*value, "SourceIP" | "SourceIPProtocol"))?;
    let setting = format!("load_distribution = \"{value}\"");
    let advice = "set `load_distribution = \"Default\"` once no instance keeps state of its clients";
    Some(On { place: resource.setting_place("load_distribution"), setting, by: ADDRESS, advice })
}
