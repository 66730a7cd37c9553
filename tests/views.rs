//! What is known of a project, from outside: request paths, lines, the scaling checklist; in every shape, and with hostile names.

mod common;

use common::{FLASK, Outcome, Project, json, outcome, scalelint};
use std::fs;
use std::path::Path;

fn fixture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name).to_string_lossy().into_owned()
}

fn shown(arguments: &[&str]) -> String {
    let run = outcome(scalelint(arguments));
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{arguments:?}");
    run.out
}

#[test]
fn request_paths_are_trees() {
    let shop = fixture("flask-shop");
    insta::assert_snapshot!("graph_flask", shown(&["graph", "GET /orders/", "--project", &shop]));
    insta::assert_snapshot!("graph_entries", shown(&["graph", "--entries", &fixture("axum-catalog")]));
    insta::assert_snapshot!("graph_axum", shown(&["graph", "--all", &fixture("axum-catalog")]));
    // By route, function, qualified function and line: the same.
    let by = |entry: &str| shown(&["graph", entry, &shop]);
    assert_eq!(by("place_order"), by("POST /orders/"));
    assert_eq!(by("checkout.place_order"), by("POST /orders/"));
    assert_eq!(by("post /orders"), by("POST /orders/"));
    let inner = by("shop/services/payments.py:13");
    assert!(inner.starts_with("charge  shop/services/payments.py:12\n"), "{inner}");
    let whole = fixture("flask-shop/shop/services/payments.py");
    assert_eq!(by(&format!("{whole}:13")), inner, "a place as seen from here");
}

