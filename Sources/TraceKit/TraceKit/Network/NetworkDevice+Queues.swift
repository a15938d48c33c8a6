extension NetworkDevice {
  /// How many queues it has for sending and for receiving; 0 where sysfs does not show it,
  /// which has the devices of one namespace only.
  public var queues: (transmit: Int, receive: Int) {
    guard namespace == nil else { return (0, 0) }
    let folder = "/sys/class/net/\(name)/queues/"
    func count(_ kind: String) -> Int {
      (0..<4096).first { !File.exists("\(folder)\(kind)-\($0)") } ?? 4096
    }
    return (count("tx"), count("rx"))
  }
}
