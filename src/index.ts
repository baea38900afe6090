// The library: one heavy piece of work at a time per project. The command line uses nothing else.

export type { AgentEnd, AgentState, Delegation } from './agents/delegation.ts';
export type { TaskPlan } from './agents/plan-task.ts';
export { ERROR_TABLE, type ErrorCode, SeqxError } from './base/errors.ts';
export type { HolderView, RunStats, SeqxEvent } from './base/events.ts';
export type { EndedBy, NotRunReason, Outcome } from './base/outcome.ts';
export type { RunMemory, SignalName } from './base/ports.ts';
export type { Settings } from './base/settings.ts';
export { type BatchEntry, entryOfItem } from './batch/batch-entry.ts';
export type { BatchCommandReport, BatchProgress, BatchReport } from './batch/batch-report.ts';
export type { OutputSink, StreamName } from './batch/output-order.ts';
export { readList } from './batch/read-list.ts';
export type { CrashDiagnosis } from './diagnosis/explain-crash.ts';
export type { NodeHeap } from './diagnosis/memory-advice.ts';
export { INTEGRATIONS, integrationNamed } from './init/index.ts';
export type { FileChange, Integration, IntegrationState } from './init/integration.ts';
export type { JournalEntry } from './journal/journal.ts';
export { batch } from './operations/batch.ts';
export type { BatchOptions } from './operations/batch-work.ts';
export { type CancelReport, cancel } from './operations/cancel.ts';
export type { DelegateOptions, DelegationNews, DelegationReport } from './operations/carry-out.ts';
export { explainCrashLog } from './operations/crash-log.ts';
export { delegate, previewDelegation, resumeDelegation } from './operations/delegate.ts';
export { type DoctorReport, doctor } from './operations/doctor.ts';
export { type HistoryOptions, history } from './operations/history.ts';
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
export type { MachineReport } from './operations/machine-report.ts';
export { diagnoseMemory, type MemoryDiagnosis, type ProgramReport } from './operations/memory-doctor.ts';
export {
  cleanupBetween,
  forceGc,
  isMemoryHigh,
  memoryBreaker,
  type OptimalConcurrencyOptions,
  optimalConcurrency,
  safeParallel,
  type TaskResults,
  waitForMemory,
} from './operations/parallel.ts';
export { plan } from './operations/plan.ts';
export {
  endLeftovers,
  type LeftoversEnded,
  type ProjectMemory,
  projectMemory,
} from './operations/project-memory.ts';
export { type ReleaseReport, release } from './operations/release.ts';
export { type GateStatus, type QueueStatus, type RunningStatus, status } from './operations/status.ts';
export { type RoomWaited, type WaitForRoomOptions, waitForRoom } from './operations/wait-for-room.ts';
export { type Lease, type WithGateOptions, withGate } from './operations/with-gate.ts';
export type { GcReport } from './parallel/collector.ts';
export { formatMemory } from './parallel/format-memory.ts';
export type { MemoryAlarm, MemoryBreaker, MemoryBreakerOptions } from './parallel/memory-breaker.ts';
export type { ParallelProgress, SafeParallelOptions } from './parallel/options.ts';
export type {
  CleanupOptions,
  CleanupReport,
  ThresholdOptions,
  WaitedForMemory,
  WaitForMemoryOptions,
} from './parallel/settle-memory.ts';
export type { CompletedTask, FailedTask, Task, TaskContext, TaskResult } from './parallel/task-result.ts';
export { type MemoryUsage, memoryUsage } from './parallel/this-process.ts';
export {
  type HoldOptions,
  type HoldResult,
  hold,
  inheritedDescriptors,
  leaveAs,
  type PlaceOptions,
  type RunOptions,
  type RunResult,
  run,
  shellWords,
} from './running.ts';
