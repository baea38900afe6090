// Node's own diagnostic report (`--report-on-fatalerror`): the one thing written at a death that names the
// heap limit. Pure. It is looked for, not parsed: it may stand in the middle of a log (`--report-filename=stderr`),
// have the marks of docker or CI in front of each line, or be cut. https://nodejs.org/api/report.html

export interface NodeReport {
  readonly event: string;
  readonly isOutOfMemory: boolean;
  readonly nodeVersion: string | undefined;
  readonly commandLine: readonly string[];
  readonly heapLimitMb: number | undefined;
  readonly heapUsedMb: number | undefined;
  readonly residentMb: number | undefined;
}

const TEXT = String.raw`"((?:[^"\\\n]|\\.){0,4000})"`;
const HEADER = new RegExp(String.raw`"reportVersion":\s*\d{1,3},[^{}]{0,200}?"event":\s*${TEXT}`, 'g');
/** A report has one of each of its workers inside, at its end. */
const OF_WORKER = 'Worker thread subreport';

/** The last one in the text; `undefined` where there is none. */
export function readNodeReport(text: string): NodeReport | undefined {
  const header = [...text.matchAll(HEADER)].findLast(([, event]) => event !== OF_WORKER);
  if (!header) return undefined;
  const report = text.slice(header.index);
  const heap = report.slice(Math.max(0, report.indexOf('"javascriptHeap"')));
  const event = unescaped(header[1] ?? '');
  return {
    event,
    isOutOfMemory: textOf(report, 'trigger') === 'OOMError' || /out of memory/.test(event),
    nodeVersion: textOf(report, 'nodejsVersion')?.replace(/^v/, ''),
    commandLine: wordsOf(report),
    heapLimitMb: megabytesOf(heap, 'memoryLimit'),
    heapUsedMb: megabytesOf(heap, 'usedMemory'),
    residentMb: megabytesOf(report, 'rss'),
  };
}

function textOf(report: string, name: string): string | undefined {
  const found = new RegExp(String.raw`"${name}":\s*${TEXT}`).exec(report)?.[1];
  return found === undefined ? undefined : unescaped(found);
}

function wordsOf(report: string): string[] {
  const list = /"commandLine":\s*\[([^\]]{0,20000})/.exec(report)?.[1] ?? '';
  return [...list.matchAll(new RegExp(TEXT, 'g'))].map(([, word = '']) => unescaped(word));
}

/** Reports before Node 16 give sizes as texts. A number at the very end may be cut, and is none. */
function megabytesOf(report: string, name: string): number | undefined {
  const found = new RegExp(String.raw`"${name}":\s*"?(\d{1,20})(?:\.\d{1,20})?["\s,}]`).exec(report)?.[1];
  return found === undefined ? undefined : Number(found) / 2 ** 20;
}

const unescaped = (text: string): string => text.replace(/\\(["\\/])/g, '$1');
