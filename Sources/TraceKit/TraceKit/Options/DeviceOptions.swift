public import Wire

/// The network device that a tool looks at.
public final class DeviceOptions: ParsableArguments {
  @Option(
    name: .shortAndLong, parsing: .unconditional, help: "The network device.",
    completion: .interface, transform: Parse.interface)
  var name: String?

  @Option(
    parsing: .unconditional,
    help: """
      The network namespace of the device: its inode number, a name of "ip netns", or a path.
      """,
    completion: .networkNamespace, transform: NetworkNamespace.number)
  var netns: UInt32?

  @Option(
    name: .customLong("pid-netns"), parsing: .unconditional,
    help: "The device is in the network namespace of this process.", completion: .process,
    transform: { try NetworkNamespace.number(ofProcess: Parse.pid($0)) })
  var pidNetns: UInt32?

  public init() {}

  private var namespace: UInt32 { netns ?? pidNetns ?? NetworkNamespace.own }

  public func validate() throws {
    if netns != nil, pidNetns != nil {
      throw ValidationError("--netns and --pid-netns cannot be combined.")
    }
    if let name, namespace == NetworkNamespace.own, NetworkDevice(name).number == nil {
      throw ValidationError("--name: there is no network device '\(name)'.")
    }
  }

  /// Demands that a device is named.
  public func require() throws {
    if name == nil { throw ValidationError("-n: the network device is missing.") }
  }

  /// The device, with the file of its namespace where a process is found that has it.
  public var device: NetworkDevice {
    NetworkDevice(
      name ?? "lo",
      namespace: namespace == NetworkNamespace.own ? nil : NetworkNamespace.file(of: namespace))
  }

  /// The device as the programs know it.
  public var wire: device_filter {
    var filter = device_filter()
    withUnsafeMutableBytes(of: &filter.name) { $0.copyBytes(from: (name ?? "").utf8) }
    filter.netns = namespace
    filter.is_preemptible = KernelFeatures.isRealtime ? 1 : 0
    return filter
  }
}
