//! `scalelint explain`: a rule's page on the terminal, apart since it analyses nothing.

use super::print;
use crate::error::Error;
use crate::output::{self, Style};
use crate::rules::Rule;
use crate::session::near_rule;
use crate::suppress::{UNUSED_SUPPRESSION, UNUSED_SUPPRESSION_PAGE};
use crate::terminal::ColorChoice;

/// Print the page of `name`.
pub(super) fn run(name: &str, color: ColorChoice) -> Result<u8, Error> {
    if name == UNUSED_SUPPRESSION {
        print(UNUSED_SUPPRESSION_PAGE.as_bytes())?;
        return Ok(0);
    }
    let unknown = || Error::Rule { name: name.into(), near: near_rule(name).map(Into::into) };
    let rule = Rule::named(name).ok_or_else(unknown)?;
    let colour = color.enabled(&std::io::stdout());
    let style = Style { colour, width: 100, links: colour };
    let mut page = output::page(rule.page(), &style);
    if !page.ends_with('\n') {
        page.push('\n');
    }
    print(page.as_bytes())?;
    Ok(0)
}
