/// Results of a program of values, as an event has them.
enum ValueResults {
  /// One of an array of C; 0 where it has no such.
  static func result<Results: BitwiseCopyable>(
    _ index: Int, of results: Results
  ) -> Int64 {
    withUnsafeBytes(of: results) { bytes in
      let place = index * MemoryLayout<Int64>.size
      return place + 8 <= bytes.count ? bytes.load(fromByteOffset: place, as: Int64.self) : 0
    }
  }
}
