//! `missing-autoscaling`: several copies of a service or worker, and their number stays what a file says whatever the load.

use super::findings::Findings;
use crate::deploy::foremost;
use crate::deploy::workloads::Workload;
use crate::finding::Confidence;
use crate::link::Project;

pub(super) fn check(project: &Project, findings: &mut Findings<'_>) {
    let deployment = project.deployment();
    // A template that nobody resolved, or a scaler whose target is not known, may be the one.
    let maybe_elsewhere = deployment.unresolved > 0 || deployment.autoscalers.iter().any(|scaler| scaler.target.is_none());
    for scenarios in deployment.serious_groups() {
        let fixed: Vec<&Workload> = scenarios.iter().copied().filter(|workload| workload.whole && is_fixed(workload)).collect();
        let Some(workload) = foremost(&fixed) else { continue };
        let Some(scaler_words) = workload.platform.words().autoscaler else { continue };
        let all_fixed = scenarios.iter().all(|workload| !workload.whole || workload.replicas.amount.exact().is_some());
        if !all_fixed || !scales(workload) {
            continue;
        }
        let (name, amount) = (&workload.name, workload.replicas.amount);
        let scaler = workload.autoscaler.and_then(|at| deployment.autoscalers.get(at));
        let message = match scaler {
            Some(scaler) => format!("{} of {name} has the same number, {amount}, at both ends: it never scales", scaler.kind),
            None => format!("{name} runs {amount} copies whatever the load: nothing scales them"),
        };
        let help = match scaler {
            Some(_) => "let the largest number be what the data stores behind it can bear".to_owned(),
            None => format!("give it {scaler_words}, with a largest number that the data stores behind it can bear"),
        };
        findings
            .deployed(workload, workload.place, message)
            .help(help)
            .deployment(&workload.replicas.evidence)
            .all_related(scaler.map(|scaler| (scaler.place, "the autoscaler".to_owned())))
            .at_most(if maybe_elsewhere { Confidence::Low } else { Confidence::High })
            .report();
    }
}

/// Several copies, and exactly so many.
fn is_fixed(workload: &Workload) -> bool {
    workload.replicas.amount.exact().is_some_and(|number| number > 1)
}

fn scales(workload: &Workload) -> bool {
    // Who gives a workload an autoscaler means it to scale, whatever sends it its work.
    (workload.autoscaler.is_some() || workload.answers_requests() || workload.takes_work())
        && (workload.takes_work() || !workload.is_singular())
        && workload.stays()
        && workload.mains().all(|main| main.made_by_others().is_none())
}
