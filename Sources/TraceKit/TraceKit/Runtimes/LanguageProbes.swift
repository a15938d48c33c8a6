/// A language whose runtime declares USDT probes for what its programs do, or C, whose library
/// has functions to probe in their place.
public enum Language: String, CaseIterable, Sendable, ExpressibleByArgument {
  case java, node, perl, php, python, ruby, tcl, c

  /// C is also what tools of bcc call none.
  public init?(argument: String) {
    self.init(rawValue: argument == "none" ? "c" : argument)
  }

  /// The provider of its probes.
  public var provider: String { self == .java ? "hotspot" : rawValue }

  /// As its runtime is called.
  public var name: String {
    switch self {
    case .java: "HotSpot"
    case .node: "Node.js"
    case .perl: "Perl"
    case .php: "PHP"
    case .python: "CPython"
    case .ruby: "Ruby"
    case .tcl: "Tcl"
    case .c: "C"
    }
  }

  /// A runtime that has probes.
  var needed: String {
    switch self {
    case .java: "a JDK configured with --enable-dtrace, as those of Debian and Temurin are"
    case .node: "Node.js up to version 18, configured --with-dtrace"
    case .perl: "a perl configured with -Dusedtrace"
    case .php: "a PHP configured with --enable-dtrace, with USE_ZEND_DTRACE=1 in its environment"
    case .python: "a python configured --with-dtrace"
    case .ruby: "a ruby configured with --enable-dtrace"
    case .tcl: "a Tcl configured with --enable-dtrace"
    case .c: "a program that uses a C library"
    }
  }

  /// The files by which a process is known, without numbers: programs, and libraries.
  var files: (programs: [String], libraries: [String]) {
    switch self {
    case .java: (["java"], ["libjvm"])
    case .node: (["node", "nodejs"], ["libnode"])
    case .perl: (["perl"], ["libperl"])
    case .php: (["php", "php-fpm", "php-cgi"], ["libphp"])
    case .python: (["python"], ["libpython"])
    case .ruby: (["ruby", "irb"], ["libruby"])
    case .tcl: (["tclsh", "wish"], ["libtcl"])
    case .c: ([], [])
    }
  }
}

/// What a program does when it passes by a probe.
public enum LanguageActivity: Int, CaseIterable, Sendable {
  case methodBegin, methodEnd, collectionBegin, collectionEnd, object, classLoad, exception
  case threadBegin, threadEnd
}

/// A probe of a language's runtime, and what is read of its arguments, counted from 0.
public struct LanguageProbe: Sendable {
  public enum Text: Sendable {
    /// It ends with a NUL.
    case ended(Int)
    /// It has no end of its own: the second argument is its length in bytes.
    case sized(Int, Int)
  }

  public let language: Language
  public let activity: LanguageActivity
  public let provider: String
  public let name: String
  /// Such as the class and the method. At most two; nil: there is none.
  public let texts: [Text?]
  /// At most two.
  public let numbers: [Int]
  /// What it is of the language's probes for that activity, for those that read no text.
  public let label: String
  /// It tells of a part, and another one of the whole.
  public let isPart: Bool
  /// How many bytes the numbers have at least where they are told.
  let numberSize: Int

  public var fullName: String { "\(provider):\(name)" }

  private init(
    _ language: Language, _ activity: LanguageActivity, provider: String? = nil, _ name: String,
    texts: [Text?] = [], numbers: [Int] = [], numberSize: Int = 0, label: String = "",
    isPart: Bool = false
  ) {
    self.language = language
    self.activity = activity
    self.provider = provider ?? language.provider
    self.name = name
    self.texts = texts
    self.numbers = numbers
    self.numberSize = numberSize
    self.label = label
    self.isPart = isPart
  }

  /// That of a kind (`language_place`), as programs write it into events.
  public init?(language: UInt32, _ activity: LanguageActivity, kind: UInt32) {
    guard let probes = Language(number: language)?.probes(activity),
      probes.indices.contains(Int(clamping: kind))
    else { return nil }
    self = probes[Int(kind)]
  }

