import BPFObjects
import TraceKit

@main
struct Tcpdrop: StreamTool {
  static let configuration = CommandConfiguration.tool(
    "tcpdrop", "Trace TCP packets that the kernel drops, and why.",
    examples: [
      ("tcpdrop", "trace all drops"),
      ("tcpdrop -4", "IPv4 only"),
      ("tcpdrop --pid-netns 181", "in the network namespace of process 181"),
      ("tcpdrop --columns -kernel_stack", "a line for each, without the stack"),
    ])

  enum Letters: OptionLetters {}

  @OptionGroup var depth: StackDepth
  @OptionGroup var packets: PacketOptions
  @OptionGroup var stream: StreamOptions<Letters>

  static let recordType = "drop"
  static var image: ObjectImage { ObjectImage(tcpdrop_image()) }

  var plans: [HookPlan] {
    HookPlan.tcpSessions(with: ["kfree_skb"], optional: ["drop_function"]).map {
      $0.unless { DropReasons.obstacle }
    }
      + [
        HookPlan.tcpSessions(with: [], .fentry, "drop_function"),
        HookPlan.tcpSessions(with: [], .kprobe, "drop_kprobe"),
      ].map { $0.unless { DropReasons.functionObstacle } }
  }

  func wireConfiguration() -> drop_config {
    var config = packets.wire
    config.stacks = depth.kernelStacks
    return config
  }

  var columns: [Column<Record<drop_event>>] {
    let reasons = DropReasons(typesFile: stream.run.typesFile)
    return [
      .time(presence: .shown),
      .uid(width: 5, presence: .hidden),
      .pid(width: 7),
      .comm(presence: .hidden),
      Column("ip", "IP", width: 2, role: .key) { $1.integer($0.event.endpoints.version) },
    ] + Column.packetEnds() + [
      Column("state", "STATE", width: 11, role: .key) { $1.tcpState(UInt32($0.event.state)) },
      Column("flags", "(FLAGS)", width: 10) { $1.tcpFlags(UInt32($0.event.flags)) },
    ] + Column.dropReason(reasons, code: .shown)
      + Column.packetInterface(presence: .hidden)
      + [
        .packetLength(presence: .hidden),
        .dropPlace(KernelPlaces(tool: Self.name), presence: .hidden),
      ] + Column.identity() + [.kernelStack(tool: Self.name, depth) { $0.stacks }]
  }
}
