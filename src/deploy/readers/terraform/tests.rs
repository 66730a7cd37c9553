//! What Terraform files are read as.

use super::*;
use crate::deploy::readers::kubernetes;
use crate::deploy::texts::hcl;
use crate::deploy::vocabulary::amount::Amount;
use crate::deploy::vocabulary::workloads::{Copies, Part, Storage};
use crate::finding::FileId;

/// What these files say: path and text.
fn found(files: &[(&str, &str)]) -> Infrastructure {
    let is_template = |path: &str| path.ends_with(".tpl");
    let templates = files.iter().filter(|(path, _)| is_template(path)).copied().collect();
    let files: Vec<&(&str, &str)> = files.iter().filter(|(path, _)| !is_template(path)).collect();
    let bodies: Vec<Body> = files
        .iter()
        .enumerate()
        .map(|(at, (path, text))| {
            let mut body = hcl::read(text).unwrap_or_else(|error| panic!("{path}: {error}"));
            body.set_file(FileId::from_index(at));
            body
        })
        .collect();
    let files: Vec<File<'_>> = files.iter().zip(&bodies).map(|((path, _), body)| File { path, body }).collect();
    read(&files, &templates)
}

const SERVICE: &str = r#"
variable "settings" {
  type = object({ count = optional(number, 3), port = number })
}
variable "names" { default = ["a", "b"] }
locals {
  name = "shop-${var.names[1]}"
  env  = merge({ LEVEL = "info" }, { for n in var.names : upper(n) => "1" })
}
resource "aws_ecr_repository" "app" { name = "shop/web" }
resource "aws_ecs_task_definition" "app" {
  family = local.name
  cpu    = 512
  volume {
    name = "files"
    efs_volume_configuration { file_system_id = aws_efs_file_system.x.id }
  }
  volume { name = "tmp" }
  container_definitions = jsonencode([
    {
      name        = "web"
      image       = "${aws_ecr_repository.app.repository_url}:${var.tag}"
      essential   = true
      command     = ["gunicorn", "--workers", "4", "shop.wsgi"]
      environment = [for k, v in local.env : { name = k, value = v }]
      portMappings = [{ containerPort = var.settings.port }]
      mountPoints = [{ sourceVolume = "files", containerPath = "/srv/media" }]
    },
    { name = "logs", image = "fluent/fluent-bit", essential = false },
  ])
}
resource "aws_ecs_service" "app" {
  name            = local.name
  task_definition = aws_ecs_task_definition.app.arn
  desired_count   = var.settings.count
  load_balancer {
    target_group_arn = aws_lb_target_group.app[0].arn
    container_name   = "web"
    container_port   = 80
  }
}
resource "aws_lb_target_group" "app" {
  count = length(var.names) > 1 ? 1 : 0
  health_check { path = "/up" }
  dynamic "stickiness" {
    for_each = var.sticky ? [1] : []
    content { type = "lb_cookie" }
  }
}
"#;

#[test]
fn a_service_of_a_module_with_its_task_and_balancer() {
    let main = "module \"web\" {\n  source = \"./service\"\n  settings = { port = 8000 }\n  sticky = true\n}\n";
    let of = found(&[
        ("main.tf", main),
        ("service/main.tf", SERVICE),
        ("service/vars.tf", "variable \"tag\" {}\nvariable \"sticky\" { default = false }\n"),
    ]);
    assert_eq!(of.workloads.len(), 1);
    let web = &of.workloads[0];
    assert_eq!((web.name.as_str(), web.replicas.amount), ("shop-b", Amount::exactly(3)));
    assert_eq!(web.volumes.iter().map(|volume| volume.storage).collect::<Vec<_>>(), [Storage::Shared, Storage::Scratch]);
    let [container, logs] = web.containers.as_slice() else { panic!("{:?}", web.containers) };
    assert_eq!((container.part, logs.part), (Part::Main, Part::Sidecar));
    assert_eq!(container.image.as_ref().map(|image| image.value.as_str()), Some("shop/web"));
    assert_eq!(container.variable("B").and_then(|variable| variable.value.as_deref()), Some("1"));
    assert_eq!(container.ports[0].container, Some(8000));
    assert_eq!(container.resources.cpu_limit.as_ref().map(|cpu| cpu.value), Some(500));
    assert_eq!(
        container.health.ready.as_ref().and_then(|probe| probe.path.as_ref()).map(|path| path.value.as_str()),
        Some("/up")
    );
    assert_eq!(of.affinities.iter().map(|affinity| affinity.workloads.clone()).collect::<Vec<_>>(), [[0]]);
}

