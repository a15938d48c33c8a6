import CLinux
import Glibc
import Testing

@testable import BPF

extension Loader {
  /// Attaching, and the choice among hook plans.
  @Suite struct Hooks {
    private func sessionError(
      _ plans: [HookPlan], options: Session.Options = .init()
    ) throws -> HookPlanError {
      try #require(throws: HookPlanError.self) {
        _ = try Session.start(image("targets"), plans: plans, options: options)
      }
    }

    @Test func `a tracepoint that does not exist is told with its section`() throws {
      let object = try load("targets", programs: ["classic_missing"])
      let error = try bpfError { _ = try object.attach("classic_missing") }
      #expect(error.operation == .attach)
      #expect(error.errno == .noSuchEntry)
      #expect(
        error.summary == "cannot attach program classic_missing "
          + "(tracepoint/syscalls/sys_enter_no_such_call): No such file or directory (ENOENT)")
    }

    @Test func `a raw tracepoint that does not exist is told`() throws {
      let object = try load("targets", programs: ["raw_missing"])
      let error = try bpfError { _ = try object.attach("raw_missing") }
      #expect(error.errno == .noSuchEntry)
      #expect(error.target == "raw_tp/no_such_tracepoint")
    }

    @Test func `a typed tracepoint that does not exist is told with the cure`() throws {
      let error = try bpfError {
        var open = try OpenObject(image("targets"))
        try open.keepOnly(programs: ["typed_missing"])
        _ = try open.load()
      }
      #expect(error.operation == .load)
      #expect(error.errno == .noSuchProcess)
      #expect(
        error.summary == "cannot load program typed_missing (tp_btf/no_such_tracepoint): "
          + "No such process (ESRCH); this kernel has no function or tracepoint of that name")
    }

    @Test func `where the kernel refuses fexit the error says that it refuses the kind`() throws {
      guard case .no(let reason) = KernelFeatures.fentry else {
        // Here the same program must load.
        var open = try OpenObject(image("targets"))
        try open.keepOnly(programs: ["function_exit"])
        _ = try open.load()
        return
      }
      #expect(reason == "the kernel refuses the kind: Operation not permitted (EPERM)")
      let error = try bpfError {
        var open = try OpenObject(image("targets"))
        try open.keepOnly(programs: ["function_exit"])
        _ = try open.load()
      }
      #expect(error.errno == .notPermitted)
      #expect(
        error.reason == "cannot load program function_exit (fexit/do_sys_openat2): "
          + "Operation not permitted (EPERM); this kernel refuses programs of that kind")
      #expect(error.cure == .refusedKind)
      #expect(error.summary == "\(error.reason); \(Cure.refusedKind)")
    }

    @Test func `the first plan that works is taken`() throws {
      let session = try Session.start(
        image("targets"), plans: [HookPlan(.typedTracepoint, ["typed"]), raw])
      #expect(session.plan.kind == .typedTracepoint)
      #expect(session.programs == ["typed"])
      #expect(session.rejections.isEmpty)
    }

    @Test func `plans before it are kept with the reason`() throws {
      let blocked = HookPlan(.typedTracepoint, ["typed"]) { "it is Sunday" }
      let missing = HookPlan(.rawTracepoint, ["raw_missing"], readsTypes: false)
      let session = try Session.start(image("targets"), plans: [blocked, missing, raw])
      #expect(session.plan.kind == .rawTracepoint)
      #expect(session.programs == ["raw"])
      #expect(session.rejections.map(\.kind) == [.typedTracepoint, .rawTracepoint])
      #expect(session.rejections[0].reason == "it is Sunday")
      #expect(session.rejections[0].error == nil)
      #expect(session.rejections[1].error?.errno == .noSuchEntry)
    }

    @Test func `a forced kind passes the others over`() throws {
      let session = try Session.start(
        image("targets"), plans: [HookPlan(.typedTracepoint, ["typed"]), raw],
        options: .init(hooks: HookChoice(.rawTracepoint)))
      #expect(session.plan.kind == .rawTracepoint)
      #expect(session.rejections.isEmpty)
    }

    @Test func `a forced kind that no plan has is told with those that there are`() throws {
      let error = try sessionError(
        [HookPlan(.typedTracepoint, ["typed"]), raw], options: .init(hooks: HookChoice(.kprobe)))
      #expect(error.description == "there is no such plan, only tp_btf, raw_tp")
    }

    @Test func `a check tries all plans and leaves nothing attached`() throws {
      let before = try openKernelObjects()
      let plans = [
        HookPlan(.rawTracepoint, ["raw"], readsTypes: false) { "it is Sunday" },
        HookPlan(.typedTracepoint, ["typed_missing"]), raw,
        HookPlan(.rawTracepoint, ["raw"], optional: ["raw_missing"], readsTypes: false),
      ]
      let verdicts = try Session.check(image("targets"), plans: plans)
      #expect(verdicts.map(\.hooks.description) == ["raw_tp:1", "tp_btf", "raw_tp:2", "raw_tp:3"])
      #expect(verdicts.map(\.programs) == [[], [], ["raw"], ["raw"]])
      #expect(verdicts[0].obstacle == "it is Sunday")
      #expect(verdicts[1].obstacle?.reason.contains("typed_missing") == true)
      #expect(verdicts.dropFirst(2).allSatisfy { $0.obstacle == nil })
      #expect(try openKernelObjects() == before)
      let chosen = try Session.check(
        image("targets"), plans: plans, options: .init(hooks: HookChoice("raw_tp:2")))
      #expect(chosen.map(\.programs) == [["raw"]])
      #expect(throws: HookPlanError.self) {
        _ = try Session.check(
          image("targets"), plans: plans, options: .init(hooks: HookChoice("raw_tp:4")))
      }
    }

    @Test func `where all plans fail each reason is told`() throws {
      let error = try sessionError([
        HookPlan(.typedTracepoint, ["typed_missing"]),
        HookPlan(.tracepoint, ["classic_missing"], readsTypes: false),
        HookPlan(.rawTracepoint, ["raw"]) { "no raw tracepoints today" },
      ])
      #expect(error.rejections.map(\.kind) == [.typedTracepoint, .tracepoint, .rawTracepoint])
      let reasons = error.rejections.map { "\($0.kind.rawValue): \($0.reason)" }
      #expect(error.description == reasons.joined(separator: "; "))
      #expect(reasons[0].contains("typed_missing"))
      #expect(reasons[1].contains("classic_missing"))
      #expect(reasons[2] == "raw_tp: no raw tracepoints today")
      #expect(!error.description.contains("\n"))
    }

    @Test func `an optional program whose target is missing is left out`() throws {
      let plan = HookPlan(
        .rawTracepoint, ["raw"], optional: ["raw_missing"], readsTypes: false)
      let session = try Session.start(image("targets"), plans: [plan])
      #expect(session.programs == ["raw"])
    }

    @Test func `a plan of which one program fails leaves nothing attached`() throws {
      let before = try openKernelObjects()
      let plan = HookPlan(.rawTracepoint, ["raw", "raw_missing"], readsTypes: false)
      _ = try sessionError([plan])
      #expect(try openKernelObjects() == before)
    }

    @Test func `a program runs while its link lives`() throws {
      let object = try load("targets", programs: ["raw"])
      let hits = try object.variable("hits", as: UInt64.self)
      var link: Link? = try object.attach("raw")
      #expect(link?.program == "raw")
      for _ in 0..<23 { getppid() }
      #expect(hits.value >= 23)
      link = nil
      linux_wait_for_programs()
      let after = hits.value
      for _ in 0..<23 { getppid() }
      #expect(hits.value == after)
    }

    @Test func `a session leaves no descriptor behind`() throws {
      let before = try openKernelObjects()
      do {
        let session = try Session.start(image("targets"), plans: [raw])
        let during = try openKernelObjects()
        #expect(during.count > before.count)
        session.detach()
        #expect(session.programs.isEmpty)
        _ = try session.object.variable("hits", as: UInt64.self).value
      }
      #expect(try openKernelObjects() == before)
    }

    private var raw: HookPlan { HookPlan(.rawTracepoint, ["raw"], readsTypes: false) }
  }
}
