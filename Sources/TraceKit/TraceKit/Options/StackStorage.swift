/// How many stacks are kept.
public final class StackStorage: ParsableArguments {
  @Option(
    name: .customLong("stack-storage-size"), parsing: .unconditional,
    help: "Keep at most this many different stacks.",
    transform: { try Parse.integer($0, "a number of stacks", in: 1...1_048_576) })
  public var size: Int = StackReader.defaultRoom

  public init() {}
}