/// Routers lie in routers, in other files and by other means in each framework; a route is called by the whole of its path.
#[test]
fn routes_are_called_by_their_whole_path() {
    let listed = |project: &Project, wanted: &[&str]| {
        let run = project.run(&["graph", "--entries"]);
        let labels: Vec<String> = run
            .out
            .lines()
            .filter_map(|line| line.strip_prefix("request"))
            .map(|line| line.trim_start().split("  ").next().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(labels, wanted, "{run:?}");
    };
    let fastapi = Project::new()
        .file("shop/settings.py", "class Settings:\n    prefix: str = '/api'\n\n\nsettings = Settings()\n")
        .file("shop/users.py", "from fastapi import APIRouter\nrouter = APIRouter(prefix='/users')\n\n\n@router.get('/{id}')\ndef user(id):\n    return id\n\n\n@router.get('')\ndef users():\n    return 1\n")
        .file("shop/v1.py", "from fastapi import APIRouter\nfrom shop import users\nfrom shop.made import made\nv1 = APIRouter()\nv1.include_router(users.router, prefix='/v1')\nv1.include_router(made(), prefix=unknown())\n")
        .file("shop/made.py", "from fastapi import APIRouter\n\n\ndef one():\n    return 1\n\n\ndef made():\n    router = APIRouter()\n    router.add_api_route('/one', one, methods=['GET'])\n    return router\n")
        .file("shop/main.py", "from fastapi import FastAPI\nfrom shop.settings import settings\nfrom shop.v1 import v1\n\n\ndef make():\n    app = FastAPI()\n    app.include_router(v1, prefix=settings.prefix)\n    return app\n");
    listed(&fastapi, &["GET /api/v1/users", "GET /api/v1/users/{id}", "GET /api/…/one"]);
    let tree = |typed: &str| fastapi.run(&["graph", typed]).out;
    assert!(tree("GET /api/v1/users/{id}").starts_with("GET /api/v1/users/{id}  "), "{}", tree("GET /api/v1/users/{id}"));
    // With a slash at its end, without its verb, and without what is before it.
    for typed in ["/api/v1/users", "get /api/v1/users/", "GET /users", "/v1/users"] {
        assert_eq!(tree(typed), tree("GET /api/v1/users"), "{typed}");
    }
    assert_eq!(fastapi.run(&["graph", "POST /users"]).code, Some(2));
    let page = fastapi.run(&["report", "--format", "html"]).out;
    assert!(page.contains("GET /api/v1/users/{id}"), "{page}");

    let flask = Project::new()
        .file("shop/api.py", "from flask import Blueprint\nfrom shop.orders import orders\napi = Blueprint('api', __name__, url_prefix='/unused')\napi.register_blueprint(orders)\n")
        .file("shop/orders.py", "from flask import Blueprint\norders = Blueprint('orders', __name__, url_prefix='/orders')\n\n\n@orders.before_request\ndef check():\n    pass\n\n\n@orders.route('/<id>', methods=['GET', 'PUT'])\ndef order(id):\n    return id\n")
        .file("app.py", "from flask import Flask\nfrom shop.api import api\n\n\ndef register(app):\n    app.register_blueprint(api, url_prefix='/v2')\n\n\napp = Flask(__name__)\nregister(app)\n");
    listed(&flask, &["GET|PUT /v2/orders/<id>", "check"]);
    assert_eq!(flask.run(&["graph", "PUT /v2/orders/<id>"]).code, Some(0));

    let django = Project::new()
        .file("backend/__init__.py", "")
        .file("backend/manage.py", "")
        .file("backend/site/__init__.py", "")
        .file("backend/site/urls.py", "from django.urls import include, path, re_path\nurlpatterns = []\nurlpatterns += [path('api/', include('shop.urls')), re_path(r'^old/', include('shop.urls.old'))]\n")
        .file("backend/shop/__init__.py", "")
        .file("backend/shop/urls/__init__.py", "from django.urls import include, path\nfrom shop.views import Orders, users\nurlpatterns = [path(route='users/', view=users), path('v1/', include([path('orders', Orders.as_view())]))]\n")
        .file("backend/shop/urls/old.py", "from django.urls import re_path\nfrom shop.views import old\nurlpatterns = [re_path(r'^carts/(?P<pk>\\d+)/$', old)]\n")
        .file("backend/shop/views.py", "from django.views import View\n\n\ndef users(request):\n    return 1\n\n\ndef old(request, pk):\n    return 1\n\n\nclass Orders(View):\n    def get(self, request):\n        return 1\n");
    listed(&django, &["/api/users/", "/old/carts/(?P<pk>\\d+)/", "GET /api/v1/orders"]);

    let manifest = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\naxum = \"0.8\"\nactix-web = \"4\"\n";
    let axum = Project::new()
        .file("Cargo.toml", manifest)
        .file("src/main.rs", "mod users;\n\nuse axum::{Router, routing::get};\n\nasync fn root() {}\n\nfn app() -> Router {\n    let prefix = \"/api\";\n    let v1 = users::add(&format!(\"{prefix}/v1\"), Router::new());\n    let inner = Router::new().nest(\"/inner\", users::routes()).layer(limit());\n    Router::new().route(\"/\", get(root)).merge(v1).nest(\"/outer\", inner)\n}\n\nfn main() {\n    serve(app());\n}\n")
        .file("src/users.rs", "use axum::{Router, routing::{get, post}};\n\nasync fn list() {}\nasync fn create() {}\nasync fn one() {}\n\npub fn routes() -> Router {\n    Router::new().route(\"/\", get(list).post(create))\n}\n\npub fn add(prefix: &str, router: Router) -> Router {\n    router.route(&format!(\"{prefix}/users/{{id}}\"), post(one))\n}\n");
    listed(&axum, &["GET /", "GET /outer/inner", "POST /api/v1/users/{id}", "POST /outer/inner"]);
    let actix = Project::new()
        .file("Cargo.toml", manifest)
        .file("src/main.rs", "mod users;\n\nuse actix_web::{App, HttpServer, web};\n\n#[actix_web::main]\nasync fn main() {\n    HttpServer::new(|| App::new().service(web::scope(\"/api\").service(web::scope(\"/v1\").configure(users::configure)))).run().await;\n}\n")
        .file("src/users.rs", "use actix_web::{get, web};\n\n#[get(\"/users/{id}\")]\nasync fn one() {}\n\nasync fn create() {}\n\npub fn configure(config: &mut web::ServiceConfig) {\n    config.service(one).service(web::resource(\"/users\").route(web::post().to(create)));\n}\n");
    listed(&actix, &["GET /api/v1/users/{id}", "POST /api/v1/users"]);
}

#[test]
fn trees_are_drawn() {
    let shop = fixture("flask-shop");
    insta::assert_snapshot!("graph_dot", shown(&["graph", "POST /orders/", &shop, "--format", "dot"]));
    insta::assert_snapshot!("graph_mermaid", shown(&["graph", "POST /orders/", &shop, "--format", "mermaid"]));
    let document = json(&shown(&["graph", "--all", &shop, "--format", "json"]));
    assert_eq!(document["version"], 1);
    let trees = document["trees"].as_array().expect("trees");
    let tree = trees.iter().find(|tree| tree["name"] == "list_orders").expect("a route");
    let calls = tree["children"][1]["children"].as_array().expect("calls");
    assert!(calls.iter().any(|call| call["name"] == "lines_of" && call["loop"]["over_data"] == true), "{calls:?}");
    let tree = trees.iter().find(|tree| tree["name"] == "list_products").expect("a later route");
    let calls = tree["children"].as_array().expect("calls");
    assert!(calls.iter().any(|call| call["name"] == "transaction" && call["before"].is_number()), "{calls:?}");
}

#[test]
fn unknown_entries_are_errors_with_near_names() {
    let shop = fixture("flask-shop");
    let run = outcome(scalelint(&["graph", "GET /serch", &shop]));
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""));
    assert!(run.err.contains("`GET /products/search`") && run.err.contains("--entries"), "{}", run.err);
    let run = outcome(scalelint(&["graph"]));
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("--entries lists them, --all shows all"), "{}", run.err);
    assert_eq!(outcome(scalelint(&["graph", "--all", "--services"])).code, Some(2));
}

