//! What small platform files are read as.

use crate::deploy::vocabulary::amount::Amount;
use crate::deploy::vocabulary::deployment::Deployment;
use crate::deploy::vocabulary::workloads::{Copies, Platform, Storage};
use crate::workbench;

/// What these files say: path and text.
fn read(files: &[(&str, &str)], ask: impl Fn(&Deployment)) {
    let texts: Vec<(String, String)> = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let project = workbench::project(&texts, None);
    ask(project.deployment());
}

#[test]
fn fly_machines_with_volumes() {
    let text = "app = 'shop'\n[processes]\nweb = 'gunicorn shop:app'\nwork = 'celery -A shop worker'\n[http_service]\nprocesses = ['web']\nmin_machines_running = 2\n[[http_service.checks]]\npath = '/up'\n[mounts]\nsource = 'data'\ndestination = '/data'\n[deploy]\nrelease_command = 'python manage.py migrate'\n";
    read(&[("fly.toml", text), ("Dockerfile", "FROM python\nCOPY . /app\n")], |of| {
        let [web, work, release] = of.workloads.as_slice() else { panic!("{:?}", of.workloads) };
        assert_eq!((web.replicas.amount, work.replicas.amount), (Amount::at_least(2), Amount::UNKNOWN));
        assert!(web.served_by.is_some() && work.served_by.is_none() && web.containers[0].health.ready.is_some());
        assert_eq!((web.volumes[0].storage, web.containers[0].processes[0].name.as_str()), (Storage::PerCopy, "gunicorn"));
        assert_eq!((release.copies, release.containers[0].processes.len()), (Copies::ToTheEnd, 1));
    });
}

#[test]
fn render_services() {
    let text = "services:\n  - type: web\n    name: api\n    runtime: python\n    rootDir: api\n    startCommand: gunicorn api:app\n    numInstances: 3\n  - type: pserv\n    name: files\n    runtime: docker\n    disk: {name: d, mountPath: /data}\n  - type: cron\n    name: tidy\n    schedule: '0 * * * *'\n    startCommand: python tidy.py\n  - type: worker\n    name: work\n    scaling: {minInstances: 1, maxInstances: 4}\n";
    read(&[("render.yaml", text)], |of| {
        let amounts: Vec<Amount> = of.workloads.iter().map(|workload| workload.replicas.amount).collect();
        assert_eq!(amounts, [Amount::exactly(3), Amount::at_least(1), Amount::exactly(1), Amount::between(1, 4)]);
        assert_eq!((of.workloads[1].pins.len(), of.workloads[1].volumes[0].storage), (1, Storage::Attached));
        assert_eq!(of.workloads[2].schedule.as_ref().map(|schedule| schedule.text.as_str()), Some("0 * * * *"));
    });
}

#[test]
fn app_engine_copilot_and_functions() {
    let app = "runtime: python312\nentrypoint: gunicorn main:app\nautomatic_scaling:\n  max_instances: 5\nnetwork:\n  session_affinity: true\n";
    let manifest = "name: api\ntype: Load Balanced Web Service\nimage:\n  build: api/Dockerfile\ncount:\n  range: 2-8\nhttp:\n  path: /\n  stickiness: true\n";
    let functions = "service: x\nprovider: {name: aws}\nfunctions:\n  pay:\n    handler: src/pay.handler\n";
    let sam = "Resources:\n  Mail:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: mail/\n      Handler: app.run\n";
    let files = [
        ("app.yaml", app),
        ("copilot/api/manifest.yml", manifest),
        ("serverless.yml", functions),
        ("template.yaml", sam),
        ("mail/app.py", "def run(event, context):\n    pass\n"),
    ];
    read(&files, |of| {
        let said: Vec<_> =
            of.workloads.iter().map(|workload| (workload.name.as_str(), workload.platform, workload.replicas.amount)).collect();
        assert_eq!(
            said,
            [
                ("default", Platform::AppEngine, Amount::between(0, 5)),
                ("api", Platform::Ecs, Amount::between(2, 8)),
                ("pay", Platform::Functions, Amount::UNKNOWN),
                ("Mail", Platform::Functions, Amount::UNKNOWN)
            ]
        );
        assert_eq!(of.affinities.iter().map(|affinity| affinity.workloads.clone()).collect::<Vec<_>>(), [[0], [1]]);
        assert_eq!(of.workloads[1].containers[0].build.as_ref().map(|build| build.dockerfile.as_str()), Some("api/Dockerfile"));
    });
}

#[test]
fn units_programs_and_dynos() {
    let unit = "[Service]\nExecStart=-/usr/bin/gunicorn shop:app\nTimeoutStopSec=20\n";
    let programs = "[program:work]\ncommand=celery -A shop worker\nnumprocs=2\n";
    let files = [
        ("contrib/web@.service", unit),
        ("supervisord.conf", programs),
        ("Procfile", "web: gunicorn shop:app\nworker: celery -A shop worker\n"),
        ("app.json", "{\"formation\": {\"web\": {\"quantity\": 3}}}"),
    ];
    read(&files, |of| {
        let said: Vec<_> = of.workloads.iter().map(|workload| (workload.name.as_str(), workload.replicas.amount)).collect();
        let expected = [
            ("web", Amount::at_least(1)),
            ("work", Amount::at_least(2)),
            ("web", Amount::exactly(3)),
            ("worker", Amount::at_least(1)),
        ];
        assert_eq!(said, expected);
        assert_eq!(of.workloads[0].grace.as_ref().map(|grace| grace.value), Some(20));
    });
    let image = [("supervisord.conf", programs), ("Dockerfile", "FROM x\nCMD [\"supervisord\"]\n")];
    read(&image, |of| assert!(of.workloads.iter().all(|workload| workload.kind != "program")));
}

#[test]
fn names_of_images() {
    let files = [
        ("build.sh", "#!/bin/sh\ndocker build -t acme/shop-api:$TAG -f docker/api.Dockerfile .\n"),
        ("docker/api.Dockerfile", "FROM x\n"),
        ("docker/other.Dockerfile", "FROM x\n"),
        (
            "k8s.yaml",
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  template:\n    spec:\n      containers: [{name: a, image: 'reg/acme/shop-api:3'}]\n",
        ),
    ];
    read(&files, |of| {
        let build = of.workloads[0].containers[0].build.as_ref();
        assert_eq!(build.map(|build| build.dockerfile.as_str()), Some("docker/api.Dockerfile"));
    });
}
