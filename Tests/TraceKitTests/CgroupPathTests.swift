import Testing

@testable import TraceKit

/// Sixty-four digits of an id.
func containerID(_ digits: String) -> String {
  String(String(repeating: digits, count: 64).prefix(64))
}

private let a = containerID("0123456789abcdef"), b = containerID("fedcba9876543210")

/// A path, and what it must tell.
private struct Told: CustomStringConvertible, Sendable {
  let path: String
  var unit: String?
  /// The id, or the name without one.
  var container: String?
  var user: UInt32?

  init(_ path: String, unit: String? = nil, container: String? = nil, user: UInt32? = nil) {
    (self.path, self.unit, self.container, self.user) = (path, unit, container, user)
  }

  var description: String { path }

  static let units = [
    Told("/"),
    Told("/init.scope", unit: "init.scope"),
    Told("/system.slice/ssh.service", unit: "ssh.service"),
    Told("/system.slice/ssh.service/inner/most", unit: "ssh.service"),
    Told("/system.slice/system-getty.slice/getty@tty1.service", unit: "getty@tty1.service"),
    Told("/system.slice/_cpu.service", unit: "cpu.service"),
    Told("/system.slice/__odd.service", unit: "_odd.service"),
    Told("/system.slice", unit: "system.slice"),
    Told("/.service", unit: nil),
    Told("/system.slice/dbus.socket", unit: "dbus.socket"),
    Told("/user.slice/user-1000.slice/session-2.scope", unit: "session-2.scope", user: 1000),
    Told(
      "/user.slice/user-1000.slice/user@1000.service/app.slice/web.service", unit: "web.service",
      user: 1000),
    Told("/plain/group"),
  ]

  static let systemd = [
    Told("/system.slice/docker-\(a).scope", unit: "docker-\(a).scope", container: a),
    Told("/system.slice/docker-\(a).scope/init.scope", unit: "init.scope", container: a),
    Told("/system.slice/nerdctl-\(a).scope", unit: "nerdctl-\(a).scope", container: a),
    Told("/machine.slice/libpod-\(a).scope/container", unit: "libpod-\(a).scope", container: a),
    Told(
      "/machine.slice/machine-libpod_pod_\(b).slice/libpod-\(a).scope",
      unit: "libpod-\(a).scope", container: a),
    Told("/system.slice/web.service/libpod-payload-\(a)", unit: "web.service", container: a),
    Told(
      "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-\(a).scope/container",
      unit: "libpod-\(a).scope", container: a, user: 1000),
    Told(
      "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0b6f_e2.slice/"
        + "cri-containerd-\(a).scope", unit: "cri-containerd-\(a).scope", container: a),
    Told(
      "/kubepods.slice/kubepods-pod0b6f_e2.slice/crio-\(a).scope", unit: "crio-\(a).scope",
      container: a),
    Told(
      "/system.slice/containerd.service/kubepods-besteffort-pod0b6f.slice:cri-containerd:\(a)",
      unit: "containerd.service", container: a),
  ]

  static let cgroupfs = [
    Told("/docker/\(a)", container: a),
    Told("/docker/\(a)/nested/group", container: a),
    Told("/kubepods/burstable/pod0b6f-e2/\(a)", container: a),
    Told("/kubepods/besteffort/pod0b6f-e2/crio-\(a)", container: a),
    Told("/libpod_parent/libpod-\(a)", container: a),
    Told("/libpod_parent/\(b)/libpod-\(a)", container: a),
    Told("/default/\(a)", container: a),
    Told("/actions_job/\(a)", container: a),
  ]

  static let nested = [
    Told(
      "/system.slice/docker-\(a).scope/kubelet.slice/kubelet-kubepods.slice/"
        + "cri-containerd-\(b).scope", unit: "cri-containerd-\(b).scope", container: b),
    Told("/docker/\(a)/docker/\(b)", container: b),
    Told(
      "/system.slice/docker-\(a).scope/system.slice/web.service", unit: "web.service",
      container: a),
    Told(
      "/lxc.payload.debian/system.slice/docker-\(a).scope", unit: "docker-\(a).scope", container: a),
  ]

  static let named = [
    Told("/lxc.payload.debian/init.scope", unit: "init.scope", container: "debian"),
    Told("/lxc.payload/debian", container: "debian"),
    Told("/lxc/101/ns", container: "101"),
    Told("/lxc.monitor.debian"),
    Told(
      "/machine.slice/machine-my\\x2dbox.scope/payload", unit: "machine-my\\x2dbox.scope",
      container: "my-box"),
    Told(
      "/machine.slice/systemd-nspawn@my\\x2dbox.service", unit: "systemd-nspawn@my\\x2dbox.service",
      container: "my-box"),
    Told(
      "/machine.slice/machine-odd\\x2.scope", unit: "machine-odd\\x2.scope", container: "odd\\x2"),
    Told(
      "/machine.slice/machine-odd\\xzz.scope", unit: "machine-odd\\xzz.scope", container: "odd\\xzz"
    ),
    Told(
      "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", unit: "machine-qemu\\x2d1\\x2dvm.scope"),
    Told("/machine.slice/machine-.scope", unit: "machine-.scope"),
  ]

