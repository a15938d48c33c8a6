import CLinux
import Glibc

/// Where the debug information of a file may be: by its build id, and by its debug link;
/// on this system, and on that of a process in a container.
final class DebugFileSearch {
  private let file: MappedFile
  private let thread: BoundedThread
  private var candidates: [OwnedDescriptor]?

  init(of file: MappedFile, on thread: BoundedThread) {
    self.file = file
    self.thread = thread
  }

  /// Opens the candidate of a number; nil where there are no more.
  ///
  /// - Parameter link: the name that the file gives, which may be any bytes.
  func candidate(link: [UInt8], _ attempt: Int) -> OwnedDescriptor? {
    let paths = Self.paths(
      link: link, folder: file.path[..<(file.path.lastIndex(of: "/") ?? file.path.startIndex)],
      buildID: file.image?.buildID)
    let found = candidates ?? open(paths)
    candidates = found
    return found.indices.contains(attempt) ? found[attempt] : nil
  }

  private func open(_ paths: [String]) -> [OwnedDescriptor] {
    let own = paths.compactMap { path in
      thread.run(atMost: 2) { OwnedDescriptor(linux_open_regular(-1, path, true)) } ?? nil
    }
    guard let pid = file.pid else { return own }
    let others = thread.run(atMost: 2) { () -> [OwnedDescriptor] in
      guard let root = OwnedDescriptor(linux_open_root("\(pid)")) else { return [] }
      return paths.compactMap { OwnedDescriptor(linux_open_regular(root.number, $0, true)) }
    }
    return own + (others ?? [])
  }

  static func paths(link: [UInt8], folder: Substring, buildID: [UInt8]?) -> [String] {
    let root = "/usr/lib/debug"
    var paths: [String] = []
    if let buildID, buildID.count > 1 {
      let digits = buildID.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      paths.append("\(root)/.build-id/\(digits.prefix(2))/\(digits.dropFirst(2)).debug")
    }
    let name = String(decoding: link, as: UTF8.self)
    guard !link.isEmpty, link.count <= 255, !link.contains(0), !name.contains("/"), name != ".",
      name != "..", folder.first == "/" || folder.isEmpty
    else { return paths }
    return paths + ["\(folder)/\(name)", "\(folder)/.debug/\(name)", "\(root)\(folder)/\(name)"]
  }
}