#[test]
fn nothing_sticks_where_the_module_is_not_told_to() {
    let main = "module \"web\" {\n  source = \"./service\"\n  settings = { port = 8000, count = var.unknown }\n}\nvariable \"unknown\" {}\n";
    let of = found(&[
        ("main.tf", main),
        ("service/main.tf", SERVICE),
        ("service/vars.tf", "variable \"tag\" {}\nvariable \"sticky\" { default = false }\n"),
    ]);
    assert_eq!((of.affinities.len(), of.workloads[0].replicas.amount), (0, Amount::UNKNOWN));
}

#[test]
fn an_autoscaler_needs_a_policy() {
    let target = "resource \"aws_ecs_service\" \"web\" {\n  name = \"web\"\n  desired_count = 2\n  lifecycle { ignore_changes = [desired_count] }\n}\nresource \"aws_appautoscaling_target\" \"web\" {\n  min_capacity = 2\n  max_capacity = 9\n  resource_id = \"service/main/${aws_ecs_service.web.name}\"\n  scalable_dimension = \"ecs:service:DesiredCount\"\n}\n";
    let policy =
        "resource \"aws_appautoscaling_policy\" \"web\" {\n  resource_id = aws_appautoscaling_target.web.resource_id\n}\n";
    assert_eq!(found(&[("a.tf", target)]).workloads[0].replicas.amount, Amount::UNKNOWN);
    let of = found(&[("a.tf", target), ("b.tf", policy)]);
    assert_eq!(of.workloads[0].replicas.amount, Amount::between(2, 9));
    assert_eq!(of.workloads[0].autoscaler, Some(0));
}

#[test]
fn files_of_values_are_scenarios() {
    let main = "variable \"zones\" {}\nvariable \"name\" { default = \"db\" }\nresource \"aws_db_instance\" \"main\" {\n  identifier = var.name\n  engine = \"postgres\"\n  instance_class = \"db.t3.medium\"\n  multi_az = var.zones\n}\n";
    let of = found(&[
        ("db.tf", main),
        ("terraform.tfvars", "name = \"shop\"\n"),
        ("env/dev.tfvars", "zones = false\n"),
        ("env/prod.tfvars", "zones = true\n"),
    ]);
    let databases: Vec<_> = of.databases.iter().map(|database| (database.stage, database.stands_in, database.whole)).collect();
    assert_eq!(databases, [(Stage::Development, false, true), (Stage::Production, true, true)]);
    assert_eq!((of.databases[0].name.as_str(), of.databases[0].connections.amount), ("shop", Amount::between(396, 450)));
}

#[test]
fn what_is_not_known_is_not_whole() {
    let of = found(&[(
        "db.tf",
        "variable \"zones\" {}\nresource \"aws_db_instance\" \"main\" {\n  multi_az = var.zones\n}\nresource \"aws_db_instance\" \"other\" {\n  count = var.zones ? 1 : 0\n}\nresource \"aws_db_instance\" \"none\" {\n  count = false ? 1 : 0\n}\n",
    )]);
    assert_eq!(of.databases.iter().map(|database| database.whole).collect::<Vec<_>>(), [false, false]);
}

