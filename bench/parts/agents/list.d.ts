// Types of list.js, for tests.

import type { Agent } from './schedule.js';

export const BUDGET_MB: number;
export function agentList(count: number, seed: number, pace?: number): (Agent & { readonly name: string })[];
