# Reads what a manual page is made of, for write.awk. The files that come before the source
# are told apart by `kind`:
#
#   catalogue  the tools: name, family, description
#   help       what TOOL --help prints; none for a page that is whole
#   columns    lists of the tool's columns: number of the list, names
#   options    entries of OPTIONS that several tools have
#   fields     entries of FIELDS that several tools have
#   part       texts of other sections; in their first lines
#                .\" in: SECTION PLACE   where it belongs: before or after the tool's own
#                                        text, list: at the start of a list; named: where
#                                        a source asks for it; others are in fields.awk
#                .\" with: WORDS         options, <arguments> and columns a tool must have
#                .\" unless: WORDS       those it must not have
#
# In a source:
#   .\" part: NAME      puts a part here
#   .\" without: NAME   leaves a part out that the page would have
#   .\" help            in an entry of OPTIONS: the text of --help
#   .\" columns: A | B  begins a list of FIELDS: the columns with options A or B
#   .\" fields: SET     takes common entries of FIELDS from common/fields/SET.mdoc first
#   .\" tools: FAMILY   lists the tools of a family
# An entry outside of a list begins one, which .El or the section's end closes.
# An entry of FIELDS that has its type and no text takes the common one's.

function fail(text) {
  print "man/" page ": " text >"/dev/stderr"
  failed = 1
}

