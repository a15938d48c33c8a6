/// The command line, which Benchmarks/run makes.
struct Options {
  var quick = false
  /// Ratios of kernel time only and few operations, as under emulation.
  var ratios = false
  var rounds: Int?
  var storms: [String] = []
  var build = ".build/release"
  var file = ""
  var floor: String?
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
             [--floor OBJECT] --file FILE
    """

  init(_ arguments: some Sequence<String>) throws(Failure) {
    var rest = arguments.makeIterator()
    func value(_ option: String) throws(Failure) -> String {
      guard let value = rest.next() else { throw Failure("\(option) takes a value") }
      return value
    }
    while let option = rest.next() {
      switch option {
      case "--quick": quick = true
      case "--ratios": ratios = true
      case "--rounds":
        rounds = Int(try value(option)).flatMap { $0 > 0 ? $0 : nil }
        if rounds == nil { throw Failure("--rounds takes a number from 1") }
      case "--storm": storms.append(try value(option))
      case "--build": build = try value(option)
      case "--file": file = try value(option)
      case "--floor": floor = try value(option)
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
