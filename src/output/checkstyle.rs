//! Checkstyle's XML, which many build servers and review bots read. Apart because its findings are grouped by file.

use super::escape;
use super::places::Places;
use crate::finding::{Finding, Level, Report};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, Event};
use std::io::{self, Write};

/// The version of the format; readers look at nothing newer.
const VERSION: &str = "4.3";

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let places = Places::new(report);
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    // Sorted by path, so a file's findings stand together.
    let files = report.findings.chunk_by(|a, b| a.place.file == b.place.file);
    writer.create_element("checkstyle").with_attribute(("version", VERSION)).write_inner_content(|writer| {
        for findings in files {
            let path = escape::visible(&places.file(findings[0].place).path);
            writer
                .create_element("file")
                .with_attribute(("name", path.as_ref()))
                .write_inner_content(|writer| findings.iter().try_for_each(|finding| error(&places, finding, writer)))?;
        }
        Ok(())
    })?;
    out.write_all(&writer.into_inner())?;
    out.write_all(b"\n")
}

fn error(places: &Places<'_>, finding: &Finding, writer: &mut Writer<Vec<u8>>) -> io::Result<()> {
    let at = places.start(finding.place);
    let severity = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "info",
    };
    writer
        .create_element("error")
        .with_attribute(("line", at.line.to_string().as_str()))
        .with_attribute(("column", at.column.to_string().as_str()))
        .with_attribute(("severity", severity))
        .with_attribute(("message", escape::visible(&super::advised(finding)).as_ref()))
        .with_attribute(("source", format!("scalelint.{}", finding.rule).as_str()))
        .write_empty()?;
    Ok(())
}
