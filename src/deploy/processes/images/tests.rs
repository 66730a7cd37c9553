//! What images are called, and which Dockerfile makes them.

use super::*;

#[test]
fn the_table_is_sound() {
    let table: Result<Table, _> = toml::from_str(include_str!("../images.toml"));
    assert!(table.is_ok(), "{:?}", table.err());
}

#[test]
fn names() {
    assert_eq!(short_name("ghcr.io/acme/shop-api:1.2@sha256:ab"), "shop-api");
    assert_eq!(short_name("localhost:5000/web"), "web");
    assert!(known("bitnami/redis:7").is_some_and(|known| known.does == Kind::Cache));
    let mut images = Images::new(["Dockerfile".to_owned(), "services/web/Dockerfile".to_owned()]);
    let of = |images: &Images, image: &str| images.build_of(image, true, false).map(|build| build.dockerfile);
    assert_eq!(of(&images, "acme/web:1").as_deref(), Some("services/web/Dockerfile"));
    assert_eq!(of(&images, "acme/other"), None);
    let build =
        Build { context: String::new(), dockerfile: "Dockerfile".into(), target: None, arguments: Vec::new(), known_by: "" };
    images.name("registry/acme/other:2", &build);
    assert_eq!(of(&images, "acme/other").as_deref(), Some("Dockerfile"));
}

#[test]
fn a_project_names_what_lies_in_it() {
    let files = ["shop/api/Dockerfile", "tools/step/Dockerfile", "ops/Dockerfile-mail_in"].map(str::to_owned);
    let mut images = Images::new(files);
    let manifest = |name: &str| format!("[project]\nname = \"{name}\"");
    let (shop, sort) = (manifest("shop"), manifest("sort"));
    images.name_packages([("shop/pyproject.toml", shop.as_str()), ("sort/pyproject.toml", sort.as_str())].into_iter());
    let of = |image: &str| images.build_of(image, false, false).map(|build| build.dockerfile);
    assert_eq!(of("acme/shop-api").as_deref(), Some("shop/api/Dockerfile"));
    assert_eq!(of("acme/sort_step"), None);
    assert_eq!(of("acme/mail-in").as_deref(), Some("ops/Dockerfile-mail_in"));
}

#[test]
fn several_images_tell_what_their_names_begin_with() {
    let mut images = Images::new(["backend/Dockerfile.api", "mail-in/Dockerfile", "web/Dockerfile"].map(str::to_owned));
    let of = |images: &Images, image: &str| images.build_of(image, false, false).map(|build| build.dockerfile);
    images.name_prefix(["shop-api", "other-web"].into_iter());
    assert_eq!(of(&images, "acme/shop-api"), None);
    images.name_prefix(["shop-api", "shop-mail-in", "other-web", "postgres"].into_iter());
    assert_eq!(of(&images, "acme/shop-api:1").as_deref(), Some("backend/Dockerfile.api"));
    assert_eq!(of(&images, "acme/shop-mail-in").as_deref(), Some("mail-in/Dockerfile"));
    assert_eq!(of(&images, "acme/other-web"), None);
}

#[test]
fn tags_tell_images_apart() {
    let mut images = Images::new(["api.Dockerfile".to_owned(), "mail.Dockerfile".to_owned()]);
    let build = |path: &str, known_by: &'static str| Build {
        context: String::new(),
        dockerfile: path.to_owned(),
        target: None,
        arguments: Vec::new(),
        known_by,
    };
    images.name("acme/shop", &build("api.Dockerfile", "a"));
    images.name("acme/shop:latest", &build("api.Dockerfile", "b"));
    images.name("acme/shop:mail", &build("mail.Dockerfile", "a"));
    images.name("acme/shop:1.2", &build("elsewhere/Dockerfile", "a"));
    let of = |image: &str| images.build_of(image, false, false).map(|build| build.dockerfile);
    assert_eq!(of("acme/shop:2.0").as_deref(), Some("api.Dockerfile"));
    assert_eq!(of("acme/shop:mail").as_deref(), Some("mail.Dockerfile"));
    assert!(
        is_sample("quay.io/acme/gateway-examples:talker") && !is_sample("acme/shop:demo") && !is_sample("registry.example/shop")
    );
}

#[test]
fn what_is_copied_says_from_where() {
    let context = |text: &str| {
        let mut images = Images::new(["ops/web/Dockerfile".to_owned()]);
        let dockerfile = crate::deploy::texts::dockerfile::read(text).unwrap_or_default();
        images.find_context("ops/web/Dockerfile", &dockerfile, &|path| {
            matches!(path, "shop" | "pyproject.toml" | "ops/web/start.sh")
        });
        images.build_at("ops/web/Dockerfile").context
    };
    assert_eq!(context("FROM python\nCOPY pyproject.toml ./\nCOPY shop /app/shop\n"), "");
    assert_eq!(context("FROM python\nCOPY start.sh /\nCOPY . /app\n"), "ops/web");
    assert_eq!(context("FROM python\nCOPY --from=x shop /app\nCOPY . .\n"), "ops/web");
}

#[test]
fn digests_may_hold_anything() {
    assert!(!is_sample("shop@sha/256"));
    assert!(is_sample("ghcr.io/acme/demo-api@sha256:0/1"));
}

#[test]
fn what_others_publish_is_not_the_only_dockerfile() {
    let mut images = Images::new(["Dockerfile".to_owned()]);
    let of = |images: &Images, image: &str| images.build_of(image, true, false).is_some();
    assert!(of(&images, "somebody/local"));
    images.name_packages([("pyproject.toml", "[project]\nname = \"shop-control\"")].into_iter());
    assert!(!of(&images, "somebody/local"));
    assert!(of(&images, "somebody/control") && of(&images, "local") && of(&images, "registry.example/somebody/local"));
    images.name_tree("somebody", "shop");
    assert!(of(&images, "somebody/local"));
}
