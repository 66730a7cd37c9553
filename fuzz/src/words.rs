//! The words of each language, and what it nests with: what token soup is made of.

/// What sort of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Python.
    Python,
    /// Rust.
    Rust,
    /// SQL.
    Sql,
    /// YAML: manifests, compose files, values, templates of charts.
    Yaml,
    /// Dockerfiles.
    Dockerfile,
    /// Shell scripts and Procfiles.
    Shell,
    /// Terraform.
    Hcl,
    /// Sections of keys.
    Ini,
    /// TOML: platforms, models, configuration.
    Toml,
    /// Directives of proxies.
    Proxy,
    /// A comment that silences.
    Comment,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Python,
        Self::Rust,
        Self::Sql,
        Self::Yaml,
        Self::Dockerfile,
        Self::Shell,
        Self::Hcl,
        Self::Ini,
        Self::Toml,
        Self::Proxy,
        Self::Comment,
    ];

    /// Columns of one level.
    pub fn indent(self) -> usize {
        if matches!(self, Self::Yaml | Self::Hcl) { 2 } else { 4 }
    }
}

/// The words of a kind.
pub fn of(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Python => PYTHON,
        Kind::Rust => RUST,
        Kind::Sql => SQL,
        Kind::Yaml => YAML,
        Kind::Dockerfile => DOCKERFILE,
        Kind::Shell => SHELL,
        Kind::Hcl => HCL,
        Kind::Ini => INI,
        Kind::Toml => TOML,
        Kind::Proxy => PROXY,
        Kind::Comment => COMMENT,
    }
}

/// What opens and closes in a kind.
pub fn pairs(kind: Kind) -> &'static [(&'static str, &'static str)] {
    match kind {
        Kind::Python => &[
            ("(", ")"),
            ("[", "]"),
            ("{1:", "}"),
            ("f'{", "}'"),
            ("f\"\"\"{", "}\"\"\""),
            ("not ", ""),
            ("-", ""),
            ("lambda: ", ""),
            ("a if b else ", ""),
            ("f(", ")"),
            ("a.", ""),
            ("a[", "]"),
            ("await ", ""),
            ("if a:\n ", ""),
            ("a + ", ""),
            ("[a for a in ", "]"),
            ("(yield ", ")"),
        ],
        Kind::Rust => &[
            ("(", ")"),
            ("[", "]"),
            ("{", "}"),
            ("vec![", "]"),
            ("json!({\"a\":", "})"),
            ("Vec<", ">"),
            ("&", ""),
            ("!", ""),
            ("-", ""),
            ("|| ", ""),
            ("if a {", "}"),
            ("mod m {", "}"),
            ("match a { _ => ", "}"),
            ("a.b(", ")"),
            ("select! { a = ", " => {} }"),
            ("/*", "*/"),
            ("r#\"", "\"#"),
            ("async move {", "}"),
            ("#[cfg(", ")]"),
        ],
        Kind::Sql => &[
            ("(", ")"),
            ("NOT ", ""),
            ("-", ""),
            ("CASE WHEN a THEN ", " END"),
            ("(SELECT ", ")"),
            ("ARRAY[", "]"),
            ("a AND ", ""),
            ("CAST(", " AS int)"),
            ("/*", "*/"),
            ("STRUCT<a ", ">"),
            ("ARRAY<", ">"),
        ],
        Kind::Yaml => &[
            ("- ", ""),
            ("{a: ", "}"),
            ("[", "]"),
            ("\"", "\""),
            ("{{ if .Values.a }}\n", "{{ end }}\n"),
            ("{{ (", ") }}"),
            ("? ", ""),
            ("&a [", "]"),
            ("{{ include \"a\" (", ") }}"),
            ("!a ", ""),
        ],
        Kind::Dockerfile | Kind::Shell => &[
            ("$(", ")"),
            ("`", "`"),
            ("${A:-", "}"),
            ("\"", "\""),
            ("'", "'"),
            ("sh -c \"", "\""),
            ("(", ")"),
            ("if a; then ", "; fi"),
            ("exec ", ""),
            ("{ ", "; }"),
            ("case a in a) ", ";; esac"),
            ("f() { ", "; }"),
        ],
        Kind::Hcl => &[
            ("{", "}"),
            ("[", "]"),
            ("(", ")"),
            ("\"${", "}\""),
            ("a {\n", "}\n"),
            ("!", ""),
            ("-", ""),
            ("max(", ")"),
            ("a ? b : ", ""),
            ("[for a in ", ": a]"),
            ("<<EOT\n", "\nEOT\n"),
        ],
        Kind::Ini => &[("[", "]"), ("%(", ")s"), ("\"", "\"")],
        Kind::Toml => &[("[", "]"), ("{a = ", "}"), ("\"\"\"", "\"\"\""), ("a.", ""), ("[[", "]]")],
        Kind::Proxy => &[("a {", "}"), ("\"", "\""), ("(", ")"), ("if ($a) {", "}")],
        Kind::Comment => &[("[", "]"), ("`", "`"), ("# ", "")],
    }
}