/// Cycles are cut, depth is bounded, and a function that everybody calls is shown once.
#[test]
fn trees_end() {
    let deep: String = (0..200).map(|at| format!("def f{at}():\n    f{}()\n\n\n", at + 1)).collect();
    let code = format!(
        "import requests\n\n\n{deep}def f200():\n    odd()\n\n\ndef even():\n    odd()\n\n\ndef odd():\n    even()\n    requests.get('https://x.example')\n"
    );
    let project = Project::new().file("deep.py", code);
    let cycle = project.run(&["graph", "even"]).out;
    let expected = "even  deep.py:808\n└─ odd  deep.py:809\n   ├─ even  deep.py:813  [calls itself again]\n   \
                    └─ requests.get  deep.py:814  [http request; has no deadline]\n";
    assert_eq!(cycle, expected);
    let cut = project.run(&["graph", "f0", "--depth", "3"]).out;
    assert!(cut.lines().count() == 4 && cut.ends_with("f3  deep.py:13  [deeper than is shown]\n"), "{cut}");
    assert_eq!(project.run(&["graph", "f0", "--depth", "48"]).out.lines().count(), 49);
    json(&project.run(&["graph", "f0", "--depth", "48", "--format", "json"]).out);
}

/// `explain` for a line of a project, without the first lines that say where it runs.
fn found(run: &Outcome) -> &str {
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    run.out.split_once("what the rules found\n").expect("findings").1
}

#[test]
fn a_line_is_explained() {
    let project = Project::with_finding();
    insta::assert_snapshot!("explain_line", project.run(&["explain", "app.py:9"]).out);
    // Columns are taken, and passed over.
    assert_eq!(project.run(&["explain", "app.py:9:12"]).out, project.run(&["explain", "app.py:9"]).out);
    let mut elsewhere = scalelint(&["explain", &project.path("app.py:9").to_string_lossy()]);
    elsewhere.current_dir("/");
    assert_eq!(outcome(elsewhere).out, project.run(&["explain", "app.py:9"]).out);
}

/// A file that is no code is explained as well.
#[test]
fn lines_of_deployment_files_are_explained() {
    let run = outcome(scalelint(&["explain", &format!("{}:6", fixture("flask-shop/Dockerfile"))]));
    let text = "\nwhere it runs\n  no code of the project stands here\n";
    assert!(run.out.contains(text) && found(&run).contains("missing-graceful-shutdown: warning"), "{}", run.out);
}

