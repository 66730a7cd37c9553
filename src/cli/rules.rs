//! `scalelint rules`: the table of rules, apart since it reads pages and analyses nothing.

use super::print;
use crate::error::Error;
use crate::rules::Rule;

/// Print name, set, languages and one line of each rule. Columns are padded and no wider than their content, so that `cut` and
/// `awk` work as well as eyes.
pub(super) fn run() -> Result<u8, Error> {
    let rows = Rule::all().iter().map(|rule| {
        let page = rule.page();
        [rule.name.to_string(), page.set.clone(), page.languages.join(","), page.short().to_string()]
    });
    let rows = rows.collect::<Vec<_>>();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let [name, set, languages] = [width(0), width(1), width(2)];
    let line = |row: &[String; 4]| format!("{:name$}  {:set$}  {:languages$}  {}\n", row[0], row[1], row[2], row[3]);
    print(rows.iter().map(line).collect::<String>().as_bytes())?;
    Ok(0)
}
