public import Wire

/// The ports of both ends of the sockets that are traced.
public final class PortOptions: ParsableArguments {
  @Option(
    name: [.customShort("L"), .long], parsing: .unconditional,
    help: "Trace these local ports only, separated by commas.", transform: Parse.ports)
  var localport: [UInt16]?

  @Option(
    name: [.customShort("D"), .long], parsing: .unconditional,
    help: "Trace these remote ports only, separated by commas.", transform: Parse.ports)
  var remoteport: [UInt16]?

  public init() {}

  /// The filters as the programs read them.
  public var local: port_list { port_list(localport) }
  public var remote: port_list { port_list(remoteport) }
}