#[test]
fn what_silences_a_finding_is_said() {
    let said = |project: &Project, more: &[&str], expected: &str| {
        let run = project.run(&[&["explain", "app.py:9"], more].concat());
        let found = found(&run);
        let of_rule: String =
            found.split_inclusive("\n  missing-").find(|part| part.contains("waits without limit")).unwrap_or(found).into();
        assert!(of_rule.contains(expected), "{expected}\n{found}");
    };
    let plain = Project::with_finding();
    said(&plain, &[], "reported; the rule runs by default");
    said(&plain, &["--ignore", "resilience"], "not reported: the rule does not run by --ignore resilience on the command line");
    said(&plain, &["--select", "state"], "not reported: the rule does not run by --select state on the command line");
    let comment = FLASK.replace(".json()", ".json()  # scalelint: ignore[missing-timeout] the proxy cuts");
    said(&Project::new().file("app.py", comment), &[], "not reported: suppressed at app.py:9");
    let entry = "select = [\"all\"]\n\n[[suppress]]\nrule = \"missing-timeout\"\nreason = \"the proxy cuts\"\n";
    let configured = Project::with_finding().file("scalelint.toml", entry);
    said(&configured, &[], "not reported: suppressed at scalelint.toml:3");
    let off = "[rules.missing-timeout]\nmax-seconds = 3\nlevel = \"off\"\n";
    let off = Project::with_finding().file("scalelint.toml", off);
    said(&off, &[], "not reported: the rule does not run by `rules.missing-timeout.level` at scalelint.toml:3");
    said(&off, &[], "max-seconds 3, set by `rules.missing-timeout.max-seconds` at scalelint.toml:2");
    said(&off, &["--isolated"], "reported; the rule runs by default");
    let unsure = format!("def call():\n    import requests\n    return requests.get('http://localhost:1')\n{}", "\n".repeat(4));
    let unsure = Project::new().file("b.py", unsure).file("pyproject.toml", "[tool.scalelint]\nmin-confidence = \"high\"\n");
    let run = unsure.run(&["explain", "b.py:3"]);
    assert!(found(&run).contains("is less than high, by `min-confidence` at pyproject.toml:2"), "{}", run.out);
    let run = unsure.run(&["explain", "b.py:3", "--min-confidence", "high"]);
    assert!(found(&run).contains("is less than high, by --min-confidence on the command line"), "{}", run.out);
}

#[test]
fn lines_that_cannot_be_explained_are_errors() {
    let project = Project::with_finding()
        .file("legacy/old.py", "x = 1\n")
        .file("notes.txt", "x\n")
        .file("big.py", "x = 1\n".repeat(400_000))
        .file("scalelint.toml", "fail-on = \"error\"\nexclude = [\"legacy/\"]\n");
    let error = |place: &str, expected: &str| {
        let run = project.run(&["explain", place]);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{place}");
        assert!(run.err.contains(expected), "{place}: {}", run.err);
    };
    error("app.py:99", "its lines are 1 to 14");
    error("app.py:0", "has no line 0");
    error("legacy/old.py:1", "the configuration leaves it out: `exclude` at scalelint.toml:2");
    error("notes.txt:1", "is not analysed");
    error("big.py:1", "larger than the limit of 2 MiB [too-large]");
    error("nowhere.py:1", "no such file");
    error("app.py", "say which: scalelint explain app.py:12");
}

const SOUND: [(&str, &str); 3] = [
    (
        "app.py",
        "import logging
import sys

import requests
import sqlalchemy
from flask import Flask, session
from flask_limiter import Limiter

logging.basicConfig(stream=sys.stdout)
engine = sqlalchemy.create_engine('postgresql://db/shop', pool_size=5, pool_pre_ping=True)
client = requests.Session()
app = Flask(__name__)
limiter = Limiter(key_func=lambda: '', app=app, default_limits=['10/second'], storage_uri='redis://cache')


@app.post('/login')
def login():
    session['who'] = 1
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text('UPDATE users SET seen = now() WHERE id = 1'))
    return 'ok'


@app.get('/rates')
def rates():
    return client.get('https://rates.example', timeout=3).text


@app.get('/healthz')
def healthz():
    return 'ok'
",
    ),
    ("Procfile", "web: gunicorn --workers 2 --graceful-timeout 20 app:app\nworker: celery -A app worker\n"),
    ("requirements.txt", "flask\nrequests\nflask-limiter\ngunicorn\n"),
];

