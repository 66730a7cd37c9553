//! Commands as people write them, and what the table makes of them.

use super::*;
use crate::deploy::processes::commands::Step;
use crate::deploy::texts::shell::{Origin, steps};
use crate::finding::FileId;
use crate::source::Span;

fn read(text: &str) -> Process {
    let place = Place { file: FileId(0), span: Span::new(0, text.len()) };
    let values = |name: &str| (name == "WEB_CONCURRENCY").then(|| "3".to_owned());
    let found = steps(text, Origin::Exact(place)).iter().find_map(|step| match step {
        Step::Run(command) => process(command, &values),
        Step::Set { .. } | Step::Move { .. } => None,
    });
    found.unwrap_or_else(|| panic!("no process in {text}"))
}

fn target(text: &str) -> (Does, Option<Target>) {
    let process = read(text);
    (process.does, process.target)
}

#[test]
fn the_table_is_sound() {
    let table: Result<table::Table, _> = toml::from_str(include_str!("../programs.toml"));
    assert!(table.is_ok(), "{:?}", table.err());
}

#[test]
fn servers_and_their_code() {
    let module = |name: &str| Some(Target::Module(name.to_owned()));
    assert_eq!(target("gunicorn -k uvicorn.workers.UvicornWorker -w 4 app.main:app"), (Does::Web, module("app.main:app")));
    assert_eq!(
        target("exec tini -- poetry run uvicorn --workers 2 svc.api:app --port $PORT"),
        (Does::Web, module("svc.api:app"))
    );
    assert_eq!(target("python -m celery -A shop.tasks worker -c 8"), (Does::Worker, module("shop.tasks")));
    assert_eq!(target("celery --app=shop beat"), (Does::Scheduler, module("shop")));
    assert_eq!(target("python -u manage.py runserver 0:80"), (Does::Web, Some(Target::Django(Some("runserver".into())))));
    assert_eq!(target("python manage.py send_mails"), (Does::Command, Some(Target::Django(Some("send_mails".into())))));
    assert_eq!(target("python -m shop.consumer --x"), (Does::Command, module("shop.consumer")));
    assert_eq!(target("python3.12 /srv/run.py"), (Does::Command, Some(Target::Script("/srv/run.py".into()))));
    assert_eq!(target("gosu app /usr/local/bin/python worker.py"), (Does::Command, Some(Target::Script("worker.py".into()))));
    assert_eq!(target("/app/server --port 80"), (Does::Command, Some(Target::Program("server".into()))));
    assert_eq!(target("FLASK_APP=shop flask run"), (Does::Web, module("shop")));
    assert_eq!(target("granian --not-known static shop.asgi:app"), (Does::Web, module("shop.asgi:app")));
    assert_eq!(target("python -m app.wait uvicorn --host 0 app.main:app"), (Does::Web, module("app.main:app")));
}

#[test]
fn wrappers_are_seen_through() {
    let module = |name: &str| Some(Target::Module(name.to_owned()));
    let worker = (Does::Worker, module("app.tasks"));
    for text in [
        "poetry run -n x python -m debugpy --listen 0.0.0.0:5679 -m celery -A app.tasks worker",
        "nodemon -e py --watch src -x celery -A app.tasks worker",
        "watchfiles --filter python 'celery -A app.tasks worker' src",
        "watchmedo auto-restart -d . -p '*.py' -- celery -A app.tasks worker",
        "opentelemetry-instrument --service_name x celery -A app.tasks worker",
        "newrelic-admin run-program celery -A app.tasks worker",
        "python -m coverage run -p -m celery -A app.tasks worker",
    ] {
        assert_eq!(target(text), worker, "{text}");
    }
    assert_eq!(target("uv run --active -m app.main --port 1"), (Does::Command, module("app.main")));
    assert_eq!(target("uv run dagster-daemon run -m app.jobs"), (Does::Scheduler, module("app.jobs")));
    assert_eq!(target("rq worker -c app.settings high"), (Does::Worker, module("app.settings")));
    assert_eq!(target("alembic upgrade head").0, Does::Job);
    assert_eq!(target("alembic -c ops/alembic.ini upgrade head"), (Does::Job, None));
    let api = (Does::Command, Some(Target::Program("api".into())));
    assert_eq!(target("cargo watch -x 'run --bin api -- --port 1'"), api);
    assert_eq!(target("cargo run --release --bin api"), api);
    assert_eq!(
        target("python -m debugpy --listen 1 manage.py runserver"),
        (Does::Web, Some(Target::Django(Some("runserver".into()))))
    );
    assert_eq!(target("celery -A app flower --port 5555").0, Does::Tool);
}

#[test]
fn counts_and_flags() {
    assert_eq!(read("gunicorn -w4 a:b").workers.amount, Amount::exactly(4));
    assert_eq!(read("gunicorn --workers=4 a:b").workers.amount, Amount::exactly(4));
    assert_eq!(read("gunicorn a:b").workers.amount, Amount::exactly(3));
    assert_eq!(read("gunicorn -w $(nproc) a:b").workers.amount, Amount::UNKNOWN);
    assert_eq!(read("WEB_CONCURRENCY=7 gunicorn a:b").workers.amount, Amount::exactly(7));
    assert_eq!(read("GUNICORN_CMD_ARGS='--workers 6' gunicorn a:b").workers.amount, Amount::exactly(6));
    assert_eq!(read("celery -A a worker").workers.amount, Amount::at_least(1));
    assert!(read("celery -A a worker -B").embeds_scheduler.is_some());
    assert!(read("uvicorn a:b --reload").development.is_some() && read("uvicorn a:b").development.is_none());
    assert!(read("celery -A a beat -S redbeat.RedBeatScheduler").locked);
    assert_eq!(read("gunicorn --access-logfile - --error-logfile /var/log/e.log a:b").logs.len(), 1);
    assert!(read("alembic -c x.ini upgrade head").migrates && !read("alembic history").migrates);
    assert_eq!(read("gunicorn a:b").grace, Some((30, None)));
}
