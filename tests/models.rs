//! Every example of every built-in model: the facts in a line's trailing comment are what the analysis sees on that line. Examples are
//! read from the models as people write them; the program has none.

use scalelint::lang::Language;
use scalelint::link::{Deadlines, Project, Site};
use scalelint::models::schema::{Example, ModelFile};
use scalelint::models::{Role, Trait, Versions, built_in};
use scalelint::source::LineIndex;
use scalelint::workbench;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[test]
fn every_example_of_every_model_reads_as_it_says() {
    let mut faults = Vec::new();
    for (language, model) in written() {
        for (at, example) in model.example.iter().enumerate() {
            check(language, &model, at, example, &mut faults);
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

/// The models as they are written.
fn written() -> impl Iterator<Item = (Language, ModelFile)> {
    [Language::Python, Language::Rust].into_iter().flat_map(|language| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lang").join(language.name()).join("models");
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(folder).expect("models").map(|entry| entry.expect("a model").path()).collect();
        paths.sort();
        let read = |path: PathBuf| toml::from_str(&std::fs::read_to_string(path).expect("a text")).expect("a model");
        paths.into_iter().map(move |path| (language, read(path)))
    })
}

#[test]
fn the_program_has_every_model() {
    let named = |models: &mut dyn Iterator<Item = (Language, ModelFile)>| -> Vec<(Language, String, usize)> {
        models.map(|(language, model)| (language, model.package, model.call.len() + model.types.len())).collect()
    };
    assert_eq!(named(&mut built_in(|_| true).into_iter()), named(&mut written()));
}

fn check(language: Language, model: &ModelFile, at: usize, example: &Example, faults: &mut Vec<String>) {
    let path = match language {
        Language::Python => "example.py",
        Language::Rust => "src/main.rs",
        Language::Sql | Language::Deployment(_) => return,
    };
    let mut versions = Versions::default();
    for (package, version) in &example.versions {
        versions.set(language, package, version);
    }
    let texts = [(path.to_owned(), example.code.clone())];
    let project = match workbench::project(&texts, Some(versions)) {
        Ok(project) => project,
        Err(error) => return faults.push(error.to_string()),
    };
    let seen = seen_by_line(&project, &example.code);
    let marker = if language == Language::Python { "# " } else { "// " };
    for (number, line) in example.code.lines().enumerate() {
        let Some((code, comment)) = line.rsplit_once(marker).filter(|(code, _)| !code.trim().is_empty()) else { continue };
        let seen = &seen[number];
        for fact in comment.split(',').map(str::trim) {
            if !holds(fact, seen) {
                let seen: Vec<&str> = seen.iter().map(String::as_str).collect();
                faults.push(format!(
                    "{} {} example {at}, line {}: `{}` is not `{fact}` but [{}]",
                    language.name(),
                    model.package,
                    number + 1,
                    code.trim(),
                    seen.join(", ")
                ));
            }
        }
    }
}

fn holds(fact: &str, seen: &BTreeSet<String>) -> bool {
    let no_role = !seen.iter().any(|seen| Role::ALL.iter().any(|role| role.name() == seen));
    match fact {
        "none" => no_role,
        "timeout none" => seen.contains(fact),
        _ if fact.starts_with("timeout ") => !seen.contains("timeout none"),
        _ if fact.starts_with("entry ") => seen.iter().any(|seen| seen == fact || seen.starts_with(&format!("{fact} "))),
        _ => seen.contains(fact),
    }
}

fn seen_by_line(project: &Project, code: &str) -> Vec<BTreeSet<String>> {
    let index = LineIndex::new(code);
    let mut lines = vec![BTreeSet::new(); index.lines() + 1];
    for role in Role::ALL {
        for site in project.sites(*role) {
            let span = project.site_place(&site).span;
            for line in [index.line(span.start), index.line(span.end.saturating_sub(1))] {
                lines[line].extend(site_facts(&site));
            }
        }
    }
    for function in project.functions() {
        for (op, act) in project.described(function) {
            let span = project.place(function, op).span;
            let behaviour = &act.behaviour;
            let flags = [
                (behaviour.once, "once"),
                (behaviour.detached, "detached"),
                (behaviour.injects.is_some(), "injected"),
                (behaviour.test, "entry test"),
            ];
            let flags = flags.into_iter().filter(|(set, _)| *set).map(|(_, name)| name.to_owned());
            let kind = behaviour.kind.map(|kind| format!("kind {}", kind.name()));
            let blocks = act.blocks.is_some().then(|| "blocks".to_owned());
            for fact in flags.chain(kind).chain(blocks) {
                for line in [index.line(span.start), index.line(span.end.saturating_sub(1))] {
                    lines[line].insert(fact.clone());
                }
            }
        }
        if project.is_test(function) {
            lines[index.line(project.place_of_name(function).span.start)].insert("entry test".to_owned());
        }
    }
    for point in project.entry_points() {
        let span = project.place_of_name(point.function).span;
        let text = format!("entry {} {}", point.kind.name(), point.label).trim().to_owned();
        let registered = project.registration(point).map(|place| [place.span.start, place.span.end.saturating_sub(1)]);
        for line in registered.into_iter().flatten().chain([span.start]).map(|offset| index.line(offset)) {
            lines[line].insert(text.clone());
        }
    }
    lines
}

fn site_facts(site: &Site<'_>) -> Vec<String> {
    let mut facts = vec![site.role.name().to_owned()];
    let traits = site.receiver.traits.union(site.result.traits);
    facts.extend(Trait::ALL.iter().filter(|&&which| traits.has(which)).map(|which| which.name().to_owned()));
    if site.deadlines() == Deadlines::Never {
        facts.push("timeout none".to_owned());
    }
    facts
}