fn sound() -> Project {
    SOUND.iter().fold(Project::new(), |project, (path, text)| project.file(path, text))
}

/// The verdict of each line of a checklist written as text, by title.
fn verdicts(text: &str) -> Vec<(&str, &str)> {
    let heads = text.lines().filter_map(|line| line.strip_prefix(['✗', '?', '✓', '–']));
    heads.filter_map(|line| line.trim_start().split_once(": ")).collect()
}

fn verdict<'t>(text: &'t str, title: &str) -> &'t str {
    verdicts(text).into_iter().find(|(of, _)| *of == title).map(|(_, verdict)| verdict).expect("a line")
}

#[test]
fn the_checklist_needs_evidence() {
    let text = sound().run(&["report"]).out;
    insta::assert_snapshot!("report_sound", text);
    let line = "  the one outgoing call has a deadline\n";
    assert!(verdict(&text, "Timeouts everywhere") == "holds" && text.contains(line), "{text}");
    // Nothing to say of an empty service, and nothing holds without evidence.
    let empty = Project::clean().run(&["report"]).out;
    assert!(verdicts(&empty).iter().all(|(_, verdict)| ["unknown", "does not apply"].contains(verdict)), "{empty}");
    // What holds for all that was read holds for nobody when not all was read.
    let broken = sound().file("broken.py", "def f(:\n").run(&["report"]).out;
    assert_eq!(verdict(&broken, "Timeouts everywhere"), "unknown");
    assert_eq!(verdict(&broken, "Health"), "holds", "a route is there, whatever else is");
    // What is suppressed neither violates nor proves.
    let silenced = FLASK.replace(".json()", ".json()  # scalelint: ignore[missing-timeout] the proxy cuts");
    let silenced = Project::new().file("app.py", silenced).run(&["report"]).out;
    assert_eq!(verdict(&silenced, "Timeouts everywhere"), "unknown");
    let known = Project::with_finding();
    assert_eq!(verdict(&known.run(&["report"]).out, "Timeouts everywhere"), "violated");
    // To live with it for now does not make it hold.
    assert_eq!(known.run(&["baseline", "create"]).code, Some(0));
    let known = known.file("scalelint.toml", "baseline = \"scalelint-baseline.txt\"\n");
    assert_eq!(known.run(&["check"]).code, Some(0));
    assert_eq!(verdict(&known.run(&["report"]).out, "Timeouts everywhere"), "violated");
}

#[test]
fn fixtures_have_checklists() {
    for name in ["fastapi-orders", "procfile-polls"] {
        insta::assert_snapshot!(format!("report_{name}"), shown(&["report", &fixture(name)]));
    }
    insta::assert_snapshot!("report_markdown", shown(&["report", &fixture("procfile-polls"), "--format", "markdown"]));
}

/// One file that loads nothing and runs nothing.
#[test]
fn the_page_stands_alone() {
    let project = sound();
    let run = project.run(&["report", "--format", "html", "--output", "report.html"]);
    assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (Some(0), "", ""));
    let page = fs::read_to_string(project.path("report.html")).expect("the page");
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">") && page.ends_with("</html>\n"), "{page}");
    for foreign in ["<script", "<link", "<img", "<iframe", "src=", "url(", "@import", "http://", "https://", "javascript:"] {
        // What the service itself calls is shown, as text.
        let page = page.replace("https://rates.example", "");
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert!(page.contains("content=\"default-src 'none';") && page.contains("width=device-width"), "{page}");
    for shown in ["GET /rates", "http: rates.example", "gunicorn --workers 2", "Procfile:1", "class=\"line holds\""] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    assert_eq!(project.run(&["report", "--format", "html"]).out, page, "the same bytes anywhere");
}

#[test]
fn reports_have_exit_codes() {
    assert_eq!(Project::new().file("README.md", "no code").run(&["report"]).code, Some(3));
    assert_eq!(Project::clean().run(&["report", "nowhere"]).code, Some(2));
    assert_eq!(Project::clean().run(&["report", "--output", "nowhere/report.txt"]).code, Some(5));
    assert_eq!(Project::with_finding().run(&["report"]).code, Some(0), "findings fail `check`");
}

