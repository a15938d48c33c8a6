# SPDX-License-Identifier: Apache-2.0
# Counts the frames of user stacks: how many have no function, and how many stacks reach the
# beginning of their thread. Prints values, frames, unknown frames and whole stacks, each
# weighted with the value of its stack.
#
#   awk -v form=folded|perf|libbpf -f count.awk
#
# folded: lines as profile -f prints them, the command first. perf: what perf script -F ip,sym
# prints, a frame a line and a blank one after each stack. libbpf: what offcputime of
# libbpf-tools prints, the kernel's frames first, which are those that /proc/kallsyms has.

# Where only the file or the address is known, there is no function.
function is_unknown(name) {
	return name ~ /^\[/ || name ~ /^0x[0-9a-f]+$/ || name ~ /\+0x[0-9a-f]+$/ || name == ""
}

# What calls the program, what the C library and musl call in a new thread, and where Go's own
# unwinder ends (topofstack() in src/runtime/traceback.go).
function is_start(name) {
	return name ~ /^(_start|_start_c|main|start_thread|start|_?_?clone3?|__GI___clone3)$/ ||
		name ~ /^runtime\.(goexit|mstart|rt0_go|mcall|morestack)(\.abi0)?$/
}

# Says only how a stack ended.
function is_mark(name) {
	return name == "[incomplete]" || name == "[by frame pointers]"
}

function add(name) {
	if (is_mark(name))
		return
	frames++
	if (is_unknown(name))
		unknown++
	if (is_start(name))
		whole = 1
}

function finish(value) {
	values += value
	all_frames += frames * value
	all_unknown += unknown * value
	all_whole += whole * value
	frames = unknown = whole = 0
}

form == "folded" && match($0, / [0-9]+$/) {
	count = split(substr($0, 1, RSTART - 1), names, ";")
	for (place = 2; place <= count; place++)
		add(names[place])
	finish(substr($0, RSTART + 1) + 0)
}

form == "perf" && NF == 0 {
	if (begun)
		finish(1)
	begun = 0
}

form == "perf" && NF > 0 {
	begun = 1
	# The kernel's half of the addresses.
	if ($1 ~ /^ffff[89a-f]/)
		next
	address = $1
	sub(/^[ \t]*[0-9a-f]+ ?/, "")
	add($0 == "" ? "0x" address : $0)
}

BEGIN {
	while (form == "libbpf" && (getline symbol <"/proc/kallsyms") > 0) {
		split(symbol, part, " ")
		of_kernel[part[3]] = 1
	}
}

form == "libbpf" && /^    [^ -]/ {
	sub(/^ +/, "")
	if (!in_user && ($0 in of_kernel || /^bpf_prog_/))
		next
	in_user = 1
	add($0)
}

form == "libbpf" && /^        [0-9]+$/ {
	finish($1)
	in_user = 0
}

END {
	if (begun)
		finish(1)
	printf "%d\t%d\t%d\t%d\n", values, all_frames, all_unknown, all_whole
}
