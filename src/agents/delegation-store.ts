// Where delegations are kept, so that one that was killed can be taken up again: a file for each in a folder of
// the journal, replaced whole after every agent.
//
// Protocol   Who carries a delegation out has an empty file `ID.by-IDENTITY` beside it. Create mine, then look:
//            mine is the claim if no other is of a living process; else mine goes again. Those of the dead are
//            unlinked by whoever sees them; their names are unique, and dead stays dead.
// Invariant  Two never carry out one delegation. Both of two that come at one instant may be refused.
// What this does not protect against: a claim from another container; it counts as alive until it is removed.

import { readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from '../base/errors.ts';
import { randomNonce } from '../base/identity.ts';
import { type Delegation, isDelegation } from './delegation.ts';

/** How many are kept: enough for what agents usually take, and to find one of last week. */
const KEPT = 100;

const FILE = /^([0-9a-f]{8})\.json$/;
const DRAFT = /^\.([0-9a-f]{8})-[0-9a-f]{8}$/;
const CLAIM = /^([0-9a-f]{8})\.by-(.+)$/;

/** All that can be read, oldest first. */
export function readDelegations(folder: string): Delegation[] {
  const found = names(folder).flatMap(name => (FILE.test(name) ? (read(join(folder, name)) ?? []) : []));
  return found.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
}

/** Writes one, all of it or nothing. @throws whatever the disk throws */
export function writeDelegation(folder: string, delegation: Delegation): void {
  const draft = join(folder, `.${delegation.id}-${randomNonce()}`);
  try {
    writeFileSync(draft, `${JSON.stringify(delegation)}\n`, { flag: 'wx', mode: 0o600, flush: true });
    renameSync(draft, join(folder, `${delegation.id}.json`));
  } catch (error) {
    remove(draft);
    throw error;
  }
}

export type Claim =
  | { readonly kind: 'claimed'; readonly release: () => void }
  | { readonly kind: 'taken'; readonly by: string; readonly path: string };

/**
 * Makes a delegation ours to carry out.
 * @param identity of this process, unlike any other's
 * @throws whatever the disk throws
 */
export async function claimDelegation(
  folder: string,
  id: string,
  identity: string,
  isDead: (identity: string) => Promise<boolean>,
): Promise<Claim> {
  const mine = `${id}.by-${identity}`;
  writeFileSync(join(folder, mine), '', { flag: 'wx', mode: 0o600 });
  const release = () => remove(join(folder, mine));
  for (const name of names(folder)) {
    const [, of, by = ''] = CLAIM.exec(name) ?? [];
    if (of !== id || name === mine) continue;
    const path = join(folder, name);
    if (await isDead(by)) {
      remove(path);
      continue;
    }
    release();
    return { kind: 'taken', by, path };
  }
  return { kind: 'claimed', release };
}

/** Best effort: the oldest go, and the drafts of the dead, unless somebody is at work on them. */
export async function pruneDelegations(
  folder: string,
  isDead: (identity: string) => Promise<boolean>,
): Promise<void> {
  const claimed = new Set<string>();
  for (const name of names(folder)) {
    const [, id, by = ''] = CLAIM.exec(name) ?? [];
    if (id !== undefined && !(await isDead(by))) claimed.add(id);
    else if (id !== undefined) remove(join(folder, name));
  }
  const isOld = new Set(
    readDelegations(folder)
      .slice(0, -KEPT)
      .map(({ id }) => id),
  );
  for (const name of names(folder)) {
    const id = FILE.exec(name)?.[1];
    const draftOf = DRAFT.exec(name)?.[1];
    const isSpent = id === undefined ? draftOf !== undefined : isOld.has(id);
    if (isSpent && !claimed.has(id ?? draftOf ?? '')) remove(join(folder, name));
  }
}

function read(path: string): Delegation | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isDelegation(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === '') throw error;
    return [];
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // gone already, or as good as gone
  }
}
