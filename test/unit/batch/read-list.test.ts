// Text in, commands out; a mistake names its line.

import { expect, test } from 'vitest';
import { SeqxError } from '../../../src/base/errors.ts';
import { readList } from '../../../src/batch/read-list.ts';

const GIB = 2 ** 30;

test.each([
  ['a line of shell a line', 'make lint\ncd a && make\n', [{ line: 'make lint' }, { line: 'cd a && make' }]],
  ['empty lines and comments are passed over', '\n# first\n  make  \n\t\n  # last', [{ line: 'make' }]],
  ['lines of Windows', 'a\r\nb\r\n', [{ line: 'a' }, { line: 'b' }]],
  ['a byte order mark', '\ufeffmake', [{ line: 'make' }]],
  [
    'a group of shell commands is no object',
    '{ echo a; }\n{ b; }',
    [{ line: '{ echo a; }' }, { line: '{ b; }' }],
  ],
  ['an empty list', '\n# nothing\n', []],
])('%s', (_what, text, expected) => {
  expect(readList(text, 'the list')).toEqual(expected);
});

test('NDJSON gives exact words, and what is known of each command', () => {
  const text = [
    '{"argv":["a","$b  c"]}',
    '# a remark',
    '{ "name": "x", "argv": ["y"], "cwd": "d", "env": {"CI": "1"}, "exclusive": true, "memory": "1.5G" }',
    '{"argv":["z"],"memory":512}',
  ].join('\n');
  expect(readList(text, 'the list')).toEqual([
    { argv: ['a', '$b  c'] },
    { name: 'x', argv: ['y'], cwd: 'd', env: { CI: '1' }, exclusive: true, memoryBytes: 1.5 * GIB },
    { argv: ['z'], memoryBytes: GIB / 2 },
  ]);
});

test.each([
  ['{"argv":["a"]}\n{"argv":["b"]', /^line 2 of the list is no JSON: /],
  ['{"argv":["a"]}\nmake', /^line 2 of the list is no JSON: /],
  ['{"argv":["a"]}\n["b"]', /^line 2 of the list must be an object, as the first line is$/],
  ['{"argv":["a"],"momery":1}', /^line 1 of the list has the unknown key "momery"; did you mean memory\?$/],
  [
    '{"argv":["a"],"retries":1}',
    /has the unknown key "retries"; it takes name, argv, cwd, env, exclusive, memory$/,
  ],
  ['{"name":"a"}', /^argv of line 1 of the list must be a list of texts, the program first$/],
  ['{"argv":[]}', /^argv of line 1/],
  ['{"argv":[""]}', /^argv of line 1/],
  ['{"argv":"make"}', /^argv of line 1/],
  ['{"argv":["a",1]}', /^argv of line 1/],
  ['{"argv":["a\\u0000"]}', /^argv of line 1/],
  ['{"argv":["a\\ud800"]}', /^argv of line 1/],
  ['{"argv":["a"],"env":{"A":"\\udc00"}}', /^env of line 1/],
  ['{"argv":["a"],"name":" "}', /^name of line 1 of the list must be a text$/],
  ['{"argv":["a"],"cwd":7}', /^cwd of line 1 of the list must be a folder$/],
  ['{"argv":["a"],"env":["CI=1"]}', /^env of line 1 of the list must be an object of texts/],
  ['{"argv":["a"],"env":{"CI":1}}', /^env of line 1/],
  ['{"argv":["a"],"env":{"A=B":"1"}}', /^env of line 1/],
  ['{"argv":["a"],"exclusive":"yes"}', /^exclusive of line 1 of the list must be true or false$/],
  ['{"argv":["a"],"memory":"much"}', /^memory of line 1 of the list is "much"; it takes a size such as 512M/],
  ['{"argv":["a"],"memory":-1}', /^memory of line 1 of the list is -1/],
  ['a\u0000b', /^line 1 of the list has a NUL character in it/],
])('%j is refused', (text, message) => {
  const error = caught(() => readList(text, 'the list'));
  expect(error).toMatchObject({ code: 'SEQX_BATCH_INVALID', message: expect.stringMatching(message) });
});

function caught(action: () => unknown): SeqxError {
  try {
    action();
  } catch (error) {
    if (error instanceof SeqxError) return error;
  }
  throw new Error('nothing was refused');
}
