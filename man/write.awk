# Writes the page of what read.awk has read.

END {
  if (!page) exit 1
  if (helped) assembled()
  else whole()
  exit failed
}

# A page with a title of its own: only its requests are replaced.
function whole(   i) {
  for (i = 1; i <= sources; i++) emit(source[i])
  for (i = 1; i <= tools; i++)
    if (listsFamilies && !(familyOf[toolNames[i]] in listed))
      fail("no '.\\\" tools:' line has the family '" familyOf[toolNames[i]] "' of " toolNames[i])
}

function assembled(   order, n, i) {
  checkEntries()
  # The README's table and the collection's page are made of them.
  if ("--hooks" in has && (!hasQuestion || familyOf[tool] == ""))
    fail("there is no '.\\\" question:' or no '.\\\" family:'")
  print ".\\\" Made by man/assemble of man/" page ". SPDX-License-Identifier: Apache-2.0"
  print date
  print ".Dt " toupper(tool) " 8"
  print ".Os"
  print ".Sh NAME"
  for (i = 1; i <= ownLines[""]; i++) if (own["", i] ~ /^\.N[md] /) print own["", i]
  print ".Sh SYNOPSIS"
  if ("SYNOPSIS" in hasOwn) ownText("SYNOPSIS")
  else synopsis()
  n = split("DESCRIPTION|REQUIREMENTS|OPTIONS|ENVIRONMENT|FILES|EXIT STATUS|EXAMPLES|FIELDS" \
    "|JSON|OVERHEAD", order, "|")
  for (i = 1; i <= n; i++) {
    known[order[i]] = 1
    putSection(order[i])
  }
  seeAlso()
  known["SYNOPSIS"] = known["SEE ALSO"] = 1
  for (i in hasOwn) if (!(i in known)) fail("the section " i " has no place in a page")
}

function putSection(name) {
  started = depth = 0
  current = name
  if (!(name in hasOwn) && !generated(name) && !partsOf(name, "after")) return
  print ".Sh " name
  putParts(name, "before")
  if (name == "OPTIONS") options()
  else if (name == "EXAMPLES") examplesText()
  else if (name == "FIELDS" && lists) fieldLists()
  else if (name == "JSON" && lists) records()
  else ownText(name)
  putParts(name, "after")
}

function generated(name) {
  return name == "OPTIONS" || name == "EXAMPLES" && examples ||
    (name == "FIELDS" || name == "JSON") && lists
}

# --- Parts. ---

function applies(part,   n, i, word) {
  if (part in used) return 0
  n = split(partWith[part], word, " ")
  for (i = 1; i <= n; i++) if (!(word[i] in has)) return 0
  n = split(partUnless[part], word, " ")
  for (i = 1; i <= n; i++) if (word[i] in has) return 0
  return 1
}

function partsOf(name, place,   i, count) {
  for (i = 1; i <= partCount; i++)
    if (partSection[parts[i]] == name && partPlace[parts[i]] == place && applies(parts[i])) count++
  return count
}

function putParts(name, place,   i) {
  if (place == "after") closeList()
  for (i = 1; i <= partCount; i++)
    if (partSection[parts[i]] == name && partPlace[parts[i]] == place && applies(parts[i]))
      putPart(parts[i])
}

function putPart(part,   i) {
  if (!(part in partLines)) fail("there is no part '" part "'")
  for (i = 1; i <= partLines[part]; i++) emit(partText[part, i])
}

# A line of a source or of a part, with what it asks for. An entry outside of a
# list begins one.
function emit(line) {
  if (line ~ /^\.\\" part: /) {
    putPart(argument(line))
    return
  }
  if (line ~ /^\.\\" tools: /) {
    toolsOf(argument(line))
    return
  }
  # A paragraph that nothing stands before is none.
  if (line == ".Pp" && !started && current != "DESCRIPTION") return
  if (line ~ /^\.It / && !depth) beginList(current)
  if (line ~ /^\.Bl/) depth++
  if (line == ".El") depth--
  print line
  started = 1
}

function toolsOf(family,   i) {
  listsFamilies = listed[family] = 1
  print ".Bl -tag -width biolatency(8)"
  for (i = 1; i <= tools; i++) {
    if (familyOf[toolNames[i]] != family) continue
    print ".It Xr " toolNames[i] " 8"
    print capitalized(described[toolNames[i]]) "."
  }
  print ".El"
}

function ownText(name,   i) {
  for (i = 1; i <= ownLines[name]; i++) emit(own[name, i])
  closeList()
}

function beginList(name,   i, j, part, skip) {
  for (i = 1; i <= partCount; i++) {
    part = parts[i]
    if (partSection[part] != name || partPlace[part] != "list") continue
    # What introduces the list stands before the first only.
    skip = started
    for (j = 1; j <= partLines[part]; j++) {
      if (partText[part, j] ~ /^\.Bl/) {
        skip = 0
        depth++
      }
      if (!skip) print partText[part, j]
    }
    return
  }
  emit(".Bl -tag -width Ds")
}

function closeList() {
  for (; depth > 0; depth--) print ".El"
}

# --- The sections that are made of what the tool says. ---

