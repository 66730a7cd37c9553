//! Which names are those of secrets: passwords, tokens, keys, card and identity numbers; and which words say that one is hidden.

/// What a name says of the value under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NamedAs {
    /// A secret: nothing else is called so.
    Secret,
    /// A secret, or something else of that name: the tokens of a parser, a secret object of a cluster.
    Perhaps,
}

/// Words that say nothing of what the value is: `password_str`, `raw_password`.
const FORMS: [&str; 12] =
    ["plain", "plaintext", "raw", "value", "str", "string", "text", "input", "1", "2", "bytes", "confirmation"];

/// Names of one word.
const SECRETS: [&str; 10] =
    ["password", "passwd", "passphrase", "passcode", "cvv", "cvc", "ssn", "apikey", "otp", "userpassword"];

/// The last two words of a name.
const PAIRS: [(&str, &[&str]); 12] = [
    (
        "token",
        &[
            "access",
            "refresh",
            "id",
            "auth",
            "api",
            "bearer",
            "session",
            "reset",
            "oauth",
            "login",
            "jwt",
            "github",
            "gitlab",
            "slack",
            "bot",
            "admin",
            "verification",
            "activation",
            "confirmation",
            "confirm",
            "invite",
            "invitation",
            "signup",
            "magic",
            "personal",
            "recovery",
            "impersonation",
            "registration",
            "service",
            "secret",
            "security",
            "password",
        ],
    ),
    (
        "secret",
        &[
            "client",
            "app",
            "application",
            "shared",
            "jwt",
            "api",
            "consumer",
            "webhook",
            "signing",
            "totp",
            "otp",
            "auth",
            "session",
        ],
    ),
    ("key", &["api", "secret", "private", "signing", "encryption", "recovery", "auth", "fernet", "jwt"]),
    ("number", &["card", "cc", "security", "passport"]),
    ("card", &["credit"]),
    ("id", &["national"]),
    ("header", &["auth", "authorization"]),
    ("code", &["otp", "totp", "mfa", "pin", "recovery", "backup", "twofa"]),
    ("pwd", &["user", "db", "admin", "new", "old", "current", "login", "account", "smtp", "redis", "postgres", "mysql"]),
    ("pin", &["card", "user", "account"]),
    ("credentials", &["login"]),
    ("jwt", &["access", "user", "session"]),
];

/// Words that make it something else: a question, a number, a name, or what no longer is the secret.
const OTHERWISE: [&str; 63] = [
    "www",
    "is",
    "has",
    "had",
    "use",
    "uses",
    "using",
    "need",
    "needs",
    "require",
    "requires",
    "required",
    "allow",
    "allows",
    "no",
    "not",
    "num",
    "n",
    "max",
    "min",
    "count",
    "total",
    "missing",
    "valid",
    "check",
    "with",
    "without",
    "skip",
    "should",
    "can",
    "masked",
    "hashed",
    "hash",
    "redacted",
    "encrypted",
    "obfuscated",
    "public",
    "fake",
    "dummy",
    "mock",
    "csrf",
    "xsrf",
    "page",
    "next",
    "continuation",
    "sync",
    "cancel",
    "cancellation",
    "forgot",
    "change",
    "update",
    "verify",
    "set",
    "revoke",
    "send",
    "validate",
    "show",
    "disable",
    "enable",
    "sealed",
    "cipher",
    "truncated",
    "partial",
];

/// Keys of headers and forms that hold a secret.
const KEYS: [&str; 6] = ["authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token", "proxy-authorization"];

/// Words in the names of functions whose result does not show what they are given.
const HIDING: [&str; 48] = [
    "mask",
    "masked",
    "redact",
    "redacted",
    "hash",
    "hashed",
    "sha256",
    "sha1",
    "sha512",
    "md5",
    "blake2b",
    "hexdigest",
    "digest",
    "len",
    "length",
    "bool",
    "sanitize",
    "sanitise",
    "sanitized",
    "obfuscate",
    "censor",
    "scrub",
    "hmac",
    "fingerprint",
    "encrypt",
    "truncate",
    "shorten",
    "anonymize",
    "hide",
    "isinstance",
    "type",
    "count",
    "some",
    "none",
    "empty",
    "exists",
    "verify",
    "check",
    "validate",
    "preview",
    "prefix",
    "suffix",
    "last4",
    "partial",
    "safe",
    "compare",
    "id",
    "exclude",
];

