// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// What lies in a folder of this package, in the order of the alphabet.
func entries(of folder: String) -> [String] {
  let path = "\(Context.packageDirectory)/\(folder)"
  let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
  return names.filter { !$0.hasPrefix(".") }.sorted()
}

/// Every folder of Sources/Tools is an executable, named as it is called. SwiftPM keeps what it
/// read here until this text or the environment changes; `make bpf` has it read again.
let executables = entries(of: "Sources/Tools").filter { !$0.contains(".") }
let programs = entries(of: "bpf").filter { $0.hasSuffix(".bpf.c") }
/// The others trace nothing themselves.
let tools = executables.filter { programs.contains("\($0).bpf.c") }

/// Makes metrics of what the tools write.
let exporter = "tracing-exporter"

/// The libraries of those that have one, which no tool links.
let libraries: [String: [Target.Dependency]] = [exporter: ["Exporting"]]

/// What links a release build to the Swift runtime that packaging/merged-runtime made.
let mergedRuntime = Context.environment["MERGED_RUNTIME"] ?? ""
let runtime: [LinkerSetting] =
  mergedRuntime.isEmpty
  ? [] : [.unsafeFlags(["-resource-dir", mergedRuntime], .when(configuration: .release))]

let traceKit: Target.Dependency = .product(name: "TraceKit", package: "TraceKit")

/// Tests are made to be built, not to run fast; what they test is optimized.
let unoptimized: [SwiftSetting] = [.unsafeFlags(["-Onone"], .when(configuration: .release))]

/// BPFTests needs root and the objects of `make test-objects`; ToolTests runs
/// the executables, so they are built before it.
let tests: [Target] = [
  .target(name: "TestSupport", path: "Tests/TestSupport"),
  .testTarget(
    name: "TraceKitTests", dependencies: [traceKit, "TestSupport"], swiftSettings: unoptimized),
  .testTarget(
    name: "BPFTests", dependencies: [traceKit], exclude: ["Objects"],
    swiftSettings: unoptimized,
    linkerSettings: [.linkedLibrary("bpf")]),
  .testTarget(
    name: "ExportingTests", dependencies: ["Exporting", traceKit], swiftSettings: unoptimized),
  .testTarget(
    name: "ToolTests", dependencies: [traceKit] + executables.map { .target(name: $0) },
    exclude: ["Tools"], swiftSettings: unoptimized),
  .testTarget(
    name: "FuzzTests",
    dependencies: [traceKit, "BPFObjects", "Exporting", "TestSupport"]
      + tools.map { .target(name: $0) },
    swiftSettings: unoptimized),
]

/// They need root and a kernel, and run the tools and a workload as processes,
/// which are therefore built before them.
let liveTests: [Target] = [
  .executableTarget(name: "workload", path: "Tests/Workloads"),
  .testTarget(
    name: "LiveTests",
    dependencies: [traceKit, "TestSupport", "workload"]
      + executables.map { .target(name: $0) },
    swiftSettings: unoptimized),
]

let package = Package(
  name: "swift-bpf-tools",
  products: executables.map { .executable(name: $0, targets: [$0]) },
  dependencies: [
    .package(path: "Sources/TraceKit"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
  ],
  targets: [
    .target(
      name: "BPFObjects",
      dependencies: [traceKit],
      path: "bpf",
      exclude: entries(of: "bpf").filter { !["include", "objects.c"].contains($0) },
      sources: ["objects.c"],
      publicHeadersPath: "include",
      cSettings: [.define("EXPORTER", to: "\"\(exporter)\"")]),
    .target(
      name: "Collection",
      cSettings: [.define("COLLECTION_TOOLS", to: "\"\(tools.joined(separator: ","))\"")]),
    .target(
      name: "Exporting",
      dependencies: [
        traceKit,
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ]),
  ]
    + executables.map { tool in
      .executableTarget(
        name: tool,
        dependencies: [tools.contains(tool) ? "BPFObjects" : "Collection", traceKit]
          + (libraries[tool] ?? []),
        path: "Sources/Tools/\(tool)",
        swiftSettings: [.unsafeFlags(["-Osize"], .when(configuration: .release))],
        linkerSettings: [
          .unsafeFlags([
            "-use-ld=lld", "-Xlinker", "--gc-sections", "-Xlinker", "--no-eh-frame-hdr",
            "-Xlinker", "-T\(Context.packageDirectory)/packaging/tool.ld",
          ])
        ] + runtime)
    }
    + tests + liveTests,
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu2x
)
