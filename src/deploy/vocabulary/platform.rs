//! The platforms that run workloads, and what each does by itself.

/// What a platform calls its files and settings: for the words of advice, never for a decision of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Platform {
    /// Kubernetes objects, from manifests, charts or overlays.
    Kubernetes,
    /// docker compose, on one host.
    Compose,
    /// docker stack, on a swarm.
    Swarm,
    /// Amazon ECS.
    Ecs,
    /// Google Cloud Run.
    CloudRun,
    /// Google App Engine.
    AppEngine,
    /// Azure web apps and container apps.
    Azure,
    /// Virtual machines in a scaling group.
    Machines,
    /// Functions that the platform starts for each event.
    Functions,
    /// Heroku and what reads a Procfile.
    Procfile,
    /// Fly.io.
    Fly,
    /// Render.
    Render,
    /// A process manager on one machine: supervisord, systemd.
    Manager,
    /// An image without anything that says how it is run.
    Image,
}

impl Platform {
    /// Whether it asks containers for their health, when told how, and acts on the answer.
    #[must_use]
    pub fn asks_for_health(self) -> bool {
        matches!(self, Self::Kubernetes | Self::Swarm | Self::Ecs)
    }

    /// Whether its files name the images that a service runs in production.
    #[must_use]
    pub fn runs_images(self) -> bool {
        matches!(self, Self::Kubernetes | Self::Swarm | Self::Ecs | Self::CloudRun | Self::Azure | Self::Fly | Self::Render)
    }

    /// How many seconds a copy has to end when nobody says.
    #[must_use]
    pub fn grace(self) -> Option<u32> {
        match self {
            Self::Kubernetes | Self::Ecs | Self::Procfile => Some(30),
            Self::Compose | Self::Swarm => Some(10),
            _ => None,
        }
    }

    /// Whether every process of a copy hears that it is to end, not only the first one (Heroku, "Dynos and the Dyno Manager",
    /// graceful shutdown).
    #[must_use]
    pub fn signals_all(self) -> bool {
        self == Self::Procfile
    }

    /// Whether it asks as the image says.
    #[must_use]
    pub fn asks_by_image(self) -> bool {
        matches!(self, Self::Swarm | Self::Compose)
    }
}