#[rustfmt::skip]
const PYTHON: &[&str] = &[
    "def ", "class ", "async ", "await ", "for ", "in ", "if ", "elif ", "else:", "while ", "try:", "except ", "finally:", "with ",
    "as ", "import ", "from ", "return ", "yield ", "yield from ", "lambda ", "global ", "nonlocal ", "del ", "raise ", "assert ",
    "pass", "break", "continue", "match ", "case ", "type ", "not ", "and ", "or ", "is ", "None", "True", "False", "self", "a",
    "b", "x", "f", "_", "__name__", "'__main__'", "@", "(", ")", "[", "]", "{", "}", ":", ",", ".", ";", "=", "==", "!=", ":=",
    "->", "+", "-", "*", "**", "/", "//", "%", "<<", "|", "&", "~", "<", ">=", "+=", "|=", "...", "0", "1", "0x_f", "1e999", "1j",
    "99999999999999999999", "''", "\"a\"", "'''", "\"\"\"", "f'{a}'", "f\"{a!r:>{b}}\"", "rb'\\x'", "'\\N{DASH}'", "# a", "\\",
    "\n", "\n    ", "\n        ", "requests", "requests.get(a)", "app.get('/')", "@app.route('/')\n", "session.query(A)", ".all()",
    "cache = {}\n", "redis.Redis()", "timeout=None", "*args", "**kwargs", "Depends(a)", "time.sleep(1)", "# scalelint: ignore[x] a",
    "print", "logging.info", "open('a')", "except*", "case _:", "if TYPE_CHECKING:",
];

#[rustfmt::skip]
const RUST: &[&str] = &[
    "fn ", "pub ", "async ", "await", "let ", "mut ", "if ", "else ", "match ", "loop ", "while ", "for ", "in ", "return ",
    "break ", "continue", "struct ", "enum ", "trait ", "impl ", "use ", "mod ", "static ", "const ", "type ", "where ", "move ",
    "unsafe ", "extern ", "dyn ", "ref ", "self", "Self", "crate", "super", "macro_rules!", "a", "b", "x", "T", "_", "'a", "'a'",
    "\"a\"", "r#\"a\"#", "b'a'", "0", "1u8", "1.0e9", "0x_f", "99999999999999999999999999999999999999999", "(", ")", "[", "]", "{",
    "}", "<", ">", "::", ":", ";", ",", ".", "..", "..=", "=>", "->", "=", "==", "!=", "+", "-", "*", "/", "%", "&", "&&", "|",
    "||", "!", "?", "#", "#!", "@", "$", "$x:expr", "#[derive(A)]", "#[cfg(test)]", "#[tokio::main]", "#[get(\"/\")]", "// a",
    "/* a */", "//! a", "\n", "vec![", "format!(", "println!(\"{a:?}\", b)", "json!({", "lazy_static! {", "select! {",
    "sqlx::query!(", ".await?", ".unwrap()", "reqwest::get(a)", "Router::new()", ".route(\"/\", get(a))", "std::thread::sleep",
    "Mutex<", "|x| x", "query_as!(A, \"select 1\")", "thread_local! {", "// scalelint: ignore[x] a",
];

