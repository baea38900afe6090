// Completion for bash. With bash-completion (Debian, Homebrew …) the wrapped command is completed by its own
// completion; without it, file names are offered.

import { allFlags, type Flag, type Subcommand, type Surface, type Takes } from '../surface.ts';

const words = (list: readonly string[]): string => `echo '${list.join(' ')}'`;
const namesOf = (flags: readonly Flag[]): string[] =>
  flags.flatMap(flag => flag.names.filter(name => name.startsWith('--')));
const names = (list: readonly Subcommand[]): string => list.map(({ name }) => name).join(' ');
const alone = (flags: readonly Flag[]): string =>
  [...new Set(flags.flatMap(flag => (flag.takes === 'nothing' ? flag.names : [])))].join('|');

function valueCase({ names: spellings, takes }: Flag): string[] {
  const offer: Partial<Record<Takes & string, string>> = { file: '_seqx_paths -f', folder: '_seqx_paths -d' };
  const action = typeof takes === 'string' ? offer[takes] : `_seqx_offer '${takes.join(' ')}'`;
  return action === undefined ? [] : [`    ${spellings.join('|')}) ${action} ;;`];
}

const flagCases = ({ name, flags, variants }: Subcommand): string[] => [
  ...variants.map(variant => `    ${name}:${variant.word}) ${words(namesOf(variant.flags))} ;;`),
  `    ${name}:*) ${words(namesOf(flags))} ;;`,
];
const wordCase = ({ name, words: list }: Subcommand): string[] =>
  list.length === 0 ? [] : [`    ${name}) ${words(list)} ;;`];

const takerCase = ({ name, flags }: Subcommand): string => `    ${name})
      for ((j = k + 1; j < n; j++)); do
        case \${typed[j]} in
          ${alone(flags)}|--*=*|-[!-]?*) ;;
          -*) j=$((j + 1)) ;;
          *) _seqx_command "\${at[j]}"; return ;;
        esac
      done
      if ((j == n)) && [[ $cur != -* ]]; then
        _seqx_command "\${at[n]}"
        local IFS=$'\\n'
        compopt -o filenames 2>/dev/null
        COMPREPLY+=($(compgen -f -- "$cur"))
        return
      fi ;;`;

export const bashScript = ({
  flags,
  subcommands,
}: Surface): string => `# seqx completion for bash. In ~/.bashrc:
#   eval "$(seqx completion bash)"
_seqx() {
  # COMP_WORDS is split at = and : as well. Put together what was typed together; at[k] is where word k begins.
  COMPREPLY=()
  local i n=-1 rest=$COMP_LINE typed=() at=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    if ((i == 0)) || [[ $rest == [[:space:]]* ]]; then
      n=$((n + 1)) typed[n]='' at[n]=$i
    fi
    typed[n]+=\${COMP_WORDS[i]}
    rest=\${rest#"\${rest%%[![:space:]]*}"}
    rest=\${rest#"\${COMP_WORDS[i]}"}
  done
  local cur=\${typed[n]} k=1 own=1
  while ((k < n)); do
    case \${typed[k]} in
      --) k=$((k + 1)) own=0; break ;;
      ${alone(flags)}|--*=*|-E?*) k=$((k + 1)) ;;
      -*) k=$((k + 2)) ;;
      *) break ;;
    esac
  done
  if ((k > n)); then
    _seqx_value "\${typed[n - 1]}"
  elif ((k < n)) && ((own)) && [[ " ${names(subcommands)} " == *" \${typed[k]} "* ]]; then
    _seqx_subcommand
  elif ((k < n)) || ! ((own)); then
    _seqx_command "\${at[k]}"
  elif [[ $cur == --*=* ]]; then
    _seqx_inline
  elif [[ $cur == -* ]]; then
    _seqx_offer '${namesOf(flags).join(' ')}'
  else
    local subcommands=($(compgen -W '${names(subcommands)}' -- "$cur"))
    _seqx_command "\${at[k]}"
    COMPREPLY=("\${subcommands[@]}" "\${COMPREPLY[@]}")
  fi
}
_seqx_subcommand() {
  local name=\${typed[k]} j
  for ((j = k + 1; j < n; j++)); do
    [[ \${typed[j]} == -- ]] && { _seqx_command "\${at[j + 1]}"; return; }
  done
  case $name in
${subcommands
  .filter(({ takesCommand }) => takesCommand)
  .map(takerCase)
  .join('\n')}
  esac
  case \${typed[n - 1]} in
    ${alone(allFlags(subcommands))}|*=*) ;;
    -*) _seqx_value "\${typed[n - 1]}"; return ;;
  esac
  case $cur in
    --*=*) _seqx_inline ;;
    -*) _seqx_offer "$(_seqx_flags "$name:\${typed[k + 1]}")" ;;
    *) [[ " \${typed[*]:k + 1:n - k - 1}" == *" "[!-]* ]] || _seqx_offer "$(_seqx_words "$name")" ;;
  esac
}
# The command that begins at this word, by its own completion.
_seqx_command() {
  local offset
  for offset in _comp_command_offset _command_offset; do
    declare -F $offset >/dev/null && { $offset "$1"; return; }
  done
  if (($1 < COMP_CWORD)); then _seqx_paths -f; else COMPREPLY=($(compgen -c -- "$cur")); fi
}
# --flag=value: what is replaced begins after the = where bash splits words there.
_seqx_inline() {
  local flag=\${cur%%=*} before=
  cur=\${cur#*=}
  [[ $COMP_WORDBREAKS == *=* ]] || before=$flag=
  _seqx_value "$flag" && COMPREPLY=("\${COMPREPLY[@]/#/$before}")
}
_seqx_offer() { COMPREPLY=($(compgen -W "$1" -- "$cur")); }
_seqx_paths() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen "$1" -- "$cur"))
}
_seqx_value() {
  case $1 in
${flags.flatMap(valueCase).join('\n')}
    *) return 1 ;;
  esac
}
_seqx_flags() {
  case $1 in
${subcommands.flatMap(flagCases).join('\n')}
  esac
}
_seqx_words() {
  case $1 in
${subcommands.flatMap(wordCase).join('\n')}
  esac
}
complete -F _seqx seqx`;
