//! Readers: what each platform's files say, in the vocabulary that rules know.
//!
//! | file | question |
//! |---|---|
//! | `kubernetes` | what do these objects say of workloads? |
//! | `helm`, `kustomize` | which Kubernetes objects do a chart and an overlay make? |
//! | `openshift` | which Kubernetes objects do its templates and applications stand for? |
//! | `stacks` | which plain manifests are applied together? |
//! | `mapped` | where was each value of a made-up text written? |
//! | `compose` | what do the services of a compose file say, and how do such files merge? |
//! | `terraform` | what do the resources of three clouds say? |
//! | `hosted` | what do the small files of hosting platforms, units and dynos say? |
//! | `limits` | what stands before services and limits their clients, or stops asking what fails? |
//! | `proxies` | what ties clients to copies in the files of proxies? |
//! | `words` | what do lists of words and quantities mean, on any platform? |

pub(super) mod compose;
pub(super) mod helm;
pub(super) mod hosted;
pub(super) mod kubernetes;
pub(super) mod kustomize;
pub(super) mod limits;
pub(super) mod mapped;
pub(super) mod openshift;
pub(super) mod proxies;
pub(super) mod stacks;
pub(super) mod terraform;
pub(super) mod words;
