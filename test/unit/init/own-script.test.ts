// Scripts of ours are known again, and no longer once somebody has changed them.

import { describe, expect, test } from 'vitest';
import { readStamp, shellLine, stampScript } from '../../../src/init/own-script.ts';

const SCRIPT = stampScript('shim', 2, 'echo one\necho two\n');

describe('the stamp of a script', () => {
  test('says what it is, and how many folders were made for it', () => {
    expect(readStamp('shim', SCRIPT)).toEqual({ folders: 2, isEdited: false });
  });

  test('is no stamp of another kind', () => {
    expect(readStamp('git-hook', SCRIPT)).toBeUndefined();
  });

  test.each([
    ['a line more', `${SCRIPT}echo three\n`],
    ['a line less', SCRIPT.replace('echo two\n', '')],
    ['another number of folders', SCRIPT.replace('folders=2', 'folders=0')],
    ['line ends of Windows', SCRIPT.replaceAll('\n', '\r\n')],
  ])('shows %s', (_what, text) => {
    expect(readStamp('shim', text)?.isEdited).toBe(true);
  });

  test.each([
    ['nothing', ''],
    ['somebody else’s script', '#!/bin/sh\nexec make test\n'],
    ['one that only speaks of seqx', '#!/bin/sh\n# calls seqx:shim\nseqx -- make\n'],
    ['one with a stamp further down', `#!/bin/sh\n${SCRIPT}`],
    ['another interpreter', SCRIPT.replace('#!/bin/sh', '#!/bin/bash')],
  ])('is not found in %s', (_what, text) => {
    expect(readStamp('shim', text)).toBeUndefined();
  });
});

test.each([
  [['npm', 'test'], 'npm test'],
  [['make', 'MSG=a b'], "make 'MSG=a b'"],
  [['echo', ''], "echo ''"],
  [['sh', '-c', `echo "it's" $HOME`], `sh -c 'echo "it'\\''s" $HOME'`],
  [['a\nb', '*', '~', '#'], `'a\nb' '*' '~' '#'`],
])('%j is %s for a shell', (words, line) => {
  expect(shellLine(words)).toBe(line);
});
