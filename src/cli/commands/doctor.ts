// `seqx doctor`: where things are, which settings are in force and why, what works here, what lies about; where
// the memory has gone, and why something ran out of it.

import type { Argv } from 'yargs';
import { SeqxError } from '../../base/errors.ts';
import { SETTING_FLAGS, SETTING_ROWS } from '../../base/settings.ts';
import { cleanText, count, showCommand } from '../../base/text.ts';
import { spellDuration, spellSize } from '../../base/units.ts';
import { type DoctorReport, diagnoseMemory, doctor, explainCrashLog } from '../../index.ts';
import { crashText } from '../report/crash-text.ts';
import { memoryDoctorText } from '../report/memory-text.ts';
import { answer, shownColumns } from '../report/screen.ts';
import { table } from '../report/status-text.ts';
import { entry } from '../report/wrap.ts';
import type { Command } from './command.ts';

export const doctorCommand: Command = {
  name: 'doctor',
  usage: 'doctor [--memory | --crash-log FILE] [--json]',
  describe:
    'Shows the state folder, every setting with its origin, what this system supports, the integrations, and leftovers; or who uses the memory; or why Node ran out of it.',
  settings: SETTING_FLAGS,
  options: (parser: Argv) =>
    parser
      .options({
        json: { type: 'boolean', describe: 'one JSON object' },
        memory: { type: 'boolean', describe: 'who uses the memory of this machine, and what to do about it' },
        'crash-log': {
          type: 'string',
          // Else a lone - would be a word of its own.
          nargs: 1,
          describe: 'explain a log of Node running out of memory; - is the standard input',
        },
      })
      .conflicts({ memory: 'crash-log' }),
  run: async (args, place) => {
    if (args['crash-log'] !== undefined) return explain(args['crash-log'], args.json === true);
    if (args.memory === true) {
      const found = await diagnoseMemory(place);
      answer(args.json === true ? JSON.stringify(found) : memoryDoctorText(found));
      return 0;
    }
    const report = await doctor(place);
    answer(args.json === true ? JSON.stringify(report) : doctorText(report));
    return report.stateFolder.problem === null ? 0 : 1;
  },
};

/** Exit 1: there is no death by memory in it. */
async function explain(file: unknown, isJson: boolean): Promise<number> {
  if (typeof file !== 'string' || file === '') {
    throw new SeqxError(
      'SEQX_USAGE_INVALID',
      'doctor: --crash-log takes one file',
      'seqx doctor --crash-log FILE',
    );
  }
  const diagnosis = await explainCrashLog(file);
  answer(isJson ? JSON.stringify(diagnosis) : crashText(diagnosis));
  return diagnosis.facts.death || diagnosis.facts.collections > 0 ? 0 : 1;
}

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
      ['  journal', report.journal ?? 'none: neither XDG_STATE_HOME nor HOME says where'],
      ['  system', `${report.system}, Node ${report.node}`],
    ]),
    '',
    'Settings',
    ...table(
      report.settings.map(setting => [
        `  ${setting.name}`,
        showValue(setting),
        setting.note === undefined ? setting.origin : `${setting.origin}; ${setting.note}`,
      ]),
    ),
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
