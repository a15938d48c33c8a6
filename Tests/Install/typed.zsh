#!/usr/bin/zsh -f
# Types a command line into an interactive shell, presses Tab, and writes to a file what
# the line has become. What the terminal showed goes to standard output.
#
#   typed.zsh zsh|fish FOLDER LINE FILE      FOLDER has the completion scripts
zmodload zsh/zpty

shell=$1 folder=${(q)2} line=$3 file=$4
case $shell in
  zsh)
    zpty terminal zsh -f -i
    start="fpath=($folder \$fpath); autoload -Uz compinit; compinit -u -D;
      show() { print -r -- \"\$BUFFER\" >${(q)file} }; zle -N show; bindkey ^O show;
      print READY\$((40 + 2))"
    ;;
  fish)
    zpty terminal fish --no-config -i
    start="source $folder/${line%% *}.fish; bind \\co 'commandline >$file';
      echo READY(math 40 + 2)"
    ;;
esac
# The terminal takes one line at a time, and each shell reads it as it likes.
zpty -w terminal "${start//$'\n' ##/ }"
zpty -r -m terminal text '*READY42*'
print -r -- "$text"
zpty -n -w terminal "$line"$'\t\x0f'
repeat 600; do
  [[ -s $file ]] && exit
  while zpty -r -t terminal text; do print -r -- "$text"; done
  sleep 0.05
done
exit 1
