import Foundation
import TestSupport
import Testing

@testable import TraceKit

/// What doctor makes of a host and of the tools' answers.
@Suite struct DiagnosisTests {
  private func tool(_ name: String, _ lines: String...) -> Diagnosis.Tool {
    let header = "tool,hooks,works,programs,reason,cure,command\n"
    let text = header + lines.map { "\(name),\($0)\n" }.joined()
    return Diagnosis.Tool(name, answer: Array(text.utf8), errors: "", status: 0)
  }

  private func printed(_ diagnosis: Diagnosis, _ format: OutputFormat) throws -> String {
    try withTemporaryFile { path in
      try diagnosis.print(as: format, to: .file(path))
      return try String(contentsOfFile: path, encoding: .utf8)
    }
  }

  private var some: Diagnosis {
    Diagnosis(
      facts: [
        HostFact("kernel", "7.1"),
        HostFact("tracefs", "no", Obstacle("no hooks by tracepoint", cure: .missingTracefs)),
        HostFact("kprobe", "no", Obstacle("no hooks by kprobe", cure: .missingKprobes)),
      ],
      tools: [
        tool(
          "first", "fentry,false,,refused,allow it,", "tracepoint:1,false,,none,mount it,do it",
          "tracepoint:2,false,,none,mount it,do it", "tp_btf,true,one two,,,"),
        tool("second", "raw_tp,true,three,,,"),
        tool("third", "tracepoint,false,,none,mount it,do it"),
      ])
  }

  @Test func `the table has the host, the tools, and each cure once`() throws {
    #expect(
      try printed(some, .table) == """
        HOST                      VALUE                      RESTRICTION
        kernel                    7.1                        \("")
        tracefs                   no                         no hooks by tracepoint
        kprobe                    no                         no hooks by kprobe

        TOOL         RUNS HOOKS        NOTE
        first        yes  tp_btf       not by fentry: refused; not by tracepoint:1, tracepoint:2: none
        second       yes  raw_tp       \("")
        third        no   -            none

        FOR                       CURE
        first                     allow it
        first, third              mount it (do it)
        tracefs                   mount tracefs (mount -t tracefs tracefs /sys/kernel/tracing)
        kprobe                    boot a kernel with CONFIG_KPROBES=y

        """)
  }

  @Test func `a cure that helps all tools is told so`() throws {
    let diagnosis = Diagnosis(
      facts: [],
      tools: ["a", "b"].map { tool($0, "tp_btf,false,,not permitted,be root,") })
    let text = try printed(diagnosis, .table)
    #expect(text.contains("\nall tools                 be root\n"))
    #expect(!diagnosis.isHealthy)
  }

  @Test func `JSON has a record for each fact, tool and plan`() throws {
    let records = try jsonLines(try printed(some, .json))
    #expect(
      records.map { $0["type"] as? String }
        == ["host", "host", "host", "tool", "plan", "plan", "plan", "plan", "tool", "plan"]
        + ["tool", "plan"])
    #expect(records[1]["command"] as? String == "mount -t tracefs tracefs /sys/kernel/tracing")
    #expect(records[3]["runs"] as? Bool == true)
    #expect(records[3]["hooks"] as? String == "tp_btf")
    #expect(records[3]["reason"] is NSNull)
    #expect(records[7]["programs"] as? [String] == ["one", "two"])
    #expect(records[10]["runs"] as? Bool == false)
    #expect(records[10]["hooks"] is NSNull)
    #expect(records[10]["cure"] as? String == "mount it")
  }

  @Test func `CSV has the tools`() throws {
    #expect(
      try printed(some, .csv) == """
        tool,runs,hooks,reason,cure,command
        first,true,tp_btf,,,
        second,true,raw_tp,,,
        third,false,,none,mount it,do it

        """)
  }

  @Test func `it is healthy where all tools run`() {
    #expect(!some.isHealthy)
    #expect(Diagnosis(facts: some.facts, tools: Array(some.tools.prefix(2))).isHealthy)
  }

  @Test func `a tool whose plans fail for several reasons tells all`() {
    let failed = tool("x", "fentry,false,,refused,,", "tp_btf,false,,no BTF,boot another,")
    #expect(
      failed.obstacle
        == Obstacle("not by fentry: refused; not by tp_btf: no BTF", cure: "boot another"))
  }

  @Test func `the cure of most plans is told, or the first`() {
    let plans = ["a,false,,one,c1,", "b,false,,two,c2,", "c,false,,three,c2,"]
    #expect(tool("x", plans[0], plans[1], plans[2]).obstacle?.cure == "c2")
    #expect(tool("x", plans[0], plans[1]).obstacle?.cure == "c1")
  }

  @Test(arguments: ["", "nonsense\n", "tool,hooks\n", "tool,hooks,works\n\"open"])
  func `a tool that gives no answer does not run`(answer: String) {
    let silent = Diagnosis.Tool(
      "x", answer: Array(answer.utf8), errors: "first\nno library\n", status: 127)
    #expect(silent.obstacle == Obstacle("it exited with status 127: no library"))
    #expect(silent.taken == nil)
  }

  @Test func `what a tool writes is what is read`() throws {
    let obstacles: [Obstacle?] = [
      nil, "plain", Obstacle("with, comma and \"quotes\"", cure: .capabilities),
      Obstacle("two\nlines", cure: .missingKprobes),
    ]
    let verdicts = obstacles.map { obstacle in
      PlanVerdict(
        hooks: HookChoice(.typedTracepoint, position: 2),
        programs: obstacle == nil ? ["a", "b@c/d"] : [], obstacle: obstacle)
    }
    try withTemporaryFile { path in
      try PlanVerdicts(tool: "x", verdicts).print(as: .csv, to: .file(path))
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
      #expect(PlanRecord.read(bytes) == verdicts.map { PlanRecord(tool: "x", $0) })
    }
  }

  @Test func `the status of a check is that of a run`() {
    func status(_ obstacles: Obstacle?...) -> TraceKit.ExitStatus {
      PlanVerdicts(
        tool: "x", obstacles.map { PlanVerdict(hooks: HookChoice(.fentry), obstacle: $0) }
      ).status
    }
    #expect(status("refused", nil) == .success)
    #expect(status("refused", "refused") == .unavailable)
    #expect(status(.notPermitted, .notPermitted) == .notPermitted)
  }
}

