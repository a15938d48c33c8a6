public import Wire

/// Which packets are traced, by the namespace that bcc's tcpdrop filters too.
public final class PacketOptions: ParsableArguments {
  @Option(
    name: .customLong("netns-id"), parsing: .unconditional,
    help: "Trace packets of the network namespace with this inode number only.",
    transform: { try Parse.integer($0, "an inode number", in: 1...UInt32.max) })
  var netnsId: UInt32?

  @Option(
    name: .customLong("pid-netns"), parsing: .unconditional,
    help: "Trace packets of this process's network namespace only.", completion: .process,
    transform: { try NetworkNamespace.number(ofProcess: Parse.pid($0)) })
  var pidNetns: UInt32?

  @Flag(help: "Include packets that are freed without a reason.")
  var unspecified = false

  @OptionGroup var network: NetworkOptions

  public init() {}

  public func validate() throws {
    if [netnsId, pidNetns, network.namespace].compactMap({ $0 }).count > 1 {
      throw ValidationError("--netns, --netns-id and --pid-netns cannot be combined.")
    }
  }

  /// The network namespace to which the tool keeps; nil: none.
  public var namespace: UInt32? { netnsId ?? pidNetns ?? network.namespace }

  /// The tool's configuration as far as these options say it.
  public var wire: drop_config {
    var config = drop_config()
    config.network = network.wire
    config.network.netns = namespace ?? 0
    config.unspecified = unspecified ? 1 : 0
    return config
  }
}