#[rustfmt::skip]
const SQL: &[&str] = &[
    "SELECT ", "* ", "FROM ", "WHERE ", "AND ", "OR ", "NOT ", "LIKE ", "'%a'", "IN ", "BETWEEN ", "LIMIT ", "OFFSET ", "ORDER BY ",
    "GROUP BY ", "HAVING ", "JOIN ", "LEFT ", "ON ", "USING ", "UNION ALL ", "WITH ", "RECURSIVE ", "AS ", "INSERT INTO ",
    "VALUES ", "UPDATE ", "SET ", "DELETE ", "CREATE ", "TABLE ", "INDEX ", "UNIQUE ", "CONCURRENTLY ", "IF NOT EXISTS ", "VIEW ",
    "MATERIALIZED ", "ALTER ", "ADD ", "COLUMN ", "DROP ", "RENAME ", "TO ", "CONSTRAINT ", "PRIMARY KEY ", "FOREIGN KEY ",
    "REFERENCES ", "DEFAULT ", "CHECK ", "CASCADE ", "PARTITION BY ", "RANGE ", "a", "b", "t", "\"a\"", "`a`", "[a]", "a.b.c",
    "int", "varchar(10)", "serial", "timestamptz", "1", "-1", "'a'", "'it''s'", "E'\\n'", "$$ a $$", "$1", "?", ":a", "%s", "@a",
    "(", ")", ",", ";", ".", "=", "::", "->>", "||", "<", "-- a\n", "/* a */", "\n", "-- scalelint: ignore[x] a\n",
];

#[rustfmt::skip]
const YAML: &[&str] = &[
    "apiVersion: apps/v1\n", "kind: Deployment\n", "kind: CronJob\n", "kind: Service\n", "kind: HorizontalPodAutoscaler\n",
    "kind: StatefulSet\n", "kind: Ingress\n", "kind: List\n", "kind: Kustomization\n", "metadata:\n", "  name: a\n", "  labels: {app: a}\n",
    "spec:\n", "  replicas: 3\n", "  replicas: ${A}\n", "  template:\n", "    spec:\n", "      containers:\n", "      - name: a\n",
    "        image: a:1\n", "        command: [sh, -c, \"gunicorn a:b\"]\n", "        args: ['--workers', '4']\n", "        env:\n",
    "        - {name: A, value: '1'}\n", "        resources: {requests: {cpu: 100m}}\n", "        livenessProbe: {}\n",
    "      volumes:\n", "      - {name: a, emptyDir: {}}\n", "  schedule: '* * * * *'\n", "  concurrencyPolicy: Allow\n",
    "  minReplicas: 1\n", "  maxReplicas: 10\n", "  scaleTargetRef: {kind: Deployment, name: a}\n", "services:\n", "  a:\n",
    "    build: .\n", "    image: postgres:16\n", "    command: uvicorn a:app --workers 4\n", "    deploy: {replicas: 3}\n",
    "    volumes: ['./a:/a']\n", "    ports: ['80:80']\n", "    environment: [A=1]\n", "    extends: {service: a}\n",
    "    profiles: [dev]\n", "x-a: &a\n", "    <<: *a\n", "    <<: [*a, *b]\n", "---\n", "...\n", "{{ .Values.a }}",
    "{{- if .Values.a }}\n", "{{- end }}\n", "{{- range .Values.a }}\n", "{{- with .Values.a }}\n", "{{ include \"a\" . }}",
    "{{- define \"a\" }}\n", "{{ toYaml .Values | nindent 4 }}", "{{ .Values.a | default 3 | quote }}", "{{ $a := 1 }}", "{{/* a */}}",
    "{{ printf \"%d\" 1 }}", "{{ template \"a\" . }}", "{{ tpl .Values.a . }}", "{{ until 99999999 }}", "{{ repeat 9999 \"a\" }}",
    "{{ indent 99999 .Values.a }}", "{{ regexReplaceAll \"(a*)*b\" .Values.a \"\" }}", "{{ index .Values \"a\" }}", "{{ dict \"a\" 1 }}",
    "{{ trunc -3 \"é\" }}", "{{ substr 1 2 \"é\" }}", "resources:\n", "- a.yaml\n", "bases:\n", "patches:\n", "- path: a.yaml\n",
    "  target: {kind: Deployment}\n", "  patch: |-\n", "    - op: replace\n", "      path: /spec/replicas\n", "      value: 5\n",
    "replicas:\n", "- {name: a, count: 5}\n", "configMapGenerator:\n", "images:\n", "namePrefix: a-\n", "Resources:\n",
    "  A: {Type: AWS::ECS::Service, Properties: {DesiredCount: !Ref B}}\n", "functions:\n", "runtime: python312\n", "steps:\n", "on: push\n",
    "jobs:\n", "- ", ": ", "? ", "| \n", ">-\n", "&a ", "*a", "!!int ", "!Sub ", "'", "\"", "#", "# a\n", "[", "]", "{", "}", ",", "\n",
    "null", "~", "true", "0x1F", "1e400", ".inf", "2026-01-01", "a: 1\n", "a:\n", "- a\n", "%YAML 1.2\n",
    "# scalelint: ignore[x] a\n",
];

