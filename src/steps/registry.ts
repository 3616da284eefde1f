import type { StepKind } from '../ports/step.ts';
import { announce } from './announce.ts';
import { approval } from './approval.ts';
import { artifactArchive } from './artifact-archive.ts';
import { certificateActive } from './certificate-active.ts';
import { certificateAttach } from './certificate-attach.ts';
import { cloudrunDeploy } from './cloudrun-deploy.ts';
import { cloudrunIngress } from './cloudrun-ingress.ts';
import { cloudrunTraffic } from './cloudrun-traffic.ts';
import { command } from './command.ts';
import { contractCompare } from './contract-compare.ts';
import { dnsCheck } from './dns-check.ts';
import { dnsSwitch } from './dns-switch.ts';
import { githubWorkflow } from './github-workflow.ts';
import { headersCompare } from './headers-compare.ts';
import { helmRollback } from './helm-rollback.ts';
import { helmUpgrade } from './helm-upgrade.ts';
import { httpCheck } from './http-check.ts';
import { httpRequest } from './http-request.ts';
import { imageExists } from './image-exists.ts';
import { imagePromoted } from './image-promoted.ts';
import { kubernetesApply } from './kubernetes-apply.ts';
import { kubernetesCopy } from './kubernetes-copy.ts';
import { kubernetesEnv } from './kubernetes-env.ts';
import { kubernetesJob } from './kubernetes-job.ts';
import { kubernetesNamespace } from './kubernetes-namespace.ts';
import { kubernetesReady } from './kubernetes-ready.ts';
import { kubernetesSecrets } from './kubernetes-secrets.ts';
import { kubernetesSwitch } from './kubernetes-switch.ts';
import { loggingEntries } from './logging-entries.ts';
import { loggingMetric } from './logging-metric.ts';
import { loggingRetention } from './logging-retention.ts';
import { manual } from './manual.ts';
import { monitor } from './monitor.ts';
import { monitoringLogalert } from './monitoring-logalert.ts';
import { monitoringThreshold } from './monitoring-threshold.ts';
import { monitoringUptime } from './monitoring-uptime.ts';
import { reminder } from './reminder.ts';
import { report } from './report.ts';
import { secretsSnapshot } from './secrets-snapshot.ts';
import { snapshot } from './snapshot.ts';
import { tlsCheck } from './tls-check.ts';
import { tracesCheck } from './traces-check.ts';
import { wait } from './wait.ts';
import { websocketCheck } from './websocket-check.ts';

const kinds: readonly StepKind[] = [
  announce,
  approval,
  artifactArchive,
  certificateActive,
  certificateAttach,
  cloudrunDeploy,
  cloudrunIngress,
  cloudrunTraffic,
  command,
  contractCompare,
  dnsCheck,
  dnsSwitch,
  githubWorkflow,
  headersCompare,
  helmRollback,
  helmUpgrade,
  httpCheck,
  httpRequest,
  imageExists,
  imagePromoted,
  kubernetesApply,
  kubernetesCopy,
  kubernetesEnv,
  kubernetesJob,
  kubernetesNamespace,
  kubernetesReady,
  kubernetesSecrets,
  kubernetesSwitch,
  loggingEntries,
  loggingMetric,
  loggingRetention,
  manual,
  monitor,
  monitoringLogalert,
  monitoringThreshold,
  monitoringUptime,
  reminder,
  report,
  secretsSnapshot,
  snapshot,
  tlsCheck,
  tracesCheck,
  wait,
  websocketCheck,
];

/** Every step kind by what a playbook `uses`. A kind is one file, one line here, one row of the contract test. */
export const stepKinds: ReadonlyMap<string, StepKind> = new Map(kinds.map((kind) => [kind.uses, kind]));