#[test]
fn replicas_growth_and_zones_of_three_clouds() {
    let of = found(&[(
        "db.tf",
        r#"
resource "aws_db_instance" "a" { max_allocated_storage = 100 }
resource "aws_db_instance" "a_read" { replicate_source_db = aws_db_instance.a.identifier }
resource "google_sql_database_instance" "b" {
  database_version = "POSTGRES_15"
  settings {
    tier              = "db-custom-2-7680"
    availability_type = "REGIONAL"
    disk_autoresize   = "false"
  }
}
resource "azurerm_postgresql_flexible_server" "c" { sku_name = "GP_Standard_D2s_v3" }
resource "aws_rds_cluster" "d" { engine = "aurora-postgresql" }
resource "aws_rds_cluster_instance" "d" {
  count              = 2
  cluster_identifier = aws_rds_cluster.d.id
}
"#,
    )]);
    let said: Vec<_> = of.databases.iter().map(|of| (of.stands_in, of.has_readers, of.grows, of.whole)).collect();
    assert_eq!(
        said,
        [(false, true, true, true), (true, true, true, true), (false, false, false, true), (true, false, false, true)]
    );
    assert_eq!(of.databases[3].connections.amount, Amount::exactly(400));
    assert_eq!(of.databases[2].connections.amount, Amount::exactly(859));
}

#[test]
fn cloud_run_and_container_apps() {
    let of = found(&[(
        "main.tf",
        r#"
resource "google_cloud_run_v2_service" "api" {
  name = "api"
  template {
    session_affinity = true
    scaling { max_instance_count = 4 }
    containers {
      image = "gcr.io/p/api"
      args  = ["--port", "8080"]
    }
  }
}
resource "google_cloud_run_service" "old" {
  name = "old"
  template {
    metadata {
      annotations = { "autoscaling.knative.dev/maxScale" = "1" }
    }
    metadata { annotations = { "autoscaling.knative.dev/maxScale" = "1" } }
    spec {
      containers { image = "gcr.io/p/old" }
    }
  }
}
resource "azurerm_container_app" "app" {
  name = "app"
  template {
    min_replicas = 2
    container { image = "p/app" }
  }
}
"#,
    )]);
    let amounts: Vec<_> = of.workloads.iter().map(|workload| workload.replicas.amount).collect();
    assert_eq!(amounts, [Amount::between(0, 4), Amount::between(0, 1), Amount::between(2, 10)]);
    assert_eq!(of.affinities[0].workloads, [0]);
}

#[test]
fn kubernetes_resources_are_objects() {
    let of = found(&[(
        "main.tf",
        r#"
resource "kubernetes_deployment_v1" "web" {
  metadata { name = "web" }
  spec {
    replicas = 3
    template {
      metadata { labels = { app = "web" } }
      spec {
        container {
          name  = "web"
          image = "acme/web"
          env {
            name  = "A"
            value = "1"
          }
          liveness_probe {
            http_get { path = "/up" }
          }
        }
      }
    }
  }
}
resource "kubernetes_service" "web" {
  metadata { name = "web" }
  spec {
    selector         = { app = kubernetes_deployment_v1.web.metadata.0.name }
    session_affinity = "ClientIP"
  }
}
"#,
    )]);
    let objects = kubernetes::read(&of.objects[0]);
    let web = &objects.workloads[0];
    assert_eq!((web.kind.as_str(), web.replicas.amount, web.copies), ("Deployment", Amount::exactly(3), Copies::Alike));
    assert!(web.containers[0].health.alive.is_some() && web.containers[0].variable("A").is_some());
    assert_eq!(objects.affinities.len(), 1);
}

#[test]
fn bombs_and_circles_end() {
    let began = std::time::Instant::now();
    let mut text = String::from("locals {\n  a0 = [1,2,3,4,5,6,7,8,9]\n  s0 = \"xxxxxxxxxx\"\n  c = local.d\n  d = local.c\n");
    for level in 1..40 {
        let below = level - 1;
        text.push_str(&format!("  a{level} = [{}]\n", vec![format!("local.a{below}"); 9].join(", ")));
        text.push_str(&format!("  s{level} = \"{}\"\n", format!("${{local.s{below}}}").repeat(9)));
        text.push_str(&format!(
            "  f{level} = [for x in local.a{level} : [for y in local.a{level} : [for z in local.a{level} : z]]]\n"
        ));
    }
    text.push_str("}\nresource \"aws_ecs_service\" \"x\" {\n  name = local.s39\n  desired_count = length(local.f39)\n  task_definition = local.c\n}\n");
    text.push_str("module \"again\" {\n  source = \"./x\"\n  count = 30\n}\n");
    let again = "module \"m\" {\n  source = \"./x\"\n  count = 30\n}\n";
    let of = found(&[
        ("main.tf", &text),
        ("x/a.tf", again),
        ("x/x/a.tf", again),
        ("x/x/x/a.tf", again),
        ("y/a.tf", "module \"m\" {\n  source = \"../y\"\n}\n"),
    ]);
    assert_eq!(of.workloads.len(), 1);
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
}

