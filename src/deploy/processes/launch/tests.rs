//! What containers run in the end, from files as people write them.

use crate::workbench;

/// What the processes of these files are called, with their number and the code that they start with.
fn run(files: &[(&str, &str)]) -> Vec<String> {
    let texts: Vec<(String, String)> = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let project = workbench::project(&texts, None);
    let mut found = Vec::new();
    for (at, workload) in project.deployment().workloads.iter().enumerate() {
        for (container_at, container) in workload.containers.iter().enumerate() {
            for (process_at, process) in container.processes.iter().enumerate() {
                let link = project.link_of(at, container_at, process_at);
                let code = link.map_or("", |link| project.files().get(link.entry).path.as_str());
                found.push(format!("{} x {} {code}", process.name, process.workers.amount));
            }
        }
    }
    found
}

const APP: (&str, &str) = ("shop/app.py", "from flask import Flask\napp = Flask(__name__)\n");

#[test]
fn settings_without_a_flag_and_mounts() {
    let dockerfile = ("Dockerfile", "FROM python\nWORKDIR /srv\nCOPY . .\nCMD uwsgi uwsgi.ini\n");
    let ini = ("uwsgi.ini", "[uwsgi]\nmount = /shop=shop.app:app\nprocesses = 4\n");
    assert_eq!(run(&[APP, dockerfile, ini]), ["uwsgi x 4 shop/app.py"]);
}

#[test]
fn settings_of_a_machine_lie_beside_its_unit() {
    let unit = ("ops/host/shop.service", "[Service]\nExecStart=/usr/bin/uwsgi --ini /etc/uwsgi/uwsgi.ini\n");
    let ini = ("ops/host/uwsgi.ini", "[uwsgi]\nmodule = shop.app:app\nprocesses = 3\n");
    let other = ("ops/docker/uwsgi.ini", "[uwsgi]\nmodule = other:app\nprocesses = 9\n");
    assert_eq!(run(&[APP, unit, ini, other]), ["uwsgi x 3 shop/app.py"]);
}

#[test]
fn a_supervisor_fills_variables_in() {
    let dockerfile = ("Dockerfile", "FROM python\nENV COUNT=3\nCOPY . .\nCMD supervisord -n -c supervisord.conf\n");
    let told = "[program:web]\ncommand=gunicorn\n    --env A=%(ENV_A)s \\\n    --workers %(ENV_COUNT)s\n    shop.app:app\n";
    assert_eq!(run(&[APP, dockerfile, ("supervisord.conf", told)]), ["supervisord x 1 ", "gunicorn x 3 shop/app.py"]);
}

#[test]
fn what_a_variable_says_is_run() {
    let dockerfile = ("Dockerfile", "FROM python\nENV KIND=many\nCOPY . .\nCMD [\"sh\", \"run.sh\"]\n");
    let script = "#!/bin/sh\nif [ \"$KIND\" = one ]; then\n  what=\"python -m shop.app\"\nelif [ \"$KIND\" = many ]; then\n  \
                  what=\"gunicorn -w 5 shop.app:app\"\nfi\neval \"$what\"\n";
    assert_eq!(run(&[APP, dockerfile, ("run.sh", script)]), ["gunicorn x 5 shop/app.py"]);
    let unknown = "#!/bin/sh\neval \"$(setup)\"\nexec gunicorn -w 2 shop.app:app\n";
    assert_eq!(run(&[APP, dockerfile, ("run.sh", unknown)]), ["gunicorn x 2 shop/app.py"]);
}

#[test]
fn a_list_with_other_quotes_is_meant_as_one() {
    let dockerfile = ("Dockerfile", "FROM python\nCOPY . .\nCMD ['gunicorn', '-w', '2', 'shop.app:app']\n");
    assert_eq!(run(&[APP, dockerfile]), ["gunicorn x 2 shop/app.py"]);
}

#[test]
fn a_target_is_one_image_of_several() {
    let text = "FROM python AS base\nCOPY . .\nFROM base AS dev\nCMD flask run\nFROM base AS work\nCMD celery -A shop.app worker\n\
                FROM base AS production\nCMD gunicorn -w 2 shop.app:app\n";
    let compose = |target: &str| format!("services:\n  web:\n    build:\n      context: .\n      target: {target}\n");
    let of = |target: &str| run(&[APP, ("Dockerfile", text), ("docker-compose.yml", &compose(target))]);
    let (web, work) = ("gunicorn x 2 shop/app.py", "celery worker x 1 or more shop/app.py");
    assert_eq!(of("production"), [web, work]);
    assert_eq!(of("work"), [work, web]);
    assert_eq!(of("base"), [web, work]);
}

#[test]
fn a_script_and_a_compose_file_disagree() {
    let manifest = |command: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: bank}}\nspec:\n  template:\n    spec:\n      containers:\n        \
             - name: bank\n          image: bank\n{command}"
        )
    };
    let start = "          command: [./start.sh]\n";
    let old = ("old/bank/Dockerfile", "FROM python\nCOPY . .\nCMD gunicorn wsgi:app\n");
    let new = ("new/pay/Dockerfile", "FROM python\nCOPY . .\nCMD gunicorn wsgi:app\n");
    let dev = ("new/pay/dev.Dockerfile", "FROM python\nCOPY . .\nCMD flask run\n");
    let script = ("scripts/build.sh", "docker build -t bank -f old/bank/Dockerfile old\n");
    let compose = "services:\n  bank:\n    image: bank\n    build: {context: new, dockerfile: pay/dev.Dockerfile}\n    volumes: ['./new:/app']\n";
    let begins = ("new/start.sh", "#!/bin/sh\nexec gunicorn -w 2 wsgi:app\n");
    let built = |manifest: &str| {
        let files = [old, new, dev, script, ("compose.yaml", compose), begins, ("k8s/bank.yaml", manifest)];
        let texts: Vec<(String, String)> = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let project = workbench::project(&texts, None);
        let found = project.deployment().workloads.iter().find(|workload| workload.kind == "Deployment");
        found.and_then(|found| found.containers[0].build.as_ref()).map(|build| build.dockerfile.clone())
    };
    assert_eq!(built(&manifest(start)).as_deref(), Some("new/pay/Dockerfile"));
    assert_eq!(built(&manifest("")), None);
}
