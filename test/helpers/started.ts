// A program that a test has started: what it has said so far, and how it ended.

import type { ChildProcess } from 'node:child_process';
import { until } from './until.ts';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Started {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Resolves when the program has ended and its streams are closed. */
  readonly ended: Promise<Ended>;
  /** Resolves when the program has ended, even if somebody else keeps its streams open. */
  readonly exited: Promise<Pick<Ended, 'code' | 'signal'>>;
  stdout = '';
  stderr = '';
  isOver = false;

  constructor(child: ChildProcess, stdin: string | Buffer | 'open' | undefined) {
    this.child = child;
    this.pid = child.pid ?? 0;
    child.stdout?.setEncoding('latin1').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    child.stdin?.on('error', () => {});
    if (stdin !== undefined && stdin !== 'open') child.stdin?.end(stdin);
    this.exited = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code, signal) => {
        this.isOver = true;
        resolve({ code, signal });
      });
    });
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) =>
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr }),
      );
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Waits until its output has this. */
  async says(text: string | RegExp, stream: 'stdout' | 'stderr' = 'stdout'): Promise<void> {
    const has = () => (typeof text === 'string' ? this[stream].includes(text) : text.test(this[stream]));
    await until(`${stream} says ${text} (so far: ${this[stream].slice(-500)})`, has).catch(error => {
      throw new Error(`${String(error)}; stdout ${this.stdout}; stderr ${this.stderr}`);
    });
  }
}
