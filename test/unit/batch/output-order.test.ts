// Output printed whole and in the order of the list, whoever writes first; bounded, and nothing lost.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OutputOrder, type StreamName } from '../../../src/batch/output-order.ts';
import { until } from '../../helpers/until.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seqx-order-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Remembers what is printed; a slow one is waited for. */
class Printed {
  text = '';
  readonly order: OutputOrder;
  readonly #hold: () => Promise<void>;

  constructor(mostBytes = 1_000, hold: () => Promise<void> = async () => {}) {
    this.#hold = hold;
    this.order = new OutputOrder(this, folder, mostBytes);
  }

  begin(number: number, name: string): void {
    this.text += `<${number} ${name}>`;
  }

  async write(stream: StreamName, chunk: Buffer): Promise<void> {
    await this.#hold();
    this.text += stream === 'stdout' ? chunk.toString() : chunk.toString().toUpperCase();
  }

  /** A command that writes to these. */
  command(number: number, name: string): { stdout: PassThrough; stderr: PassThrough; end(): Promise<void> } {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    this.order.add(number, name, [
      { name: 'stdout', source: stdout },
      { name: 'stderr', source: stderr },
    ]);
    const end = async () => {
      stdout.end();
      stderr.end();
      await this.order.end(number);
    };
    return { stdout, stderr, end };
  }
}

test('the one that ends first waits for its turn, and everything is whole', async () => {
  const printed = new Printed();
  const [a, b, c] = [printed.command(1, 'a'), printed.command(2, 'b'), printed.command(3, 'c')];
  for (let round = 0; round < 3; round++) {
    a.stdout.write('a');
    b.stderr.write('b');
    c.stdout.write('c');
  }
  await c.end();
  await b.end();
  expect(printed.text).toBe('');
  await a.end();
  await printed.order.flush();
  expect(printed.text).toBe('<1 a>aaa<2 b>BBB<3 c>ccc');
});

test('one that was never started holds nobody up', async () => {
  const printed = new Printed();
  const b = printed.command(2, 'b');
  b.stdout.write('b');
  await b.end();
  await printed.order.end(1);
  await printed.order.flush();
  expect(printed.text).toBe('<2 b>b');
});

test('when all spools are full, who has its turn is printed as it comes, and the others wait', async () => {
  const printed = new Printed(100);
  const [a, b] = [printed.command(1, 'a'), printed.command(2, 'b')];
  b.stdout.write('b'.repeat(150));
  await until('b is not read any further', () => b.stdout.isPaused());
  b.stdout.write('B'.repeat(50));
  a.stdout.write('a');
  await until('a is printed', () => printed.text === '<1 a>a');
  a.stdout.write('a');
  await until('more of it is printed', () => printed.text === '<1 a>aa');
  await a.end();
  await b.end();
  await printed.order.flush();
  expect(printed.text).toBe(`<1 a>aa<2 b>${'b'.repeat(150)}${'B'.repeat(50)}`);
});

test('a slow reader slows down who is printed as it comes', async () => {
  let release = () => {};
  const slow = new Promise<void>(resolve => {
    release = resolve;
  });
  const printed = new Printed(10, () => slow);
  const a = printed.command(1, 'a');
  a.stdout.write('a'.repeat(20));
  await until('it is not read any further', () => a.stdout.isPaused());
  const ended = a.end();
  release();
  await ended;
  await printed.order.flush();
  expect(printed.text).toBe(`<1 a>${'a'.repeat(20)}`);
});

test('a stream that somebody holds open has ended when nothing comes any more', async () => {
  const printed = new Printed();
  const a = printed.command(1, 'a');
  a.stdout.write('a');
  await printed.order.end(1);
  await printed.order.flush();
  expect([printed.text, a.stdout.destroyed]).toEqual(['<1 a>a', true]);
});

test('nothing lies in the folder, before it is printed or after', async () => {
  const printed = new Printed();
  const [, b] = [printed.command(1, 'a'), printed.command(2, 'b')];
  b.stdout.write('b');
  await b.end();
  expect(readdirSync(folder)).toEqual([]);
});

test('a folder that takes nothing loses nothing', async () => {
  const printed = new Printed();
  const [a, b] = [printed.command(1, 'a'), printed.command(2, 'b')];
  rmSync(folder, { recursive: true });
  b.stdout.write('b');
  await until('b is not read any further', () => b.stdout.isPaused());
  a.stderr.write('a');
  await a.end();
  await b.end();
  await printed.order.flush();
  expect(printed.text).toBe('<1 a>A<2 b>b');
  folder = mkdtempSync(join(tmpdir(), 'seqx-order-'));
});
