import Foundation
import Testing

@testable import TraceKit

/// A tree of files, gone with it.
final class Tree {
  let root = NSTemporaryDirectory() + "tracekit-\(UUID().uuidString)"

  init(groups: [String] = []) throws {
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    for group in groups { try directory(group) }
  }

  deinit {
    try? FileManager.default.removeItem(atPath: root)
  }

  func directory(_ path: String) throws {
    try FileManager.default.createDirectory(
      atPath: root + path, withIntermediateDirectories: true)
  }

  func file(_ path: String, _ text: String) throws {
    try directory((path as NSString).deletingLastPathComponent)
    try text.write(toFile: root + path, atomically: false, encoding: .utf8)
  }

  var names: ContainerNames { ContainerNames(root: root) { $0 == 1000 ? "/home/jo" : nil } }

  func names(_ path: String) throws -> [String] {
    names.names(of: try #require(CgroupPath(path).container))
  }

  func unit(_ name: String) throws -> String {
    String(try CgroupSearch(root: root).unit(name).dropFirst(root.count))
  }

  func container(_ word: String, names: ContainerNames) throws -> String {
    String(try CgroupSearch(root: root).container(word, names: names).dropFirst(root.count))
  }
}

private let a = containerID("0123456789abcdef")
private let b = containerID("0123456789abcdee")
private let c = containerID("fedcba9876543210")

private func sentence(_ body: () throws -> String) throws -> String {
  let error = try #require(throws: ToolError.self) { _ = try body() }
  #expect(error.status == .usage)
  return error.description
}

@Suite struct ContainerNameTests {
  private func bundle(_ annotations: String) -> String {
    #"{"ociVersion":"1.0.2","process":{"args":["a"],"env":[]},"annotations":\#(annotations)}"#
  }

