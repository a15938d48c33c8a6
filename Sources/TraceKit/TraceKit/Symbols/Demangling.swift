import CLibdw
import Glibc

/// Turns a linker's name into the one that a person wrote.
public enum Demangling {
  /// The name of C++, Rust or Swift that a linker's name stands for; any other name
  /// as it is.
  public static func name(of symbol: String) -> String {
    if symbol.hasPrefix("_R") {
      return RustDemangler.name(of: symbol) ?? symbol
    }
    if symbol.hasPrefix("_Z") {
      guard let name = text(symbols_demangle_cxx(symbol)) else { return symbol }
      return RustDemangler.legacyName(of: name) ?? name
    }
    let isSwift = ["$s", "_$s", "$S", "_$S", "_T0"].contains { symbol.hasPrefix($0) }
    return isSwift ? text(symbols_demangle_swift(symbol)) ?? symbol : symbol
  }

  private static func text(_ characters: UnsafeMutablePointer<CChar>?) -> String? {
    guard let characters else { return nil }
    defer { free(characters) }
    return String(cString: characters)
  }
}
