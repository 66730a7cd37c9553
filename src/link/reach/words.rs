//! What do the names of routes, modules and functions say that they are for: health, limits, ids of requests, open doors?

/// What routes for the platform's questions are called and nothing else is.
const HEALTH: [&str; 17] = [
    "health",
    "healthz",
    "healthcheck",
    "healthchecks",
    "healthy",
    "livez",
    "readyz",
    "liveness",
    "readiness",
    "livenessz",
    "readinessz",
    "healthprobe",
    "livenessprobe",
    "readinessprobe",
    "lbheartbeat",
    "heartbeat",
    "healthstatus",
];

/// What they may be called, when the whole path says nothing else.
const PERHAPS_HEALTH: [&str; 12] =
    ["live", "ready", "alive", "ping", "status", "up", "isalive", "isready", "monitor", "monitoring", "hc", "probe"];

/// Whether a text is the path of a route by which a platform asks for health.
pub(crate) fn is_health_path(text: &str) -> bool {
    let path = text.rsplit(' ').next().unwrap_or(text);
    if path.len() > 80 || path.contains("://") {
        return false;
    }
    let parts: Vec<String> =
        path.split(['/', '.', '^', '$', ':', '(', ')', '\\', '?']).filter(|part| !part.is_empty()).map(plain).collect();
    let rooted = path.contains(['/', '^']);
    let perhaps = || {
        let open = !path.contains(['{', '<', '*']);
        open && parts.len() <= 3 && parts.last().is_some_and(|last| PERHAPS_HEALTH.contains(&last.as_str()))
    };
    parts.iter().any(|part| HEALTH.contains(&part.as_str())) || rooted && perhaps()
}

/// Whether a route only tells of the process itself: its health, its metrics.
pub(crate) fn is_probe(label: &str) -> bool {
    is_health_path(label) || label.trim_end_matches('/').ends_with("/metrics")
}

/// Whether the name of a module, file or function says that it answers such questions.
pub(crate) fn is_health_name(name: &str) -> bool {
    let whole = plain(name);
    HEALTH.contains(&whole.as_str())
        || name.split('_').map(plain).any(|word| HEALTH.contains(&word.as_str()))
        || ["ping", "isalive", "isready", "alive", "ready"].contains(&whole.as_str())
}

/// Whether a function is called as those are that servers call to get an application: `create_application`, `get_app`.
pub(crate) fn makes_application(name: &str) -> bool {
    let makes = ["create_", "make_", "build_", "get_"].iter().find_map(|verb| name.strip_prefix(verb));
    makes.is_some_and(|what| matches!(what, "app" | "application" | "asgi_app" | "wsgi_app" | "server" | "api"))
        || matches!(name, "application_factory" | "app_factory" | "factory")
}

/// Whether a path says that what lies there stands in for something, or puts load on it.
pub(crate) fn stands_in(path: &str) -> bool {
    let words = ["test", "tests", "mock", "mocks", "fake", "stress", "loadtest", "dummy", "demo", "tester"];
    path.split(['/', '-', '_', '.']).any(|word| words.contains(&word))
}

/// Whether a name says that it limits how often something may be asked; names of errors that others raise do not.
pub(crate) fn is_limiter_name(name: &str) -> bool {
    let whole = plain(name);
    let limits = ["ratelimit", "throttl", "limiter", "bruteforce", "lockout"].iter().any(|word| whole.contains(word));
    limits && !["error", "exception", "exceeded", "errors"].iter().any(|end| whole.ends_with(end))
}

/// Whether a name or header carries an id of a request through a program.
pub(crate) fn is_request_id(name: &str) -> bool {
    let whole = plain(name);
    [
        "requestid",
        "correlationid",
        "traceid",
        "traceparent",
        "requestuuid",
        "reqid",
        "requestcontext",
        "opentelemetry",
        "tracecontext",
    ]
    .iter()
    .any(|word| whole.contains(word))
}

/// Whether code hears that its process is to stop, by a name of the signal or of what is done then.
pub(crate) fn hears_stop(name: &str) -> bool {
    let whole = plain(name);
    is_stop_signal(name) || whole.contains("graceful") || whole == "addsignalhandler"
}

/// Whether a name is that of the signal with which platforms stop a process.
pub(crate) fn is_stop_signal(name: &str) -> bool {
    matches!(plain(name).as_str(), "sigterm" | "termsignals" | "signalkind")
}

/// Words of the routes that strangers try first, or that cost most.
const EXPOSED: [&str; 20] = [
    "login",
    "signin",
    "signup",
    "register",
    "registration",
    "password",
    "forgotpassword",
    "resetpassword",
    "passwordreset",
    "token",
    "accesstoken",
    "otp",
    "search",
    "send",
    "upload",
    "uploads",
    "chat",
    "completions",
    "authenticate",
    "session",
];

/// Whether a route is of those that need a limit first: log in, sign up, search, send, upload. `POST /session` is a log in.
pub(crate) fn is_exposed(label: &str) -> bool {
    // Where nothing says the method, it is GET.
    let (verb, path) = label.split_once(' ').unwrap_or(("", label));
    let parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(plain).collect();
    let reads = matches!(verb, "GET" | "");
    let costly = |part: &String| match part.as_str() {
        "search" | "login" | "signin" => true,
        word => !reads && EXPOSED.contains(&word),
    };
    let leaves = parts.iter().any(|part| part.starts_with("logout") || part.starts_with("signout"));
    !leaves && !matches!(verb, "DELETE" | "OPTIONS" | "HEAD") && parts.iter().rev().take(2).any(costly)
}

/// `app.middleware.Limiter`: a dotted name of something in a text.
pub(crate) fn is_dotted(text: &str) -> bool {
    text.contains(['.', '_']) && text.len() < 120 && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_'))
}

/// Lower case, letters and digits only.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_health_are_told_from_others() {
        for path in
            ["GET /health", "/api/v1/healthz/", "^health-check/$", "health", "/_/ready", "/status", "GET /__lbheartbeat__"]
        {
            assert!(is_health_path(path), "{path}");
        }
        for path in ["/healthcare/plans", "/orders/{id}/status", "status", "http://users/health", "/shipping", "live"] {
            assert!(!is_health_path(path), "{path}");
        }
    }

    #[test]
    fn exposed_routes_are_told_from_others() {
        for label in ["POST /auth/login", "POST /users/password/reset", "GET /search", "POST /files/upload"] {
            assert!(is_exposed(label), "{label}");
        }
        for label in ["GET /users", "GET /password", "/token", "DELETE /session", "GET /orders/{id}"] {
            assert!(!is_exposed(label), "{label}");
        }
    }
}
