import Foundation
import TestSupport
import Testing

@testable import TraceKit

/// What the files of a runtime and the paths of groups may hold.
extension FuzzTests {
  private static let id = String(repeating: "0123456789abcdef", count: 4)

  /// Files in which names of the container are found.
  private static let states = [
    "/var/lib/docker/containers/\(id)/config.v2.json":
      #"{"Name":"/web","Config":{"Labels":{"io.kubernetes.pod.name":"p","io.kubernetes.pod.namespace":"n"}}}"#,
    "/run/containerd/io.containerd.runtime.v2.task/k8s.io/\(id)/config.json":
      #"{"annotations":{"io.kubernetes.cri.sandbox-name":"p","io.kubernetes.cri.sandbox-namespace":"n"}}"#,
    "/run/containers/storage/overlay-containers/containers.json":
      #"[{"id":"\#(id)","names":["web","x"]},{"id":"x","names":null}]"#,
  ]

  @Test func `any state of a runtime is read or refused, and names stay short`() throws {
    let root = NSTemporaryDirectory() + "state-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: root) }
    for path in Self.states.keys {
      try FileManager.default.createDirectory(
        atPath: root + (path as NSString).deletingLastPathComponent,
        withIntermediateDirectories: true)
    }
    try Fuzz.run("state of containers", share: 0.05) { numbers in
      for (path, text) in Self.states {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 0...4, using: &numbers) {
          let place = Int.random(in: 0..<bytes.count, using: &numbers)
          switch Int.random(in: 0..<4, using: &numbers) {
          case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
          case 1: bytes.insert(contentsOf: numbers.text(), at: place)
          case 2: bytes.insert(contentsOf: bytes[..<place], at: place)
          default: bytes.removeSubrange(place...)
          }
          if bytes.isEmpty { break }
        }
        try Data(bytes).write(to: URL(filePath: root + path))
      }
      let names = ContainerNames(root: root) { _ in nil }
      let container = CgroupPath("/kubepods/pod1/\(Self.id)").container!
      let record = names.record(of: container)
      for name in record.names + [record.pod?.name, record.pod?.namespace].compactMap({ $0 }) {
        try require((1...255).contains(name.utf8.count), "\(name)")
      }
    }
  }

  @Test func `any path of a group and any name of a log is told or passed over`() throws {
    try Fuzz.run("paths of groups", share: 0.03) { numbers in
      let parts = [
        "kubepods", "kubepods-pod1_2.slice", "pod1-2", Self.id, "\(Self.id).scope", ".slice",
      ]
      let path = (0..<4).map { _ in
        numbers.chance(2)
          ? parts.randomElement(using: &numbers)!
          : String(decoding: numbers.text(), as: UTF8.self)
      }.joined(separator: numbers.chance(4) ? ":" : "/")
      let group = CgroupPath(path)
      if let uid = group.podUID { try require(CgroupPath.isPodUID(uid), "\(path): \(uid)") }
      if let id = group.container?.id { try require(!id.isEmpty, path) }
      let link = String(decoding: numbers.text(), as: UTF8.self) + "_n_c-\(Self.id).log"
      if let (id, container) = KubeletNames.container(link: link) {
        try require(id == Self.id && container.pod.namespace == "n", link)
      }
      _ = KubeletNames.pod(directory: path)
    }
  }
}