/// What the readings of a host mean.
@Suite struct HostFactTests {
  private func fact(_ name: String, _ change: (inout HostReadings) -> Void) -> HostFact? {
    var readings = HostReadings()
    readings.capabilities = [.bpf, .perfmon]
    change(&readings)
    return readings.facts.first { $0.name == name }
  }

  @Test func `a host without limits restricts nothing`() {
    var readings = HostReadings()
    readings.capabilities = [.bpf, .perfmon]
    readings.countsLockedMemory = false
    readings.tracefs = "/sys/kernel/tracing"
    #expect(readings.facts.allSatisfy { $0.restriction == nil })
  }

  private static let capabilities: [(Capabilities, String, Bool)] = [
    ([], "none", false), (.bpf, "BPF", false), (.perfmon, "PERFMON", false),
    ([.bpf, .perfmon], "BPF PERFMON", true), (.sysAdmin, "SYS_ADMIN", true),
  ]

  @Test(arguments: capabilities)
  func `capabilities restrict where they are too few`(
    held: Capabilities, value: String, isEnough: Bool
  ) {
    let found = fact("capabilities") { $0.capabilities = held }
    #expect(found?.value == value)
    #expect((found?.restriction == nil) == isEnough)
  }

  @Test func `settings restrict only who has no capabilities`() {
    for (name, value) in [("unprivileged_bpf_disabled", "2"), ("perf_event_paranoid", "3")] {
      func set(_ readings: inout HostReadings) {
        readings.unprivilegedBPFDisabled = value
        readings.perfEventParanoid = value
      }
      #expect(fact(name, set) == HostFact(name, value))
      let restricted = fact(name) {
        set(&$0)
        $0.capabilities = []
      }
      #expect(restricted?.restriction?.cure == .capabilities)
    }
  }

