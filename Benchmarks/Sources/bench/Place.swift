import CSystem
import Glibc

/// Where things are on this machine.
struct Place {
  /// The folder of the release build.
  let build: String
  /// The folder for what the tracers write.
  let scratch: String
  /// The folder of the objects with the programs that do the least; nil where they are not
  /// measured.
  let floors: String?
  /// On the disk whose requests are measured.
  let file: String
  /// On a mounted ext4 whose page cache is measured.
  let cached: String
  /// So many seconds after its last hook a tracer counts as attached.
  let settle: Double
  let processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))

  func bindToLast() { _ = bench_bind(Int32(processors - 1)) }
  func unbind() { _ = bench_bind(-1) }

  /// The path of a program by its name.
  func find(_ name: String, in folders: [String] = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"])
    -> String?
  {
    folders.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }
}
