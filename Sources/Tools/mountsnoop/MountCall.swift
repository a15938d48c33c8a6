import BPFObjects
import TraceKit

/// A call with its arguments by their names; nil for those that it does not have.
struct MountCall {
  /// A text that the call was given.
  enum Text {
    case none
    case unreadable
    case bytes([UInt8], isCut: Bool)
  }

  /// As the call itself is named; the number where it is not known.
  let name: String
  private(set) var fileSystem: Text?
  private(set) var source: Text?
  private(set) var target: Text?
  private(set) var data: Text?
  private(set) var context: Int32?
  private(set) var command: String?
  private(set) var key: Text?
  private(set) var value: Text?
  private(set) var auxiliary: Int32?
  private(set) var directory: Int32?
  private(set) var path: Text?
  private(set) var toDirectory: Int32?
  private(set) var toPath: Text?
  private(set) var flags: String?
  private(set) var attributes: String?
  private(set) var cleared: String?
  private(set) var propagation: String?
  private(set) var namespace: UInt64?
  /// What the call looks like in C, without its result.
  private var words: [[UInt8]] = []

  init(_ record: borrowing Record<mountsnoop_event>) {
    let event = record.event
    let sizes = [event.sizes.0, event.sizes.1, event.sizes.2, event.sizes.3].map(Int.init)
    let bytes = record.withTail(count: sizes.reduce(0, +)) { Array($0) }
    let (first, second, third, fourth, fifth) = event.arguments

    /// The text with that number, whose address was this argument.
    func text(_ index: Int, _ address: UInt64) -> Text {
      let start = sizes[..<index].reduce(0, +)
      let end = min(start + sizes[index], bytes.count)
      guard start < end else { return address == 0 ? .none : .unreadable }
      return .bytes(
        Array(bytes[start..<end].prefix { $0 != 0 }), isCut: event.cut >> index & 1 != 0)
    }
    func int(_ argument: UInt64) -> Int32 { Int32(truncatingIfNeeded: argument) }
    func names(_ names: FlagNames, _ argument: UInt64) -> String {
      names.text(argument, separator: " | ")
    }

    let call = SystemCalls.name(of: event.number) ?? "[\(event.number)]"
    name = call == "umount2" ? "umount" : call
    switch name {
    case "mount":
      (source, target) = (text(0, first), text(1, second))
      (fileSystem, data) = (text(2, third), text(3, fifth))
      flags = names(MountFlags.mount, MountFlags.withoutMagic(fourth))
      words = [source, target, fileSystem].map(Self.word) + [word(flags), Self.word(data)]
    case "umount":
      target = text(0, first)
      flags = names(MountFlags.unmount, second & 0xffff_ffff)
      words = [Self.word(target), word(flags)]
    case "fsopen":
      fileSystem = text(0, first)
      flags = names(MountFlags.open, second & 0xffff_ffff)
      words = [Self.word(fileSystem), word(flags)]
    case "fsconfig":
      (context, auxiliary) = (int(first), int(fifth))
      command = MountFlags.command(second & 0xffff_ffff)
      key = text(0, third)
      // Of a blob and of a number there is no text.
      value = text(1, second == 2 ? 0 : fourth)
      words = [word("\(int(first))"), word(command), Self.word(key), Self.word(value)]
      words.append(word(second == 3 || second == 4 ? Self.name(of: int(fifth)) : "\(int(fifth))"))
    case "fsmount":
      context = int(first)
      flags = names(MountFlags.fsmount, second & 0xffff_ffff)
      attributes = names(MountFlags.attributes, third & 0xffff_ffff)
      words = [word("\(int(first))"), word(flags), word(attributes)]
    case "move_mount":
      (directory, toDirectory) = (int(first), int(third))
      (path, toPath) = (text(0, second), text(1, fourth))
      flags = names(MountFlags.move, fifth & 0xffff_ffff)
      words = [word(Self.name(of: int(first))), Self.word(path)]
      words += [word(Self.name(of: int(third))), Self.word(toPath), word(flags)]
    case "fspick", "open_tree", "mount_setattr", "open_tree_attr":
      (directory, path) = (int(first), text(0, second))
      flags = names(name == "fspick" ? MountFlags.pick : MountFlags.tree, third & 0xffff_ffff)
      words = [word(Self.name(of: int(first))), Self.word(path), word(flags)]
      guard name.hasSuffix("attr") else { return }
      attributes = names(MountFlags.attributes, event.attributes.0)
      cleared = names(MountFlags.attributes, event.attributes.1)
      propagation = names(MountFlags.mount, event.attributes.2)
      namespace = event.attributes.3
      words.append(
        word("{\(attributes!), \(cleared!), \(propagation!), \(event.attributes.3)}"))
      words.append(word("\(fifth)"))
    default: break
    }
  }

  private func word(_ text: String?) -> [UInt8] { Array((text ?? "").utf8) }

  private static func name(of directory: Int32) -> String {
    // linux/fcntl.h
    directory == -100 ? "AT_FDCWD" : "\(directory)"
  }

  /// A text in quotation marks, in which its own have a backslash before them.
  private static func word(_ text: Text?) -> [UInt8] {
    switch text {
    case nil, .some(.none): return Array("NULL".utf8)
    case .unreadable: return [UInt8(ascii: "?")]
    case .bytes(let bytes, let isCut):
      let quote = UInt8(ascii: "\"")
      let escaped = bytes.flatMap { $0 == quote ? [UInt8(ascii: "\\"), quote] : [$0] }
      return [quote] + escaped + [quote] + (isCut ? Array("...".utf8) : [])
    }
  }

  /// The call and what it returned.
  func line(result: String) -> [UInt8] {
    var line = Array("\(name)(".utf8)
    for (index, word) in words.enumerated() {
      if index > 0 { line += ", ".utf8 }
      line += word
    }
    return line + ") = \(result)".utf8
  }
}
