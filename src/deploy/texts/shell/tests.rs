//! Shell texts and the commands in them.

use super::*;
use crate::deploy::processes::commands::Test;
use crate::finding::FileId;

fn shown_tests(tests: &[Test]) -> String {
    let shown =
        |test: &Test| format!("[{}{}{}] ", test.subject.shown(), if test.negated { "!=" } else { "=" }, test.patterns.join("|"));
    tests.iter().map(shown).collect()
}

fn read(text: &str) -> Vec<String> {
    let place = Place { file: FileId(0), span: Span::new(0, text.len()) };
    let shown = |step: Step| match step {
        Step::Set { name, value, tests, certain } => {
            format!("{}{}{name}={}", shown_tests(&tests), if certain { "" } else { "?" }, value.shown())
        }
        Step::Move { how, tests, certain } => {
            let how = match how {
                Move::Become(words) => format!("set -- {}", words.iter().map(Word::shown).collect::<Vec<_>>().join(" ")),
                Move::Shift => "shift".to_owned(),
            };
            format!("{}{}{how}", shown_tests(&tests), if certain { "" } else { "?" })
        }
        Step::Run(command) => {
            let signs = [(!command.certain, "?"), (command.replaces, "exec "), (command.background, "& ")];
            let signs: String = signs.iter().filter(|(on, _)| *on).map(|(_, sign)| *sign).collect();
            let set: String = command.settings.iter().map(|(name, value)| format!("{name}={} ", value.shown())).collect();
            assert_eq!(command.words[0].place.span.start, command.place.span.start, "{text}");
            format!("{}{signs}{set}{}", shown_tests(&command.tests), command.shown())
        }
    };
    steps(text, Origin::Exact(place)).into_iter().map(shown).collect()
}

#[test]
fn lines() {
    assert_eq!(
        read("python manage.py migrate && exec gunicorn -w ${WORKERS:-4} --bind=\"0.0.0.0:$PORT\" app.wsgi"),
        ["python manage.py migrate", "exec gunicorn -w ${WORKERS:-4} --bind=0.0.0.0:$PORT app.wsgi"]
    );
    assert_eq!(read("A=1 B='x y' run & wait"), ["& A=1 B=x y run", "wait"]);
    assert_eq!(read("PIDS=() ARGS+=(a b); run"), ["run"]);
    assert_eq!(read("cmd > out.log 2>&1 < in"), ["cmd"]);
    assert_eq!(read("echo $(nproc --all) `date` $@"), ["echo $(nproc --all) `date` $@"]);
}

#[test]
fn scripts() {
    let text = "#!/bin/bash\nset -e\nWORKERS=${WEB_CONCURRENCY:-2}\nif [ \"$1\" = worker ]; then\n  exec celery -A app worker\nelif [ -f x ]; then a\n\
                else b; fi\ncase \"$1\" in\n  beat|clock) celery beat ;;\n  *) true ;;\nesac\ncat <<EOF\nnot a command\nEOF\n\
                for i in a b; do echo $i; done\nmain() {\n  inner\n}\n[ \"$ROLE\" = web ] && serve || other\nmain\nexec \"$@\"\n";
    assert_eq!(
        read(text),
        [
            "set -e",
            "WORKERS=${WEB_CONCURRENCY:-2}",
            "[$1=worker] exec celery -A app worker",
            "[$1!=worker] ?a",
            "[$1!=worker] ?b",
            "[$1=beat|clock] celery beat",
            "[$1!=beat|clock] [$1=*] true",
            "cat",
            "?echo $i",
            "[$ROLE=web] serve",
            "?other",
            "inner",
            "exec $@"
        ]
    );
}

#[test]
fn functions_are_given_words_and_left() {
    let text = "wait_for() {\n  for ((i=0; i<$1; i++)); do\n    if probe; then\n      return 0\n    fi\n  done\n  echo late\n  exit 1\n}\n\
                run() { echo $1; exec python -m \"$@\"; }\nleft() { first; return 1; second; }\nwait_for 5 &\nwait\nleft\nrun app.main -v\n";
    assert_eq!(read(text), ["?& probe", "?& echo late", "wait", "first", "echo app.main", "exec python -m app.main -v"]);
    assert_eq!(read("if [ \"$1\" = up ]; then shift; fi\n[ -f x ] && set -- run \"$@\""), ["[$1=up] shift", "?set -- run $@"]);
    assert_eq!(read("if [[ $a =~ ^(x|y)$ && $b < 3 ]]; then one; fi; (( n > 2 )) && two"), ["?one", "?two"]);
}

#[test]
fn hostile_texts_end() {
    for text in [
        "'",
        "\"",
        "${",
        "$(",
        "`",
        "a=",
        "<<",
        "case",
        "for",
        "for ((",
        "[[ (",
        "f() { f $1; }; f $@",
        "((((",
        "\\",
        "$",
        "é$é",
        "if [ ",
        "}}}",
    ] {
        let _ = read(text);
    }
    let _ = read(&"(".repeat(100_000));
    let _ = read(&"${".repeat(50_000));
}
