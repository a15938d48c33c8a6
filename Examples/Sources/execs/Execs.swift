import BPF
import ExampleObjects
@preconcurrency import Glibc

/// Counts the programs that this user starts until Enter is pressed.
@main
struct Execs {
  static func main() {
    startLibbpfLog(verbose: false)
    do {
      try count()
    } catch {
      fputs("execs: \(error)\n", stderr)
      exit(1)
    }
  }

  static func count() throws {
    let embedded = execs_image()
    let image = ObjectImage(name: "execs", start: embedded.start, count: Int(embedded.size))
    let session = try Session.start(
      image,
      plans: [
        HookPlan(.typedTracepoint, ["exec_typed"]),
        HookPlan(.rawTracepoint, ["exec_raw"], readsTypes: false),
      ],
      configure: { (object: inout OpenObject, _) throws(BPFError) in
        try object.setVariable("uid", to: getuid())
      })
    let counts = try HashMap<execs_name, UInt64>("counts", in: session.object)

    print("Counting by \(session.plan.kind.rawValue). Press Enter to stop.")
    fflush(nil)
    _ = readLine()
    session.detach()

    for (name, starts) in try counts.entries().sorted(by: { $0.value > $1.value }) {
      print("\(starts) \(name.string)")
    }
  }
}

extension execs_name {
  /// The characters before the first NUL.
  var string: String {
    withUnsafeBytes(of: text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