  /// The classes of Python and Perl are files, since their probes say no more.
  public static let all: [LanguageProbe] = [
    // The texts of HotSpot are in memory of its own, without a NUL.
    .init(.java, .methodBegin, "method__entry", texts: [.sized(1, 2), .sized(3, 4)]),
    .init(.java, .methodEnd, "method__return", texts: [.sized(1, 2), .sized(3, 4)]),
    // The manager and the pool; the bytes in use and the most there can be.
    .init(
      .java, .collectionBegin, "mem__pool__gc__begin", texts: [.sized(0, 1), .sized(2, 3)],
      numbers: [5, 7], isPart: true),
    .init(
      .java, .collectionEnd, "mem__pool__gc__end", texts: [.sized(0, 1), .sized(2, 3)],
      numbers: [5, 7], isPart: true),
    // Whether it is a full one.
    .init(.java, .collectionBegin, "gc__begin", numbers: [0]),
    .init(.java, .collectionEnd, "gc__end"),
    // The class, and the size in bytes: up to 17 an int, which its own code mostly does not pass.
    .init(.java, .object, "object__alloc", texts: [.sized(1, 2)], numbers: [3], numberSize: 8),
    .init(.java, .classLoad, "class__loaded", texts: [.sized(0, 1)]),
    // Only those that native code asks for.
    .init(.java, .exception, provider: "hotspot_jni", "ExceptionOccurred__entry"),
    // The name; the number that Java gave it, and that of the kernel.
    .init(.java, .threadBegin, "thread__start", texts: [.sized(0, 1)], numbers: [2, 3]),
    .init(.java, .threadEnd, "thread__stop", texts: [.sized(0, 1)], numbers: [2, 3]),

    // The kind of collection, one of V8's GCType.
    .init(.node, .collectionBegin, "gc__start", numbers: [0]),
    .init(.node, .collectionEnd, "gc__done", numbers: [0]),

    .init(.perl, .methodBegin, "sub__entry", texts: [.ended(1), .ended(0)]),
    .init(.perl, .methodEnd, "sub__return", texts: [.ended(1), .ended(0)]),

    .init(.php, .methodBegin, "function__entry", texts: [.ended(3), .ended(0)]),
    .init(.php, .methodEnd, "function__return", texts: [.ended(3), .ended(0)]),
    .init(.php, .classLoad, "compile__file__entry", texts: [.ended(0)]),
    .init(.php, .exception, "exception__thrown", texts: [.ended(0)]),

    .init(.python, .methodBegin, "function__entry", texts: [.ended(0), .ended(1)]),
    .init(.python, .methodEnd, "function__return", texts: [.ended(0), .ended(1)]),
    // The generation; the number of objects that were found.
    .init(.python, .collectionBegin, "gc__start", numbers: [0]),
    .init(.python, .collectionEnd, "gc__done", numbers: [0]),

    .init(.ruby, .methodBegin, "method__entry", texts: [.ended(0), .ended(1)]),
    .init(.ruby, .methodEnd, "method__return", texts: [.ended(0), .ended(1)]),
    .init(.ruby, .methodBegin, "cmethod__entry", texts: [.ended(0), .ended(1)]),
    .init(.ruby, .methodEnd, "cmethod__return", texts: [.ended(0), .ended(1)]),
    .init(.ruby, .collectionBegin, "gc__mark__begin", label: "GC mark stage"),
    .init(.ruby, .collectionEnd, "gc__mark__end", label: "GC mark stage"),
    .init(.ruby, .collectionBegin, "gc__sweep__begin", label: "GC sweep stage", isPart: true),
    .init(.ruby, .collectionEnd, "gc__sweep__end", label: "GC sweep stage", isPart: true),
    .init(.ruby, .object, "object__create", texts: [.ended(0)]),
    // The length in bytes. Those of arrays and hashes are numbers of elements.
    .init(.ruby, .object, "string__create", numbers: [0], label: "string"),
    .init(.ruby, .object, "array__create", label: "array"),
    .init(.ruby, .object, "hash__create", label: "hash"),
    .init(.ruby, .classLoad, "require__entry", texts: [.ended(0)]),
    .init(.ruby, .classLoad, "load__entry", texts: [.ended(0)]),
    .init(.ruby, .exception, "raise", texts: [.ended(0)]),

    .init(.tcl, .methodBegin, "proc__entry", texts: [nil, .ended(0)]),
    .init(.tcl, .methodEnd, "proc__return", texts: [nil, .ended(0)]),
    .init(.tcl, .object, "obj__create"),
  ]
}

extension Language {
  /// Its probes for an activity, in the order of their kinds (`language_place`).
  public func probes(_ activity: LanguageActivity) -> [LanguageProbe] {
    LanguageProbe.all.filter { $0.language == self && $0.activity == activity }
  }

  /// The languages with a probe for an activity.
  public static func all(with activity: LanguageActivity) -> [Language] {
    allCases.filter { !$0.probes(activity).isEmpty }
  }
}
