// Which names a shim may have. Those that seqx, or the shim, is itself started by would call each other for
// ever.

import { SeqxError } from '../base/errors.ts';

const REFUSED: ReadonlyMap<string, string> = new Map([
  ['seqx', 'the shim itself starts seqx'],
  ['node', 'seqx itself is started by node'],
  ['env', 'seqx itself is started by env'],
  ['sh', 'the shim itself is a script for sh'],
  ['ps', 'seqx itself asks ps which processes there are'],
]);

/** @throws SeqxError SEQX_USAGE_INVALID for a name that no shim can have */
export function checkShimName(name: string): void {
  const reason = REFUSED.get(name) ?? malformed(name);
  if (reason === undefined) return;
  throw new SeqxError(
    'SEQX_USAGE_INVALID',
    `there can be no shim ${JSON.stringify(name)}: ${reason}; nothing was written`,
    'seqx init shims make npm',
  );
}

function malformed(name: string): string | undefined {
  if (name === '' || name === '.' || name === '..') return 'that names no tool';
  if (name.includes('/')) return 'PATH looks for names without slashes';
  if (name.startsWith('-')) return 'a name does not begin with a dash';
  return /[\u0000-\u001f\u007f]/.test(name) ? 'it has control characters' : undefined;
}
