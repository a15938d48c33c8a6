import CLibbpf
import Foundation
import Testing

@testable import BPF

/// All tests of the loader run one after the other: libbpf's words are kept in
/// one place for the whole process.
@Suite(.serialized) struct Loader {}

/// What stops a test before it has begun.
struct Missing: Error, CustomStringConvertible {
  let description: String
}

/// A compiled object of the folder Objects.
func image(_ name: String) throws -> ObjectImage {
  let path = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Objects/build/\(name).bpf.o").path
  guard let bytes = FileManager.default.contents(atPath: path) else {
    throw Missing(description: "there is no \(path): run make test-objects")
  }
  return image(name, [UInt8](bytes))
}

/// Bytes that stay where they are for the rest of the process.
func image(_ name: String, _ bytes: [UInt8]) -> ObjectImage {
  startLibbpfLog(verbose: false)
  let room = UnsafeMutableRawBufferPointer.allocate(byteCount: max(bytes.count, 1), alignment: 8)
  room.copyBytes(from: bytes)
  return ObjectImage(
    name: name, bytes: UnsafeRawBufferPointer(start: room.baseAddress, count: bytes.count))
}

/// Loads some programs of an object, of which none reads kernel types.
func load(
  _ name: String, programs: [String],
  configure: (inout OpenObject) throws -> Void = { _ in }
) throws -> LoadedObject {
  var open = try OpenObject(image(name), types: .none)
  try open.keepOnly(programs: programs)
  try configure(&open)
  return try open.load()
}

extension LoadedObject {
  /// Runs a program of a raw tracepoint once (BPF_PROG_TEST_RUN), on a CPU where
  /// one is named.
  ///
  /// - Parameter arguments: those of the tracepoint.
  @discardableResult
  func run(_ program: String, cpu: UInt32? = nil, arguments: [UInt64] = []) throws -> UInt32 {
    let found = try #require(bpf_object__find_program_by_name(libbpfObject, program))
    var options = bpf_test_run_opts()
    options.sz = MemoryLayout<bpf_test_run_opts>.size
    if let cpu {
      options.cpu = cpu
      options.flags = UInt32(BPF_F_TEST_RUN_ON_CPU)
    }
    let result = arguments.withUnsafeBytes { bytes in
      if !bytes.isEmpty {
        options.ctx_in = bytes.baseAddress
        options.ctx_size_in = UInt32(bytes.count)
      }
      return bpf_prog_test_run_opts(bpf_program__fd(found), &options)
    }
    guard result == 0 else {
      throw Missing(description: "cannot run \(program): \(ErrorNumber(rawValue: -result))")
    }
    return options.retval
  }
}

/// The error that a call must throw.
func bpfError(_ body: () throws -> Void) throws -> BPFError {
  try #require(throws: BPFError.self) { try body() }
}

/// What this process holds of the BPF subsystem, as `ls -l /proc/self/fd` tells.
func openKernelObjects() throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { name in
    try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")
  }
  .filter { $0.hasPrefix("anon_inode:") && ($0.contains("bpf") || $0.contains("btf")) }
  .sorted()
}
