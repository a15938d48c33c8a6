# Writes FIELDS and JSON, for write.awk: both are made of the tool's columns and of
# the entries that describe them.

# The lists in the places of their `.\" columns:` lines; one without is the first.
function fieldLists(   i, line, list, reading) {
  for (i = 1; i <= ownLines["FIELDS"]; i++) {
    line = own["FIELDS", i]
    if (line ~ /^\.\\" columns:/ || line ~ /^\.It / && !list) {
      fieldList(++list)
      reading = 1
      if (line !~ /^\.It /) continue
    }
    if (line == ".El") {
      reading = 0
      continue
    }
    if (!reading) emit(line)
  }
  if (!list) fieldList(1)
}

function fieldList(list,   i) {
  putParts("FIELDS", "lead")
  emit(".Bl -tag -width Ds")
  putParts("FIELDS", "first")
  for (i = 1; i <= columnCount[list]; i++) field(list, column[list, i])
  putParts("FIELDS", "last")
  emit(".El")
  started = 1
}

# Where the entry of a column is: the tool's own in this list, in another, a common one.
function entryOf(list, name,   i) {
  if (("own" list, name) in head) return "own" list
  for (i = 1; i <= lists; i++) if (("own" i, name) in head) return "own" i
  return ("fields", name) in head ? "fields" : ""
}

function field(list, name,   kind, i) {
  kind = entryOf(list, name)
  if (!kind) {
    fail("FIELDS lacks the column '" name "'")
    return
  }
  print head[kind, name]
  for (i = 1; i <= lines[kind, name]; i++) emit(text[kind, name, i])
  if (kind != "fields" && typeLines(kind, name) == lines[kind, name] && ("fields", name) in head)
    for (i = typeLines("fields", name) + 1; i <= lines["fields", name]; i++)
      emit(text["fields", name, i])
}

# The first sentence of an entry has its type and when it is shown.
function typeLines(kind, name,   i) {
  for (i = 1; i <= lines[kind, name]; i++) if (text[kind, name, i] ~ /\.$/) return i
  return i - 1
}

# A record for each list of columns.
function records(   i, line, list) {
  emit(".Bl -tag -width Ds")
  for (i = 1; i <= ownLines["JSON"]; i++) {
    line = own["JSON", i]
    if (line ~ /^\.It /) {
      if (list) keys(list)
      list++
      recordName = substr(line, 8)
      sub(/ .*/, "", recordName)
    }
    emit(line)
  }
  if (list) keys(list)
  if (list != lists) fail("JSON has " list + 0 " records for " lists " lists of columns")
  putParts("JSON", "last")
  emit(".El")
  if (base64) {
    print ".Pp"
    putParts("JSON", "encoding")
  }
}

# The keys of a record, those of the same type together.
function keys(list,   i, name, type, groups, order, n, count, width, texts, arrays) {
  for (i = 1; i <= columnCount[list]; i++) {
    name = column[list, i]
    type = keyType(list, name)
    if (!(type in groups)) order[++n] = type
    groups[type] = groups[type] (type in count ? " , " : "") name
    count[type]++
    if (length(name) > length(width)) width = name
    if (plainType ~ /^text/) texts = texts (texts ? " , " : "") name "_base64"
    if (plainType ~ /^array of texts/) arrays = arrays (arrays ? " , " : "") name "_base64"
  }
  emit(".Bl -tag -width " (width ? width : "buckets"))
  print ".It Cm type"
  print "The string"
  print ".Qq " recordName " ."
  for (i = 1; i <= n; i++) {
    print ".It Cm " groups[order[i]]
    print (count[order[i]] > 1 ? plural(order[i]) : order[i])
  }
  if (texts) {
    print ".It Cm " texts
    print (texts ~ / / ? "Strings" : "String") ", where needed; see below."
  }
  if (arrays) {
    print ".It Cm " arrays
    print "Array of strings, where needed; see below."
  }
  if (texts arrays) base64 = 1
  if (recordName == "histogram") putParts("JSON", "histogram")
  emit(".El")
}

function plural(type) {
  if (type ~ /^Array/) return type
  match(type, /^[A-Za-z]+/)
  return substr(type, 1, RLENGTH) "s" substr(type, RLENGTH + 1)
}

# `text or null, hidden; shown with -T.` is String or null; of when a field is there
# only what is so in JSON too stays.
function keyType(list, name,   kind, i, n, sentence, clause, type) {
  kind = entryOf(list, name)
  n = kind ? typeLines(kind, name) : 0
  for (i = 1; i <= n; i++) sentence = sentence (i > 1 ? "\n" : "") text[kind, name, i]
  match(sentence, /^[^,;.]*/)
  type = substr(sentence, 1, RLENGTH)
  clause = substr(sentence, RLENGTH + 1)
  if (type !~ /^(array of )?(text|string|integer|number|boolean|objects)/)
    fail("FIELDS has no type for '" name "'")
  plainType = type
  sub(/ with .* decimals?/, "", type)
  sub(/^text/, "string", type)
  sub(/^array of texts/, "array of strings", type)
  type = capitalized(type)
  if (clause ~ /^, on request/) return type ", on request."
  if (match(clause, /, with(out)?(\n| )/)) return type substr(clause, RSTART)
  return type "."
}
