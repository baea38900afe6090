import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../helpers/paths.ts';

const read = (name: string): string => readFileSync(join(ROOT, 'dist', name), 'utf8');

const namesIn = (text: string, pattern: RegExp): string[] => [
  ...new Set([...text.matchAll(pattern)].map(([, name]) => name ?? '')),
];

test('all that the subcommands take from the file of runs is there', () => {
  const [, table = ''] = /__export\(seqx_exports,\{(.*?)\}\);/s.exec(read('seqx.cjs')) ?? [];
  const given = namesIn(table, /(\w+):\(\)=>/g);
  const own = /(import_\w+)=require\("\.\/seqx\.cjs"\)/g;
  const subcommands = read('subcommands.cjs');
  const taken = namesIn(subcommands, own).flatMap(name =>
    namesIn(subcommands, new RegExp(`\\b${name}\\.(\\w+)`, 'g')),
  );
  expect(taken).toContain('SeqxError');
  expect(taken.filter(name => !given.includes(name))).toEqual([]);
});

test('the file of runs asks for the subcommands’ file, and has none of them in itself', () => {
  expect(read('seqx.cjs')).toContain('require("./subcommands.cjs")');
  expect(read('seqx.cjs')).not.toMatch(/require\("yargs"\)/);
});
