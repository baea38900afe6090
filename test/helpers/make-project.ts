// A project whose Makefile includes seqx.mk, and a fake seqx that notes how make calls it.

import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seqxMk } from '../../src/init/seqx-mk.ts';
import { fixture } from './paths.ts';
import type { Scratch } from './scratch.ts';

/** What the fake answers: one run at one gate. */
export const RUN = '0123456789abcdef:id';
export const MAKEFILE = `-include seqx.mk
all: ; @echo "all run=$$SEQX_RUN goal=$(.DEFAULT_GOAL) MSG=$(MSG)"
below: ; @$(MAKE) -s all
kill-all lint: ; @echo "$@ run=$$SEQX_RUN"
fail: ; @exit 3
environment: ; @env
`;

export class MakeProject {
  readonly #scratch: Scratch;

  constructor(scratch: Scratch, makefile = MAKEFILE) {
    this.#scratch = scratch;
    const bin = join(scratch.root, 'bin');
    mkdirSync(bin);
    symlinkSync(fixture('fake-seqx.sh'), join(bin, 'seqx'));
    writeFileSync(join(scratch.project, 'seqx.mk'), seqxMk());
    writeFileSync(join(scratch.project, 'Makefile'), makefile);
  }

  /** Calls of the fake since the last look. */
  get calls(): string[] {
    const path = join(this.#scratch.root, 'calls');
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    rmSync(path, { force: true });
    return text.split('\n').filter(line => line !== '');
  }

  async make(words: readonly string[], env: Record<string, string> = {}, program = 'make', cwd?: string) {
    const { root, env: own } = this.#scratch;
    const fake = {
      FAKE_LOG: join(root, 'calls'),
      FAKE_ANSWER: RUN,
      PATH: `${join(root, 'bin')}:${own.PATH}`,
    };
    const started = this.#scratch.start(program, words, {
      env: { ...fake, ...env },
      ...(cwd === undefined ? {} : { cwd }),
    });
    return { ...(await started.ended), pid: started.pid };
  }

  /** The same without any seqx in PATH. */
  makeAlone(words: readonly string[], env: Record<string, string> = {}, program = 'make') {
    rmSync(join(this.#scratch.root, 'bin', 'seqx'), { force: true });
    const folders = (this.#scratch.env.PATH ?? '').split(':');
    const PATH = folders.filter(folder => !existsSync(join(folder, 'seqx'))).join(':');
    return this.make(words, { PATH, ...env }, program);
  }

  /** The entry of a run that has the gate now: of this project, unless another root is said. */
  enter(root = this.#scratch.project): void {
    const slot = join(this.#scratch.state, '0123456789abcdef', 'slots', '0');
    mkdirSync(slot, { recursive: true });
    const lead = JSON.stringify({ schema: 'seqx.run/1', root }).slice(0, -1);
    writeFileSync(join(slot, 'id'), `${lead},\n"heldAt":"2026-01-01T00:00:00.000Z"}\n`);
  }
}
