// The command line as two files for dist: seqx.cjs, which every run reads, waits with and keeps in memory, and
// subcommands.cjs, read when one is asked for. What both need lies in seqx.cjs alone, and subcommands.cjs takes
// it from there: one SeqxError, not two. (esbuild's own splitting is for ES modules, which V8's code cache is
// not for.)

import { build } from 'esbuild';
import { commandLine } from './esbuild.options.js';

const ENTRY = commandLine.entryPoints.seqx;
const SUBCOMMANDS = 'src/cli/commands/index.ts';

/** Builds both halves into `options.outdir`. */
export async function buildHalves(options) {
  const settings = { ...commandLine, ...options };
  const runs = { ...settings, plugins: [outside(path => path === SUBCOMMANDS, './subcommands.cjs')] };

  const shape = await build({ ...runs, metafile: true, write: false });
  const evaluated = staticallyReached(ENTRY, shape.metafile.inputs);
  const borrowed = new Set();
  const borrow = path => evaluated.has(path) && borrowed.add(path);
  const plugins = [outside(borrow, './seqx.cjs')];
  await build({ ...settings, entryPoints: { subcommands: SUBCOMMANDS }, plugins });

  const doors = [...borrowed].map(path => `export * from './${path}';`);
  const contents = [`import './${ENTRY}';`, ...doors].join('\n');
  const stdin = { contents, resolveDir: process.cwd(), sourcefile: 'seqx.ts' };
  await build({
    ...runs,
    entryPoints: undefined,
    stdin,
    outfile: `${options.outdir}/seqx.cjs`,
    outdir: undefined,
  });
}

/** Imports of our own files that `isOutside` names are left to `file`, at run time. */
function outside(isOutside, file) {
  const setup = ({ onResolve, resolve }) =>
    onResolve({ filter: /^\.\.?\// }, async ({ path, pluginData, ...importer }) => {
      if (pluginData === 'ours') return undefined;
      const { importer: from, kind, resolveDir } = importer;
      const found = await resolve(path, { importer: from, kind, resolveDir, pluginData: 'ours' });
      return isOutside(relative(found.path)) ? { path: file, external: true } : found;
    });
  return { name: 'outside', setup };
}

const relative = path => path.slice(process.cwd().length + 1).replaceAll('\\', '/');

/** What is evaluated as soon as the entry is: all that import statements lead to. */
function staticallyReached(entry, inputs, reached = new Set()) {
  if (reached.has(entry)) return reached;
  reached.add(entry);
  for (const { kind, path, external } of inputs[entry]?.imports ?? []) {
    if (kind === 'import-statement' && !external) staticallyReached(path, inputs, reached);
  }
  return reached;
}