#[test]
fn functions_and_their_folders() {
    let text = r#"
data "archive_file" "mail" {
  type       = "zip"
  source_dir = "${path.module}/mail"
}
resource "aws_lambda_function" "mail" {
  handler          = "app.send"
  s3_key           = "mail.zip"
  source_code_hash = data.archive_file.mail.output_base64sha256
}
resource "aws_lambda_function" "roles" {
  handler                        = "roles.run"
  filename                       = "${path.module}/roles.zip"
  reserved_concurrent_executions = 1
}
resource "aws_lambda_function" "sorts" {
  handler  = "handler.handler"
  filename = "${path.module}/sorts/sorts.zip"
}
"#;
    let of = found(&[("infra/main.tf", text)]);
    let folders: Vec<_> =
        of.workloads.iter().map(|workload| workload.containers[0].build.as_ref().map(|build| build.context.as_str())).collect();
    assert_eq!(folders, [Some("infra/mail"), Some("infra/roles"), Some("infra/sorts")]);
    assert!(of.workloads.iter().all(|workload| workload.copies == Copies::PerEvent));
    assert_eq!(of.workloads[1].replicas.amount, Amount::between(0, 1));
}

#[test]
fn tasks_that_a_schedule_starts() {
    let text = r#"
resource "aws_ecs_task_definition" "tidy" {
  family                = "tidy"
  container_definitions = <<EOT
[{"name": "tidy", "image": "acme/shop:${var.tag}", "command": ["python", "-m", "shop.tidy"]}]
EOT
}
variable "tag" {}
resource "aws_cloudwatch_event_rule" "nightly" { schedule_expression = "cron(0 3 * * ? *)" }
resource "aws_cloudwatch_event_target" "tidy" {
  rule = aws_cloudwatch_event_rule.nightly.name
  ecs_target {
    task_definition_arn = aws_ecs_task_definition.tidy.arn
  }
}
"#;
    let of = found(&[("main.tf", text)]);
    let tidy = &of.workloads[0];
    assert_eq!(
        (tidy.copies, tidy.schedule.as_ref().map(|schedule| schedule.text.as_str())),
        (Copies::Scheduled, Some("cron(0 3 * * ? *)"))
    );
    assert_eq!(tidy.containers[0].image.as_ref().map(|image| image.value.as_str()), Some("acme/shop:…"));
    assert!(tidy.containers[0].command.is_some());
}

#[test]
fn containers_of_a_template() {
    let main = r#"
locals { image = "acme/shop" }
resource "aws_ecs_task_definition" "shop" {
  family = "shop"
  container_definitions = templatefile("${path.module}/tasks/shop.json.tpl", { image = local.image, cpu = 256, level = var.level })
}
resource "aws_ecs_service" "shop" {
  name            = "shop"
  task_definition = aws_ecs_task_definition.shop.arn
  desired_count   = 3
}
"#;
    let task = r#"[{"name": "shop", "image": "${image}:1", "cpu": ${cpu}, "command": ["gunicorn", "shop:app"],
  "environment": [{"name": "LEVEL", "value": "${level}"}, {"name": "PRICE", "value": "$${x}"}]}]"#;
    let of = found(&[("infra/main.tf", main), ("infra/tasks/shop.json.tpl", task)]);
    let container = &of.workloads[0].containers[0];
    assert_eq!(container.image.as_ref().map(|image| image.value.as_str()), Some("acme/shop:1"));
    assert!(container.command.is_some() && container.variable("PRICE").is_some_and(|of| of.value.as_deref() == Some("${x}")));
    // What repeats or leaves out parts is not known.
    let of = found(&[("infra/main.tf", main), ("infra/tasks/shop.json.tpl", "[%{ if big }{\"name\": \"shop\"}%{ endif }]")]);
    assert!(of.workloads[0].containers.is_empty());
}
