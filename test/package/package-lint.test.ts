// The packed package as publint and "are the types wrong" see it. They are installed into packaging/node_modules,
// by the lock file there; where npm gets at no packages these tests are skipped.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { missing } from '../helpers/capability.ts';
import { ROOT } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { pack, whyNoPackages } from './consumer.ts';

const PACKAGING = join(ROOT, 'packaging');
const tool = (path: string) => import(join(PACKAGING, 'node_modules', path));

let noTools: string | undefined;
let tarball: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  const installed = await execa(process.execPath, [join(PACKAGING, 'install.js')], { reject: false });
  noTools = whyNoPackages(installed);
  missing(noTools !== undefined, `publint and are-the-types-wrong: ${noTools}`);
  await using scratch = new Scratch();
  tarball = new Uint8Array(readFileSync(await pack(scratch.root)));
}, 120_000);

beforeEach(context => context.skip(noTools !== undefined, noTools));

test('publint has nothing to say, not even a suggestion', async () => {
  const { publint } = await tool('publint/src/index-node.js');
  const { messages } = await publint({ pack: { tarball: tarball.buffer }, strict: true });
  expect(messages).toEqual([]);
});

// That a CommonJS file gets an ES module is what the package means: require() of one works as of Node 20.19.
test('are-the-types-wrong finds the types from everywhere, and the library to be an ES module', async () => {
  const { checkPackage, createPackageFromTarballData } = await tool('@arethetypeswrong/core/dist/index.js');
  const { types, problems } = await checkPackage(createPackageFromTarballData(tarball));
  expect(types).toEqual({ kind: 'included' });
  expect(problems).toEqual([{ kind: 'CJSResolvesToESM', entrypoint: '.', resolutionKind: 'node16-cjs' }]);
});
