/// A value of an option that is one of a few names.
///
/// The argument parser lists the names of such a type at each start, by key paths that are
/// made anew for it; this list takes a tenth of that time.
public protocol NamedValue: ExpressibleByArgument, CaseIterable, RawRepresentable
where RawValue == String {}

extension NamedValue {
  public static var allValueStrings: [String] { allCases.map { $0.rawValue } }

  /// None: the names say it.
  public static var allValueDescriptions: [String: String] { [:] }
}
