/// What the stacks of a file are to a flame graph of others.
enum FlameGraphComparison: Sendable {
  /// Those of an earlier run: frames have the colour of what has changed since.
  case baseline
  /// They are drawn too, and frames have the colours of both; whether they ran on a CPU.
  case addition(ranOnCPU: Bool)

  static let hotColour: UInt64 = 0xe8843c
  static let coolColour: UInt64 = 0x6fa3d8
  private static let moreColour: UInt64 = 0xde4632
  private static let lessColour: UInt64 = 0x4678d7
  private static let sameColour: UInt64 = 0xece9e4
  /// In how many steps a frame is divided between two colours.
  private static let parts: UInt64 = 40

  private func colours(ranOnCPU: Bool) -> (own: UInt64, other: UInt64) {
    ranOnCPU ? (Self.coolColour, Self.hotColour) : (Self.hotColour, Self.coolColour)
  }

  /// Writes the divided colours.
  func writeDefinitions(to out: OutputBuffer) {
    guard case .addition(let ranOnCPU) = self else { return }
    let (own, other) = colours(ranOnCPU: ranOnCPU)
    out.append("<defs>\n")
    for part in 1..<Self.parts {
      out.append("<linearGradient id=\"mix\(part)\">")
      for colour in [own, other] {
        out.append("<stop offset=\"\(part * 100 / Self.parts)%\" stop-color=\"")
        out.append(colour: colour)
        out.append("\"/>")
      }
      out.append("</linearGradient>\n")
    }
    out.append("</defs>\n")
  }

  /// Writes the colour of a frame.
  ///
  /// - Parameters:
  ///   - own: its value, and that of all.
  ///   - other: the same in the file.
  func writeColour(
    own: (value: UInt64, all: UInt64), other: (value: UInt64, all: UInt64), to out: OutputBuffer
  ) {
    switch self {
    case .baseline:
      let now = Double(own.value) / Double(max(own.all, 1))
      let then = Double(other.value) / Double(max(other.all, 1))
      let change = now == then ? 0 : (now - then) / max(now, then)
      let end = change < 0 ? Self.lessColour : Self.moreColour
      out.append(colour: Self.mixed(Self.sameColour, end, change.magnitude))
    case .addition(let ranOnCPU):
      let colours = colours(ranOnCPU: ranOnCPU)
      guard own.value > 0, other.value > 0 else {
        return out.append(colour: own.value > 0 ? colours.own : colours.other)
      }
      let share = Double(own.value) / (Double(own.value) + Double(other.value))
      let part = UInt64((share * Double(Self.parts)).rounded())
      out.append("url(#mix\(min(max(part, 1), Self.parts - 1)))")
    }
  }

  private static func mixed(_ from: UInt64, _ to: UInt64, _ share: Double) -> UInt64 {
    [16, 8, 0].reduce(0) { colour, shift in
      let (first, last) = (Double(from >> shift & 0xff), Double(to >> shift & 0xff))
      return colour | UInt64((first + (last - first) * share).rounded()) << shift
    }
  }

  /// Writes what the colours mean, in parts of a text.
  func writeLegend(subject: String, file: String, to out: OutputBuffer) {
    let file = OutputBuffer.xml(file)
    func mark(_ colour: UInt64, _ text: String) {
      out.append("<tspan fill=\"")
      out.append(colour: colour)
      out.append("\">\u{25a0}</tspan> \(text) ")
    }
    switch self {
    case .baseline:
      mark(Self.moreColour, "more than in \(file)")
      mark(Self.lessColour, "less")
    case .addition(let ranOnCPU):
      let (own, other) = colours(ranOnCPU: ranOnCPU)
      mark(own, OutputBuffer.xml(subject))
      mark(other, file)
    }
  }
}

extension OutputBuffer {
  func append(colour: UInt64) {
    append("#")
    append(colour, base: 16, digits: 6)
  }
}
