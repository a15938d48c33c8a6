import Foundation
import Testing

@testable import TraceKit

private let a = containerID("0123456789abcdef")
private let b = containerID("fedcba9876543210")
private let uid = "8a7f0c1e-0000-4000-8000-00000000beef"

/// The group of a container of a pod.
private func group(_ id: String) -> CgroupPath {
  CgroupPath("/kubepods/burstable/pod\(uid)/\(id)")
}

private func owner(_ path: CgroupPath, in tree: Tree) -> CgroupOwner {
  CgroupOwner(of: path, tree.names)
}

@Suite struct PodTests {
  private static let containerd =
    "/run/containerd/io.containerd.runtime.v2.task/k8s.io/\(a)/config.json"
  private static let crio =
    "/run/containers/storage/overlay-containers/\(a)/userdata/config.json"
  private static let docker = "/var/lib/docker/containers/\(a)/config.v2.json"

  @Test(arguments: [
    (
      containerd,
      #"{"annotations":{"io.kubernetes.cri.container-name":"web","#
        + #""io.kubernetes.cri.sandbox-name":"shop-0","io.kubernetes.cri.sandbox-namespace":"prod"}}"#
    ),
    (
      crio,
      #"{"annotations":{"io.kubernetes.container.name":"web","#
        + #""io.kubernetes.pod.name":"shop-0","io.kubernetes.pod.namespace":"prod"}}"#
    ),
    (
      docker,
      #"{"Name":"/k8s_web_shop-0","Config":{"Image":"x","Labels":{"io.kubernetes.container.name":"#
        + #""web","io.kubernetes.pod.name":"shop-0","io.kubernetes.pod.namespace":"prod"}}}"#
    ),
  ])
  func `the state of a runtime names pod, namespace and container`(
    path: String, text: String
  ) throws {
    let tree = try Tree()
    try tree.file(path, text)
    let owner = owner(group(a), in: tree)
    #expect(owner.container == "web")
    #expect(owner.pod == "shop-0")
    #expect(owner.podNamespace == "prod")
    #expect(CgroupOwner.Known(owner, after: nil).isFinal)
  }

  @Test func `the link to its log names a container of any runtime`() throws {
    let tree = try Tree()
    try tree.file("\(KubeletNames.links)/shop-0_prod_web-\(a).log", "")
    for text in ["shop-0_prod_web-\(b).txt", "x_web-\(b).log", "_prod_web-\(b).log"] {
      try tree.file("\(KubeletNames.links)/\(text)", "")
    }
    let owner = owner(group(a), in: tree)
    #expect(owner.container == "web" && owner.pod == "shop-0" && owner.podNamespace == "prod")
    #expect(try tree.names("/kubepods/pod1/\(a)") == ["web"])
    #expect(try tree.names("/kubepods/pod1/\(b)") == [])
    // The links are of the system's containers.
    #expect(try tree.names("/user.slice/user-1000.slice/\(a)") == [])
  }

  @Test func `a group of a pod alone has the name of the directory of its logs`() throws {
    let tree = try Tree()
    try tree.directory("\(KubeletNames.directories)/prod_shop-0_\(uid)")
    for path in ["/kubepods/burstable/pod\(uid)", "/kubepods/burstable/pod\(uid)/\(a)"] {
      let owner = owner(CgroupPath(path), in: tree)
      #expect(owner.pod == "shop-0" && owner.podNamespace == "prod", "\(path)")
    }
    let user = owner(CgroupPath("/user.slice/user-1000.slice/kubepods/pod\(uid)"), in: tree)
    #expect(user.pod == uid && user.podNamespace == nil)
  }

  @Test func `a pod that nothing names is told by its UID, and looked for again`() throws {
    let tree = try Tree(), names = tree.names
    let early = CgroupOwner(of: group(a), names)
    #expect(early.pod == uid && early.podNamespace == nil)
    #expect(early.container == String(a.prefix(12)))
    let first = CgroupOwner.Known(early, after: nil)
    let second = CgroupOwner.Known(early, after: first)
    #expect(!first.isFinal && second.due - first.due >= 1_000_000_000)
    try tree.file("\(KubeletNames.links)/shop-0_prod_web-\(a).log", "")
    let late = CgroupOwner(of: group(a), names)
    #expect(late.pod == "shop-0" && late.podNamespace == "prod" && late.container == "web")
  }

  @Test func `what is in no pod has none`() throws {
    let tree = try Tree()
    for path in ["/", "/system.slice/ssh.service", "/docker/\(a)"] {
      let owner = owner(CgroupPath(path), in: tree)
      #expect(owner.pod == nil && owner.podNamespace == nil, "\(path)")
    }
  }

  @Test func `an overlong text is no name`() throws {
    let tree = try Tree()
    let long = String(repeating: "x", count: 256)
    try tree.file(
      Self.containerd,
      #"{"annotations":{"io.kubernetes.cri.sandbox-name":"\#(long)","#
        + #""io.kubernetes.cri.sandbox-namespace":"prod","nerdctl/name":"\#(long)"}}"#)
    let owner = owner(group(a), in: tree)
    #expect(owner.pod == uid && owner.container == String(a.prefix(12)))
  }

  @Test func `a list is read again only when it has changed`() throws {
    let tree = try Tree()
    let directory = KubeletNames.links
    try tree.file("\(directory)/x_y_z-\(a).log", "")
    func age(_ seconds: Double) throws {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -seconds)],
        ofItemAtPath: tree.root + directory)
    }
    let files = StateFiles(root: tree.root)
    var list = StateList<String, Int>()
    var reads = 0
    func look(_ key: String) -> Int? {
      list.value(key, in: directory, of: files) {
        reads += 1
        return ["known": 1]
      }
    }
    // A change of this second may not be the last.
    for _ in 0..<3 { #expect(look("unknown") == nil) }
    #expect(reads == 3)
    try age(100)
    for _ in 0..<3 { #expect(look("unknown") == nil && look("known") == 1) }
    #expect(reads == 4)
    try age(50)
    for _ in 0..<3 { #expect(look("unknown") == nil) }
    #expect(reads == 5)
  }

  @Test func `a walk visits each group once, and each before those below it`() throws {
    let groups = ["/a", "/a/b", "/a/b/c", "/a/d", "/e"]
    let tree = try Tree(groups: groups)
    try tree.file("/a/cgroup.procs", "")
    var found: [String] = []
    CgroupTree.walk(tree.root) { path, id in
      var status = stat()
      #expect(stat(tree.root + path, &status) == 0 && id == UInt64(status.st_ino))
      found.append(path)
    }
    #expect(found.sorted() == ["/"] + groups)
    for group in groups {
      let parent = (group as NSString).deletingLastPathComponent
      #expect(found.firstIndex(of: parent)! < found.firstIndex(of: group)!)
    }
    found = []
    CgroupTree.walk(tree.root, from: "/a") { path, _ in found.append(path) }
    #expect(found.sorted() == ["/a", "/a/b", "/a/b/c", "/a/d"])
    CgroupTree.walk(tree.root, from: "/nosuch") { path, _ in Issue.record("\(path)") }
  }
}
