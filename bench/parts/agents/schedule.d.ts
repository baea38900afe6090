// Types of schedule.js, for its test.

export interface Agent {
  readonly ms: number;
  readonly mb: number;
}

export function inOrderMs(agents: readonly Agent[], budgetMb: number, jobs?: number): number;
export function bestMs(agents: readonly Agent[], budgetMb: number): number;
