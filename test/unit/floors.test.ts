// Floors: who may import whom. The order is the architecture; this test is what keeps it.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../helpers/paths.ts';

const SRC = join(ROOT, 'src');
const STEPS = ['queue', 'admission', 'lock', 'git', 'run', 'journal'];

/** Part -> the parts it may import. A part may always import itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  cli: ['index', 'base', 'operations/watchdog-process', 'running'],
  index: [
    'assemble',
    'place',
    'agents',
    'base',
    'batch',
    'diagnosis',
    'init',
    'journal',
    'operations',
    'parallel',
    'running',
  ],
  running: ['place', 'operations'],
  operations: [
    'assemble',
    'place',
    'gate',
    'passage',
    'agents',
    'backend',
    'base',
    'batch',
    'diagnosis',
    'init',
    'platform',
    'parallel',
    ...STEPS,
  ],
  gate: ['passage', 'base', ...STEPS],
  passage: ['base', 'admission', 'lock', 'queue'],
  assemble: ['place', 'backend', 'base', 'platform', ...STEPS],
  place: ['backend', 'base', 'platform'],
  queue: ['base'],
  admission: ['base'],
  lock: ['base'],
  git: ['base'],
  run: ['base'],
  journal: ['base'],
  agents: ['base'],
  batch: ['base', 'admission'],
  parallel: ['base'],
  init: ['base'],
  diagnosis: ['base'],
  backend: ['base'],
  platform: ['base'],
  base: [],
};

const REMEDY: Record<string, string> = {
  cli: 'the command line uses the library (src/index.ts) only; export what it needs there',
  base: 'base imports nothing of ours; move the code up, or the type down',
};

const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'));
const partOf = (path: string): string => path.split('/')[0]?.replace(/\.ts$/, '') ?? '';

function importsOf(path: string): string[] {
  const text = readFileSync(join(SRC, path), 'utf8');
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g);
  return [...found].map(([, target = '']) => relative(SRC, resolve(join(SRC, dirname(path)), target)));
}

test('sees the whole house', () => {
  expect(sources.length).toBeGreaterThan(60);
  expect(sources.flatMap(importsOf).length).toBeGreaterThan(200);
});

test.each(sources)('%s keeps to its floor', path => {
  const own = partOf(path);
  const allowed = MAY_IMPORT[own];
  expect(allowed, `src/${own} has no floor yet; give it one in this test`).toBeDefined();
  const wrong = importsOf(path).filter(target => {
    const isAllowed = [own, ...(allowed ?? [])].some(
      part => partOf(target) === part || target.replace(/\.ts$/, '') === part,
    );
    return !isAllowed;
  });
  expect(wrong, REMEDY[own] ?? `src/${own} may import ${allowed?.join(', ') || 'nothing'}`).toEqual([]);
});

test('no import runs in a circle', () => {
  const graph = new Map(sources.map(path => [path, importsOf(path)]));
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    expect(trail, `circle: ${[...trail, path].join(' -> ')}`).not.toContain(path);
    if (done.has(path)) return;
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of sources) visit(path, []);
});

test('only the command line prints, and only its screen writes to the streams', () => {
  const printers = sources.filter(path =>
    /console\.|process\.std(out|err)\.write/.test(readFileSync(join(SRC, path), 'utf8')),
  );
  expect(printers).toEqual([]);
});

test('only src/platform asks which operating system this is', () => {
  const askers = sources.filter(path => /process\.platform/.test(readFileSync(join(SRC, path), 'utf8')));
  expect(askers).toEqual(['platform/index.ts']);
});

test('the hot path takes no more of the library than a run needs', () => {
  const takers = ['cli/main.ts', 'cli/hold-gate.ts', 'cli/words.ts', 'cli/report/reporter.ts'];
  expect(takers.filter(path => importsOf(path).includes('index.ts'))).toEqual([]);
});

test('pidtree and pidusage have one door', () => {
  const users = sources.filter(path => /'(pidtree|pidusage)'/.test(readFileSync(join(SRC, path), 'utf8')));
  expect(users).toEqual(['platform/sampled-family.ts']);
});

test('only assemble knows where the program lies: a single-file binary has nothing beside it', () => {
  const knowers = sources.filter(path =>
    /import\.meta|__dirname/.test(readFileSync(join(SRC, path), 'utf8')),
  );
  expect(knowers).toEqual(['assemble.ts']);
});
