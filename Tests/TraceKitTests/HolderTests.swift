import BPF
import Testing

@testable import TraceKit

/// What bpflist reads of proc and tracefs.
@Suite struct HolderTests {
  @Test(arguments: [
    ("bpf-prog", "prog"), ("bpf-map", "map"), ("bpf_link", "link"), ("bpf_iter", "iter"),
    ("bpf-token", "token"), ("btf", nil), ("[eventpoll]", nil), ("inotify", nil),
  ])
  func `the names of descriptors are those of the kernel`(name: String, kind: String?) {
    #expect(BPFHolders.kind(of: name) == kind)
  }

  @Test func `numbers of descriptors are those of the first line of their name`() {
    let text =
      "pos:\t0\nlink_type:\tuprobe_multi\nlink_id:\t17\nprog_id:\t23\npath:\t/a\nlink_id:\t9\n"
    #expect(AnonymousFiles.number("link_id", in: text) == 17)
    #expect(AnonymousFiles.number("prog_id", in: text) == 23)
    #expect(AnonymousFiles.number("map_id", in: text) == nil)
    #expect(AnonymousFiles.number("link_id", in: "link_id:\tmany\n") == nil)
    #expect(AnonymousFiles.number("id", in: text) == nil)
  }

  @Test(arguments: [
    ("p:kprobes/p_vfs_read_bcc_4058 vfs_read", 4058 as UInt32?),
    ("r:uprobes/r__bin_bash_0xa4dd0_bcc_4106 /bin/bash:0x00000000000a4dd0", 4106),
    ("p:kprobes/libbpf_181_vfs_read_0x0_1 vfs_read+0", 181),
    ("p:probe/vfs_read vfs_read", nil), ("p:kprobes/p_bcc_x vfs_read", nil),
    ("p:kprobes/libbpf__x_1 vfs_read", nil), ("p:bcc_12 vfs_read", nil), ("", nil),
    ("p:a/b_bcc_99999999999 vfs_read", nil),
  ])
  func `the process of a probe in tracefs is in the name that it was given`(
    line: String, process: UInt32?
  ) {
    #expect(ProbeDefinitions.process(of: line) == process)
  }

  @Test func `a process has its own probes, and others have a line of their own`() {
    let lines = [
      "p:kprobes/p_a_bcc_2 a", "p:kprobes/p_b_bcc_2 b", "p:kprobes/p_a_bcc_4194304 a",
      "p:probe/a a",
    ]
    let definitions = [ProbeDefinitions(kind: .kprobe, lines: lines)]
    let none = BPFHolders(withObjects: false, withProbes: true)
    let rows = HolderRow.counts(of: none, definitions, process: nil)
    #expect(rows.map(\.count) == [2, 1, 1])
    #expect(rows.map(\.pid) == [2, 4_194_304, nil])
    #expect(rows[1].comm == "[unknown]" && rows[2].comm == nil)
    #expect(rows.allSatisfy { $0.kind == "kprobe" })
    #expect(HolderRow.counts(of: none, definitions, process: 2).map(\.count) == [2])
  }
}