  private static let lockdowns: [(String?, String, Bool)] = [
    ("[none] integrity confidentiality\n", "none", false),
    ("none [integrity] confidentiality\n", "integrity", false),
    ("none integrity [confidentiality]\n", "confidentiality", true),
    (nil, "unknown", false),
  ]

  @Test(arguments: lockdowns)
  func `the lockdown in force stands in brackets`(text: String?, value: String, restricts: Bool) {
    let found = fact("lockdown") { $0.lockdown = text }
    #expect(found?.value == value)
    #expect((found?.restriction?.cure == .lockdown) == restricts)
  }

  @Test func `locked memory restricts where it is counted and cannot be raised`() {
    let name = "locked_memory"
    #expect(fact(name) { $0.countsLockedMemory = nil } == HostFact(name, "unknown"))
    #expect(
      fact(name) {
        $0.countsLockedMemory = false
        $0.lockedMemoryLimit = 4096
      } == HostFact(name, "not counted"))
    #expect(fact(name) { $0.countsLockedMemory = true } == HostFact(name, "unlimited"))
    func limited(_ readings: inout HostReadings) {
      readings.countsLockedMemory = true
      readings.lockedMemoryLimit = 4096
    }
    #expect(
      fact(name, limited)
        == HostFact(
          name, "4096", Obstacle("maps may use at most 4096 bytes", cure: .lockedMemory)))
    let root = fact(name) {
      limited(&$0)
      $0.capabilities.insert(.sysResource)
    }
    #expect(root == HostFact(name, "4096"))
  }

  @Test func `a kind that the kernel refuses is told with the cure`() {
    let refused = fact("fentry") { $0.fentry = .no("refused") }
    #expect(
      refused
        == HostFact("fentry", "no", Obstacle("no hooks by fentry: refused", cure: .refusedKind))
    )
    let untyped = fact("tp_btf") {
      $0.typesObstacle = Obstacle("no BTF", cure: .missingTypes)
      $0.typedTracepoints = .no("no BTF")
    }
    #expect(untyped?.restriction?.cure == .missingTypes)
    // Without capabilities everything is refused, which says nothing of the kind.
    let unknown = fact("fentry") {
      $0.capabilities = []
      $0.fentry = .no("refused")
    }
    #expect(unknown == HostFact("fentry", "unknown"))
  }
}

@Suite struct EndedProcessTests {
  @Test func `it has all that a process wrote, and its status`() throws {
    let script = "head -c 300000 /dev/zero; echo error >&2; exit 23"
    let ended = try EndedProcess(["/bin/sh", "-c", script])
    #expect(ended.output == [UInt8](repeating: 0, count: 300_000))
    #expect(ended.errors == Array("error\n".utf8))
    #expect(ended.status == 23)
  }

  @Test func `a process that is killed has the status of a shell`() throws {
    #expect(try EndedProcess(["/bin/sh", "-c", "kill -9 $$"]).status == 137)
  }

  @Test func `a program that is not there is an error`() {
    #expect(throws: ErrorNumber.noSuchEntry) { _ = try EndedProcess(["/no/such/program"]) }
  }
}

@Suite struct CSVReaderTests {
  @Test func `it reads what the tools write`() throws {
    var numbers = SeededNumbers(seed: 23)
    let characters = Array("a,\"\n é")
    for _ in 0..<500 {
      let fields = (0..<3).map { _ in
        String(
          (0..<Int.random(in: 0..<5, using: &numbers)).map { _ in
            characters.randomElement(using: &numbers)!
          })
      }
      let line = written { out in
        for (index, field) in fields.enumerated() {
          if index > 0 { out.append(",") }
          Array(field.utf8).withUnsafeBytes { out.append(csvField: $0) }
        }
        out.append("\n")
      }
      #expect(CSVReader.read(line) == [fields])
    }
  }

  @Test(arguments: ["a", "a,", "\"a", "a\nb", "\"a\n"])
  func `text without an end is none`(text: String) {
    #expect(CSVReader.read(Array(text.utf8)) == nil)
  }
}
