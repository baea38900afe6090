// The library: one heavy piece of work at a time per project. The command line uses nothing else.

export { ERROR_TABLE, type ErrorCode, SeqxError } from './base/errors.ts';
export type { HolderView, RunStats, SeqxEvent } from './base/events.ts';
export type { EndedBy, NotRunReason, Outcome } from './base/outcome.ts';
export type { RunMemory, SignalName } from './base/ports.ts';
export type { Settings } from './base/settings.ts';
export { INTEGRATIONS, integrationNamed } from './init/index.ts';
export type { FileChange, Integration, IntegrationState } from './init/integration.ts';
export type { JournalEntry } from './journal/journal.ts';
export { type CancelReport, cancel } from './operations/cancel.ts';
export { type DoctorReport, doctor } from './operations/doctor.ts';
export { type HistoryOptions, history } from './operations/history.ts';
export { type HoldOptions, type HoldResult, hold } from './operations/hold.ts';
export {
  type InitOptions,
  type InitReport,
  type InspectedIntegration,
  init,
  inspectIntegrations,
} from './operations/init.ts';
export {
  type KillAllOptions,
  type KillPlan,
  type KillReport,
  killAll,
  type Leftover,
  planKillAll,
} from './operations/kill-all.ts';
export { inheritedDescriptors, leaveAs, shellWords } from './operations/own-process.ts';
export { type ReleaseReport, release } from './operations/release.ts';
export { type RunOptions, type RunResult, run } from './operations/run.ts';
export { type GateStatus, type QueueStatus, type RunningStatus, status } from './operations/status.ts';
export { type Lease, type WithGateOptions, withGate } from './operations/with-gate.ts';
export type { PlaceOptions } from './place.ts';
