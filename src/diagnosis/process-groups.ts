// Who uses the memory? Processes are put into trees, trees of one program into groups. Pure: a table in, groups
// out. A tree is topped by what a person or a service started: below a shell that somebody types at, a terminal,
// init, a container. Everything below belongs to it, so that a build is one thing with all its workers.

import type { ProcessFacts } from '../base/ports.ts';
import { baseName, programName } from './program-name.ts';

export interface SeenProcess extends Pick<ProcessFacts, 'pid' | 'ppid' | 'rssBytes'> {
  readonly argv: readonly string[];
  readonly isOwn: boolean;
}

export interface ProcessTree {
  readonly root: SeenProcess;
  readonly program: string;
  /** The root first. */
  readonly members: readonly SeenProcess[];
  readonly rssBytes: number;
}

export interface ProgramGroup {
  readonly program: string;
  /** The heaviest first. */
  readonly trees: readonly ProcessTree[];
  readonly rssBytes: number;
}

const SHELLS = /^(sh|bash|zsh|dash|fish|ksh|tcsh|csh|ash|nu|pwsh|powershell|cmd)$/;
/** Programs that only carry others: what they started stands for itself. */
const CARRIERS =
  /^(systemd.*|\(sd-pam\)|init|launchd|tini|dumb-init|docker-init|runit|runsv.*|s6-.*|supervisord|cron|crond|atd|sshd.*|login|su|sudo|doas|tmux.*|screen|SCREEN|containerd.*|dockerd|conmon|podman|kubelet|gnome-.*|plasma.*|kwin.*|Xorg|Xwayland|xterm|kitty|alacritty|wezterm.*|ghostty|konsole|Terminal|iTerm2|explorer|services|svchost|wininit|winlogon|userinit|WindowsTerminal|conhost)$/;

/** One that waits for somebody to type: a shell without a script or a command of its own. */
export function isInteractiveShell(argv: readonly string[]): boolean {
  const [shell = '', ...words] = argv;
  if (!SHELLS.test(baseName(shell).toLowerCase())) return false;
  return words.every(word => word.startsWith('-') && !/^-[a-z]*c[a-z]*$|^-(command|file)$/i.test(word));
}

const isCarrier = ({ pid, argv }: SeenProcess): boolean =>
  pid <= 1 || isInteractiveShell(argv) || CARRIERS.test(baseName(argv[0] ?? ''));

/** Kernel threads have no words and no memory: they are left out. */
export function treesOf(table: readonly SeenProcess[]): ProcessTree[] {
  const byPid = new Map(table.map(process => [process.pid, process]));
  const members = new Map<SeenProcess, SeenProcess[]>();
  for (const process of table) {
    if (process.rssBytes === 0) continue;
    const root = rootOf(process, byPid);
    const known = members.get(root);
    if (known) known.push(process);
    else members.set(root, [process]);
  }
  return [...members]
    .map(([root, all]) => ({
      root,
      program: programName(root.argv) || '?',
      members: [...all].sort((a, b) => Number(b === root) - Number(a === root)),
      rssBytes: sum(all),
    }))
    .sort(heaviestFirst);
}

/** Up to the last one below a carrier; a table read while pids were used again may have a circle. */
function rootOf(process: SeenProcess, byPid: ReadonlyMap<number, SeenProcess>): SeenProcess {
  let root = process;
  for (let steps = 0; steps < byPid.size && !isCarrier(root); steps++) {
    const parent = byPid.get(root.ppid);
    if (!parent || parent === root || isCarrier(parent)) break;
    root = parent;
  }
  return root;
}

/** The heaviest programs first. */
export function groupByProgram(trees: readonly ProcessTree[]): ProgramGroup[] {
  const groups = new Map<string, ProcessTree[]>();
  for (const tree of trees) groups.set(tree.program, [...(groups.get(tree.program) ?? []), tree]);
  return [...groups]
    .map(([program, all]) => ({ program, trees: [...all].sort(heaviestFirst), rssBytes: sum(all) }))
    .sort(heaviestFirst);
}

const heaviestFirst = (a: { readonly rssBytes: number }, b: { readonly rssBytes: number }): number =>
  b.rssBytes - a.rssBytes;

const sum = (parts: readonly { readonly rssBytes: number }[]): number =>
  parts.reduce((total, { rssBytes }) => total + rssBytes, 0);
