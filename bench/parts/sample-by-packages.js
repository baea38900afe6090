// Looks at a tree through pidtree and pidusage, n times, and prints what one look costs: CPU of this process
// and of the programs that those packages start, and the time until the answer is there.

import { setTimeout as pause } from 'node:timers/promises';
import pidtree from 'pidtree';
import pidusage from 'pidusage';
import { cpuMs } from './proc.js';

const [root, looks] = process.argv.slice(2).map(Number);

const look = async () => pidusage(await pidtree(root, { root: true }), { maxage: 60_000 });

for (let i = 0; i < 5; i++) await look();
const before = cpuMs(process.pid);
let wallMs = 0;
for (let i = 0; i < looks; i++) {
  const beganMs = performance.now();
  await look();
  wallMs += performance.now() - beganMs;
  await pause(50);
}
const cpuEachMs = (cpuMs(process.pid) - before) / looks;
console.log(JSON.stringify({ looks, cpuEachMs, wallEachMs: wallMs / looks }));
process.exit(0);