  static let others = [
    Told("/system.slice/crio-conmon-\(a).scope", unit: "crio-conmon-\(a).scope"),
    Told("/machine.slice/libpod-conmon-\(a).scope", unit: "libpod-conmon-\(a).scope"),
    Told("/libpod_parent/conmon"),
    Told("/docker"),
    Told("/docker/buildx"),
    // The check of a podman container's health.
    Told("/system.slice/\(a).service", unit: "\(a).service"),
    Told("/docker/\(a.dropLast())"),
    Told("/docker/\(a)0"),
    Told("/docker/\(a.uppercased())"),
    Told("/docker/g\(a.dropFirst())"),
    Told("/machine.slice/machine-libpod_pod_\(a).slice", unit: "machine-libpod_pod_\(a).slice"),
    Told("/user.slice/user-x.slice", unit: "user-x.slice"),
    Told("/user.slice/user-99999999999.slice", unit: "user-99999999999.slice"),
  ]
}

@Suite struct CgroupPathTests {
  @Test(
    arguments: Told.units + Told.systemd + Told.cgroupfs + Told.nested + Told.named + Told.others)
  private func `a path tells the unit, the container and the user`(told: Told) {
    let path = CgroupPath(told.path)
    #expect(path.unit == told.unit)
    #expect(path.container?.id == told.container)
    #expect(path.user == told.user)
    #expect(path.container?.user == (told.container == nil ? nil : told.user))
  }

  @Test(
    arguments: [
      ("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0b6f_e2.slice", "0b6f-e2"),
      ("/kubepods.slice/kubepods-pod0b6f_e2.slice/crio-\(a).scope", "0b6f-e2"),
      ("/kubepods.slice/kubepods-pod0b6f_e2.slice/crio-\(a).scope/inner", "0b6f-e2"),
      ("/kubepods/pod0b6f-e2/\(a)", "0b6f-e2"), ("/kubepods/burstable/pod0b6f-e2", "0b6f-e2"),
      ("/kubepods/besteffort/podffff/crio-\(a)", "ffff"),
      (
        "/system.slice/containerd.service/kubepods-besteffort-pod0b6f.slice:cri-containerd:\(a)",
        "0b6f"
      ),
      (
        "/system.slice/docker-\(b).scope/kubelet.slice/kubelet-kubepods.slice/"
          + "kubelet-kubepods-pod0b6f_e2.slice/cri-containerd-\(a).scope", "0b6f-e2"
      ),
      (
        "/kubepods/pod1/\(a)/kubepods/pod2/\(b)", "2"
      ),
      ("/kubepods.slice", nil), ("/kubepods.slice/kubepods-burstable.slice", nil),
      ("/kubepods", nil),
      ("/kubepods/pod/\(a)", nil), ("/kubepods/podxyz", nil), ("/kubepods/burstable/pod1 2", nil),
      ("/machine.slice/machine-libpod_pod_\(a).slice", nil), ("/podman/pod0b6f", nil),
      ("/system.slice/app-pod0b6f.slice", nil), ("/kubepods.slice/kubepods-pod0b6f.slices", nil),
      ("/kubepods/pod\(String(repeating: "0", count: 65))", nil),
    ] as [(String, String?)])
  func `a path tells the pod`(path: String, uid: String?) {
    #expect(CgroupPath(path).podUID == uid)
  }

  @Test func `only the group of a container itself is its own`() {
    #expect(CgroupPath("/docker/\(a)").ownContainer?.id == a)
    #expect(CgroupPath("/docker/\(a)/inner").ownContainer == nil)
    #expect(CgroupPath("/").ownContainer == nil)
  }

  @Test func `an id is told by twelve digits and a name in whole`() {
    #expect(CgroupPath("/docker/\(a)").container?.shortID == "0123456789ab")
    #expect(
      CgroupPath("/lxc.payload.a-name-of-some-length").container?.shortID
        == "a-name-of-some-length")
  }

  @Test func `root's containers are those of the system`() {
    let path = CgroupPath("/user.slice/user-0.slice/session-1.scope/libpod-\(a)")
    #expect(path.user == 0)
    #expect(path.container != nil && path.container?.user == nil)
  }

  @Test func `a unit in nothing but slices is of the system`() {
    #expect(CgroupPath("/system.slice/ssh.service").isOfSystemManager)
    #expect(CgroupPath("/init.scope").isOfSystemManager)
    #expect(!CgroupPath("/user.slice/user-1.slice/user@1.service/a.service").isOfSystemManager)
    #expect(!CgroupPath("/system.slice/docker-\(a).scope/a.service").isOfSystemManager)
    #expect(!CgroupPath("/lxc.payload.x/system.slice/a.service").isOfSystemManager)
  }

  @Test func `a name without a suffix is a service`() {
    #expect(UnitName.full("nginx") == "nginx.service")
    #expect(UnitName.full("getty@tty1") == "getty@tty1.service")
    #expect(UnitName.full("a.b") == "a.b.service")
    #expect(UnitName.full(".slice") == ".slice.service")
    for name in ["a.service", "a.scope", "a.slice", "a.socket", "a.mount", "a.swap"] {
      #expect(UnitName.full(name) == name)
    }
  }
}
