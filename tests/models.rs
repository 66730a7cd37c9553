//! Every example of every built-in model: the facts in a line's trailing comment are what the analysis sees on that line. Examples are
//! read from the models as people write them; the program has none.

use scalelint::lang::Language;
use scalelint::link::{Deadlines, Project, Site};
use scalelint::models::schema::{Behaviour, Example, ModelFile};
use scalelint::models::{ActId, Models, Role, Trait, Versions};
use scalelint::source::LineIndex;
use scalelint::workbench;
use std::collections::{BTreeMap, BTreeSet};
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

/// What the program has packed says what is written, whatever versions a project uses.
#[test]
fn the_program_has_every_model_as_it_is_written() {
    let written: Vec<(Language, ModelFile)> = written().collect();
    let mut stated = vec![Versions::default()];
    for (language, file) in &written {
        stated.extend(file.example.iter().filter(|example| !example.versions.is_empty()).map(|of| versions(*language, of)));
    }
    // Of a manifest that asks for none of the generators.
    stated.push(Versions::read([("Cargo.toml", "[dependencies]\naxum = \"0.7\"\n")].into_iter()));
    assert!(stated.len() > 5, "examples tell versions apart");
    for (round, versions) in stated.into_iter().enumerate() {
        let models = Models::compile(&written, &versions).unwrap_or_else(|error| panic!("{error}"));
        let packed = Models::built_in(|_| true, &versions);
        // Versions decide about calls alone.
        let decided = |file: &ModelFile| file.call.iter().any(|call| call.versions.is_some());
        for (language, file) in written.iter().filter(|(_, file)| round == 0 || decided(file) || !file.implement.is_empty()) {
            for path in paths(file) {
                assert_eq!(said_of(&packed, *language, &path), said_of(&models, *language, &path), "{path}");
            }
            assert_eq!(packed.answers_requests(&file.package), models.answers_requests(&file.package), "{}", file.package);
        }
        let whole = |models: &Models| {
            let lists: Vec<String> = models.lists().map(|lists| format!("{lists:?}")).collect();
            let extensions = Language::ALL.into_iter().flat_map(|language| models.extensions(language));
            let extensions: Vec<_> = extensions.map(|of| (of.imports.len(), acts(models, of.methods.iter()))).collect();
            format!("{lists:?} {:?} {:?} {:?} {extensions:#?}", models.unread(), models.idling(), models.settings())
        };
        assert_eq!(whole(&packed), whole(&models));
        let types = written.iter().flat_map(|(_, file)| &file.types).filter(|_| round == 0);
        for name in types.flat_map(|ty| ty.method.keys()).flat_map(|of| of.split('|')).map(str::trim) {
            assert_eq!(packed.is_changing_method(name), models.is_changing_method(name), "{name}");
            for role in [Role::Join, Role::FetchMany] {
                assert_eq!(packed.is_method_with(name, role), models.is_method_with(name, role), "{name}");
            }
        }
    }
}

/// Every name that a model mentions, and what is above it.
fn paths(file: &ModelFile) -> BTreeSet<String> {
    let calls = file.call.iter().flat_map(|call| &call.name).chain(file.types.iter().flat_map(|ty| &ty.name));
    let traits = file
        .extension
        .iter()
        .flat_map(|of| &of.import)
        .chain(file.implement.iter().flat_map(|of| of.interface.iter().chain(&of.attribute)));
    let all: Vec<&String> = calls.chain(traits).chain(file.alias.iter().flat_map(|(from, to)| [from, to])).collect();
    let above = |path: &&String| path.match_indices(['.', ':']).map(|(at, _)| path[..at].to_owned()).collect::<Vec<_>>();
    all.iter().flat_map(above).chain(all.iter().map(|&path| path.clone())).collect()
}

fn said_of(models: &Models, language: Language, path: &str) -> String {
    let Some(node) = models.find(language, path) else { return "nothing".to_owned() };
    let call = models.call_at(node).map(|id| act(models, id));
    let implement = (models.implement(Some(node), None), models.implement(None, Some(node)));
    let ty = models.type_at(node).map(|id| {
        let ty = models.ty(id);
        let bases: Vec<&str> = ty.bases.iter().map(|&base| models.ty(base).name.as_str()).collect();
        let parts = [ty.new, ty.awaited, ty.iterate, ty.index].map(|part| part.map(|id| act(models, id)));
        let fields: BTreeMap<&str, String> = ty.fields.iter().map(|(name, spec)| (&**name, format!("{spec:?}"))).collect();
        // All of it, without the numbers of behaviours and the order of tables.
        let text = format!("{ty:?}").replace(|c: char| c.is_ascii_digit(), "");
        let mut words: Vec<&str> = text.split([',', ' ', '{', '}']).collect();
        words.sort_unstable();
        format!("{bases:?} {parts:#?} {fields:#?} {:#?} {words:?}", acts(models, ty.methods.iter()))
    });
    format!("{call:#?} {implement:?} {ty:#?}")
}

fn acts<'m>(models: &Models, methods: impl Iterator<Item = (&'m Box<str>, &'m ActId)>) -> BTreeMap<&'m str, String> {
    methods.map(|(name, &id)| (&**name, act(models, id))).collect()
}

/// A behaviour, without what is packed in another place: how it is called, and for which versions it is.
fn act(models: &Models, id: ActId) -> String {
    let act = models.act(id);
    let behaviour = Behaviour { name: Vec::new(), versions: None, ..Behaviour::clone(&act.behaviour) };
    let rest =
        (&act.name, &act.returns, act.adds, act.receiver_adds, &act.library, &act.advice, &act.further_advice, &act.blocks);
    format!("{behaviour:?} {rest:?}")
}

fn versions(language: Language, example: &Example) -> Versions {
    let mut versions = Versions::default();
    for (package, version) in &example.versions {
        versions.set(language, package, version);
    }
    versions
}

fn check(language: Language, model: &ModelFile, at: usize, example: &Example, faults: &mut Vec<String>) {
    let path = match language {
        Language::Python => "example.py",
        Language::Rust => "src/main.rs",
        Language::Sql | Language::Deployment(_) => return,
    };
    let texts = [(path.to_owned(), example.code.clone())];
    let project = workbench::project(&texts, Some(versions(language, example)));
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
