// A program in a real terminal: what it has shown, keys to press, and how it ended.

import type { IPty } from '@lydell/node-pty';
import { missing } from './capability.ts';
import type { Scratch } from './scratch.ts';
import { until } from './until.ts';

const pty = await import('@lydell/node-pty').catch(() => undefined);

export const lacksTerminal = missing(!pty || !opens(), 'no terminal can be opened (@lydell/node-pty)');

/** Ctrl-C, Ctrl-Z, Ctrl-\ as a keyboard sends them. */
export const KEYS = { interrupt: '\u0003', suspend: '\u001a', quit: '\u001c' } as const;

export interface TerminalOptions {
  readonly env?: Record<string, string>;
  readonly columns?: number;
  readonly rows?: number;
}

export class Terminal {
  readonly #pty: IPty;
  /** Resolves when the program has ended. */
  readonly ended: Promise<{ code: number; signal: number | undefined }>;
  shown = '';
  isOver = false;

  constructor(scratch: Scratch, file: string, words: readonly string[], options: TerminalOptions = {}) {
    if (!pty) throw new Error('no terminal can be opened');
    const { env = {}, columns = 100, rows = 30 } = options;
    this.#pty = pty.spawn(file, [...words], {
      cols: columns,
      rows,
      cwd: scratch.project,
      env: { ...scratch.env, TERM: 'xterm', ...env },
    });
    this.#pty.onData(text => {
      this.shown += text;
    });
    this.ended = new Promise(resolve => {
      this.#pty.onExit(({ exitCode, signal }) => {
        this.isOver = true;
        resolve({ code: exitCode, signal });
      });
    });
  }

  get pid(): number {
    return this.#pty.pid;
  }

  type(text: string): void {
    this.#pty.write(text);
  }

  resize(columns: number, rows: number): void {
    this.#pty.resize(columns, rows);
  }

  /** Closes the terminal, as a window does: whoever is in it gets SIGHUP. */
  close(): void {
    (this.#pty as IPty & { destroy(): void }).destroy();
  }

  async shows(text: string | RegExp): Promise<void> {
    const has = () => (typeof text === 'string' ? this.shown.includes(text) : text.test(this.shown));
    await until(`the terminal shows ${text}`, has).catch(error => {
      throw new Error(`${String(error)}; it shows ${JSON.stringify(this.shown)}`);
    });
  }
}

function opens(): boolean {
  try {
    pty?.spawn('true', [], {}).kill();
    return true;
  } catch {
    return false;
  }
}
