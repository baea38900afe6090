// Starting the watchdog's process: a session of its own, so that no Ctrl-C reaches it, and nothing of the
// caller's environment in it.

import { type ChildProcess, spawn } from 'node:child_process';

/** What Node itself may need to be loaded. */
const LOADER_VARIABLE = /^(SystemRoot|LD_LIBRARY_PATH|DYLD_\w*LIBRARY_PATH|NIX_LD\w*|QEMU_LD_PREFIX)$/;

/**
 * Starts `seqx __watchdog`; its order goes to its stdin, its messages come from its stdout.
 * @param stderr `inherit` for a watchdog that outlives us and speaks for itself
 */
export function startWatchdog(selfCommand: readonly string[], stderr: 'ignore' | 'inherit'): ChildProcess {
  const [file = '', ...args] = selfCommand;
  // No token, no NODE_OPTIONS of the user.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => LOADER_VARIABLE.test(name)));
  const child = spawn(file, [...args, '__watchdog'], {
    detached: true,
    cwd: '/',
    env,
    stdio: ['pipe', 'pipe', stderr],
    windowsHide: true,
  });
  child.stdin?.on('error', () => {});
  return child;
}
