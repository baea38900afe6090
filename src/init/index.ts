// The integrations there are, in the order of `seqx init --help`.

import { SeqxError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { agents } from './agents.ts';
import { gitHooks } from './git-hooks.ts';
import type { Integration } from './integration.ts';
import { make } from './make.ts';
import { npm } from './npm.ts';
import { shims } from './shims.ts';

export const INTEGRATIONS: readonly Integration[] = [make, gitHooks, npm, shims, agents];

/** @throws SeqxError SEQX_USAGE_INVALID for a name that none has */
export function integrationNamed(name: string): Integration {
  const found = INTEGRATIONS.find(integration => integration.name === name);
  if (found) return found;
  const names = INTEGRATIONS.map(integration => integration.name);
  const guess = nearest(name, names);
  throw new SeqxError(
    'SEQX_USAGE_INVALID',
    `seqx init knows no ${JSON.stringify(name)}${guess ? `; did you mean ${guess}?` : `; it knows ${names.join(', ')}`}`,
    'seqx init   (what there is, and what each changes)',
  );
}
