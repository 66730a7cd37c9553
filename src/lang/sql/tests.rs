//! What statements define, in the forms that migrations have.

use super::*;

/// Changes as short text: `users +email`, `users key(email) unique`.
fn says(sql: &str) -> Vec<String> {
    let show = |definition: Definition| {
        let table = definition.table;
        match definition.change {
            SchemaChange::Made => format!("{table} made"),
            SchemaChange::Column(column) => {
                let few = if column.few { " few" } else { "" };
                let refers = if column.refers { " refers" } else { "" };
                format!("{table} +{}{few}{refers} `{}`", column.name, column.span.of(sql))
            }
            SchemaChange::Key(key) => {
                let unique = if key.unique { " unique" } else { "" };
                let text = if key.text { " text" } else { "" };
                format!("{table} key({}){unique}{text}", key.columns.join(","))
            }
            other => format!("{table} {other:?}"),
        }
    };
    definitions(sql).into_iter().map(show).collect()
}

#[test]
fn tables_have_columns_and_keys() {
    let sql = "-- users\nCREATE TABLE IF NOT EXISTS public.\"Users\" (\n  id BIGSERIAL PRIMARY KEY,\n  email text NOT NULL UNIQUE,\n  active boolean,\n  org_id bigint REFERENCES orgs(id),\n  team int,\n  UNIQUE (org_id, email),\n  FOREIGN KEY (team) REFERENCES teams(id)\n);";
    assert_eq!(
        says(sql),
        [
            "users made",
            "users +id `id`",
            "users key(id) unique",
            "users +email `email`",
            "users key(email) unique",
            "users +active few `active`",
            "users +org_id refers `org_id`",
            "users +team refers `team`",
            "users key(org_id,email) unique",
        ]
    );
}

#[test]
fn indexes_are_read_in_every_dialect() {
    assert_eq!(says("CREATE UNIQUE INDEX CONCURRENTLY a ON t USING btree (lower(email));"), ["t key(lower,email)"]);
    assert_eq!(says("create index a on t using gin (name gin_trgm_ops)"), ["t key(name) text"]);
    assert_eq!(says("CREATE UNIQUE INDEX a ON t (x) WHERE gone IS NULL"), ["t key(x)"]);
    assert_eq!(says("CREATE TABLE t (a int, KEY `by_a` (`a`)) ENGINE=InnoDB"), ["t made", "t +a `a`", "t key(a)"]);
    assert_eq!(says("ALTER TABLE t ADD INDEX by_b (b)"), ["t key(b)"]);
    assert_eq!(says("ALTER TABLE t ADD CONSTRAINT u UNIQUE (a, b), ADD COLUMN c int"), ["t key(a,b) unique", "t +c `c`"]);
}

#[test]
fn only_what_defines_counts() {
    assert_eq!(says("INSERT INTO t VALUES ('create table x (a int);'); SELECT 1;"), Vec::<String>::new());
    assert_eq!(
        says("CREATE FUNCTION f() RETURNS int AS $$ BEGIN; CREATE TABLE x (a int); END $$ LANGUAGE plpgsql;"),
        Vec::<String>::new()
    );
    assert_eq!(says("CREATE INDEX a ON t (x);\n-- migrate:down\nDROP INDEX a;"), ["t key(x)"]);
    assert_eq!(says("COPY t (a) FROM stdin;\n1;\t'\n\\.\n\nCREATE INDEX a ON t (x);"), ["t key(x)"]);
    assert_eq!(says("DROP INDEX a; DROP TABLE t"), [" KeyDropped(\"a\")", "t Dropped"]);
}

#[test]
fn what_cannot_be_read_is_said() {
    let unread = says("CREATE INDEX a ON t FANCY (x) !!");
    assert!(unread.contains(&"t Unread".to_owned()), "{unread:?}");
    assert_eq!(says("CREATE TABLE t AS SELECT * FROM u"), ["t made", "t Unread"]);
    // Neither an open string nor a lone mark stops the reading.
    assert_eq!(says("CREATE TABLE 'x"), says("CREATE TABLE 'x"));
    assert_eq!(says("$ ; /* ; "), Vec::<String>::new());
}

/// Each would take hours if a step of the reading looked back, or ahead, over the whole file.
#[test]
fn long_files_are_read_in_one_walk() {
    for unit in ["- ", "\n", "$a ", "/ ", ";\n", "''", "`", "create table t(a int);\n"] {
        let text = format!("select 1;{}", unit.repeat(1_000_000 / unit.len()));
        let found = definitions(&text).len();
        assert_eq!(found > 0, unit.starts_with("create"), "{unit:?}");
    }
}
