// Completion for fish: our own words, then the wrapped command's own completion.

import type { Flag, Subcommand, Surface, Takes } from '../surface.ts';

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const alone = (flags: readonly Flag[]): string =>
  [...new Set(flags.flatMap(({ names, takes }) => (takes === 'nothing' ? names : [])))].join(' ');

function taking(takes: Takes): string {
  if (takes === 'nothing') return '';
  if (takes === 'text') return ' -x';
  if (takes === 'file') return ' -r -F';
  return takes === 'folder' ? " -x -a '(__fish_complete_directories)'" : ` -x -a ${quoted(takes.join(' '))}`;
}

/** A condition: the cursor is in a state that one of these patterns matches. */
const inState = (...patterns: readonly string[]): string =>
  `-n ${quoted(`__seqx_is ${patterns.map(pattern => `"${pattern}"`).join(' ')}`)}`;

function flagLine(condition: string, { names, takes, help }: Flag): string {
  const spellings = names.map(name =>
    name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  return `complete -c seqx ${condition} ${spellings.join(' ')}${taking(takes)} -d ${quoted(help)}`;
}

const takerCase = ({ name, flags }: Subcommand): string => `                else if test $words[$k] = ${name}
                    set -l j (math $k + 1)
                    while test $j -le $n; and string match -q -- '-*' $words[$j]
                        if not contains -- $words[$j] ${alone(flags)}
                            string match -qr -- '^(--.*=|-[^-].)' $words[$j]; or set j (math $j + 1)
                        end
                        set j (math $j + 1)
                    end
                    test $j -le $n; and echo command $j; or echo sub ${name}`;

function subcommandLines({ name, flags, words, takesCommand, variants }: Subcommand): string[] {
  const anywhere = variants.length > 0 ? [`sub ${name}`] : [`sub ${name}`, `sub ${name} *`];
  const own = variants.flatMap(({ word, flags: ofWord }) =>
    ofWord.map(flag => flagLine(inState(`sub ${name} ${word}`), flag)),
  );
  const offers = `complete -c seqx ${inState(`sub ${name}`)} -a ${quoted(words.join(' '))}`;
  return [
    ...(words.length > 0 ? [offers] : []),
    ...(takesCommand ? [`complete -c seqx ${inState(`sub ${name}`)} -F -a '(__fish_complete_command)'`] : []),
    ...flags.map(flag => flagLine(inState(...anywhere), flag)),
    ...own,
  ];
}

export const fishScript = ({
  flags,
  subcommands,
}: Surface): string => `# seqx completion for fish. In ~/.config/fish/config.fish:
#   seqx completion fish | source
# Where the cursor is: "own" among our flags, "sub NAME" and "sub NAME WORD" behind a subcommand, "command K" in
# the command that begins at word K.
function __seqx_state
    set -l words (commandline -opc)
    set -l n (count $words)
    set -l k 2
    while test $k -le $n
        switch $words[$k]
            case --
                echo command (math $k + 1)
                return
            case ${alone(flags)} '--*=*' '-E?*'
                set k (math $k + 1)
            case '-*'
                set k (math $k + 2)
            case ${subcommands.map(({ name }) => name).join(' ')}
                if set -l dashes (contains -i -- -- $words[$k..-1])
                    echo command (math $k + $dashes)
${subcommands
  .filter(({ takesCommand }) => takesCommand)
  .map(takerCase)
  .join('\n')}
                else
                    echo sub (string match -v -- '-*' $words[$k..-1])[1..2]
                end
                return
            case '*'
                echo command $k
                return
        end
    end
    echo own
end
function __seqx_is
    set -l state (__seqx_state)
    for pattern in $argv
        string match -q -- $pattern "$state"; and return 0
    end
    return 1
end
function __seqx_in_command
    string match -q 'command *' (__seqx_state)
end
# The command by its own completion.
function __seqx_command
    set -l k (string split ' ' (__seqx_state))[2]
    set -l words (commandline -opc)
    set -l line (string escape -- $words[$k..-1])
    complete -C (string join ' ' -- $line (commandline -ct))
end
complete -c seqx -e
complete -c seqx -f
complete -c seqx ${inState('own')} -a '(__fish_complete_command)'
${subcommands
  .map(({ name, help }) => `complete -c seqx ${inState('own')} -a ${name} -d ${quoted(help)}`)
  .join('\n')}
${flags.map(flag => flagLine(inState('own'), flag)).join('\n')}
${subcommands.flatMap(subcommandLines).join('\n')}
complete -c seqx -n __seqx_in_command -a '(__seqx_command)'`;
