//! Fixes, from outside: what each of them makes of a text, that it mends what was found and nothing else, and what becomes of files
//! that are not as they seem.

mod common;

use common::{Outcome, Project, json};
use scalelint::finding::Finding;
use scalelint::rules::Rule;
use scalelint::source::{Change, changed};
use scalelint::workbench;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// A route and something that it calls, in Python.
fn python(code: &str) -> String {
    format!(
        "from flask import Flask\n{code}\napp = Flask(__name__)\n\n\n@app.get('/<key>')\ndef show(key):\n    return work(key)\n"
    )
}

fn fix(project: &Project, more: &[&str]) -> Outcome {
    project.run(
        &[&["check", "--isolated", "--min-confidence", "low", "--fix", "--unsafe-fixes", "--format", "concise"], more].concat(),
    )
}

/// What fixing `rule` makes of the code.
fn fixed(rule: &str, path: &str, before: &str) -> String {
    let project = Project::new().file(path, before);
    let run = fix(&project, &["--select", rule]);
    assert!(run.code == Some(0) || run.code == Some(1), "{run:?}");
    let after = fs::read_to_string(project.path(path)).expect("the file");
    let again = fix(&project, &["--select", rule]);
    assert!(again.err.contains("fixed 0 findings in 0 files\n"), "{}", again.err);
    assert_eq!(fs::read_to_string(project.path(path)).expect("the file"), after, "fixing twice is fixing once");
    after
}

#[test]
fn arguments_in_python() {
    let pairs = [
        ("missing-timeout", "import requests", "requests.get(key)", "requests.get(key, timeout=(3.05, 27))"),
        ("missing-timeout", "import requests", "requests.get(key, timeout=None)", "requests.get(key, timeout=(3.05, 27))"),
        (
            "missing-timeout",
            "import requests as r",
            "r.post(\n        key,\n        json={},  # all of it\n    )",
            "r.post(\n        key,\n        json={},  # all of it\n        timeout=(3.05, 27),\n    )",
        ),
        ("missing-timeout", "from requests import Session\nS = Session()", "S.get(key)", "S.get(key, timeout=(3.05, 27))"),
        ("missing-timeout", "from urllib.request import urlopen", "urlopen(key)", "urlopen(key, timeout=10)"),
        (
            "missing-timeout",
            "import smtplib",
            "smtplib.SMTP('mail').sendmail('a', 'b', key)",
            "smtplib.SMTP('mail', timeout=10).sendmail('a', 'b', key)",
        ),
        ("missing-timeout", "import httpx\nC = httpx.Client(timeout=None)", "C.get(key)", "C.get(key, timeout=10)"),
        ("missing-timeout", "import httpx", "httpx.get(key, timeout=None)", "httpx.get(key, timeout=10)"),
        (
            "missing-timeout",
            "import urllib3\nP = urllib3.PoolManager()",
            "P.request('GET', key)",
            "P.request('GET', key, timeout=10)",
        ),
        ("missing-timeout", "import requests", "requests.get(key, **OPTIONS)", "requests.get(key, **OPTIONS)"),
        ("missing-timeout", "import requests", "requests.get(*[key])", "requests.get(*[key])"),
        ("missing-timeout", "import requests", "requests.get(key, timeout=LIMIT)", "requests.get(key, timeout=LIMIT)"),
        (
            "missing-timeout",
            "import requests",
            "requests.get(requests.get(key).text)",
            "requests.get(requests.get(key, timeout=(3.05, 27)).text, timeout=(3.05, 27))",
        ),
    ];
    for (rule, head, before, after) in pairs {
        let code = |call: &str| python(&format!("{head}\n\n\ndef work(key):\n    return {call}\n"));
        assert_eq!(fixed(rule, "app.py", &code(before)), code(after), "{before}");
    }
}

