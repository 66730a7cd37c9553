//! What objects of a cluster are read as.

use crate::deploy::vocabulary::amount::Amount;
use crate::workbench;

#[test]
fn a_workload_is_one_whatever_its_version() {
    let manifest = |version: &str| {
        format!(
            "apiVersion: {version}\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  replicas: 3\n  template:\n    spec:\n      containers:\n        - {{name: web, image: shop}}\n"
        )
    };
    for version in ["apps/v1", "extensions/v1beta1", "apps/v1beta1", "apps/v1beta2"] {
        let texts = [("web.yaml".to_owned(), manifest(version))];
        let project = workbench::project(&texts, None);
        let amounts: Vec<Amount> = project.deployment().workloads.iter().map(|workload| workload.replicas.amount).collect();
        assert_eq!(amounts, [Amount::exactly(3)], "{version}");
    }
}
