// `seqx completion bash|zsh|fish`: our own words first, then the wrapped command's own completion.

import type { Argv } from 'yargs';
import { SeqxError } from '../../base/errors.ts';
import { nearest } from '../../base/nearest.ts';
import { answer } from '../report/screen.ts';
import { LONG_FLAGS, SUBCOMMANDS } from '../words.ts';
import type { Command } from './command.ts';

const flags = LONG_FLAGS.filter(flag => flag !== 'command').map(flag => `--${flag}`);
const words = SUBCOMMANDS.join(' ');
/** Flags that stand alone; all others take the next word. */
const ALONE = ['--quiet', '--verbose', '--help', '--version', '--no-wait', '-q', '-v', '-h', '-V'];

const SCRIPTS = {
  bash: `# seqx completion: add to ~/.bashrc:  eval "$(seqx completion bash)"
_seqx() {
  local i=1 word
  while [ $i -lt $COMP_CWORD ]; do
    word=\${COMP_WORDS[i]}
    case $word in
      --) i=$((i+1)); break ;;
      ${ALONE.join('|')}|--*=*) i=$((i+1)) ;;
      -*) i=$((i+2)) ;;
      *) break ;;
    esac
  done
  if [ $i -lt $COMP_CWORD ] || [ "\${COMP_WORDS[i-1]}" = "--" ]; then
    declare -F _command_offset >/dev/null && { _command_offset $i; return; }
    COMPREPLY=( $(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}") ); return
  fi
  case \${COMP_WORDS[COMP_CWORD]} in
    -*) COMPREPLY=( $(compgen -W "${flags.join(' ')}" -- "\${COMP_WORDS[COMP_CWORD]}") ) ;;
    *) COMPREPLY=( $(compgen -c -W "${words}" -- "\${COMP_WORDS[COMP_CWORD]}") ) ;;
  esac
}
complete -F _seqx seqx`,
  zsh: `#compdef seqx
# seqx completion: add to ~/.zshrc:  eval "$(seqx completion zsh)"
_seqx() {
  _arguments -S \\
${flags.map(flag => `    '${flag}${ALONE.includes(flag) ? '' : '=:value:'}' \\`).join('\n')}
    '1:command:{ compadd ${words}; _command_names -e }' \\
    '*::arguments:_normal'
}
compdef _seqx seqx`,
  fish: `# seqx completion: add to ~/.config/fish/config.fish:  seqx completion fish | source
complete -c seqx -f
complete -c seqx -n '__fish_is_first_token' -a '${words}'
${flags.map(flag => `complete -c seqx -n '__fish_is_first_token' -l ${flag.slice(2)}${ALONE.includes(flag) ? '' : ' -r'}`).join('\n')}
complete -c seqx -x -a '(__fish_complete_subcommand)'`,
} as const;

export const completionCommand: Command = {
  name: 'completion',
  usage: 'completion bash|zsh|fish',
  describe: 'Prints a completion script for a shell.',
  takesWords: true,
  options: (parser: Argv) => parser,
  run: async args => {
    const [shell = '', ...more] = (args._ as unknown[]).map(String);
    const script =
      more.length === 0 ? Object.entries(SCRIPTS).find(([name]) => name === shell)?.[1] : undefined;
    if (script === undefined) {
      const guess = nearest(shell, Object.keys(SCRIPTS)) ?? 'bash';
      throw new SeqxError(
        'SEQX_USAGE_INVALID',
        'completion takes bash, zsh or fish',
        `seqx completion ${guess}`,
      );
    }
    answer(script);
    return 0;
  },
};
