//! Which rules run and at which level: the one place where `--select`, configuration and sets meet.

use super::Options;
use crate::config::Config;
use crate::error::{Error, nearest};
use crate::finding::Level;
use crate::rules::Rule;
use crate::suppress::UNUSED_SUPPRESSION;
use std::collections::BTreeMap;

/// A word that names rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// Every rule.
    All,
    /// The rules of a set: `recommended`, `strict`.
    Set(String),
    /// The rules of a group: `resilience`.
    Group(String),
    /// One rule.
    Rule(&'static str),
}

impl Selector {
    /// What `word` names.
    ///
    /// # Errors
    /// When it names nothing.
    pub fn parse(word: &str) -> Result<Self, Error> {
        if word == "all" {
            return Ok(Self::All);
        }
        if let Some(rule) = known_rule(word) {
            return Ok(Self::Rule(rule));
        }
        if rules().any(|(_, set, _)| set == word) {
            return Ok(Self::Set(word.into()));
        }
        if rules().any(|(.., group)| group == word) {
            return Ok(Self::Group(word.into()));
        }
        let words = rules().flat_map(|(name, set, group)| [name, set, group]).chain(["all"]);
        Err(Error::Selector { name: word.into(), near: nearest(word, words).map(Into::into) })
    }

    /// How narrow it is when it names this rule: the narrower word wins over the wider one.
    fn matches(&self, name: &str, set: &str, group: &str) -> Option<u8> {
        match self {
            Self::All => Some(0),
            Self::Set(word) if word == set => Some(1),
            Self::Group(word) if word == group => Some(2),
            Self::Rule(word) if *word == name => Some(3),
            _ => None,
        }
    }
}

/// Name, set and group of every rule, and of the report on suppressions, which is always there and has no page.
fn rules() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let registered = Rule::all().iter().map(|rule| {
        let page = rule.page();
        (rule.name, page.set.as_str(), page.group.as_str())
    });
    registered.chain([(UNUSED_SUPPRESSION, "recommended", "suppressions")])
}

/// Every word that names rules, or rules alone, for the configuration's schema.
#[must_use]
pub(crate) fn selectors(rules_only: bool) -> Vec<&'static str> {
    let wide = rules().flat_map(|(_, set, group)| [set, group]).chain(["all"]);
    let mut words: Vec<&str> = rules().map(|(name, ..)| name).chain(wide.filter(|_| !rules_only)).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// The rule of this name as the registry spells it, the report on suppressions included.
#[must_use]
pub fn known_rule(name: &str) -> Option<&'static str> {
    rules().map(|(rule, ..)| rule).find(|rule| *rule == name)
}

/// The rule that `name` may have been meant to be.
#[must_use]
pub fn near_rule(name: &str) -> Option<&'static str> {
    nearest(name, rules().map(|(rule, ..)| rule))
}

/// What decided whether a rule runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origin {
    /// An option of the command line, with what was typed.
    Typed(&'static str, String),
    /// A key of the configuration: `select`, `rules.missing-timeout.level`.
    Configured(String),
    /// Nobody spoke of it.
    #[default]
    Default,
}

/// The rules that run, each with its level.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    levels: BTreeMap<&'static str, Level>,
    origins: BTreeMap<&'static str, Origin>,
}

impl Selection {
    /// Choose. `--select` replaces what the configuration chose, its `ignore` and `level = "off"` included; the other options
    /// add to it. Within one layer the narrower word wins, and among equals `ignore` does.
    ///
    /// # Errors
    /// When an option names no rule, group or set.
    pub fn new(config: &Config, options: &Options) -> Result<Self, Error> {
        let selected = options.select.as_deref();
        let typed = Layer {
            on: typed("--select", selected.unwrap_or_default())?
                .into_iter()
                .chain(typed("--extend-select", &options.extend_select)?)
                .collect(),
            off: typed("--ignore", &options.ignore)?,
        };
        let configured = if selected.is_none() { Layer::configured(config) } else { Layer::default() };
        // Who names the rules that run, and with that those that do not.
        let otherwise = match (selected, &config.select) {
            (Some(words), _) => Origin::Typed("--select", words.join(",")),
            (None, Some(_)) => Origin::Configured("select".into()),
            (None, None) => Origin::Default,
        };
        let mut selection = Self::default();
        for (name, set, group) in rules() {
            let decided = typed.decides(name, set, group).or_else(|| configured.decides(name, set, group));
            let (on, origin) = decided.unwrap_or((false, otherwise.clone()));
            if on {
                let default = Rule::named(name).map_or(Level::Warning, |rule| rule.page().level);
                selection.levels.insert(name, config.levels.get(name).copied().flatten().unwrap_or(default));
            }
            selection.origins.insert(name, origin);
        }
        Ok(selection)
    }

    /// The level of a rule that runs; none for one that does not.
    #[must_use]
    pub fn level(&self, rule: &str) -> Option<Level> {
        self.levels.get(rule).copied()
    }

    /// What decided that a rule runs, or that it does not.
    #[must_use]
    pub fn origin(&self, rule: &str) -> Origin {
        self.origins.get(rule).cloned().unwrap_or_default()
    }

