//! Shell texts and the commands in them.

use super::*;
use crate::finding::FileId;

fn read(text: &str) -> Vec<String> {
    let place = Place { file: FileId(0), span: Span::new(0, text.len()) };
    let shown = |step: Step| match step {
        Step::Set { name, value, certain } => format!("{}{name}={}", if certain { "" } else { "?" }, value.shown()),
        Step::Run(command) => {
            let signs = [(!command.certain, "?"), (command.replaces, "exec "), (command.background, "& ")];
            let signs: String = signs.iter().filter(|(on, _)| *on).map(|(_, sign)| *sign).collect();
            let set: String = command.settings.iter().map(|(name, value)| format!("{name}={} ", value.shown())).collect();
            assert_eq!(command.words[0].place.span.start, command.place.span.start, "{text}");
            format!("{signs}{set}{}", command.shown())
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
    assert_eq!(read("cmd > out.log 2>&1 < in"), ["cmd"]);
    assert_eq!(read("echo $(nproc --all) `date` $@"), ["echo $(nproc --all) `date` $@"]);
}

#[test]
fn scripts() {
    let text = "#!/bin/bash\nset -e\nWORKERS=${WEB_CONCURRENCY:-2}\nif [ \"$1\" = worker ]; then\n  exec celery -A app worker\n\
                fi\ncase \"$1\" in\n  beat) celery beat ;;\n  *) true ;;\nesac\ncat <<EOF\nnot a command\nEOF\nfor i in a b; do echo $i; done\n\
                main() {\n  inner\n}\nexec \"$@\"\n";
    assert_eq!(
        read(text),
        [
            "set -e",
            "WORKERS=${WEB_CONCURRENCY:-2}",
            "?exec celery -A app worker",
            "?celery beat",
            "?true",
            "cat",
            "?echo $i",
            "?inner",
            "exec $@"
        ]
    );
}

#[test]
fn hostile_texts_end() {
    for text in ["'", "\"", "${", "$(", "`", "a=", "<<", "case", "for", "((((", "\\", "$", "é$é", "if [ ", "}}}"] {
        let _ = read(text);
    }
    let _ = read(&"(".repeat(100_000));
    let _ = read(&"${".repeat(50_000));
}
