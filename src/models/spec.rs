//! The notation for values in models (`returns`, `field`, `enter`), read once at load time; its grammar is in [`crate::models`].

/// A value that a model describes, relative to the call it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spec {
    /// `self`.
    Receiver,
    /// `T`, `U`: a type argument of the receiver.
    TypeArgument(u8),
    /// `arg0`.
    Argument(u16),
    /// `new arg0`: an instance of a class.
    New(Box<Spec>),
    /// `call arg0`: what calling it gives.
    CallOf(Box<Spec>),
    /// `element arg0`.
    Element(Box<Spec>),
    /// `pkg.Type<..>`: the path still to be looked up.
    Instance(String, Vec<Spec>),
    /// `class pkg.Type`.
    Class(String),
    /// `list<..>`.
    List(Box<Spec>),
}

impl Spec {
    /// Read the notation.
    ///
    /// # Errors
    /// A sentence about what is wrong with `text`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix("new ") {
            return Ok(Self::New(Box::new(Self::parse(rest)?)));
        }
        if let Some(rest) = text.strip_prefix("call ") {
            return Ok(Self::CallOf(Box::new(Self::parse(rest)?)));
        }
        if let Some(rest) = text.strip_prefix("element ") {
            return Ok(Self::Element(Box::new(Self::parse(rest)?)));
        }
        if let Some(rest) = text.strip_prefix("class ") {
            return Ok(Self::Class(rest.trim().to_owned()));
        }
        match text {
            "" => Err("the value is empty".to_owned()),
            "self" => Ok(Self::Receiver),
            "T" => Ok(Self::TypeArgument(0)),
            "U" => Ok(Self::TypeArgument(1)),
            _ => Self::parse_named(text),
        }
    }

    fn parse_named(text: &str) -> Result<Self, String> {
        if let Some(position) = text.strip_prefix("arg").and_then(|digits| digits.parse().ok()) {
            return Ok(Self::Argument(position));
        }
        let Some((base, rest)) = text.split_once('<') else {
            return Ok(Self::Instance(text.to_owned(), Vec::new()));
        };
        let inner = rest.strip_suffix('>').ok_or_else(|| format!("`{text}` lacks its closing `>`"))?;
        let arguments = split_top_level(inner).into_iter().map(Self::parse).collect::<Result<Vec<_>, _>>()?;
        match (base.trim(), arguments.as_slice()) {
            ("list", [element]) => Ok(Self::List(Box::new(element.clone()))),
            (base, _) => Ok(Self::Instance(base.to_owned(), arguments)),
        }
    }
}

/// Split at commas outside of `<..>`.
fn split_top_level(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0_u32, 0, Vec::new());
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'<' => depth += 1,
            b'>' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_nested_types() {
        let query = Spec::parse("orm.Query<new arg0, list<T>>");
        let arguments = vec![Spec::New(Box::new(Spec::Argument(0))), Spec::List(Box::new(Spec::TypeArgument(0)))];
        assert_eq!(query, Ok(Spec::Instance("orm.Query".to_owned(), arguments)));
        assert!(Spec::parse("orm.Query<T").is_err());
    }
}
