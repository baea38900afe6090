// Dying by a signal on POSIX systems, so that whoever started us sees what the command died of.

import type { SignalName } from '../base/ports.ts';

/** Signals that write a core file. */
const CORE_SIGNALS = new Set<SignalName>([
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGSEGV',
  'SIGSYS',
  'SIGXCPU',
  'SIGXFSZ',
]);

/** Raises the signal on ourselves with its default action; returns only if it was blocked. */
export function dieBy(signal: SignalName, emptyOwnCore: () => void): void {
  if (CORE_SIGNALS.has(signal)) emptyOwnCore();
  // Node ignores SIGPIPE and SIGXFSZ from its start; a handler taken off again leaves the default action.
  if (signal !== 'SIGKILL' && signal !== 'SIGSTOP') {
    process.removeAllListeners(signal);
    process.once(signal, nothing).off(signal, nothing);
  }
  process.kill(process.pid, signal);
  // Another thread may be the one to be signalled: give the end a moment.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
}

const nothing = (): void => {};