/// What a name says of the value under it.
pub(crate) fn secret_name(name: &str) -> Option<NamedAs> {
    let words = words(name);
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    while words.len() > 1 && words.last().is_some_and(|last| FORMS.contains(last)) {
        words.pop();
    }
    let (&last, before) = words.split_last()?;
    if before.iter().any(|word| OTHERWISE.contains(word)) || before.first() == Some(&"reset") && last == "password" {
        return None;
    }
    let pair =
        || before.last().is_some_and(|&first| PAIRS.iter().any(|(second, firsts)| *second == last && firsts.contains(&first)));
    if SECRETS.contains(&last) || pair() || words.ends_with(&["secret", "access", "key"]) {
        return Some(NamedAs::Secret);
    }
    let plain = before
        .iter()
        .all(|word| ["new", "old", "user", "my", "self", "raw", "the", "current", "signed", "decoded"].contains(word));
    (matches!(last, "token" | "secret" | "jwt") && plain).then_some(NamedAs::Perhaps)
}

/// What the key of a mapping, form or header says of the value under it.
pub(crate) fn secret_key(key: &str) -> Option<NamedAs> {
    if KEYS.contains(&key.to_ascii_lowercase().as_str()) { Some(NamedAs::Secret) } else { secret_name(key) }
}

/// Whether a function's name says that its result does not show what it is given.
pub(crate) fn hides(name: &str) -> bool {
    words(name).iter().any(|word| HIDING.contains(&word.as_str()))
}

/// Whether a name says that what bears it removes secrets from what passes through.
pub(crate) fn redacts(name: &str) -> bool {
    let removing = [
        "redact",
        "redacts",
        "redacting",
        "redacted",
        "redaction",
        "scrub",
        "scrubbing",
        "mask",
        "masking",
        "masks",
        "censor",
        "sanitize",
        "sanitizing",
        "sensitive",
        "secrets",
    ];
    words(name).iter().any(|word| removing.contains(&word.as_str()))
}

/// Whether a path says that its code reads a language: its tokens are words.
pub(crate) fn reads_language(path: &str) -> bool {
    let about = [
        "lexer",
        "lexers",
        "parser",
        "parsers",
        "parsing",
        "tokenizer",
        "tokenizers",
        "tokenize",
        "tokenization",
        "nlp",
        "llm",
        "llms",
        "embedding",
        "embeddings",
        "syntax",
        "ast",
        "grammar",
        "compiler",
        "sql",
        "chat",
        "inference",
        "markdown",
    ];
    path.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| about.contains(&word.to_ascii_lowercase().as_str()))
}

/// Whether a name is that of an error: `e`, `err`, `e_token`.
pub(crate) fn is_error(name: &str) -> bool {
    words(name).first().is_some_and(|first| matches!(first.as_str(), "e" | "err" | "error" | "exc" | "exception"))
}

/// `accessToken`, `access_token`, `ACCESS_TOKEN` as `access`, `token`.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for c in name.chars() {
        let starts = before == '_' || words.is_empty() || c.is_ascii_uppercase() && before.is_ascii_lowercase();
        if !c.is_ascii_alphanumeric() {
            before = '_';
            continue;
        }
        match words.last_mut() {
            Some(last) if !starts => last.push(c.to_ascii_lowercase()),
            _ => words.push(c.to_ascii_lowercase().to_string()),
        }
        before = c;
    }
    // `password1`, `password2`: the second field of a form.
    if let Some(last) = words.last_mut()
        && last.len() > 1
        && last.ends_with(['1', '2'])
        && !last.starts_with(|c: char| c.is_ascii_digit())
        && !["sha1", "sha512", "blake2", "oauth2"].contains(&last.as_str())
    {
        last.pop();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_by_their_last_words() {
        for name in [
            "password",
            "newPassword",
            "user_password",
            "PASSWORD",
            "password2",
            "accessToken",
            "client_secret",
            "API_KEY",
            "card_number",
            "raw_password",
            "apiKey",
        ] {
            assert_eq!(secret_name(name), Some(NamedAs::Secret), "{name}");
        }
        for name in ["token", "jwt", "user_token", "secret"] {
            assert_eq!(secret_name(name), Some(NamedAs::Perhaps), "{name}");
        }
        for name in [
            "password_hash",
            "is_password",
            "has_token",
            "csrf_token",
            "next_page_token",
            "tokens",
            "max_token",
            "token_id",
            "secret_name",
            "reset_password",
            "key",
            "public_key",
            "password_field",
            "pwd",
        ] {
            assert_eq!(secret_name(name), None, "{name}");
        }
        assert_eq!(secret_key("Authorization"), Some(NamedAs::Secret));
        assert!(hides("mask_token") && hides("sha256") && !hides("create_token"));
    }
}
