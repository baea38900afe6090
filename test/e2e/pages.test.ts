// Every line of shell that the pages show is run, as it stands, and every `shell:` of a workflow with a step.

import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lacks } from '../helpers/capability.ts';
import { ROOT } from '../helpers/paths.ts';
import { Scratch } from '../helpers/scratch.ts';
import { seqxOnPath } from '../helpers/seqx-on-path.ts';

const lacksTools = lacks('bash') || lacks('make');
const lacksJq = lacks('jq');

interface Snippet {
  readonly page: string;
  readonly text: string;
}

function snippets(page: string, language: string): Snippet[] {
  const text = readFileSync(join(ROOT, 'docs', page), 'utf8');
  const found = text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'));
  return [...found].map(([, body = '']) => ({ page, text: body }));
}

const SHELL = [...snippets('ci.md', 'sh'), ...snippets('events.md', 'sh')];
const YAML = snippets('ci.md', 'yaml').map(({ text }) => text);
const TEMPLATES = YAML.flatMap(text =>
  [...text.matchAll(/shell: (.*\{0\})$/gm)].map(([, line = '']) => line),
);
const LINES = YAML.flatMap(text => [...text.matchAll(/^ +- (seqx .*)$/gm)].map(([, line = '']) => line));

/** A project with what the pages speak of. */
function prepare(scratch: Scratch): Record<string, string> {
  const { project, root } = scratch;
  writeFileSync(join(project, 'Makefile'), 'test docs: ; @echo ran\n.PHONY: test docs\n');
  const env = seqxOnPath(scratch);
  const programs = {
    [join(project, 'ci.sh')]: 'echo ran',
    [join(root, 'bin', 'my-tool')]: 'cat >my-tool.log',
  };
  for (const [path, line] of Object.entries(programs)) {
    writeFileSync(path, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  }
  // What npm ci makes of a devDependency.
  writeFileSync(join(project, 'package.json'), '{"name":"web","private":true}\n');
  mkdirSync(join(project, 'node_modules', '.bin'), { recursive: true });
  symlinkSync(join(root, 'bin', 'seqx'), join(project, 'node_modules', '.bin', 'seqx'));
  // The pages write their examples to /tmp; a test writes there, too, but into its own folder.
  return { ...env, CI: 'true' };
}

const inTmpOf = (scratch: Scratch, text: string): string =>
  text.replaceAll('/tmp/build', join(scratch.root, 'build'));

describe.skipIf(lacksTools)('the pages', () => {
  test('have lines to run', () => {
    expect([SHELL.length > 7, TEMPLATES.length, LINES.length]).toEqual([true, 3, 1]);
  });

  test.each(SHELL.filter(({ text }) => !(lacksJq && text.includes('jq '))))(
    '$page shows lines that work: $text',
    async ({ text }) => {
      await using scratch = new Scratch();
      const env = prepare(scratch);
      const script = join(scratch.root, 'snippet.sh');
      writeFileSync(script, inTmpOf(scratch, text));
      const { code, stderr } = await scratch.start('bash', ['-eo', 'pipefail', script], { env }).ended;
      expect([code, stderr]).toEqual([0, '']);
      await scratch.settle();
    },
  );

  test.each(TEMPLATES)('a step runs under "%s", and its failure is the step’s', async template => {
    await using scratch = new Scratch();
    const env = { ...prepare(scratch), npm_config_update_notifier: 'false', npm_config_offline: 'true' };
    const script = join(scratch.root, 'step.sh');
    const step = async (text: string) => {
      writeFileSync(script, text);
      const [file = '', ...words] = template.replace('{0}', script).split(' ');
      return scratch.start('env', [file, ...words], { env }).ended;
    };
    expect(await step('make test\n')).toMatchObject({ code: 0, stdout: 'ran\n', stderr: '' });
    expect(await step('false | true\necho never\n')).toMatchObject({ code: 1, stdout: '' });
    await scratch.settle();
  });

  test.each(LINES)('a job runs "%s"', async line => {
    await using scratch = new Scratch();
    const run = scratch.start('bash', ['-c', line], { env: prepare(scratch) });
    expect(await run.ended).toMatchObject({ code: 0, stdout: 'ran\n', stderr: '' });
  });
});
