// Which folder's settings npm, pnpm and Yarn read, and which of them a project is made for.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findNodeProject } from '../../../src/init/node-project.ts';

let root = '';
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'seqx-test-')));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}

test.each([
  ['packages/*', 'packages/a', true],
  ['./packages/*/', 'packages/a', true],
  ['packages/**', 'packages/deep/a', true],
  ['{apps,packages}/*', 'packages/a', true],
  ['packages/a', 'packages/a', true],
  ['apps/*', 'packages/a', false],
  ['packages/*', 'packages/deep/a', false],
  ['packages/?', 'packages/a', true],
])('workspaces %s make the root of %s: %s', (pattern, folder, isMember) => {
  write({ 'package.json': JSON.stringify({ workspaces: [pattern] }), [`${folder}/package.json`]: '{}' });
  expect(findNodeProject(join(root, folder))?.root).toBe(isMember ? root : join(root, folder));
});

test('a later pattern with ! takes a folder out again; Yarn 1 may write { packages }', () => {
  const workspaces = { packages: ['packages/*', '!packages/a'] };
  write({
    'package.json': JSON.stringify({ workspaces }),
    'packages/a/package.json': '{}',
    'packages/b/src/x': '',
    'packages/b/package.json': '{}',
  });
  expect(findNodeProject(join(root, 'packages', 'a'))?.root).toBe(join(root, 'packages', 'a'));
  expect(findNodeProject(join(root, 'packages', 'b', 'src'))?.root).toBe(root);
});

test('a folder above that is no workspace is another project', () => {
  write({ 'package.json': '{}', 'sub/package.json': '{"scripts":{"test":"x","odd":1}}', 'other/x': '' });
  expect(findNodeProject(join(root, 'sub'))).toMatchObject({
    root: join(root, 'sub'),
    scripts: { test: 'x' },
  });
  expect(findNodeProject(join(root, 'other'))?.root).toBe(root);
});

test.each([
  [{}, { usesPnpm: false, usesBerry: false, pnpmMajor: undefined }],
  [{ 'pnpm-lock.yaml': '' }, { usesPnpm: true, usesBerry: false }],
  [{ 'package.json': '{"packageManager":"pnpm@9.1.0+sha512.x"}' }, { usesPnpm: true, pnpmMajor: 9 }],
  [{ 'package.json': '{"packageManager":"pnpm"}' }, { usesPnpm: true, pnpmMajor: undefined }],
  [{ 'yarn.lock': '# yarn lockfile v1\n' }, { usesPnpm: false, usesBerry: false }],
  [{ 'yarn.lock': '# x\n\n__metadata:\n  version: 8\n' }, { usesBerry: true }],
  [{ '.yarnrc.yml': '' }, { usesBerry: true }],
  [{ 'package.json': '{"packageManager":"yarn@4.1.0"}' }, { usesBerry: true }],
  [{ 'package.json': '{"packageManager":"yarn@1.22.22"}' }, { usesBerry: false }],
])('%j is %j', (files, facts) => {
  write({ 'package.json': '{}', ...files });
  expect(findNodeProject(root)).toMatchObject(facts);
});

test('a pnpm workspace is where its file is', () => {
  write({ 'pnpm-workspace.yaml': 'packages: [a]\n', 'package.json': '{}', 'a/package.json': '{}' });
  expect(findNodeProject(join(root, 'a'))).toMatchObject({ root, usesPnpm: true });
});

test.each(['{', '[]', '"text"', ''])('a package.json of %j is refused', text => {
  write({ 'package.json': text });
  expect(() => findNodeProject(root)).toThrow(expect.objectContaining({ code: 'SEQX_FILE_MALFORMED' }));
});
