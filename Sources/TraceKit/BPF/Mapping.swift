import Glibc

/// Pages of a map in the kernel, mapped into this process.
@safe struct Mapping: ~Copyable {
  let start: UnsafeMutableRawPointer
  let length: Int

  /// - Parameters:
  ///   - offset: where the pages begin, a multiple of their size.
  ///   - length: any number of bytes.
  /// - Returns: nil where the kernel refuses, with the reason in `errno`.
  init?(of descriptor: Int32, from offset: Int = 0, length: Int, isWritable: Bool) {
    let pages = unsafe mmap(
      nil, length, isWritable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, descriptor, offset)
    guard let pages = unsafe pages, unsafe pages != MAP_FAILED else { return nil }
    unsafe start = pages
    self.length = length
  }

  deinit {
    unsafe munmap(start, length)
  }
}