/// Names of files, routes, functions and programs are strangers' words.
#[cfg(unix)]
#[test]
fn hostile_names_stay_text() {
    let name = "x\"]; <script>alert(1)</script>\n::error::y\u{1b}[2J|`&.py";
    let code = "import requests\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\n\
                @app.get('/<script>alert(2)</script>\\x1b[31m|`[x](javascript:y)')\n\
                def rates():\n    return requests.get('https://<b>.example').text\n";
    let project = Project::new().file(name, code).file("Procfile", "web: gunicorn --name '<script>alert(3)</script>' app:app\n");
    let all: [&[&str]; 9] = [
        &["graph", "--all"],
        &["graph", "--entries"],
        &["graph", "--all", "--format", "dot"],
        &["graph", "--all", "--format", "mermaid"],
        &["graph", "--all", "--format", "json"],
        &["explain", &format!("{name}:9")],
        &["report"],
        &["report", "--format", "markdown"],
        &["report", "--format", "html"],
    ];
    for arguments in all {
        let run = project.run(arguments);
        assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.err);
        assert!(run.out.contains("alert"), "the canary must be alive: {arguments:?}: {}", run.out);
        for line in run.out.lines() {
            assert!(!line.contains(|c: char| c.is_control()) && !line.trim_start().starts_with("::"), "{arguments:?}: {line:?}");
        }
        let is = |shape: &str| arguments.contains(&shape);
        assert!(!(is("html") || is("markdown") || is("mermaid")) || !run.out.contains("<script"), "{arguments:?}: {}", run.out);
        assert!(!(is("markdown") || is("mermaid")) || !run.out.contains("](javascript"), "{arguments:?}: {}", run.out);
    }
    json(&project.run(&["graph", "--all", "--format", "json"]).out);
    let error = project.run(&["graph", "no\u{1b}[2J\nsuch"]).err;
    assert!(error.contains("no\\u{1b}[2J\\nsuch"), "{error}");
}

/// Images are told apart by their tags, commands speak for images that nobody builds here, and other platforms' templates are filled in.
#[test]
fn services_find_their_code() {
    let workflow = "on: push\njobs:\n  images:\n    steps:\n      - uses: docker/build-push-action@v6\n        with: {context: ., file: ops/api.Dockerfile, tags: 'acme/shop:api'}\n\
                    \x20     - uses: docker/build-push-action@v6\n        with: {context: ., file: ops/mail.Dockerfile, tags: 'acme/shop:mail'}\n";
    let compose = "services:\n  api:\n    image: acme/shop:api\n  mail:\n    image: acme/shop:mail\n";
    let named = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: jobs}\nspec:\n  template:\n    spec:\n      containers:\n\
                 \x20     - {name: sweep, image: 'acme/unheard-of:1', command: [python, /srv/tools/sweep.py]}\n\
                 \x20     - {name: beat, image: 'acme/shop-jobs:1', command: [celery, -A, shop_jobs, beat]}\n\
                 \x20     - {name: twice, image: 'acme/unheard-of:1', command: [python, -m, one.main]}\n";
    let template = "apiVersion: template.openshift.io/v1\nkind: Template\nobjects:\n- apiVersion: cloud.redhat.com/v1alpha1\n  kind: ClowdApp\n  metadata: {name: shop}\n\
                    \x20 spec:\n    deployments:\n    - name: mailer\n      minReplicas: ${{COPIES}}\n      podSpec: {image: '${IMAGE}:mail', args: [python, -m, shop.mail]}\n\
                    parameters:\n- {name: COPIES, value: '3'}\n- {name: IMAGE, value: acme/shop}\n";
    let project = Project::new()
        .file(".github/workflows/images.yml", workflow)
        .file("ops/api.Dockerfile", "FROM python:3.12-slim\nCOPY . /srv\nWORKDIR /srv\nCMD [\"python\", \"-m\", \"shop.api\"]\n")
        .file("ops/mail.Dockerfile", "FROM python:3.12-slim\nCOPY . /srv\nWORKDIR /srv\nCMD . ./lib.sh && begin mail\n")
        .file("ops/base.Dockerfile", "FROM python:3.12-slim\nRUN pip install wheel\n")
        .file("lib.sh", "begin() {\n  exec python -m \"shop.$1\"\n}\n")
        .file("compose.yml", compose)
        .file("deploy/jobs.yaml", named)
        .file("deploy/template.yaml", template)
        .file("shop/api.py", "")
        .file("shop/mail.py", "")
        .file("shop_jobs/celery.py", "")
        .file("tools/sweep.py", "")
        .file("a/one/main.py", "")
        .file("b/one/main.py", "");
    let run = project.run(&["graph", "--services", "--isolated"]);
    for line in [
        "command: python -m shop.api x 1 or more -> shop/api.py (image name in another file; module of the command)\n",
        "command: python -m shop.mail x 1 or more -> shop/mail.py (image name in another file; module of the command)\n",
        "command: python /srv/tools/sweep.py x 1 or more -> tools/sweep.py (script of the command, of which there is one)\n",
        "scheduler: celery -A shop_jobs beat x 1 -> shop_jobs/celery.py (module of the command, of which there is one)\n",
        "command: python -m one.main x 1 or more -> no code known\n",
        "shop-mailer  Deployment  deploy/template.yaml:9  unclear\n  copies: 3  (deploy/template.yaml:10: replicas: 3)\n",
    ] {
        assert!(run.out.contains(line), "{line}\n{}", run.out);
    }
    assert!(!run.out.contains("base.Dockerfile"), "{}", run.out);
}

