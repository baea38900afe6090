// Which gates this very process holds around the current call: two calls side by side in one program are
// strangers to each other, a call inside another's work is not. Only the call chain can tell.

import { AsyncLocalStorage } from 'node:async_hooks';

const held = new AsyncLocalStorage<readonly string[]>();

/** Tokens of the gates around this call, outermost first. */
export const insideGates = (): readonly string[] => held.getStore() ?? [];

/** Runs `work` as being inside the gate of `token`. */
export const withInside = <T>(token: string, work: () => T): T => held.run([...insideGates(), token], work);
