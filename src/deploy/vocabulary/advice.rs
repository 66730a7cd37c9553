//! How each platform calls the remedies that rules advise: words for people, one row a platform, so that no rule needs to know any.

use crate::deploy::vocabulary::workloads::Platform;

/// A platform's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// How to ask for more copies.
    pub copies: &'static str,
    /// What changes the number of copies with the load, where the platform has something.
    pub autoscaler: Option<&'static str>,
    /// Storage that every copy sees.
    pub shared_storage: &'static str,
    /// Storage that outlives the copy.
    pub kept_storage: &'static str,
    /// How requests find a copy without a port of the machine.
    pub routing: &'static str,
}

const CLUSTER: Words = Words {
    copies: "set `replicas` to 2 or more",
    autoscaler: Some("a HorizontalPodAutoscaler"),
    shared_storage: "object storage, or a claim with `ReadWriteMany`",
    kept_storage: "a StatefulSet with `volumeClaimTemplates`",
    routing: "a Service and an Ingress",
};

const COMPOSE: Words = Words {
    copies: "set `deploy.replicas`",
    autoscaler: None,
    shared_storage: "object storage, or a volume over the network",
    kept_storage: "a named volume",
    routing: "a proxy of the stack's network, or `expose` and a range of ports",
};

const CLOUD: Words = Words {
    copies: "raise the least number of instances to 2",
    autoscaler: Some("a scaling policy"),
    shared_storage: "object storage, or a file system over the network",
    kept_storage: "a managed service",
    routing: "the platform's load balancer",
};

impl Platform {
    /// Its words.
    #[must_use]
    pub fn words(self) -> &'static Words {
        match self {
            Self::Kubernetes => &CLUSTER,
            Self::Compose | Self::Swarm | Self::Manager | Self::Image => &COMPOSE,
            Self::Ecs => {
                &Words { copies: "set `desired_count` to 2 or more", autoscaler: Some("an `aws_appautoscaling_policy`"), ..CLOUD }
            }
            Self::CloudRun
            | Self::AppEngine
            | Self::Azure
            | Self::Machines
            | Self::Functions
            | Self::Procfile
            | Self::Fly
            | Self::Render => &CLOUD,
        }
    }
}
