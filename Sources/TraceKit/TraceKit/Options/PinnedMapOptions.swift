/// The options by which bcc's tools read pinned maps of what to trace. They are refused with
/// what to use instead.
public final class PinnedMapOptions: ParsableArguments {
  @Option(
    name: [.customShort("C"), .long], help: "Not supported, as in libbpf-tools; see --cgroup.")
  var cgroupmap: String?

  @Option(name: [.customShort("M"), .long], help: "Not supported, as in libbpf-tools.")
  var mntnsmap: String?

  public init() {}

  public func validate() throws {
    if let cgroupmap {
      throw ValidationError(
        "--cgroupmap \(cgroupmap) is not supported; use --cgroup with a directory.")
    }
    if let mntnsmap {
      throw ValidationError(
        "--mntnsmap \(mntnsmap) is not supported; --columns +mntns shows the namespace.")
    }
  }
}
