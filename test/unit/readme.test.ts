// The README's settings table is the settings, nothing more and nothing less.
// To renew it after a change: UPDATE_README=1 npx vitest run test/unit/readme.test.ts

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { environmentName, oldNamesOf, SETTING_ROWS, type SettingName } from '../../src/base/settings.ts';
import { ROOT } from '../helpers/paths.ts';

const README = join(ROOT, 'README.md');
const BLOCK = /(<!-- settings:[^\n]*-->\n)([\s\S]*?)(<!-- \/settings -->)/;

function settingsTable(): string {
  const rows = (Object.keys(SETTING_ROWS) as SettingName[]).map(name => {
    const row = SETTING_ROWS[name];
    const old = oldNamesOf(name).map(oldName => `\`${oldName}\``);
    const names = `\`${environmentName(row.flag)}\`${old.length > 0 ? ` (old: ${old.join(', ')})` : ''}`;
    return `| \`--${row.flag}\` | ${names} | ${row.shown} | ${row.help} |`;
  });
  return ['| flag | environment | default | what it does |', '|---|---|---|---|', ...rows, ''].join('\n');
}

test('the settings table of the README is the table of settings', () => {
  const text = readFileSync(README, 'utf8');
  if (process.env.UPDATE_README) writeFileSync(README, text.replace(BLOCK, `$1${settingsTable()}$3`));
  expect(BLOCK.exec(readFileSync(README, 'utf8'))?.[2]).toBe(settingsTable());
});