#[rustfmt::skip]
const DOCKERFILE: &[&str] = &[
    "FROM python:3.12 AS a\n", "FROM a\n", "FROM scratch\n", "FROM ${A:-b}\n", "ARG A=1\n", "ENV A=1 B=2\n", "ENV A 1\n",
    "RUN pip install a\n", "RUN --mount=type=cache,target=/a a\n", "CMD [\"gunicorn\", \"a:app\"]\n", "CMD gunicorn a:app -w 4\n",
    "CMD [\"sh\", \"-c\", \"exec a\"]\n", "ENTRYPOINT [\"/a.sh\"]\n", "ENTRYPOINT python manage.py runserver\n", "COPY --from=a /a /b\n",
    "COPY . .\n", "ADD a b\n", "WORKDIR /a\n", "USER a\n", "EXPOSE 80\n", "VOLUME /a\n", "HEALTHCHECK CMD a\n", "HEALTHCHECK NONE\n",
    "SHELL [\"a\"]\n", "STOPSIGNAL 9\n", "ONBUILD RUN a\n", "LABEL a=b\n", "RUN <<EOF\n", "EOF\n", "RUN <<-'A' <<B\n", "COPY <<A /a\n",
    "# syntax=docker/dockerfile:1\n", "# escape=`\n", "\\\n", "`\n", "[", "]", "\"", "'", ",", "$A", "${A}", "${A:+b}", "$$", "#", " ",
    "\n", "&&", "||", ";", "\\u0041", "# scalelint: ignore[x] a\n",
];

#[rustfmt::skip]
const SHELL: &[&str] = &[
    "#!/bin/sh\n", "web: ", "worker: ", "release: ", "set -e\n", "exec ", "gunicorn ", "uvicorn a:app ", "--workers ", "-w 4 ",
    "celery -A a worker ", "celery -A a beat ", "python ", "-m ", "manage.py ", "migrate ", "runserver ", "alembic upgrade head ",
    "flask run ", "if ", "then ", "else ", "elif ", "fi\n", "for ", "in ", "do ", "done\n", "while ", "until ", "case ", "esac\n",
    ";; ", "function ", "f() ", "{ ", "} ", "( ", ") ", "[ ", "] ", "[[ ", "]] ", "$A", "${A}", "${A:-4}", "${A%%b}", "${#A}",
    "${A//a/b}", "$((", "))", "$(", "`", "\"", "'", "$'\\n'", "\\", "|", "||", "&&", "&", ";", ">", "2>&1", "<<EOF\n", "EOF\n", "<<<",
    "A=1 ", "export ", "# a\n", "\n", "eval ", "# scalelint: ignore[x] a\n",
];

