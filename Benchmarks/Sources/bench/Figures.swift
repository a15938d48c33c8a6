/// What a run of all benchmarks found. Times of an operation are in
/// microseconds; each figure is the median of the rounds.
struct Figures: Codable {
  var machine: [String: String]
  var versions: [String: String]
  var rounds: Int
  var starts: [Start] = []
  var storms: [StormFigure] = []
  var accounts: [Account] = []
  var packets: [PacketTime] = []
  var sizes: [Size] = []
  var bars: [Bar] = []
  /// Why a tracer stands in no table.
  var absent: [String] = []

  struct Start: Codable {
    var tool: String
    var tracer: String
    var milliseconds: Double
    var residentMegabytes: Double
    /// The part of it that is the kernel's buffers.
    var bufferMegabytes: Double
  }

  struct StormFigure: Codable {
    var storm: String
    var operation: String
    var tool: String
    var tracer: String
    var options: [String]
    /// Why there is no floor.
    var noFloor: String?
    var operations: Int
    var untracedMicroseconds: Double
    var kernelMicroseconds: Double?
    var slowdown: Double?
  }

  /// What became of the opens of a storm, and what showing them cost.
  struct Account: Codable {
    var storm: String
    var tracer: String
    var output: String
    var made: Int
    var shown: Int
    var lost: Int
    /// CPU time of the tracer's process for a million that it showed.
    var userSecondsPerMillion: Double
    var systemSecondsPerMillion: Double
  }

  /// What a program takes for a packet, as the kernel measures it (BPF_PROG_TEST_RUN), less
  /// what an empty one takes.
  struct PacketTime: Codable {
    var tool: String
    var program: String
    var nanoseconds: Double
  }

  struct Size: Codable {
    var collection: String
    var what: String
    var bytes: Int
  }

  /// A ratio, or a figure of ours, that must not be higher than its limit.
  struct Bar: Codable {
    var name: String
    var value: Double
    var limit: Double
    /// The same figure's ratio to libbpf-tools.
    var ofPeer: Double?
    var passed: Bool
  }
}
