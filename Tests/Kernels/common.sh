# Shared by the scripts of this folder: where things are, and the table.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
# The release build with the test bundle: `make test-build`.
build=$root/${TEST_BUILD:-.build/testing}/release
cache=${KERNEL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/swift-bpf-tools/kernels}

die() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# The lines of a list file, without comments.
entries() {
  sed -E 's/[[:space:]]*#.*//; /^[[:space:]]*$/d' "$here/$1"
}

kernel_names() {
  entries kernels.txt | awk '{ print $1 }'
}

variant_names() {
  entries variants.txt | awk '{ print $1 }'
}

# The name, kernel, filter and parameters of one variant; nothing where the name
# is a kernel's own.
variant_line() {
  entries variants.txt | awk -v name="$1" '$1 == name'
}

# The name, suites and packages of one kernel.
kernel_line() {
  entries kernels.txt | awk -v name="$1" '$1 == name { print; found = 1 } END { exit !found }' ||
    die "there is no kernel $1 in kernels.txt, only: $(kernel_names | paste -sd' ')"
}

# The address that the machine's apt has for the suite's archive.
mirror_of() {
  local suite=$1 address
  if [[ $suite == *-security ]]; then
    address=$(known_addresses '-security$')
    echo "${address:-$(mirror_of "${suite%-security}" | sed 's,/*$,-security,')}"
    return
  fi
  address=${DEBIAN_MIRROR:-$(known_addresses '^[a-z]+$')}
  [[ $address ]] || die "apt names no Debian mirror here: set DEBIAN_MIRROR to one"
  echo "$address"
}

# The first archive of Debian's own whose suite's name matches.
known_addresses() {
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(ORIGIN)' 'Identifier: Packages' |
    awk -v suite="$1" '$2 ~ suite && $3 == "Debian" { print $1; exit }'
}
