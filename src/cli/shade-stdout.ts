// Keeps yargs from looking at process.stdout while it is loaded. Node makes a pipe non-blocking as soon as somebody
// looks, and that for everybody who writes there: beside `seqx batch`, `delegate` or `status --watch`, in
// `{ seqx batch list & make; } | tee log`, make would fail with "Resource temporarily unavailable". seqx itself
// writes without it (base/write-all.ts).

import { isatty } from 'node:tty';

const own = Object.getOwnPropertyDescriptor(process, 'stdout');

// What yargs wants is the width of a terminal, which Node opens anew.
if (own && !isatty(1)) Object.defineProperty(process, 'stdout', { ...own, get: () => ({}) });

/** To be called when yargs has been loaded. */
export function unshadeStdout(): void {
  if (own) Object.defineProperty(process, 'stdout', own);
}
