// The packed package as publint and "are the types wrong" see it. They are installed by `make test-package`.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { missing } from '../helpers/capability.ts';
import { ROOT } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { pack } from './consumer.ts';

const TOOLS = join(ROOT, 'packaging', 'node_modules');
const lacksTools = missing(
  !existsSync(join(TOOLS, '.installed-from.json')),
  'publint and are-the-types-wrong are not installed (make test-package does it)',
);
const tool = (path: string) => import(join(TOOLS, path));

describe.skipIf(lacksTools)('the packed package', () => {
  let tarball: Uint8Array;

  beforeAll(async () => {
    await using scratch = new Scratch();
    tarball = new Uint8Array(readFileSync(await pack(scratch.root)));
  });

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
});