function synopsis(   n, i, word, name) {
  print ".Nm"
  print ".Op Ar options"
  n = split(usage, word, " ")
  for (i = 4; i <= n; i++) {
    if (word[i] == "--") break
    name = word[i]
    gsub(/[][<>]/, "", name)
    if (name == "...") continue
    print (word[i] ~ /^\[/ ? ".Op Ar " : ".Ar ") name (word[i + 1] ~ /^\.\.\./ ? " ..." : "")
  }
  if ("<command>" in has) print ".Op Fl - Ar command Op Ar argument ..."
}

# Those of the tool come first.
function options(   i, group, groups, seen, own) {
  emit(".Bl -tag -width Ds")
  for (i = 1; i <= entries; i++)
    if (groupOf[order[i]] ~ /^(ARGUMENTS|OPTIONS)$/ && order[i] != "--help") option(order[i])
  if (!("--hooks" in has)) option("--help")
  emit(".El")
  for (i = 1; i <= entries; i++) {
    group = groupOf[order[i]]
    if (group ~ /^(ARGUMENTS|OPTIONS)$/) continue
    if (group != groups) {
      if (groups) emit(".El")
      print ".Ss " substr(group, 1, 1) tolower(substr(group, 2))
      emit(".Bl -tag -width Ds")
      groups = group
    }
    option(order[i])
  }
  if (groups) {
    option("--help")
    emit(".El")
  }
}

function option(key,   kind, value, n, i, word, item) {
  if (key == "<command>") return
  kind = ("own", key) in head ? "own" : ("options", key) in head ? "options" : ""
  value = helpValue[key]
  if (kind && match(head[kind, key], / Ar .*/)) {
    if (value == "") fail(key " has a value here, and none in --help")
    value = substr(head[kind, key], RSTART + 4)
  }
  if (spellings[key] == "") item = ".It Ar " substr(key, 2, length(key) - 2)
  else {
    n = split(spellings[key], word, " ")
    for (i = 1; i <= n; i++) {
      sub(/^-/, "", word[i])
      if (word[i] == "?") word[i] = "\\&?"
      item = item (i == 1 ? ".It Fl " : " , Fl ") word[i]
    }
    if (value != "") item = item " Ar " value
  }
  print item
  if (!kind) helpProse(helpText[key])
  else for (i = 1; i <= lines[kind, key]; i++) {
    if (text[kind, key, i] == ".\\\" help") helpProse(helpText[key])
    else emit(text[kind, key, i])
  }
}

# The text of --help as mdoc: a sentence a line, options marked.
function helpProse(prose,   values, n, i, word, line, tail) {
  if (match(prose, /\(values: [^)]*\)/)) {
    values = substr(prose, RSTART + 9, RLENGTH - 10)
    prose = trimmed(substr(prose, 1, RSTART - 1) substr(prose, RSTART + RLENGTH))
    if (match(values, /; default: .*/)) {
      prose = prose " The default is " substr(values, RSTART + 11) "."
      values = substr(values, 1, RSTART - 1)
    }
    prose = prose " The values are " values "."
  }
  if (match(prose, / ?\(default: [^)]*\)/)) {
    values = substr(prose, RSTART, RLENGTH - 1)
    sub(/ ?\(default: /, "", values)
    prose = substr(prose, 1, RSTART - 1) substr(prose, RSTART + RLENGTH) \
      " The default is " values "."
  }
  gsub(/\\/, "\\e", prose)
  n = split(prose, word, " ")
  for (i = 1; i <= n; i++) {
    if (word[i] ~ /^--?[A-Za-z0-9][A-Za-z0-9-]*[.,:;]?$/) {
      if (line != "") print line
      tail = word[i] ~ /[.,:;]$/ ? " " substr(word[i], length(word[i])) : ""
      sub(/[.,:;]$/, "", word[i])
      print ".Fl " substr(word[i], 2) tail
      line = ""
      continue
    }
    line = line (line == "" ? (word[i] ~ /^[.']/ ? "\\&" : "") : " ") word[i]
    if (word[i] ~ /[.?]$/ && word[i + 1] ~ /^[A-Z]/) {
      print line
      line = ""
    }
  }
  if (line != "") print line
}

# Lines that begin with `# ` are commands, and with four spaces go on with one.
function examplesText(   i, line, literal) {
  if (!("EXAMPLES" in hasOwn)) {
    for (i = 1; i <= examples; i++) {
      own["EXAMPLES", ++ownLines["EXAMPLES"]] = capitalized(exampleText[i]) ":"
      own["EXAMPLES", ++ownLines["EXAMPLES"]] = "# " example[i]
    }
  }
  for (i = 1; i <= ownLines["EXAMPLES"]; i++) {
    line = own["EXAMPLES", i]
    if (line ~ /^(# |\$ |    )/) {
      if (!literal) print ".Bd -literal -offset indent"
      literal = 1
    } else if (literal) {
      print ".Ed"
      print ".Pp"
      literal = 0
    }
    print line
  }
  if (literal) print ".Ed"
}

function seeAlso(   i, n, xref, family, count) {
  family = familyOf[tool]
  for (i = 1; i <= ownLines["SEE ALSO"]; i++) xref[++n] = own["SEE ALSO", i]
  xref[++n] = ".Xr swift-bpf-tools 7"
  for (i = 1; i <= tools; i++)
    if (toolNames[i] != tool && family != "" && familyOf[toolNames[i]] == family)
      xref[++n] = ".Xr " toolNames[i] " 8"
  sorted(xref, n)
  print ".Sh SEE ALSO"
  for (i = 1; i <= n; i++) print xref[i] (i < n ? " ," : "")
}

# By section, then by name.
function sorted(xref, n,   i, j, line, word, key) {
  for (i = 1; i <= n; i++) {
    split(xref[i], word, " ")
    key[i] = word[3] " " word[2]
    for (j = i; j > 1 && key[j - 1] > key[j]; j--) {
      line = xref[j]; xref[j] = xref[j - 1]; xref[j - 1] = line
      line = key[j]; key[j] = key[j - 1]; key[j - 1] = line
    }
  }
}
