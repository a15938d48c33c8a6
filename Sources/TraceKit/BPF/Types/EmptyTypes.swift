/// A BTF file without types, kept in memory, for objects that need none.
enum EmptyTypes {
  /// A path to it that lives as long as the process.
  static let path: String? = BTFWriter().makeFile().map { "/proc/self/fd/\($0)" }
}
