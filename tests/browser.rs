//! The report in a real browser, as wide as a phone and as a desk: nothing sticks out, nothing is too small to read, nothing is loaded,
//! every link leads somewhere. Asks chromium when it is there, and says so when it is not.

mod common;

use common::{Project, outcome, scalelint};
use serde_json::Value;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A phone, and a window on a desk.
const WIDTHS: [u32; 2] = [390, 1280];

/// Measures the page in the frame and writes what it sees where `--dump-dom` shows it.
const MEASURE: &str = r#"
const frame = document.querySelector("iframe");
frame.onload = () => {
  const page = frame.contentDocument, view = frame.contentWindow;
  page.querySelectorAll("details").forEach(one => one.open = true);
  const elements = [...page.body.querySelectorAll("*")];
  const shown = elements.filter(one => one.textContent.trim() && one.getClientRects().length);
  const width = page.documentElement.clientWidth;
  const name = one => one.tagName + "." + one.className + ": " + one.textContent.trim().slice(0, 40);
  const links = [...page.querySelectorAll("a")];
  document.querySelector("pre").textContent = JSON.stringify({
    width, lines: page.querySelectorAll("details.line").length,
    wide: shown.filter(one => [...one.getClientRects()].some(box => box.right > width + 1)).map(name),
    small: shown.filter(one => parseFloat(view.getComputedStyle(one).fontSize) < 12).map(name),
    lost: links.filter(one => !page.getElementById(one.getAttribute("href").slice(1))).map(name),
    links: links.length,
    loaded: view.performance.getEntriesByType("resource").map(one => one.name),
  });
};
frame.src = "report.html";
"#;

/// The browser: what `SCALELINT_BROWSER` says, or a program on the path.
fn browser() -> Option<PathBuf> {
    let named = std::env::var_os("SCALELINT_BROWSER").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
    let on_path = std::env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
    named.into_iter().chain(on_path.collect::<Vec<_>>()).find(|path| path.is_file())
}

/// What the browser makes of a page that is so wide.
fn measured(browser: &Path, page: &str, width: u32) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let frame = format!(
        "<!DOCTYPE html><body style=\"margin:0\"><iframe style=\"border:0;width:{width}px;height:2000px\"></iframe><pre></pre><script>{MEASURE}</script>"
    );
    fs::write(folder.path().join("frame.html"), frame).expect("a file");
    fs::write(folder.path().join("report.html"), page).expect("a file");
    let mut command = Command::new(browser);
    command.args([
        "--headless=new",
        "--hide-scrollbars",
        "--disable-gpu",
        "--no-first-run",
        "--no-sandbox",
        "--disable-dev-shm-usage",
    ]);
    // The frame looks into the page, which lies beside it and runs no script itself. Nothing beyond this machine is reached.
    command.args(["--allow-file-access-from-files", "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=10000"]);
    command.args(["--window-size=1400,2200", "--dump-dom"]);
    command.arg(format!("--user-data-dir={}", folder.path().join("profile").display()));
    command.arg(format!("file://{}", folder.path().join("frame.html").display()));
    let run = command.stdin(Stdio::null()).stderr(Stdio::null()).output().expect("the browser starts");
    let seen = String::from_utf8_lossy(&run.stdout);
    let text = seen.split("<pre>").nth(1).and_then(|rest| rest.split("</pre>").next()).unwrap_or_default();
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("the browser says nothing ({error}): {seen}"))
}

fn list<'v>(seen: &'v Value, key: &str) -> &'v Vec<Value> {
    seen[key].as_array().expect("a list")
}

#[test]
fn the_report_is_read_on_any_screen() {
    let Some(browser) = browser() else {
        // Straight to the stream: the harness keeps what else a test that passes prints.
        let _ = writeln!(io::stderr(), "skipped: there is no browser; chromium on the path, or SCALELINT_BROWSER, is asked");
        return;
    };
    // Long names without a blank, which have to be broken somewhere.
    let long = "a_name_that_goes_on_and_on_".repeat(8);
    let code = format!(
        "import requests\nfrom flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get('/{long}')\ndef {long}():\n    return requests.get('https://{}.example').text\n",
        "host-".repeat(12)
    );
    let odd = Project::new().file(&format!("{}.py", &long[..120]), code);
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let report = |folder: &Path| {
        let mut command = scalelint(&["report", "--format", "html"]);
        command.current_dir(folder);
        outcome(command).out
    };
    let pages = [report(&fixtures.join("flask-shop")), report(&fixtures.join("axum-catalog")), report(odd.root())];
    for page in &pages {
        for width in WIDTHS {
            let seen = measured(&browser, page, width);
            assert_eq!((&seen["width"], seen["lines"].as_u64()), (&width.into(), Some(17)), "{seen}");
            for fault in ["wide", "small", "lost", "loaded"] {
                assert_eq!(list(&seen, fault), &Vec::<Value>::new(), "{fault} at {width}: {seen}");
            }
        }
    }
    assert!(measured(&browser, &pages[0], 390)["links"].as_u64() > Some(3), "there are links to follow");
    // What is amiss is seen.
    let spoilt = pages[0].replace("</body>", "<p style=\"width:500px;font-size:9px\">x</p><a href=\"#nowhere\">y</a></body>");
    let seen = measured(&browser, &spoilt, 390);
    assert_eq!(["wide", "small", "lost"].map(|fault| list(&seen, fault).len()), [1, 1, 1], "{seen}");
}