#[rustfmt::skip]
const HCL: &[&str] = &[
    "resource \"aws_ecs_service\" \"a\" {\n", "resource \"aws_db_instance\" \"a\" {\n", "resource \"google_cloud_run_v2_service\" \"a\" {\n",
    "resource \"azurerm_linux_web_app\" \"a\" {\n", "resource \"aws_lb_target_group\" \"a\" {\n", "resource \"kubernetes_deployment\" \"a\" {\n",
    "data \"a\" \"b\" {\n", "module \"a\" {\n", "variable \"a\" {\n", "locals {\n", "output \"a\" {\n", "provider \"a\" {\n", "terraform {\n",
    "dynamic \"a\" {\n", "content {\n", "stickiness {\n", "}\n", "desired_count = 3\n", "count = 3\n", "for_each = toset([\"a\"])\n",
    "source = \"./a\"\n", "default = 3\n", "multi_az = false\n", "a = ", "b = ", "var.a", "local.a", "local.b", "module.a.b", "each.value",
    "count.index", "path.module", "aws_db_instance.a.id", "self", "null", "true", "1", "-1", "1e999", "99999999999999999999", "\"a\"",
    "\"${var.a}\"", "\"%{if true}a%{endif}\"", "\"%{for a in b}${a}%{endfor}\"", "<<EOT\n", "<<-EOT\n", "EOT\n", "[", "]", "{", "}", "(",
    ")", ",", ".", ":", "=", "==", "?", "&&", "||", "!", "+", "*", "...", "[*]", ".*", "jsonencode({", "templatefile(\"a\", {",
    "range(99999999)", "lookup(", "# a\n", "\n", "# scalelint: ignore[x] a\n",
];

#[rustfmt::skip]
const INI: &[&str] = &[
    "[program:a]\n", "[supervisord]\n", "[uwsgi]\n", "[Unit]\n", "[Service]\n", "[Install]\n", "[Timer]\n", "[include]\n", "command=",
    "ExecStart=", "ExecStartPre=-", "OnCalendar=", "numprocs=4\n", "processes = 4\n", "workers = %k\n", "Restart=always\n", "files = *.conf\n",
    "environment=A=\"1\",B='2'\n", "module = a:app\n", "gunicorn a:app -w 4", "uvicorn a:app", "celery -A a beat", "%(here)s", "%i", "$(A)",
    "@(a)", ":", "=", ";", "#", "\\\n", "\"", "'", " ", "\n", "a", "[", "]", "; scalelint: ignore[x] a\n",
];

