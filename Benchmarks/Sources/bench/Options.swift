/// The command line, which Benchmarks/run makes.
struct Options {
  var quick = false
  /// Ratios of kernel time only and few operations, as under emulation.
  var ratios = false
  var rounds: Int?
  /// The storms that are measured; none: all.
  var chosen: [String] = []
  /// A folder.
  var storms = "Benchmarks/storms"
  var build = ".build/release"
  /// On the disk whose requests are measured.
  var file = ""
  /// On a mounted ext4 whose page cache is measured; nil: the same file.
  var cached: String?
  /// A folder of objects.
  var floors: String?
  var json: String?
  var markdown: String?
  /// Lines of NAME VALUE.
  var versions: String?
  /// Lines of COLLECTION BYTES WHAT.
  var sizes: String?
  /// What the person typed.
  var command = ""

  static let usage = """
    usage: bench [--quick] [--ratios] [--rounds NUMBER] [--storm NAME]... [--build FOLDER]
             [--json FILE] [--markdown FILE] [--versions FILE] [--sizes FILE]
             [--floors FOLDER] --file FILE [--cached FILE] [--storms FOLDER]
    """

  init(_ arguments: some Sequence<String>) throws(Failure) {
    var rest = arguments.makeIterator()
    func value(_ option: String) throws(Failure) -> String {
      guard let value = rest.next() else { throw Failure("\(option) needs a value") }
      return value
    }
    while let option = rest.next() {
      switch option {
      case "--quick": quick = true
      case "--ratios": ratios = true
      case "--rounds":
        rounds = Int(try value(option)).flatMap { $0 > 0 ? $0 : nil }
        if rounds == nil { throw Failure("--rounds needs a number of at least 1") }
      case "--storm": chosen.append(try value(option))
      case "--build": build = try value(option)
      case "--file": file = try value(option)
      case "--storms": storms = try value(option)
      case "--cached": cached = try value(option)
      case "--floors": floors = try value(option)
      case "--json": json = try value(option)
      case "--markdown": markdown = try value(option)
      case "--versions": versions = try value(option)
      case "--sizes": sizes = try value(option)
      case "--command": command = try value(option)
      default: throw Failure("there is no option '\(option)'\n\(Self.usage)")
      }
    }
    if file.isEmpty { throw Failure("--file is missing\n\(Self.usage)") }
  }
}
