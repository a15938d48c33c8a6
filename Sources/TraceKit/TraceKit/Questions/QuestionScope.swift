/// What names mean at a probe.
struct QuestionScope: Sendable {
  enum Site: Sendable {
    /// The begin of a function. A system call's own function finds its arguments in memory.
    case function(parameters: [(name: String, type: ValueType)]?, isSystemCall: Bool)
    case functionReturn
    case tracepoint(TracepointFormat)
    case usdt([USDTArgument?])
  }

  let site: Site
  /// Whether literals of STRCMP are lists of bytes.
  var comparesBytes = false
  /// Whether $pid is a process, not a thread.
  var namesProcesses = false
  /// The module whose types are known beside the kernel's.
  var module: String?
  /// At a return: what names meant at the begin, where a tool keeps that.
  var begin: Site?
}

extension QuestionScope {
  /// - Parameters:
  ///   - name: the function, or the tracepoint as `category:event`.
  ///   - arguments: of a USDT probe.
  ///   - parameters: of the function, where its signature was given.
  ///   - keepsBegin: whether a tool keeps at a return what it wants of the begin.
  init(
    of spec: ProbeSpec, at name: String, arguments: [USDTArgument?],
    parameters: [(name: String, type: ValueType)]?, keepsBegin: Bool = false
  ) {
    switch spec.kind {
    case .tracepoint:
      let event = name.replacing(":", with: "/")
      let path = "\(KernelFeatures.tracefs ?? "")/events/\(event)/format"
      self.init(site: .tracepoint(TracepointFormat(File.contents(of: path) ?? "")))
    case .usdt: self.init(site: .usdt(arguments))
    case .kernelFunction, .userFunction:
      let begin = Site.function(
        parameters: parameters,
        isSystemCall: spec.kind == .kernelFunction && FunctionRegisters.isSystemCall(name))
      self.init(site: spec.atReturn ? .functionReturn : begin)
      self.begin = spec.atReturn && keepsBegin ? begin : nil
    }
  }
}
