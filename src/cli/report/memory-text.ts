// Memory as people read it: `seqx memory` and `seqx doctor --memory`. Pure.

import { count, showCommand } from '../../base/text.ts';
import { formatBytes } from '../../base/units.ts';
import type { MachineReport, MemoryDiagnosis, NodeHeap, ProjectMemory } from '../../index.ts';
import { table } from './status-text.ts';

const MOST_NODES = 5;

export function memoryText(memory: ProjectMemory): string {
  const { machine, runs, leftovers, usedBytes, measure } = memory;
  return [
    'Machine',
    ...machineLines(machine),
    '',
    `This project: ${formatBytes(usedBytes)} (${measure})`,
    ...(runs.length === 0 ? ['  nothing is running'] : runs.flatMap(runLines)),
    '',
    'Left by dead runs',
    ...leftoverLines(leftovers),
  ].join('\n');
}

export function memoryDoctorText(report: MemoryDiagnosis): string {
  const { machine, node, runs, leftovers, advice } = report;
  return [
    'Machine',
    ...machineLines(machine),
    '',
    'Heaviest programs (with all they started)',
    ...programTable(report),
    '',
    'Agent sessions',
    ...agentLines(report),
    '',
    'Heap limits of Node',
    `  default of Node ${node.version} here: ${formatBytes(node.defaultHeapBytes)}`,
    ...table(node.processes.slice(0, MOST_NODES).map(nodeRow)),
    ...(node.processes.length > MOST_NODES ? [`  and ${node.processes.length - MOST_NODES} more`] : []),
    '',
    'This project',
    ...(runs.length === 0 ? ['  nothing is running'] : runs.flatMap(runLines)),
    '',
    'Left by dead runs',
    ...leftoverLines(leftovers),
    '',
    'What to do',
    ...(advice.length === 0
      ? ['  nothing: there is room']
      : advice.flatMap(({ what, command }, index) => [`  ${index + 1}. ${what}`, `     ${command}`])),
  ].join('\n');
}

function machineLines(machine: MachineReport): string[] {
  const { memoryBytes, usedBytes, availableBytes, totalBytes, cgroupLimitBytes } = machine;
  const { swapTotalBytes, swapFreeBytes, waitedPercent } = machine;
  const container =
    cgroupLimitBytes !== null && cgroupLimitBytes < totalBytes
      ? [['  container', `limit ${formatBytes(cgroupLimitBytes)} of ${formatBytes(totalBytes)}`]]
      : [];
  const swap =
    swapTotalBytes === 0
      ? 'none'
      : `${formatBytes(swapTotalBytes - swapFreeBytes)} used of ${formatBytes(swapTotalBytes)}`;
  return table([
    [
      '  memory',
      `${formatBytes(usedBytes)} used of ${formatBytes(memoryBytes)}, ${formatBytes(availableBytes)} available`,
    ],
    ...container,
    ['  swap', swap],
    ...(waitedPercent === null
      ? []
      : [['  pressure', `tasks waited for memory ${waitedPercent.toFixed(1)}% of the last 10s`]]),
  ]);
}

function runLines(run: ProjectMemory['runs'][number]): string[] {
  const peak = run.peakBytes === null ? '' : `, peak ${formatBytes(run.peakBytes)}`;
  const limit = run.limitBytes ? `, limit ${formatBytes(run.limitBytes)}` : '';
  return [
    `  ${run.state}  pid ${run.pid}  ${showCommand(run.command)}  [${run.ticket}]`,
    `    ${formatBytes(run.bytes)}${peak}${limit}; ${count(run.processes, 'process', 'processes')}`,
    ...table(run.nodes.map(nodeRow)).map(line => `  ${line}`),
  ];
}

/** The command comes last and short: all of it has to fit into 80 columns. */
const nodeRow = ({ pid, command, rssBytes, limitBytes, from }: NodeHeap): string[] => [
  `  pid ${pid}`,
  formatBytes(rssBytes),
  limitBytes === undefined ? 'heap limit: its version’s' : `heap limit ${formatBytes(limitBytes)} (${from})`,
  showCommand(command, 18),
];

function leftoverLines(leftovers: ProjectMemory['leftovers']): string[] {
  if (leftovers.length === 0) return ['  nothing'];
  const total = leftovers.reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    ...table(
      leftovers.map(({ pid, command, bytes }) => [`  pid ${pid}`, showCommand(command), formatBytes(bytes)]),
    ),
    `  ${formatBytes(total)} in all; end them with: seqx memory --cleanup`,
  ];
}

const HEADER = ['  PROGRAM', 'TREES', 'PROCESSES', 'RSS', 'PSS', 'VSZ', 'SHARE', 'HEAVIEST'];

const programTable = ({ programs }: MemoryDiagnosis): string[] =>
  table([
    HEADER,
    ...programs.map(program => [
      `  ${showCommand([program.program], 30).replaceAll("'", '')}`,
      String(program.trees),
      String(program.processes),
      formatBytes(program.rssBytes),
      program.pssBytes === null ? '-' : formatBytes(program.pssBytes),
      program.virtualBytes === null ? '-' : formatBytes(program.virtualBytes),
      `${(100 * program.share).toFixed(1)}%`,
      `pid ${program.heaviest.pid}${program.isOwn ? '' : ' (not yours)'}`,
    ]),
  ]);

function agentLines({ agents }: MemoryDiagnosis): string[] {
  if (agents.length === 0) return ['  none found'];
  return table(
    agents.map(({ agent, pid, processes, rssBytes }) => [
      `  ${agent}`,
      `pid ${pid}`,
      count(processes, 'process', 'processes'),
      formatBytes(rssBytes),
    ]),
  );
}