/// Pipelines, recipes and the name of the project say what images are called; recipes and crontabs lead to code.
#[test]
fn services_are_told_by_what_builds_them() {
    let deployed = |name: &str, image: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  template:\n    spec:\n      containers:\n      - {{name: {name}, image: '{image}'}}\n"
        )
    };
    let manifests = [
        ("api", "acme/billing-api:1"),
        ("mail", "acme/letters:1"),
        ("shop", "registry.example/acme/shop:1"),
        ("own", "acme/built-by-hand:1"),
    ];
    let manifests: String = manifests.iter().map(|(name, image)| deployed(name, image)).collect();
    let pipeline = "variables: {IMAGE: billing-api}\nimages:\n  script:\n    - cd services/api\n    - docker build -t \"$REGISTRY/$IMAGE:$CI_COMMIT_SHA\" .\n";
    let action = "inputs: {name: {required: true}}\nruns:\n  using: composite\n  steps:\n    - run: docker build -t acme/${{ inputs.name }} services/mail\n";
    let workflow = "on: push\njobs:\n  images:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: ./.github/actions/image\n        with: {name: letters}\n";
    let image = |command: &str| format!("FROM python:3.12-slim\nWORKDIR /srv\nCOPY . /srv\nCMD [{command}]\n");
    let project = Project::new()
        .file(".gitlab-ci.yml", pipeline)
        .file(".github/actions/image/action.yml", action)
        .file(".github/workflows/images.yml", workflow)
        .file("deploy/all.yaml", &manifests)
        .file("pyproject.toml", "[project]\nname = \"store\"\n[project.urls]\nSource = \"https://github.com/acme/shop\"\n")
        .file("Makefile", "WORKERS ?= 3\n.PHONY: serve\nserve: ready\n\tgunicorn -w $(WORKERS) store.wsgi\nready:\n\t@echo ready\nhand:\n\tdocker build -t acme/built-by-hand services/hand\n")
        .file("Dockerfile", image("\"make\", \"serve\""))
        .file("store/wsgi.py", "")
        .file("services/api/Dockerfile", image("\"python\", \"bill.py\""))
        .file("services/api/bill.py", "")
        .file("services/mail/Dockerfile", image("\"supercronic\", \"cron/crontab\""))
        .file("services/mail/cron/crontab", "# letters\n*/5 * * * * cd /srv && python send.py\n")
        .file("services/mail/send.py", "")
        .file("services/hand/Dockerfile", image("\"sh\", \"-c\", \"gunicorn\\n hand:app\""))
        .file("services/hand/hand.py", "");
    let run = project.run(&["graph", "--services", "--isolated"]);
    for line in [
        "command: python bill.py x 1 or more -> services/api/bill.py (image name in another file; script of the command)\n",
        "scheduler: supercronic cron/crontab x 1 -> services/mail/send.py (image name in another file; script of the command)\n",
        "web: gunicorn -w $WORKERS store.wsgi x 3 -> store/wsgi.py (principal Dockerfile of a project of the image's name; module of the command)\n",
        "image acme/built-by-hand:1  built from services/hand/Dockerfile (image name in another file)",
    ] {
        assert!(run.out.contains(line), "{line}\n{}", run.out);
    }
}