#[test]
fn bounds_in_python() {
    let memo =
        |head: &str, decorator: &str| python(&format!("{head}\n\n\n@{decorator}\ndef work(key):\n    return key.upper()\n"));
    for (head, before, new_head, after) in [
        ("import functools", "functools.lru_cache(maxsize=None)", "import functools", "functools.lru_cache(maxsize=1024)"),
        ("from functools import lru_cache", "lru_cache(None)", "from functools import lru_cache", "lru_cache(1024)"),
        ("import functools", "functools.cache", "import functools", "functools.lru_cache(maxsize=1024)"),
        ("from functools import cache", "cache", "from functools import cache, lru_cache", "lru_cache(maxsize=1024)"),
        ("from functools import cache, lru_cache", "cache", "from functools import cache, lru_cache", "lru_cache(maxsize=1024)"),
    ] {
        assert_eq!(fixed("unbounded-cache", "app.py", &memo(head, before)), memo(new_head, after), "{before}");
    }
    let queue = |made: &str| {
        python(&format!(
            "import queue\nimport threading\n\nJOBS = {made}\n\n\ndef run():\n    while True:\n        JOBS.get().run()\n\n\nthreading.Thread(target=run).start()\n\n\ndef work(key):\n    JOBS.put(key)\n    return ''\n"
        ))
    };
    for (before, after) in [("queue.Queue()", "queue.Queue(maxsize=1000)"), ("queue.Queue(0)", "queue.Queue(1000)")] {
        assert_eq!(fixed("unbounded-queue", "app.py", &queue(before)), queue(after), "{before}");
    }
    let deque = |made: &str| {
        python(&format!(
            "import threading\nfrom collections import deque\n\nJOBS = {made}\n\n\ndef run():\n    while True:\n        JOBS.popleft().run()\n\n\nthreading.Thread(target=run).start()\n\n\ndef work(key):\n    JOBS.append(key)\n    return ''\n"
        ))
    };
    for (before, after) in
        [("deque()", "deque(maxlen=1000)"), ("deque([], None)", "deque([], 1000)"), ("deque([1])", "deque([1], maxlen=1000)")]
    {
        assert_eq!(fixed("unbounded-queue", "app.py", &deque(before)), deque(after), "{before}");
    }
    let cached_in = |library: &str, client: &str, set: &str| {
        python(&format!(
            "import {library}\n\nCACHE = {client}\n\n\ndef work(key):\n    found = CACHE.get(key)\n    if found is None:\n        found = load(key)\n        CACHE.set(key, found{set})\n    return found\n"
        ))
    };
    for (library, client, argument) in [
        ("pymemcache", "pymemcache.PooledClient('cache', timeout=2)", ", expire=300"),
        ("memcache", "memcache.Client(['cache'])", ", time=300"),
        ("pylibmc", "pylibmc.Client(['cache'])", ", time=300"),
        ("aiomcache", "aiomcache.Client('cache')", ", exptime=300"),
    ] {
        let (before, after) = (cached_in(library, client, ""), cached_in(library, client, argument));
        assert_eq!(fixed("cache-without-expiry", "app.py", &before), after, "{library}");
    }
    let cached = |set: &str| {
        python(&format!(
            "import redis\n\nCACHE = redis.Redis(socket_timeout=5)\n\n\ndef work(key):\n    found = CACHE.get(key)\n    if found is None:\n        found = load(key)\n        {set}\n    return found\n"
        ))
    };
    assert_eq!(
        fixed("cache-without-expiry", "app.py", &cached("CACHE.set(key, found)")),
        cached("CACHE.set(key, found, ex=300)")
    );
}

/// A limit that is an object of the library is written by the name that the file has for it; where it has none, one is imported beside
/// what is there.
#[test]
fn limits_that_are_objects() {
    let code = |head: &str, call: &str| python(&format!("{head}\n\n\ndef work(key):\n    return {call}\n"));
    let limit = "ClientTimeout(total=10)";
    for (head, before, new_head, after) in [
        ("import aiohttp\nS = aiohttp.ClientSession()", "S.get(key)", None, format!("S.get(key, timeout=aiohttp.{limit})")),
        ("import aiohttp", "aiohttp.request('GET', key)", None, format!("aiohttp.request('GET', key, timeout=aiohttp.{limit})")),
        ("import aiohttp as web", "web.request('GET', key)", None, format!("web.request('GET', key, timeout=web.{limit})")),
        (
            "import aiohttp.web",
            "aiohttp.request('GET', key)",
            None,
            format!("aiohttp.request('GET', key, timeout=aiohttp.{limit})"),
        ),
        (
            "from aiohttp import ClientSession\nS = ClientSession()",
            "S.get(key, timeout=None)",
            Some("from aiohttp import ClientSession, ClientTimeout\nS = ClientSession()"),
            format!("S.get(key, timeout={limit})"),
        ),
        (
            "from aiohttp import (\n    ClientSession as C,\n)\nS = C()",
            "S.get(key) or S.post(key)",
            Some("from aiohttp import (\n    ClientSession as C, ClientTimeout,\n)\nS = C()"),
            format!("S.get(key, timeout={limit}) or S.post(key, timeout={limit})"),
        ),
        (
            "from aiohttp import ClientSession, ClientTimeout as T\nS = ClientSession()",
            "S.get(key)",
            None,
            "S.get(key, timeout=T(total=10))".to_owned(),
        ),
        // Whose name it is already, or what somebody chose, is left.
        (
            "from aiohttp import ClientSession\nS = ClientSession()\nClientTimeout = 3",
            "S.get(key)",
            None,
            "S.get(key)".to_owned(),
        ),
        ("from shop import S, T", "S.get(key)", None, "S.get(key)".to_owned()),
        (
            "import aiohttp\nS = aiohttp.ClientSession()",
            "S.get(key, timeout=aiohttp.ClientTimeout(total=900))",
            None,
            "S.get(key, timeout=aiohttp.ClientTimeout(total=900))".to_owned(),
        ),
    ] {
        let expected = code(new_head.unwrap_or(head), &after);
        assert_eq!(fixed("missing-timeout", "app.py", &code(head, before)), expected, "{head}: {before}");
    }
}