# What follows the name of a request.
function argument(line) {
  sub(/^\.\\" [a-z]+: */, "", line)
  return line
}

function capitalized(text) {
  return toupper(substr(text, 1, 1)) substr(text, 2)
}

FNR == 1 {
  file = FILENAME
  sub(/.*\//, "", file)
  if (kind == "part") {
    part = file
    sub(/\.mdoc$/, "", part)
    parts[++partCount] = part
  }
  if (kind == "source") page = file
  entry = ""
}

kind == "catalogue" {
  split($0, cell, "\t")
  toolNames[++tools] = cell[1]
  familyOf[cell[1]] = cell[2]
  described[cell[1]] = cell[3]
  next
}

# --- The help: entries begin with two spaces, and go on at column 26. ---

kind == "help" {
  helped = 1
  if (/^USAGE: /) inUsage = 1
  if (inUsage && NF) usage = usage " " $0
  if (!NF) inUsage = 0
  if (/^[A-Z ]+:$/) {
    group = $0
    sub(/:$/, "", group)
    next
  }
  if (group == "EXAMPLES" && /^  [a-z]/) {
    match($0, / +# /)
    example[++examples] = RSTART ? substr($0, 3, RSTART - 3) : substr($0, 3)
    exampleText[examples] = RSTART ? substr($0, RSTART + RLENGTH) : ""
  }
  if (group == "EXAMPLES" || group == "") next
  if (/^  [-<]/) helpEntry(substr($0, 3))
  else if (/^      / && entry != "") helpText[entry] = helpText[entry] " " trimmed($0)
  next
}

function trimmed(text) {
  sub(/^ +/, "", text)
  sub(/ +$/, "", text)
  return text
}

function helpEntry(line,   spelled, word) {
  spelled = ""
  helpValueSeen = ""
  while (match(line, /^(-[^ ,]+|<[^>]+>)(, | |$)/)) {
    word = substr(line, 1, RLENGTH)
    line = substr(line, RLENGTH + 1)
    gsub(/[, ]+$/, "", word)
    if (word ~ /^</) {
      helpValueSeen = substr(word, 2, length(word) - 2)
      break
    }
    spelled = spelled (spelled == "" ? "" : " ") word
    if (line ~ /^ /) break
  }
  entry = spelled == "" ? "<" helpValueSeen ">" : longName(spelled)
  has[entry] = 1
  order[++entries] = entry
  groupOf[entry] = group
  spellings[entry] = spelled
  helpValue[entry] = helpValueSeen
  helpText[entry] = trimmed(line)
  addSpellings(spelled)
}

function addSpellings(spelled,   n, i, word) {
  n = split(spelled, word, " ")
  for (i = 1; i <= n; i++) has[word[i]] = 1
}

function longName(spelled,   n, i, word) {
  n = split(spelled, word, " ")
  for (i = 1; i <= n; i++) if (word[i] ~ /^--/) return word[i]
  return word[1]
}

kind == "columns" {
  split($0, cell, "\t")
  mergeColumns(cell[1], cell[2])
  next
}

# A new column goes before the first of those that follow it and are known.
function mergeColumns(list, names,   n, i, j, k, name, at) {
  n = split(names, name, ",")
  for (i = 1; i <= n; i++) {
    if ((list, name[i]) in inList) continue
    at = columnCount[list] + 1
    for (j = i + 1; j <= n && at > columnCount[list]; j++)
      for (k = 1; k <= columnCount[list]; k++)
        if (column[list, k] == name[j]) { at = k; break }
    for (k = ++columnCount[list]; k > at; k--) column[list, k] = column[list, k - 1]
    column[list, at] = name[i]
    inList[list, name[i]] = has[name[i]] = 1
  }
  if ("--columns" in has) lists = list
}

# --- Entries and texts. ---

kind == "options" || kind == "fields" {
  if (/^\.It /) {
    entry = entryKey($0)
    head[kind, entry] = $0
    lines[kind, entry] = 0
  } else if (entry != "") text[kind, entry, ++lines[kind, entry]] = $0
  next
}

# `.It Fl -name Ar value` is --name, `.It Ar name` is <name>, `.It Cm name` is name.
function entryKey(line,   word) {
  split(line, word, " ")
  if (word[2] == "Fl") return "-" word[3]
  if (word[2] == "Ar") return "<" word[3] ">"
  return word[3]
}

kind == "part" {
  if (/^\.\\" in: /) {
    partPlace[part] = partSection[part] = argument($0)
    sub(/.* /, "", partPlace[part])
    sub(/ [a-z]+$/, "", partSection[part])
  } else if (/^\.\\" with: /) partWith[part] = argument($0)
  else if (/^\.\\" unless: /) partUnless[part] = argument($0)
  else partText[part, ++partLines[part]] = $0
  next
}

kind == "source" {
  source[++sources] = $0
  if (/^\.\\" part: /) used[argument($0)] = 1
  if (/^\.\\" without: /) {
    part = argument($0)
    used[part] = 1
    if (!(part in partLines)) fail("there is no part '" part "'")
    next
  }
  if (/^\.\\" fields: /) next
  if (/^\.\\" question: ./) hasQuestion = 1
  if (/^\.Dd /) date = $0
  if (/^\.Sh /) {
    section = substr($0, 5)
    hasOwn[section] = 1
    entry = ""
    next
  }
  # The entries that are put into an order of another's are kept by their names.
  if (section == "OPTIONS") ownEntry("own")
  else if (section == "FIELDS" && lists) {
    if (/^\.\\" columns:/) list++
    if (/^\.\\" columns:/ || $0 == ".El") entry = ""
    if (/^\.It / && !list) list = 1
    ownEntry("own" list)
  }
  own[section, ++ownLines[section]] = $0
  next
}

function ownEntry(where) {
  if (/^\.It /) {
    entry = entryKey($0)
    if ((where, entry) in head) fail("there are two entries for " entry)
    head[where, entry] = $0
    lines[where, entry] = 0
  } else if (entry != "") text[where, entry, ++lines[where, entry]] = $0
}

# An entry for what the tool does not have is one that was forgotten.
function checkEntries(   item, pair) {
  for (item in head) {
    split(item, pair, SUBSEP)
    if (pair[1] == "own" && !(pair[2] in has)) fail("--help lacks " pair[2])
    if (pair[1] ~ /^own[0-9]/ && !((substr(pair[1], 4), pair[2]) in inList))
      fail("the tool has no column '" pair[2] "' in list " substr(pair[1], 4))
  }
}