#[rustfmt::skip]
const TOML: &[&str] = &[
    "select = [\"all\"]\n", "select = [\"missing-timeout\", \"resilience\"]\n", "extend-select = []\n", "ignore = [\"x\"]\n", "exclude = [\"a/**\"]\n",
    "models = [\"*.toml\"]\n", "extends = \"../a.toml\"\n", "extends = \"scalelint.toml\"\n", "min-confidence = \"low\"\n", "fail-on = \"never\"\n",
    "baseline = \"a\"\n", "[rules.missing-timeout]\n", "level = \"error\"\n", "max-seconds = 3\n", "[rules]\n", "missing-timeout = \"off\"\n",
    "[[suppress]]\n", "rule = \"missing-timeout\"\n", "paths = [\"a\"]\n", "path = \"a/*\"\n", "reason = \"a\"\n", "until = 2027-01-01\n",
    "until = \"2027-01-01\"\n", "[[entry-points]]\n", "decorator = \"a.b\"\n", "function = \"a.b\"\n", "name = \"a\"\n", "kind = \"request\"\n",
    "[deployment]\n", "replicas = 3\n", "workers = 4\n", "[limits]\n", "file-bytes = 1\n", "nesting = 9\n", "findings = 1\n", "[tool.scalelint]\n",
    "[package.metadata.scalelint]\n", "package = \"a\"\n", "language = \"python\"\n", "[advice]\n", "\"http.request\" = \"a\"\n", "[[call]]\n",
    "name = [\"a.b\", \"a.c\"]\n", "role = \"http.request\"\n", "role = \"db.query\"\n", "also = [\"lock\"]\n", "returns = \"self\"\n",
    "returns = \"a.B<new arg0>\"\n", "returns = \"list<element arg0>\"\n", "returns = \"class a.B\"\n", "timeout = { argument = \"t\", default = \"none\" }\n",
    "timeout = { argument = \"t\", position = 99999, default = 5.0 }\n", "parameter.capacity = { argument = \"a\", position = 0, default = 0 }\n",
    "entry = { kind = \"request\", handler = \"arg0\" }\n", "[[type]]\n", "name = [\"a.B\"]\n", "new = { role = \"http.client\" }\n",
    "method.\"a|b\" = { role = \"http.request\" }\n", "method.a.returns = \"T\"\n", "field = { a = \"a.B\" }\n", "enter = \"self\"\n", "base = [\"a.B\"]\n",
    "inherits = [\"a.B\"]\n", "[[convention]]\n", "[[implement]]\n", "[[extension]]\n", "[[setting]]\n", "[alias]\n", "\"a.b\" = \"c.d\"\n",
    "\"c.d\" = \"a.b\"\n", "versions = \">=1, <2\"\n", "since = \"8\"\n", "before = \"7\"\n", "suggest = \"10\"\n", "[[example]]\n", "code = \"\"\"\n",
    "\"\"\"\n", "[processes]\n", "web = \"gunicorn a\"\n", "[http_service]\n", "min_machines_running = 2\n", "[[mounts]]\n", "[http.services.a.loadBalancer]\n",
    "[a]\n", "[[a]]\n", "a = ", "a.b = ", "\"\" = ", "'a'", "\"a\"", "\"\\u0041\"", "'''", "1", "-1", "1e999", "nan", "inf", "0xF", "true",
    "1979-05-27T07:32:00Z", "[", "]", "{", "}", ",", ".", "=", "# a\n", "\n", "9223372036854775807", "\"**/[a\"", "\"!a\"", "\"\\\\\"",
];

#[rustfmt::skip]
const PROXY: &[&str] = &[
    "upstream a {\n", "server {\n", "location / {\n", "http {\n", "ip_hash;\n", "hash $remote_addr;\n", "sticky cookie a;\n", "server a:80;\n",
    "proxy_pass http://a;\n", "include a.conf;\n", "backend a\n", "frontend a\n", "listen a\n", "defaults\n", "  balance source\n", "  balance roundrobin\n",
    "  cookie A insert\n", "  server a b:80 check cookie a\n", "  stick-table type ip size 1m\n", "  stick on src\n", "reverse_proxy a:80 b:80 {\n",
    "lb_policy ip_hash\n", "lb_policy cookie\n", ":80 {\n", "example.com {\n", "handle /a {\n", "{\n", "}\n", "{", "}", ";", "\"", "'", "\\", "$a", "${a}",
    "#", "# a\n", "\n", " ", "a", "80", "map $a $b {\n", "default a;\n", "split_clients $a $b {\n", "limit_req zone=a;\n", "limit_req_zone $a zone=a:10m;\n",
    "least_conn;\n", "worker_processes 4;\n", "events {\n", "if ($a) {\n", "return 301;\n", "acl a path /a\n", "use_backend a if a\n", "import a\n",
    "(a) {\n", "{$A}", "{{ .a }}", "{% if a %}", "lua_code_block {\n", "]", "# scalelint: ignore[x] a\n",
];

#[rustfmt::skip]
const COMMENT: &[&str] = &[
    "scalelint:", "scalelint: ", "ignore", "ignore-file", "ignore[", "ignore-file[", "]", "[", ",", "missing-timeout", "unused-suppression", "all", "x",
    "# ", "#", "// ", "/// ", "/* ", "*/", "-- ", "//!", "noqa # ", "until=", "until=2027-01-01", "until=2020-01-01", "until=9999-99-99",
    "until=-9999-01-01", " ", "\n", "\r", "\r\n", "\t", "`", "reason", "a: b", "\"", "'", "x = 1 ", "é", "\u{202e}",
];