#[test]
fn pauses_between_tries() {
    let task = |options: &str| {
        format!(
            "import requests\nfrom celery import Celery\n\napp = Celery('shop')\n\n\n@app.task({options})\ndef send(url):\n    requests.post(url, timeout=5)\n"
        )
    };
    let bounded = "autoretry_for=(OSError,), max_retries=5";
    assert_eq!(
        fixed("retry-without-backoff", "app.py", &task(bounded)),
        task("autoretry_for=(OSError,), max_retries=5, retry_backoff=True")
    );
    let client = |retry: &str| {
        python(&format!(
            "import requests\nfrom requests.adapters import HTTPAdapter, Retry\n\nS = requests.Session()\nS.mount('https://', HTTPAdapter(max_retries={retry}))\n\n\ndef work(key):\n    return S.get(key, timeout=5)\n"
        ))
    };
    assert_eq!(fixed("retry-without-backoff", "app.py", &client("Retry(3)")), client("Retry(3, backoff_factor=0.5)"));
    let once = client("Retry(3, backoff_factor=1)");
    assert_eq!(fixed("retry-without-backoff", "app.py", &once), once);
}

#[test]
fn requests_in_rust() {
    let code = |chain: &str| {
        format!(
            "use axum::{{Router, routing::get}};\n\nasync fn show() -> String {{\n    let client = reqwest::Client::new();\n    {chain}.await.unwrap().text().await.unwrap()\n}}\n\nfn app() -> Router {{\n    Router::new().route(\"/\", get(show))\n}}\n"
        )
    };
    let limit = ".timeout(std::time::Duration::from_secs(10))";
    for (before, after) in [
        ("client.get(\"https://x\").send()".to_owned(), format!("client.get(\"https://x\"){limit}.send()")),
        (
            "client\n        .get(\"https://x\")\n        .send()\n        ".to_owned(),
            format!("client\n        .get(\"https://x\")\n        {limit}\n        .send()\n        "),
        ),
    ] {
        assert_eq!(fixed("missing-timeout", "src/main.rs", &code(&before)), code(&after), "{before}");
    }
}

#[test]
fn deployment_files() {
    let job = |schedule: &str| {
        format!(
            "apiVersion: batch/v1\r\nkind: CronJob\r\nmetadata:\r\n  name: bill\r\nspec:\r\n  schedule: '*/5 * * * *'{schedule}\r\n  jobTemplate:\r\n    spec:\r\n      activeDeadlineSeconds: 900\r\n      template:\r\n        spec:\r\n          containers:\r\n            - name: bill\r\n              image: registry.example/shop:1.4\r\n              command: [python, -m, shop.bill]\r\n"
        )
    };
    assert_eq!(fixed("uncoordinated-cron", "cron.yaml", &job(" # often")), job(" # often\r\n  concurrencyPolicy: Forbid"));
    assert_eq!(
        fixed("uncoordinated-cron", "cron.yaml", &job("\r\n  concurrencyPolicy: Allow")),
        job("\r\n  concurrencyPolicy: Forbid")
    );
    let image = |command: &str| format!("FROM python:3.12-slim\nWORKDIR /app\nCOPY . .\n{command}\n");
    let rule = "missing-graceful-shutdown";
    assert_eq!(
        fixed(rule, "Dockerfile", &image("CMD gunicorn --workers 4 --bind 0.0.0.0:$PORT shop.wsgi")),
        image("CMD exec gunicorn --workers 4 --bind 0.0.0.0:$PORT shop.wsgi")
    );
    let alpine = |command: &str| image(command).replace("slim", "alpine");
    assert_eq!(fixed(rule, "Dockerfile", &alpine("CMD gunicorn shop.wsgi")), alpine("CMD [\"gunicorn\", \"shop.wsgi\"]"));
}

