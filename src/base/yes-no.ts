// Yes and no as people write them in an environment or a file.

// A map: `--quiet=constructor` must find nothing.
const YES_NO: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['true', true],
  ['yes', true],
  ['on', true],
  ['0', false],
  ['false', false],
  ['no', false],
  ['off', false],
  ['', false],
]);

/** `undefined` for what is neither. */
export const parseYesNo = (text: string): boolean | undefined => YES_NO.get(text.toLowerCase());
