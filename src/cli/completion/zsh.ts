// Completion for zsh: our own words, then the wrapped command's own completion (_normal).

import { allFlags, type Flag, type Subcommand, type Surface } from '../surface.ts';

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const described = (name: string, help: string): string => quoted(`${name.replaceAll(':', '\\:')}:${help}`);
const list = (lines: readonly string[]): string => lines.map(line => `      ${line}`).join('\n');
const alone = (flags: readonly Flag[]): string =>
  [...new Set(flags.flatMap(({ names, takes }) => (takes === 'nothing' ? names : [])))].join('|');
const flagLines = (flags: readonly Flag[]): string =>
  list(flags.flatMap(({ names, help }) => names.map(name => described(name, help))));

function valueCase({ names, takes }: Flag): string {
  const offers = { nothing: '_message value', text: '_message value', file: '_files', folder: '_files -/' };
  const action = typeof takes === 'string' ? offers[takes] : `compadd -- ${takes.join(' ')}`;
  return `    ${names.join('|')}) ${action} ;;`;
}

const flagCase = (key: string, flags: readonly Flag[]): string => `    ${key})
      flags=(
${flagLines(flags)}
      ) ;;`;
const flagCases = ({ name, flags, variants }: Subcommand): string[] => [
  ...variants.map(variant => flagCase(`${name}:${variant.word}`, variant.flags)),
  flagCase(`${name}:*`, flags),
];
const wordCase = ({ name, words }: Subcommand): string[] =>
  words.length === 0 ? [] : [`    ${name}) offers=(${words.join(' ')}) ;;`];

const takerCase = ({ name, flags }: Subcommand): string => `    ${name})
      for (( j = k + 1; j < CURRENT; j++ )); do
        case $words[j] in
          ${alone(flags)}|--*=*|-[^-]?*) ;;
          -*) (( j++ )) ;;
          *) (( k = j )); _seqx_command; return ;;
        esac
      done
      if (( j == CURRENT )) && [[ $PREFIX != -* ]]; then
        _files
        (( k = CURRENT ))
        _seqx_command
        return
      fi ;;`;

const valued = (flags: readonly Flag[]): Flag[] => flags.filter(({ takes }) => takes !== 'nothing');

export const zshScript = ({ flags, subcommands }: Surface): string => `#compdef seqx
# seqx completion for zsh. In ~/.zshrc, after compinit:
#   eval "$(seqx completion zsh)"
# or as a file named _seqx in a folder of $fpath.
_seqx() {
  local -i k=2 own=1
  while (( k < CURRENT )); do
    case $words[k] in
      --) (( k++ )); own=0; break ;;
      ${alone(flags)}|--*=*|-E?*) (( k++ )) ;;
      -*) (( k += 2 )) ;;
      *) break ;;
    esac
  done
  if (( k > CURRENT )); then
    _seqx_value $words[CURRENT-1]
  elif (( k < CURRENT && own )) && (( \${_seqx_subcommands[(I)$words[k]:*]} )); then
    _seqx_subcommand $words[k]
  elif (( k < CURRENT || ! own )); then
    _seqx_command
  elif [[ $PREFIX == --*=* ]]; then
    _seqx_inline
  elif [[ $PREFIX == -* ]]; then
    local -a flags=(
${flagLines(flags)}
    )
    _describe -o 'seqx flag' flags
  else
    _describe 'seqx command' _seqx_subcommands
    _seqx_command
  fi
}
typeset -ga _seqx_subcommands=(
${list(subcommands.map(({ name, help }) => described(name, help)))}
)
_seqx_subcommand() {
  local -i j=\${words[(i)--]}
  if (( j > k && j < CURRENT )); then
    (( k = j + 1 ))
    _seqx_command
    return
  fi
  case $1 in
${subcommands
  .filter(({ takesCommand }) => takesCommand)
  .map(takerCase)
  .join('\n')}
  esac
  case $words[CURRENT-1] in
    ${alone(allFlags(subcommands))}|*=*) ;;
    -*) _seqx_value $words[CURRENT-1]; return ;;
  esac
  local -a flags offers
  case $1:$words[k+1] in
${subcommands.flatMap(flagCases).join('\n')}
  esac
  case $1 in
${subcommands.flatMap(wordCase).join('\n')}
  esac
  case $PREFIX in
    --*=*) _seqx_inline ;;
    -*) _describe -o flag flags ;;
    *) [[ " $words[k+1,CURRENT-1]" == *" "[^-]* ]] || compadd -- $offers ;;
  esac
}
# The command that begins at word k, by its own completion.
_seqx_command() {
  words=("\${(@)words[k,-1]}")
  (( CURRENT -= k - 1 ))
  _normal
}
_seqx_inline() {
  local flag=\${PREFIX%%=*}
  compset -P '*='
  _seqx_value $flag
}
_seqx_value() {
  case $1 in
${valued([...flags, ...allFlags(subcommands)])
  .map(valueCase)
  .filter((line, index, all) => all.indexOf(line) === index)
  .join('\n')}
  esac
}
# Found in $fpath: this first call is to complete. By eval: only to be defined.
if [[ $funcstack[1] == _seqx ]]; then _seqx "$@"; else compdef _seqx seqx; fi`;
