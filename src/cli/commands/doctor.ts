// `seqx doctor`: where things are, which settings are in force and why, what works here, what lies about.

import type { Argv } from 'yargs';
import { SETTING_FLAGS, SETTING_ROWS } from '../../base/settings.ts';
import { cleanText, count, showCommand } from '../../base/text.ts';
import { spellDuration, spellSize } from '../../base/units.ts';
import { type DoctorReport, doctor } from '../../index.ts';
import { answer, shownColumns } from '../report/screen.ts';
import { table } from '../report/status-text.ts';
import { entry } from '../report/wrap.ts';
import type { Command } from './command.ts';

export const doctorCommand: Command = {
  name: 'doctor',
  usage: 'doctor [--json]',
  describe:
    'Shows the state folder, every setting with its origin, what this system supports, the integrations, and leftovers.',
  settings: SETTING_FLAGS,
  options: (parser: Argv) => parser.options({ json: { type: 'boolean', describe: 'one JSON object' } }),
  run: async (args, place) => {
    const report = await doctor(place);
    answer(args.json === true ? JSON.stringify(report) : doctorText(report));
    return report.stateFolder.problem === null ? 0 : 1;
  },
};

function doctorText(report: DoctorReport): string {
  const { gate, stateFolder } = report;
  const state =
    stateFolder.problem ?? (stateFolder.exists ? 'ok' : 'not there yet; the first run creates it');
  return [
    'Gate',
    ...table([
      ['  name', `${gate.name} (scope ${gate.scope})`],
      ['  project', gate.root],
      ['  state folder', `${stateFolder.path}: ${state}`],
      ['  gate folder', gate.folder],
      ['  journal', report.journal ?? 'none: neither XDG_STATE_HOME nor HOME is set'],
      ['  system', `${report.system}, Node ${report.node}`],
    ]),
    '',
    'Settings',
    ...table(report.settings.map(setting => [`  ${setting.name}`, showValue(setting), setting.origin])),
    '',
    'This system',
    ...report.abilities.map(({ what, works, otherwise }) =>
      works ? `  yes  ${what}` : `  no   ${what}: ${otherwise}`,
    ),
    '',
    'Ways to the gate',
    ...report.integrations.flatMap(integrationLines),
    '',
    'Left behind',
    ...leftBehind(report),
  ].join('\n');
}

const WAYS = { active: 'yes', open: 'OPEN', absent: '-' } as const;

const integrationLines = ({ name, state, detail, hint }: DoctorReport['integrations'][number]): string[] => [
  ...entry(`  ${WAYS[state]}`, `${name}: ${cleanText(detail, 500)}`, { indent: 8, columns: shownColumns() }),
  ...(hint === undefined ? [] : [`        try: ${cleanText(hint, 500)}`]),
];

/** As it would be typed; where nothing is set, what that means. */
function showValue({ name, value }: DoctorReport['settings'][number]): string {
  const row = Object.values(SETTING_ROWS).find(({ flag }) => flag === name);
  if (value === null) return row?.shown ?? '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string' || row?.unit === undefined) return String(value);
  if (row.unit === 'ms') return spellDuration(value);
  return value === 0 ? 'off' : spellSize(value);
}

function leftBehind({ stale, leftovers }: DoctorReport): string[] {
  if (stale + leftovers.length === 0) return ['  nothing'];
  return [
    ...(stale > 0
      ? [`  ${count(stale, 'stale file')} of dead runs; the next run clears them, or: seqx kill-all`]
      : []),
    ...leftovers.map(
      ({ pid, command }) => `  pid ${pid}  ${showCommand(command)}  (end with: seqx kill-all)`,
    ),
  ];
}
