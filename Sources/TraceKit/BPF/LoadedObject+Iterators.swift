import CLibbpf
import Glibc

extension LoadedObject {
  /// Runs the program of an iterator for each of its objects, such as each task, and reads what
  /// it writes.
  ///
  /// - Parameters:
  ///   - program: of a section such as `iter/task`; the kernel has them from 5.8 on.
  ///   - most: how many bytes are read at most; what is left then is not run.
  /// - Returns: what it wrote, for all objects in their order.
  /// - Throws: ``BPFError`` where the kernel refuses it.
  public func output(ofIterator program: String, atMost most: Int) throws(BPFError) -> [UInt8] {
    let found = try unsafe find(program: program)
    guard let link = unsafe bpf_program__attach_iter(found, nil) else {
      throw BPFError(.iterate, program, errno: .current)
    }
    defer { unsafe _ = bpf_link__destroy(link) }
    let descriptor = unsafe bpf_iter_create(bpf_link__fd(link))
    guard descriptor >= 0 else { throw BPFError(.iterate, program, errno: .current) }
    defer { close(descriptor) }
    var output: [UInt8] = []
    while output.count < most {
      let start = output.count
      output.append(contentsOf: repeatElement(0, count: min(Self.iteratorPart, most - start)))
      let count = unsafe output.withUnsafeMutableBytes { bytes in
        unsafe read(descriptor, bytes.baseAddress! + start, bytes.count - start)
      }
      let errno = ErrorNumber.current
      output.removeLast(output.count - start - max(count, 0))
      if count < 0, errno != .interrupted { throw BPFError(.iterate, program, errno: errno) }
      if count == 0 { break }
    }
    return output
  }

  /// The kernel gives at most eight pages at a time.
  private static let iteratorPart = 32 * 1024
}