  @Test func `docker's name is in its state, without the slash`() throws {
    let tree = try Tree()
    try tree.file(
      "/var/lib/docker/containers/\(a)/config.v2.json",
      #"{"State":{"Running":true,"Pid":7},"ID":"\#(a)","Config":{"Name":"x"},"Name":"/web"}"#)
    #expect(try tree.names("/docker/\(a)") == ["web"])
    #expect(try tree.names("/system.slice/docker-\(a).scope") == ["web"])
    #expect(try tree.names("/docker/\(b)") == [])
  }

  @Test func `podman's names are in its lists, of any driver`() throws {
    let tree = try Tree()
    let store = "/var/lib/containers/storage"
    try tree.file(
      "\(store)/overlay-containers/containers.json",
      #"[{"id":"\#(b)","names":null},{"id":"\#(a)","names":["db","alias"],"layer":"x"}]"#)
    try tree.file(
      "\(store)/vfs-containers/volatile-containers.json", #"[{"id":"\#(c)","names":["tmp"]}]"#)
    #expect(try tree.names("/machine.slice/libpod-\(a).scope") == ["db", "alias"])
    #expect(try tree.names("/machine.slice/libpod-\(b).scope") == [])
    #expect(try tree.names("/machine.slice/libpod-\(c).scope") == ["tmp"])
  }

  @Test func `a container that came after the list was read is found`() throws {
    let tree = try Tree()
    let list = "/run/containers/storage/overlay-containers/volatile-containers.json"
    let names = tree.names
    let container = try #require(CgroupPath("/libpod-\(a)").container)
    try tree.file(list, "[]")
    #expect(names.names(of: container) == [])
    try tree.file(list, #"[{"id":"\#(a)","names":["late"]}]"#)
    #expect(names.names(of: container) == ["late"])
  }

  @Test func `a user's runtime names the containers of this user only`() throws {
    let tree = try Tree()
    let list = #"[{"id":"\#(a)","names":["mine"]}]"#
    try tree.file(
      "/home/jo/.local/share/containers/storage/overlay-containers/containers.json", list)
    try tree.file(
      "/home/jo/.local/share/docker/containers/\(c)/config.v2.json", #"{"Name":"/rootless"}"#)
    let slice = "/user.slice/user-1000.slice/user@1000.service/user.slice"
    #expect(try tree.names("\(slice)/libpod-\(a).scope/container") == ["mine"])
    #expect(try tree.names("\(slice)/docker-\(c).scope") == ["rootless"])
    #expect(try tree.names("/machine.slice/libpod-\(a).scope") == [])
    #expect(try tree.names("/user.slice/user-1001.slice/libpod-\(a)") == [])
    // Nor does the system name what a user has.
    try tree.file(
      "/var/lib/docker/containers/\(b)/config.v2.json", #"{"Name":"/system"}"#)
    #expect(try tree.names("\(slice)/docker-\(b).scope") == [])
  }

  @Test(arguments: [
    (#"{"io.kubernetes.cri.container-name":"nginx","x":"y"}"#, ["nginx"]),
    (#"{"nerdctl/name":"web","nerdctl/namespace":"default"}"#, ["web"]),
    ("{}", []), ("null", []), (#"{"nerdctl/name":""}"#, []), (#"{"nerdctl/name":5}"#, []),
  ])
  func `containerd's names are in the annotations of the bundle`(
    annotations: String, names: [String]
  ) throws {
    for state in ["/run/containerd", "/run/k3s/containerd"] {
      let tree = try Tree()
      let tasks = "\(state)/io.containerd.runtime.v2.task"
      try tree.directory("\(tasks)/default/\(b)")
      try tree.file("\(tasks)/k8s.io/\(a)/config.json", bundle(annotations))
      #expect(try tree.names("/kubepods/pod1/\(a)") == names)
    }
  }

  @Test func `CRI-O's names are those of Kubernetes and its own`() throws {
    let tree = try Tree()
    let names = #"{"io.kubernetes.cri-o.Name":"k8s_web_x","io.kubernetes.container.name":"web"}"#
    try tree.file(
      "/run/containers/storage/overlay-containers/\(a)/userdata/config.json", bundle(names))
    #expect(try tree.names("/kubepods.slice/crio-\(a).scope") == ["web", "k8s_web_x"])
    try tree.file(
      "/var/lib/containers/storage/overlay-containers/containers.json",
      #"[{"id":"\#(a)","names":["k8s_web_y"]}]"#)
    #expect(
      try tree.names("/kubepods.slice/crio-\(a).scope") == ["web", "k8s_web_x", "k8s_web_y"])
  }

  @Test(arguments: [
    ("web", "web", true), (#"w\u0065b"#, "web", true), (#"\u0077\u0065\u0062"#, "web", true),
    ("a/b", "a/b", true), (#"a\/b"#, "a/b", true), (#"w\u00e4b"#, "w\u{e4}b", true),
    (#"\u0026"#, "web", false), ("wes", "web", false), (#"\\u0065"#, "web", false),
    (#"x\"#, "web", false),
  ])
  func `a name that is sought is found however it is written`(
    text: String, name: String, isThere: Bool
  ) throws {
    let tree = try Tree()
    try tree.file("/var/lib/docker/containers/\(a)/config.v2.json", #"{"Name":"/\#(text)"}"#)
    let container = try #require(CgroupPath("/docker/\(a)").container)
    let names = ContainerNames(root: tree.root, sought: name)
    #expect(names.names(of: container).contains(name) == isThere)
  }

  @Test func `files without the name that is sought need not be right`() {
    let broken = Array(#"{"Name":"/web","#.utf8)
    #expect(!SoughtName("other").canBe(in: broken) && SoughtName("web").canBe(in: broken))
    #expect(!SoughtName("other").canBe(in: []) && !SoughtName("x").canBe(in: Array("\\u".utf8)))
  }

  @Test(arguments: [
    "", "{", "[]", "null", #"{"Name":5}"#, #"{"Name":"/"}"#, #"{"Name":"/web"}x"#,
    #"{"Name":"/web","#, String(repeating: #"{"a":"#, count: 100_000),
  ])
  func `a broken file names nothing`(text: String) throws {
    let tree = try Tree()
    try tree.file("/var/lib/docker/containers/\(a)/config.v2.json", text)
    try tree.file("/var/lib/containers/storage/overlay-containers/containers.json", text)
    try tree.file("/run/containerd/io.containerd.runtime.v2.task/moby/\(a)/config.json", text)
    #expect(try tree.names("/docker/\(a)") == [])
  }

  @Test func `neither a link, a pipe nor a huge file is read`() throws {
    let tree = try Tree()
    let directory = "/var/lib/docker/containers/\(a)"
    let path = tree.root + directory + "/config.v2.json"
    try tree.file(directory + "/other.json", #"{"Name":"/web"}"#)
    try FileManager.default.createSymbolicLink(
      atPath: path, withDestinationPath: tree.root + directory + "/other.json")
    #expect(try tree.names("/docker/\(a)") == [])
    unlink(path)
    #expect(mkfifo(path, 0o600) == 0)
    #expect(try tree.names("/docker/\(a)") == [])
    unlink(path)
    let most = 16 << 20
    for (size, names) in [(most, ["web"]), (most + 1, [])] {
      let text = #"{"Name":"/web"}"#
      try tree.file(
        directory + "/config.v2.json", text + String(repeating: " ", count: size - text.utf8.count))
      #expect(try tree.names("/docker/\(a)") == names)
    }
  }

  @Test func `where there are no ids the group has the name`() throws {
    let tree = try Tree()
    #expect(try tree.names("/lxc.payload.debian") == ["debian"])
  }
}

@Suite struct CgroupSearchTests {
  @Test func `a unit is found by its name, with and without the suffix`() throws {
    let tree = try Tree(groups: [
      "/system.slice/web.service/inner", "/system.slice/_cpu.service", "/web.slice",
      "/user.slice/user-1000.slice/user@1000.service/app.slice/mine.service",
      "/user.slice/user-1000.slice/session-2.scope",
    ])
    #expect(try tree.unit("web") == "/system.slice/web.service")
    #expect(try tree.unit("web.service") == "/system.slice/web.service")
    #expect(try tree.unit("web.slice") == "/web.slice")
    #expect(try tree.unit("cpu") == "/system.slice/_cpu.service")
    #expect(try tree.unit("session-2.scope").hasSuffix("/session-2.scope"))
    #expect(try tree.unit("mine").hasSuffix("/user@1000.service/app.slice/mine.service"))
    for name in ["", "nosuch", "inner", "web.scope", "we", "_cpu", "../web", "*"] {
      let unit = name.hasSuffix(".scope") ? name : name + ".service"
      #expect(
        try sentence { try tree.unit(name) }
          == "--unit: '\(unit)' is not running: it has no cgroup below \(tree.root)")
    }
  }

  @Test func `the system's unit comes before those of users and containers`() throws {
    let tree = try Tree(groups: [
      "/lxc.payload.x/system.slice/dbus.service",
      "/user.slice/user-1.slice/user@1.service/app.slice/dbus.service",
    ])
    #expect(
      try sentence { try tree.unit("dbus") }
        == "--unit: 'dbus' matches several units; use --cgroup: "
        + "/lxc.payload.x/system.slice/dbus.service, "
        + "/user.slice/user-1.slice/user@1.service/app.slice/dbus.service")
    try tree.directory("/system.slice/dbus.service")
    #expect(try tree.unit("dbus") == "/system.slice/dbus.service")
  }

  private let groups = [
    "/system.slice/docker-\(a).scope", "/kubepods/pod1/\(b)", "/libpod_parent/libpod-\(c)",
    "/machine.slice/libpod-conmon-\(containerID("ee")).scope", "/lxc.payload.debian/init.scope",
  ]

  @Test func `a container is found by its id and by the start of it`() throws {
    let tree = try Tree(groups: groups)
    let names = tree.names
    #expect(try tree.container(a, names: names) == "/system.slice/docker-\(a).scope")
    #expect(try tree.container(b, names: names) == "/kubepods/pod1/\(b)")
    #expect(try tree.container("f", names: names) == "/libpod_parent/libpod-\(c)")
    #expect(try tree.container("fedcba987654", names: names) == "/libpod_parent/libpod-\(c)")
    #expect(try tree.container("debian", names: names) == "/lxc.payload.debian")
    #expect(
      try sentence { try tree.container("0123", names: names) }
        == "--container: '0123' matches several containers; use a longer ID or --cgroup: "
        + "/kubepods/pod1/\(b), /system.slice/docker-\(a).scope")
    for word in ["", "ee", "nosuch", "deb", "FED", c + "0"] {
      #expect(
        try sentence { try tree.container(word, names: names) }
          == "--container: no running container has the name or ID '\(word)'")
    }
  }

  @Test func `a name comes before the start of an id, and a whole id before a name`() throws {
    let tree = try Tree(groups: groups), state = try Tree()
    func name(_ id: String, _ name: String) throws {
      try state.file(
        "/var/lib/docker/containers/\(id)/config.v2.json", #"{"Name":"/\#(name)"}"#)
    }
    try name(a, "web")
    try name(b, "fed")
    #expect(try tree.container("web", names: state.names) == "/system.slice/docker-\(a).scope")
    #expect(try tree.container("fed", names: state.names) == "/kubepods/pod1/\(b)")
    try name(b, c)
    #expect(try tree.container(c, names: state.names) == "/libpod_parent/libpod-\(c)")
    try name(b, "web")
    #expect(try sentence { try tree.container("web", names: state.names) }.contains("several"))
  }

  @Test func `groups of one container below each other are one`() throws {
    let tree = try Tree(groups: ["/system.slice/docker-\(a).scope/docker/\(a)", "/docker/\(b)"])
    #expect(
      try tree.container(a, names: tree.names) == "/system.slice/docker-\(a).scope")
    let other = try Tree(groups: ["/x/\(a)", "/xy/\(a)"])
    #expect(try sentence { try other.container(a, names: other.names) }.contains("several"))
  }

  @Test func `a sentence has no control characters of a group's name, and an end`() throws {
    let tree = try Tree(
      groups: (10..<30).map { "/lxc.payload.\($0)/\u{1b}[2J/web.service" })
    let text = try sentence { try tree.unit("web") }
    #expect(text.contains("/lxc.payload.10/\\x1b[2J/web.service, /lxc.payload.11/"))
    #expect(text.hasSuffix("/lxc.payload.17/\\x1b[2J/web.service, ..."))
  }
}
