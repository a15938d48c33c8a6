/// A number of things in words: "1 event", "23 events".
///
/// - Parameters:
///   - plural: what they are; it has an s more than the singular.
///   - digits: the number as it is to be read; nil: as it is.
public func counted(_ number: UInt64, _ plural: String, as digits: String? = nil) -> String {
  "\(digits ?? "\(number)") \(number == 1 ? plural.dropLast() : plural[...])"
}
