// swift-tools-version: 6.2
import PackageDescription

/// Every tool is a folder of Sources/Tools, named as it is called.
let tools = [
  "biolatency",
  "biosnoop",
  "biotop",
  "cachestat",
  "capable",
  "execsnoop",
  "fsdist",
  "fsslower",
  "funclatency",
  "gethostlatency",
  "offcputime",
  "opensnoop",
  "profile",
  "runqlat",
  "syscount",
  "tcpconnect",
  "tcplife",
  "tcpretrans",
]

/// What else lies there: executables that trace nothing themselves.
let companions = ["doctor"]
let executables = tools + companions

/// What links a release build to the Swift runtime that packaging/merged-runtime made.
let mergedRuntime = Context.environment["MERGED_RUNTIME"] ?? ""
let runtime: [LinkerSetting] =
  mergedRuntime.isEmpty
  ? [] : [.unsafeFlags(["-resource-dir", mergedRuntime], .when(configuration: .release))]

let traceKit: Target.Dependency = .product(name: "TraceKit", package: "TraceKit")

/// BPFTests needs root and the objects of `make test-objects`; ToolTests runs
/// the executables, so they are built before it.
let tests: [Target] = [
  .target(name: "TestSupport", path: "Tests/TestSupport"),
  .testTarget(name: "TraceKitTests", dependencies: [traceKit, "TestSupport"]),
  .testTarget(
    name: "BPFTests", dependencies: [traceKit], exclude: ["Objects"],
    linkerSettings: [.linkedLibrary("bpf")]),
  .testTarget(name: "ToolTests", dependencies: executables.map { .target(name: $0) }),
  .testTarget(
    name: "FuzzTests",
    dependencies: [traceKit, "BPFObjects", "TestSupport"] + tools.map { .target(name: $0) }),
]

/// They need root and a kernel, and run the tools and a workload as processes,
/// which are therefore built before them.
let liveTests: [Target] = [
  .executableTarget(name: "workload", path: "Tests/Workloads"),
  .testTarget(
    name: "LiveTests",
    dependencies: [traceKit, "TestSupport", "workload"]
      + executables.map { .target(name: $0) }),
]

let package = Package(
  name: "swift-bpf-tools",
  products: executables.map { .executable(name: $0, targets: [$0]) },
  dependencies: [.package(path: "Sources/TraceKit")],
  targets: [
    .target(
      name: "BPFObjects",
      dependencies: [traceKit],
      path: "bpf",
      exclude: ["lib", "vmlinux.h", "build", "follow.bpf.c"]
        + tools.map { "\($0).bpf.c" },
      sources: ["objects.c"],
      publicHeadersPath: "include"),
    .target(
      name: "Collection",
      cSettings: [.define("COLLECTION_TOOLS", to: "\"\(tools.joined(separator: ","))\"")]),
  ]
    + executables.map { tool in
      .executableTarget(
        name: tool,
        dependencies: [tools.contains(tool) ? "BPFObjects" : "Collection", traceKit],
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
