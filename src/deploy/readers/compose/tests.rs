//! What services of compose files run.

use crate::workbench;

/// The processes of the only service of this file, as they are shown, with how many there are of each.
fn run(service: &str) -> Vec<(String, String)> {
    let text = format!("services:\n  web:\n    build: .\n{service}");
    let texts = [("docker-compose.yml".to_owned(), text), ("Dockerfile".to_owned(), "FROM python:3.13\n".to_owned())];
    let project = workbench::project(&texts, None);
    let containers = project.deployment().workloads.iter().flat_map(|workload| &workload.containers);
    let processes = containers.flat_map(|container| &container.processes);
    processes.map(|process| (process.name.clone(), process.workers.amount.to_string())).collect()
}

fn of(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, amount)| ((*name).to_owned(), (*amount).to_owned())).collect()
}

#[test]
fn variables_that_nobody_sets() {
    let both = of(&[("python manage.py", "1"), ("gunicorn", "3")]);
    let names = |list: Vec<(String, String)>| list.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let plain = "    command: sh -c \"flask init $$KIND && gunicorn -w 3 app:app\"\n";
    assert_eq!(names(run(plain)).last(), Some(&both[1].0));
    let unset = "    command: sh -c \"gunicorn -w 3 -b :$PORT app:app\"\n";
    assert_eq!(run(unset), of(&[("gunicorn", "3")]));
    let listed = "    command: [\"sh\", \"-c\", \"gunicorn -w 3 -b :${PORT} app:app\"]\n";
    assert_eq!(run(listed), of(&[("gunicorn", "3")]));
    assert_eq!(run("    command: gunicorn -w $WORKERS app:app\n"), of(&[("gunicorn", "unknown")]));
    assert_eq!(run("    command: $COMMAND\n"), of(&[]));
}

#[test]
fn a_line_that_goes_on_and_was_folded() {
    let folded = "    command: sh -c \"true && gunicorn app:app \\\n      --workers ${WORKERS:-8}\"\n";
    assert_eq!(run(folded).last(), of(&[("gunicorn", "8")]).last());
}