/// In a template of a chart only what is plain YAML is touched.
#[test]
fn templates_of_charts() {
    let template = "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  schedule: \"*/5 * * * *\"\n  jobTemplate:\n    spec:\n      activeDeadlineSeconds: 900\n      template:\n        spec:\n          containers:\n            - name: bill\n              image: registry.example/shop:1.4\n";
    let chart = |text: &str| {
        Project::new()
            .file("c/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n")
            .file("c/values.yaml", "every: '* * * * *'\n")
            .file("c/templates/cron.yaml", text)
    };
    let project = chart(template);
    fix(&project, &["--select", "uncoordinated-cron"]);
    let after = fs::read_to_string(project.path("c/templates/cron.yaml")).expect("the file");
    assert_eq!(after, template.replace("* *\"\n", "* *\"\n  concurrencyPolicy: Forbid\n"));
    let filled = template.replace("\"*/5 * * * *\"", "{{ .Values.every | quote }}");
    let project = chart(&filled);
    let run = fix(&project, &["--select", "uncoordinated-cron"]);
    assert!(run.out.contains("uncoordinated-cron"), "{run:?}");
    assert_eq!(fs::read_to_string(project.path("c/templates/cron.yaml")).expect("the file"), filled);
}

/// Every example of every page: the fixes of a rule take their own findings away, and bring no other, whatever rule it is of.
#[test]
fn fixes_mend_and_break_nothing() {
    let (mut faults, mut fixes) = (Vec::new(), BTreeMap::<&str, usize>::new());
    // Those that ask for one; the others would take minutes to find that they have none.
    let asks = |rule: &&Rule| {
        let module = format!("{}/src/rules/{}.rs", env!("CARGO_MANIFEST_DIR"), rule.name.replace('-', "_"));
        fs::read_to_string(module).expect("a rule").contains("Wanted::")
    };
    for rule in Rule::all().iter().filter(asks) {
        fixes.insert(rule.name, 0);
        for example in rule.page().examples() {
            let texts: Vec<_> = example.files.iter().map(|file| (file.path.clone(), file.text())).collect();
            let project = workbench::project(&texts, None);
            let found = workbench::check(&project, rule);
            let fixable: Vec<&Finding> = found.iter().filter(|finding| finding.fix.is_some()).collect();
            if fixable.is_empty() {
                continue;
            }
            let mut expected = everything(&texts);
            let mut changes = BTreeMap::<&str, BTreeSet<Change>>::new();
            for finding in fixable {
                let fix = finding.fix.as_ref().expect("it has one");
                *fixes.entry(rule.name).or_default() += 1;
                let path = &project.files().get(fix.file).path;
                changes.entry(path).or_default().extend(fix.changes.iter().cloned());
                match expected.get_mut(&key(finding, path)) {
                    Some(count) => *count -= 1,
                    None => faults.push(format!("{}: {}: {} is not found again", rule.name, example.name, finding.message)),
                }
            }
            let after = everything(&with(&texts, &changes));
            for (found, count) in after.iter().filter(|(found, count)| expected.get(*found).copied().unwrap_or(0) < **count) {
                faults.push(format!("{}: {}: after the fixes there is {found:?} {count} times", rule.name, example.name));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(fixes.len() > 5 && fixes.values().all(|count| *count > 0), "{fixes:?}");
}

type Key = (String, String, String, String);

fn key(finding: &Finding, path: &str) -> Key {
    (finding.rule.into(), path.into(), finding.symbol.clone(), finding.message.clone())
}

/// What all rules find, each with how often.
fn everything(texts: &[(String, String)]) -> BTreeMap<Key, usize> {
    let project = workbench::project(texts, None);
    let mut counts = BTreeMap::new();
    for finding in Rule::all().iter().flat_map(|rule| workbench::check(&project, rule)) {
        let path = project.files().list().get(finding.place.file.index()).map_or("", |file| &file.path);
        *counts.entry(key(&finding, path)).or_default() += 1;
    }
    counts
}

fn with(texts: &[(String, String)], changes: &BTreeMap<&str, BTreeSet<Change>>) -> Vec<(String, String)> {
    let one = |(path, text): &(String, String)| {
        let new = changes.get(path.as_str()).map_or_else(|| text.clone(), |changes| changed(text, changes));
        (path.clone(), new)
    };
    texts.iter().map(one).collect()
}

const ROUTE: &str = "import requests\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get('/')\ndef a():\n    return requests.get('https://a.example').text\n";
const TIMEOUTS: [&str; 2] = ["--select", "missing-timeout"];

#[test]
fn what_is_asked_for_is_fixed() {
    let project =
        Project::new().file("app.py", ROUTE).file("Dockerfile", "FROM python:3.12-slim\nCMD gunicorn -b :$PORT app:app\n");
    let read = |path: &str| fs::read_to_string(project.path(path)).expect("a file");
    // Nothing is touched by looking.
    let run = project.run(&["check"]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("1 can be fixed with --fix, 1 more with --unsafe-fixes"), "{}", run.err);
    let run = project.run(&["check", "--diff", "--unsafe-fixes"]);
    assert_eq!(run.code, Some(1));
    let diff = "--- a/app.py\n+++ b/app.py\n@@ -6,4 +6,4 @@\n \n @app.get('/')\n def a():\n-    return requests.get('https://a.example').text\n+    return requests.get('https://a.example', timeout=(3.05, 27)).text\n";
    assert!(run.out.ends_with(diff) && run.out.contains("+CMD exec gunicorn"), "{}", run.out);
    assert!(run.err.starts_with("would fix 2 findings in 2 files\n"), "{}", run.err);
    assert_eq!(read("app.py"), ROUTE);
    // A safe one alone, without being asked for more.
    let run = project.run(&["check", "--fix"]);
    assert!(run.err.starts_with("fixed 1 finding in 1 file\n") && run.out.contains("missing-timeout"), "{run:?}");
    assert_eq!((read("app.py").as_str(), read("Dockerfile").contains("CMD exec")), (ROUTE, true));
    // Only of a rule.
    project.run(&["check", "--fix-only", "unbounded-cache", "--unsafe-fixes"]);
    assert_eq!(read("app.py"), ROUTE);
    let run = project.run(&["check", "--fix-only", "missing-timeout", "--unsafe-fixes", "--select", "missing-timeout"]);
    assert_eq!((run.code, run.out.as_str()), (Some(0), ""));
    assert!(read("app.py").contains("timeout=(3.05, 27)"));
    for wrong in [
        &["check", "--fix-only", "missing-timeot"][..],
        &["check", "--fix", "--staged"],
        &["check", "--diff", "--format", "json"],
    ] {
        assert_eq!(project.run(wrong).code, Some(2), "{wrong:?}");
    }
}

/// The patch is one that git takes, and gives what `--fix` gives.
#[test]
fn the_diff_is_a_patch() {
    let text = ROUTE.trim_end().replace('\n', "\r\n");
    // The second would begin the patch of another file if it stood there as it is.
    for path in ["sub dir/app.py", "odd\n+++ b/\u{e9}\"\\\u{202e}.py"] {
        let [shown, written] = [(); 2].map(|()| Project::new().file(path, &text));
        let run = shown.run(&["check", "--diff", "--unsafe-fixes"]);
        fs::write(shown.path("x.patch"), &run.out).expect("a file");
        let mut git = std::process::Command::new("git");
        let applied =
            git.args(["apply", "--unsafe-paths", "--directory=.", "x.patch"]).current_dir(shown.root()).output().expect("git");
        assert!(applied.status.success(), "{applied:?}\n{}", run.out);
        fix(&written, &TIMEOUTS);
        let read = |project: &Project| fs::read(project.path(path)).expect("a file");
        assert_eq!(read(&shown), read(&written));
        assert_ne!(read(&shown), text.as_bytes());
    }
}

#[test]
fn bytes_stay_as_they_are() {
    let insert = |text: &str| text.replace("example')", "example', timeout=(3.05, 27))");
    let utf16 = |text: &str| [&b"\xff\xfe"[..], &text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()].concat();
    let latin = |text: &str| [b"# coding: latin-1\n# caf\xe9\n".to_vec(), text.as_bytes().to_vec()].concat();
    let odd = format!("\u{feff}# 🦕\r\n{}\t \r\n\r\n", ROUTE.replace('\n', "\r\n"));
    for (before, after) in [
        (odd.clone().into_bytes(), insert(&odd).into_bytes()),
        (utf16(ROUTE), utf16(&insert(ROUTE))),
        (latin(ROUTE), latin(&insert(ROUTE))),
    ] {
        let project = Project::new().file("app.py", &before);
        fix(&project, &TIMEOUTS);
        assert_eq!(fs::read(project.path("app.py")).expect("a file"), after);
    }
}

/// What cannot be fixed is left and said.
#[cfg(unix)]
#[test]
fn files_that_are_not_as_they_seem() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let broken = format!("{ROUTE}\ndef (:\n");
    let project = Project::new().file("real.py", ROUTE).file("locked.py", ROUTE).file("broken.py", &broken);
    symlink("real.py", project.path("link.py")).expect("a link");
    fs::set_permissions(project.path("locked.py"), fs::Permissions::from_mode(0o444)).expect("permissions");
    let outside = Project::new().file("far.py", ROUTE);
    symlink(outside.path("far.py"), project.path("far.py")).expect("a link");
    let run = fix(&project, &TIMEOUTS);
    assert!(run.err.contains("fixed 2 findings in 2 files\n"), "{}", run.err);
    assert!(run.err.contains("notice: locked.py: 1 fix left: it may not be written to\n"), "{}", run.err);
    let read = |path: &str| fs::read_to_string(project.path(path)).expect("a file");
    assert!(fs::symlink_metadata(project.path("link.py")).expect("a link").is_symlink());
    assert!(read("real.py").contains("timeout=") && read("broken.py").contains("timeout="));
    assert_eq!(
        (read("locked.py").as_str(), fs::read_to_string(outside.path("far.py")).expect("a file").as_str()),
        (ROUTE, ROUTE)
    );
}

/// Who fixes files of somebody else, as root in a container does, leaves them his.
#[cfg(target_os = "linux")]
#[test]
fn files_stay_their_owners() {
    use std::os::unix::fs::{MetadataExt, chown};
    let project = Project::new().file("app.py", ROUTE);
    let path = project.path("app.py");
    if chown(&path, Some(12_345), Some(23_456)).is_err() {
        // Straight to the stream: the harness keeps what else a test that passes prints.
        let _ = std::io::Write::write_all(&mut std::io::stderr(), b"skipped: only root can give files away\n");
        return;
    }
    fix(&project, &TIMEOUTS);
    let after = fs::metadata(&path).expect("the file");
    assert!(fs::read_to_string(&path).expect("the file").contains("timeout="), "it is fixed");
    assert_eq!((after.uid(), after.gid()), (12_345, 23_456));
}

#[test]
fn machines_get_them() {
    let project = Project::new().file("app.py", ROUTE.replace("example'", "🦕.example'"));
    let of = |format: &str| json(&project.run(&["check", "--select", "missing-timeout", "--format", format]).out);
    let report = of("json");
    let fix = &report["findings"][0]["fix"];
    assert_eq!((&fix["message"], &fix["safety"]), (&"add timeout=(3.05, 27)".into(), &"unsafe".into()));
    let edit = &fix["edits"][0];
    assert_eq!((edit["line"].as_u64(), edit["column"].as_u64(), edit["end_column"].as_u64()), (Some(9), Some(47), Some(47)));
    assert_eq!((&edit["path"], &edit["text"]), (&"app.py".into(), &", timeout=(3.05, 27)".into()));
    let schema: serde_json::Value =
        json(&fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schema/report.schema.json")).expect("the schema"));
    assert!(jsonschema::validator_for(&schema).expect("a schema").is_valid(&report), "{report}");
    let sarif = of("sarif");
    let change = &sarif["runs"][0]["results"][0]["fixes"][0]["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "app.py");
    assert_eq!(change["replacements"][0]["deletedRegion"]["startColumn"], 47);
    assert_eq!(change["replacements"][0]["insertedContent"]["text"], ", timeout=(3.05, 27)");
    let suggestion = &of("rdjson")["diagnostics"][0]["suggestions"][0];
    assert_eq!((&suggestion["range"]["start"]["column"], &suggestion["text"]), (&49.into(), &", timeout=(3.05, 27)".into()));
}
