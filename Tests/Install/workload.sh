# Runs tools over work of known size. To be read by a shell whose PATH has the tools.

fail() {
  echo "not so: $*" >&2
  exit 1
}

# expect WHAT COUNT PATTERN FILE: so many lines match.
expect() {
  count=$(grep -c -- "$3" "$4") || true
  [ "$count" = "$2" ] || {
    cat "$4" >&2
    fail "$1: $count instead of $2"
  }
  echo "$1: $count"
}

# repeat NUMBER COMMAND: a script that runs a shell command so often.
repeat() {
  echo "i=0; while [ \$i -lt $1 ]; do $2; i=\$((i + 1)); done"
}

# Prime numbers, which no other work of the machine is likely to make.
opens() {
  opensnoop --json -- sh -c "$(repeat 23 ': </etc/debian_version')" >/tmp/rows
  expect "opensnoop: opens" 23 '"path":"/etc/debian_version"' /tmp/rows
}

execs() {
  execsnoop --json -- sh -c "$(repeat 17 /bin/true)" >/tmp/rows
  expect "execsnoop: programs" 17 '"args":\["/bin/true"\]' /tmp/rows
}

connects() {
  tcpconnect --json -- bash -c "$(repeat 13 '(: </dev/tcp/127.0.0.1/9) 2>/dev/null')" >/tmp/rows
  expect "tcpconnect: connections" 13 '"dport":9[,}]' /tmp/rows
}

requests() {
  biolatency --json --extension -d "$1" -- \
    dd if=/dev/zero "of=/dev/$1" bs=4096 count=19 oflag=direct >/tmp/rows 2>/dev/null
  expect "biolatency: histograms of 19 requests" 1 '"count":19[,}]' /tmp/rows
}

calls() {
  syscount --json -- sh -c "$(repeat 29 'kill -0 $$')" >/tmp/rows
  expect "syscount: rows of 29 calls" 1 '"syscall":"kill",.*"count":29[,}]' /tmp/rows
}

all_work() {
  opens
  execs
  connects
  requests vda
  calls
}