    /// The rules that run, sorted by name.
    pub fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        self.levels.keys().filter_map(|name| Rule::named(name))
    }
}

/// Words from one place: the command line, or the configuration.
#[derive(Default)]
struct Layer {
    on: Vec<(Selector, Origin)>,
    off: Vec<(Selector, Origin)>,
}

/// The words of an option.
fn typed(option: &'static str, words: &[String]) -> Result<Vec<(Selector, Origin)>, Error> {
    words.iter().map(|word| Ok((Selector::parse(word)?, Origin::Typed(option, word.clone())))).collect()
}

impl Layer {
    fn configured(config: &Config) -> Self {
        let key = |key: &str| Origin::Configured(key.to_owned());
        let of = |words: &[Selector], name: &str| words.iter().cloned().map(|word| (word, key(name))).collect::<Vec<_>>();
        let recommended = || vec![(Selector::Set("recommended".into()), Origin::Default)];
        let mut on = config.select.as_deref().map_or_else(recommended, |words| of(words, "select"));
        on.extend(of(&config.extend_select, "extend-select"));
        let mut off = of(&config.ignore, "ignore");
        for (rule, level) in &config.levels {
            let list = if level.is_some() { &mut on } else { &mut off };
            list.push((Selector::Rule(rule), key(&format!("rules.{rule}.level"))));
        }
        Self { on, off }
    }

    /// Whether this layer switches the rule on or off, and which of its words does; none when it does not speak of it.
    fn decides(&self, name: &str, set: &str, group: &str) -> Option<(bool, Origin)> {
        let narrowest = |words: &[(Selector, Origin)]| {
            let matching = words.iter().filter_map(|(word, origin)| Some((word.matches(name, set, group)?, origin.clone())));
            matching.max_by_key(|(width, _)| *width)
        };
        match (narrowest(&self.on), narrowest(&self.off)) {
            (None, None) => None,
            (Some((on, origin)), Some((off, _))) if on > off => Some((true, origin)),
            (Some((_, origin)), None) => Some((true, origin)),
            (_, Some((_, origin))) => Some((false, origin)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(config: &Config, select: &[&str], extend: &[&str], ignore: &[&str]) -> Result<Selection, Error> {
        let words = |words: &[&str]| words.iter().map(|&word| word.into()).collect::<Vec<String>>();
        let select = (!select.is_empty()).then(|| words(select));
        let options = Options { select, extend_select: words(extend), ignore: words(ignore), ..Options::default() };
        Selection::new(config, &options)
    }

    #[test]
    fn narrower_words_win() -> Result<(), Error> {
        let config = Config::default();
        let rule = "missing-timeout";
        assert!(choose(&config, &[rule], &[], &["all"])?.level(rule).is_some());
        assert!(choose(&config, &["all"], &[], &[rule])?.level(rule).is_none());
        assert!(choose(&config, &[rule], &[], &[rule])?.level(rule).is_none());
        assert!(choose(&config, &["all"], &[], &["resilience"])?.level(rule).is_none());
        assert!(choose(&config, &[], &[], &[])?.level(UNUSED_SUPPRESSION).is_some());
        assert!(choose(&config, &[rule], &[], &[])?.level(UNUSED_SUPPRESSION).is_none());
        Ok(())
    }

    #[test]
    fn the_command_line_wins_over_the_configuration() -> Result<(), Error> {
        let rule = "missing-timeout";
        let mut config = Config::default();
        config.levels.insert(rule, None);
        assert!(choose(&config, &[], &[], &[])?.level(rule).is_none());
        assert!(choose(&config, &["recommended"], &[], &[])?.level(rule).is_some());
        assert!(choose(&config, &[], &[rule], &[])?.level(rule).is_some());
        config.levels.insert(rule, Some(Level::Error));
        assert_eq!(choose(&config, &[], &[], &[])?.level(rule), Some(Level::Error));
        Ok(())
    }

    #[test]
    fn every_decision_has_an_origin() -> Result<(), Error> {
        let rule = "missing-timeout";
        let mut config = Config::default();
        assert_eq!(choose(&config, &[], &[], &[])?.origin(rule), Origin::Default);
        assert_eq!(choose(&config, &[], &[], &["resilience"])?.origin(rule), Origin::Typed("--ignore", "resilience".into()));
        assert_eq!(choose(&config, &["state"], &[], &[])?.origin(rule), Origin::Typed("--select", "state".into()));
        config.levels.insert(rule, None);
        assert_eq!(choose(&config, &[], &[], &[])?.origin(rule), Origin::Configured("rules.missing-timeout.level".into()));
        assert_eq!(choose(&config, &[], &[rule], &[])?.origin(rule), Origin::Typed("--extend-select", rule.into()));
        Ok(())
    }

    #[test]
    fn unknown_words_are_errors() {
        let error = choose(&Config::default(), &["mising-timeout"], &[], &[]).err();
        assert!(error.and_then(|error| error.advice()).is_some_and(|advice| advice.contains("`missing-timeout`")));
    }
}
