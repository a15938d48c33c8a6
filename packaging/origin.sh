# Who makes a package, and of when: the same sources give the same package.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
of_commit() {
  git -c safe.directory="$root" -C "$root" log -1 --format="$1" 2>/dev/null
}

if [[ ${DEBEMAIL-} ]]; then
  maintainer="${DEBFULLNAME:-$DEBEMAIL} <$DEBEMAIL>"
else
  maintainer=$(of_commit '%an <%ae>') || maintainer="nobody <root@localhost>"
fi
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(of_commit %ct || date +%s)}