/// An image of which nobody knows the name is that of the one Dockerfile, unless two are without a name or it is not of the root; what
/// is built by two files of the same name is told apart.
#[test]
fn services_without_a_name_are_not_guessed() {
    let deployed = |images: &[&str]| {
        let list: String =
            images.iter().enumerate().map(|(at, image)| format!("      - {{name: c{at}, image: '{image}'}}\n")).collect();
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: api}}\nspec:\n  template:\n    spec:\n      containers:\n{list}"
        )
    };
    let image = "FROM python:3.12-slim\nWORKDIR /srv\nCOPY . /srv\nCMD [\"python\", \"-m\", \"shop.api\"]\n";
    let told = |images: &[&str], dockerfiles: &[&str]| {
        let project = Project::new().file("deploy.yaml", deployed(images)).file("shop/api.py", "").file("web/shop/api.py", "");
        let project = dockerfiles.iter().fold(project, |project, path| project.file(path, image));
        project.run(&["graph", "--services", "--isolated"]).out.contains("built from Dockerfile (the only Dockerfile)")
    };
    assert!(told(&["${IMAGE_PATH}"], &["Dockerfile"]));
    assert!(told(&["${IMAGE_PATH}", "envoyproxy/envoy:1"], &["Dockerfile"]));
    assert!(!told(&["${IMAGE_PATH}", "${OTHER_IMAGE}"], &["Dockerfile"]));
    assert!(!told(&["${IMAGE_PATH}"], &["Dockerfile", "web/Dockerfile"]));
    assert!(!told(&["${IMAGE_PATH}"], &["web/Dockerfile"]));
}

/// Settings of a server name its code, a supervisor reads more files, and values of a chart without any of its own are told by what its
/// templates ask for.
#[test]
fn services_are_told_by_their_settings() {
    let chart = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api}\nspec:\n  replicas: {{ .Values.copies }}\n  template:\n    spec:\n      containers:\n\
                 \x20       - name: api\n          image: {{ .Values.image.repository }}\n";
    let project = Project::new()
        .file(
            "api.Dockerfile",
            "FROM python:3.12-slim\nWORKDIR /srv\nCOPY . /srv\nCMD [\"gunicorn\", \"-c\", \"conf/server.py\"]\n",
        )
        .file(
            "all.Dockerfile",
            "FROM python:3.12-slim\nWORKDIR /srv\nCOPY . /srv\nCMD [\"supervisord\", \"-c\", \"/srv/ops/supervisord.conf\"]\n",
        )
        .file("ops/supervisord.conf", "[supervisord]\nnodaemon=true\n[include]\nfiles=supervisord-programs.ini\n")
        .file("ops/supervisord-programs.ini", "[program:mail]\ncommand=python -m shop.mail\n")
        .file("pyproject.toml", "[project]\nname = \"shop\"\n")
        .file("conf/server.py", "wsgi_app = \"shop.wsgi:application\"\nworkers = 3\n")
        .file("chart/Chart.yaml", "apiVersion: v2\nname: api\nversion: 1.0.0\n")
        .file("chart/values/api-production.yaml", "copies: 5\nimage: {repository: registry.example/acme/shop-api}\n")
        .file("chart/templates/api.yaml", chart)
        .file("shop/wsgi.py", "")
        .file("shop/mail.py", "");
    let run = project.run(&["graph", "--services", "--isolated"]);
    for line in [
        "api  Deployment  chart/templates/api.yaml:2  production\n  copies: 5  (chart/values/api-production.yaml:1: replicas: 5)\n",
        "web: gunicorn -c conf/server.py x 3 -> shop/wsgi.py (folder or Dockerfile of the image's name; module of the command)\n",
        "command: python -m shop.mail x 1 or more -> shop/mail.py (its own Dockerfile; module of the command)\n",
    ] {
        assert!(run.out.contains(line), "{line}\n{}", run.out);
    }
}
