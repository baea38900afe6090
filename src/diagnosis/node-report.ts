// Node's own diagnostic report (`--report-on-fatalerror`): the one thing written at a death that names the
// heap limit. Pure. https://nodejs.org/api/report.html

export interface NodeReport {
  readonly event: string;
  readonly isOutOfMemory: boolean;
  readonly nodeVersion: string | undefined;
  readonly commandLine: readonly string[];
  readonly heapLimitMb: number | undefined;
  readonly heapUsedMb: number | undefined;
  readonly residentMb: number | undefined;
}

/** `undefined` for a text that is no report. */
export function readNodeReport(text: string): NodeReport | undefined {
  if (!text.trimStart().startsWith('{') || !text.includes('"reportVersion"')) return undefined;
  const report = parse(text);
  const header = part(report, 'header');
  if (!header) return undefined;
  const heap = part(report, 'javascriptHeap');
  const event = typeof header.event === 'string' ? header.event : '';
  return {
    event,
    isOutOfMemory: header.trigger === 'OOMError' || /out of memory/.test(event),
    nodeVersion:
      typeof header.nodejsVersion === 'string' ? header.nodejsVersion.replace(/^v/, '') : undefined,
    commandLine: Array.isArray(header.commandLine) ? header.commandLine.map(String) : [],
    heapLimitMb: megabytes(heap?.memoryLimit),
    heapUsedMb: megabytes(heap?.usedMemory),
    residentMb: megabytes(part(report, 'resourceUsage')?.rss),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function part(whole: unknown, name: string): Fields | undefined {
  const found = typeof whole === 'object' && whole !== null ? (whole as Fields)[name] : undefined;
  return typeof found === 'object' && found !== null ? (found as Fields) : undefined;
}

/** Reports before Node 16 give sizes as texts. */
function megabytes(value: unknown): number | undefined {
  const bytes = Number(typeof value === 'string' && value !== '' ? value : (value ?? Number.NaN));
  return Number.isFinite(bytes) ? bytes / 2 ** 20 : undefined;
}
